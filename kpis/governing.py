"""Which version of a definition governs a range of days: the file's, or an older one that the hub keeps."""

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from hub.errors import Abort
from hub.validation import describe
from kpis.definition import Definition
from kpis.memo import Once
from warehouse.serving import Connection


def governing(valid_from: Mapping[int, date], day: date) -> int:
    """Of versions and their first days the one that governs a range ending on `day`: the newest that was valid by
    then, and the oldest before all of them."""
    return max((version for version, since in valid_from.items() if since <= day), default=min(valid_from))


def definition_in_force(once: Once, newest: Definition, day: date) -> Definition:
    """The version that governs a range ending on `day`: the newest, which is the file's, or one that the hub keeps.

    Raises Abort for a kept version that can no longer be computed.
    """
    version = governing(once(_kept, newest.id) | {newest.version: newest.valid_from}, day)
    return newest if version == newest.version else once(kept_definition, newest.id, version)


def _kept(connection: Connection, kpi: str) -> dict[int, date]:
    """Version → its first day."""
    return dict(
        connection.execute("select version, valid_from from serving.kpi_definitions where kpi = %s", (kpi,)).fetchall()
    )


def kept_definition(connection: Connection, kpi: str, version: int) -> Definition:
    """A version as this hub keeps it. Raises Abort when it is not kept, or can no longer be computed."""
    row = connection.execute(
        "select body from serving.kpi_definitions where kpi = %s and version = %s", (kpi, version)
    ).fetchone()
    if row is None:
        raise Abort(
            f"Hệ thống không lưu phiên bản {version} của chỉ tiêu {kpi}.",
            f"This hub keeps no version {version} of KPI {kpi}.",
        )
    try:
        return Definition.model_validate(row[0])
    except ValidationError as error:
        what = describe(error)
        raise Abort(
            f"Phiên bản {version} của chỉ tiêu {kpi} mà hệ thống đang lưu không còn tính được: {what.vi}",
            f"Version {version} of KPI {kpi}, which this hub keeps, cannot be computed any more: {what.en}",
        ) from None
