"""Between which values an indicator is no cause for concern: reference/bands.csv of the installation."""

from decimal import Decimal

from hub.installation import Installation
from hub.suggestions import nearest
from hub.tables import CsvRow, MaybeNumber, Word, read
from hub.translation import msg
from kpis.catalogue import Catalogue

FILE = "bands.csv"


class BandRow(CsvRow):
    """A line of bands.csv: between which values a KPI of a month is no cause for concern."""

    province: Word
    kpi: Word
    lowest: MaybeNumber
    highest: MaybeNumber


def bands(
    installation: Installation, province: str, catalogue: Catalogue
) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """The bands of a province's KPIs. Raises Abort naming file, line and what is wrong."""
    found: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    for file in installation.reference_files(FILE):
        for line in read(file, BandRow, ("province", "kpi")):
            row, known = line.row, catalogue.definitions
            if row.kpi not in known:
                near = nearest(row.kpi, list(known))
                raise line.fault("kpi", msg("there is no KPI {kpi!r}; {near}", kpi=row.kpi, near=near))
            if row.lowest is None and row.highest is None:
                raise line.fault("lowest", msg("neither lowest nor highest is given; give one"))
            if row.lowest is not None and row.highest is not None and row.lowest > row.highest:
                raise line.fault("highest", msg("is below lowest"))
            if row.province == province:
                found[row.kpi] = (row.lowest, row.highest)
    return found
