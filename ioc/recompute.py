"""`ioc kpi recompute`: say closed periods anew by the definitions in force, on request only."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from hub.translation import N_, msg
from ioc.arguments import Province, check_past, parse_day
from ioc.output import Json, print_json, print_table
from ioc.reader import amount, installation_of, number, questions
from ioc.texts import say

if TYPE_CHECKING:
    from kpis.refresh import Refreshed

_CAUSE = {
    "first": msg("first"),
    "definition": msg("definition changed"),
    "recompute": msg("computed again"),
}


def recompute(
    kpis: Annotated[list[str], typer.Argument(help=N_("KPI codes"))],
    first: Annotated[
        date | None,
        typer.Option("--from", parser=parse_day, metavar="YYYY-MM-DD", help=N_("Only periods from this day")),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=parse_day, metavar="YYYY-MM-DD", help=N_("Only periods up to this day")),
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Compute periods again by the definitions in force.

    Periods that lie in the days as a whole; a value that differs is a new revision, the old one stays.
    """
    from government.outbox import follow, indicators
    from kpis.catalogue import Catalogue
    from kpis.refresh import recompute as compute_again
    from warehouse import migrate
    from warehouse.database import warehouse_url

    check_past(first or last or date.min, last or first or date.min)
    with questions():
        installation = installation_of(province)
        settings, catalogue = installation.settings, Catalogue.of(installation, installation.settings.province)
        for kpi in kpis:
            catalogue.find(kpi)
        url = warehouse_url(settings)
        migrate.check(url)
        done = compute_again(
            url,
            settings.province,
            dict.fromkeys(kpis),
            first,
            last,
            settings.now,
            follow=follow(indicators(catalogue, settings.government_kpis)),
            catalogue=catalogue,
        )
    if json:
        print_json(_as_data(done))
    else:
        _print(done)


def _as_data(done: "list[Refreshed]") -> list[dict[str, object]]:
    return [
        {
            "kpi": one.kpi,
            "periods": one.periods,
            "revisions": one.revisions,
            "changes": [
                {
                    "from": change.period.first,
                    "to": change.period.last,
                    "before": number(change.before),
                    "after": number(change.after),
                    "status": change.status,
                    "revision": change.revision,
                    "definition_version": change.definition_version,
                    "cause": change.cause,
                }
                for change in one.changes
            ],
        }
        for one in done
    ]


def _print(done: "list[Refreshed]") -> None:
    columns = {
        "from": say("from"),
        "to": say("to"),
        "before": say("before"),
        "after": say("after"),
        "revision": say("revision"),
        "version": say("definition version"),
        "cause": say("cause"),
    }
    for one in done:
        rows = [
            {
                "from": change.period.first,
                "to": change.period.last,
                "before": amount(change.before, 2) or "—",
                "after": amount(change.after, 2) or "—",
                "revision": change.revision,
                "version": change.definition_version,
                "cause": say(_CAUSE[change.cause]),
            }
            for change in one.changes
        ]
        title = say(
            "{kpi}: {periods} periods computed, {revisions} new revisions (areas and slices included)",
            kpi=one.kpi,
            periods=one.periods,
            revisions=one.revisions,
        )
        print_table(title, columns, rows)
