"""`ioc quality deliverers`: who has delivered what, when."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.translation import N_
from ioc.arguments import First, Last, Province, check_order
from ioc.output import Json, err, print_json, print_table
from ioc.quality_arguments import require_source
from ioc.reader import reader, reader_settings
from ioc.texts import language, say
from screens import formats

if TYPE_CHECKING:
    from warehouse.deliverers import Delivery

PERIODS = 12
"""So many are shown where no days are asked for."""


def deliverers(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help=N_("One source only"))] = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Who has delivered what, when, of feeds that several deliver together

    Without days a table shows the last 12 periods of each feed.
    """
    from warehouse.deliverers import deliveries, matrices
    from warehouse.serving import find_province

    check_order(first, last)
    require_source(source, province)
    settings = reader_settings(province)
    with reader(settings) as connection:
        found = deliveries(connection, find_province(connection, settings.province), source, first, last)
    if json:
        print_json([_as_row(one) for one in found])
        return
    if not found:
        err.print(say("No feed that several deliver together has been loaded"))
    for matrix in matrices(found, None if first or last else PERIODS):
        labels = {"name": say("deliverer")} | {
            str(period.first): formats.period(period.first, period.last, language()) for period in matrix.periods
        }
        rows = [
            {"name": say(name), **dict(zip(list(labels)[1:], map(_delivered, cells), strict=True))}
            for name, cells in matrix.rows
        ]
        print_table(f"{matrix.source}.{matrix.feed}", labels, rows)


def _as_row(one: "Delivery") -> dict[str, Any]:
    own = ("source", "feed", "deliverer", "name_vi", "name_en", "is_expected", "is_missing", "records", "delivered_at")
    return {"first_day": one.first, "last_day": one.last, **{name: getattr(one, name) for name in own}}


def _delivered(cell: "Delivery | None") -> str:
    if cell is None:
        return "—"
    return say("missing") if cell.is_missing else "✓"
