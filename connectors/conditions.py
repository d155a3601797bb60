"""What must hold of a column, in words: for the pages of Airflow and the data dictionary."""

from connectors.column_specification import Column
from hub.translation import Wording, msg


def conditions(column: Column) -> list[Wording]:
    """Each condition that the specification gives a column."""
    said: list[Wording] = []
    if column.key:
        said.append(msg("key"))
    if column.required:
        said.append(msg("required"))
    if column.personal == "hmac":
        said.append(msg("kept as a keyed hash only"))
    if column.codes:
        said.append(msg("codes: {codes}", codes=", ".join(sorted({str(code) for code in column.codes.values()}))))
    if column.known:
        said.append(msg("listed in the reference data {dimension}", dimension=column.known))
    if column.pattern:
        said.append(msg("form `{pattern}`", pattern=column.pattern))
    if column.min is not None:
        said.append(msg("≥ {least}", least=f"{column.min:g}"))
    if column.max is not None:
        said.append(msg("≤ {most}", most=f"{column.max:g}"))
    return said
