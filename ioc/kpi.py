"""`ioc kpi`: what the KPIs are, and their figures."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, cast

import typer

from hub.errors import WrongQuestion
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import N_, msg
from ioc.arguments import (
    AreaCode,
    First,
    Last,
    Measure,
    Period,
    Province,
    Where,
    asked_days,
    asked_slices,
    parse_day,
)
from ioc.command_line import App
from ioc.explain import explain
from ioc.figure_tables import as_dict, names_of_areas, print_figure, print_series
from ioc.output import Json, err, print_json, print_rows, print_table
from ioc.reader import amount, installation_of, number, province_named, questions, reader
from ioc.recompute import recompute
from ioc.texts import day, say, unit

if TYPE_CHECKING:
    from hub.periods import Freq
    from kpis.definition import Definition
    from kpis.question import Areas
    from warehouse.serving import Connection

app = App(N_("The KPIs and their figures"))
app.command("recompute")(recompute)
app.command("explain")(explain)

_FREQS = "month|quarter|half|year|ytd"
_KIND = {
    "flow": msg("flow"),
    "distinct": msg("distinct"),
    "stock": msg("stock"),
    "cumulative": msg("cumulative"),
}
_GOOD = {"up": "↑", "down": "↓", "none": "·"}


@app.command("list")
def list_(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """List the KPIs; ↑ ↓ good way, ★ sent to the Government."""
    from kpis.catalogue import Catalogue
    from kpis.dependencies import check_feeds

    installation = Installation.open()
    settings, catalogue = installation.settings, Catalogue.of(installation)
    definitions = catalogue.definitions.values()
    check_feeds(definitions, catalogue.sources)
    with province_named():
        code = settings.for_province(province).province if province or len(settings.codes) == 1 else None
    sent = settings.government_kpis
    starred = {d.id for d in definitions if (d.government if sent is None else d.id in sent)}
    targets = {d.id: catalogue.targets_of(code, d.id) if code else [] for d in definitions}
    if json:
        shown = {"unit", "kind", "good", "breakdowns", "sources", "owner", "government", "version", "basis", "name"}
        print_json(
            [
                {"kpi": d.id, "measures": d.measure_names}
                | d.model_dump(mode="json", include=shown)
                | {
                    "government": d.id in starred,
                    "valid_from": d.valid_from,
                    "targets": [
                        {"measure": t.measure, "breakdown": t.breakdown, "year": t.year, "target": number(t.target)}
                        for t in targets[d.id]
                    ],
                }
                for d in definitions
            ]
        )
        return
    rows = [
        {
            "kpi": d.id,
            "name": f"{say(d.name)} ({unit(d.unit)}; {say(_KIND[d.kind])})",
            "good": _GOOD[d.good] + ("★" if d.id in starred else ""),
            "target": "\n".join(
                f"{t.year}: {amount(t.target)}{'' if t.measure == d.measure else ' ' + t.measure}"
                f"{' ' + t.breakdown if t.breakdown else ''}"
                for t in targets[d.id]
            ),
            "owner": d.owner,
            "measures": ", ".join(d.measure_names),
            "breakdowns": ", ".join(d.breakdowns),
        }
        for d in definitions
    ]
    print_table(
        say("{count} KPIs", count=len(rows)),
        {
            "kpi": say("KPI code"),
            "name": say("name"),
            "good": "↑★",
            "target": say("target"),
            "owner": say("owner"),
            "measures": say("measures"),
            "breakdowns": say("breakdowns"),
        },
        rows,
    )


@app.command()
def show(
    kpi: Annotated[str, typer.Argument(help=N_("KPI, see `ioc kpi list`"))],
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    period: Annotated[str | None, Period] = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--last",
            metavar="N",
            min=1,
            max=200,
            help=N_("The last N up to --to, or to the last day with data"),
        ),
    ] = None,
    freq: Annotated[str | None, typer.Option(metavar=_FREQS, help=N_("Kind of the periods of --last"))] = None,
    compare: Annotated[
        bool,
        typer.Option("--compare", help=N_("Beside the period before and a year ago")),
    ] = False,
    area: Annotated[str | None, AreaCode] = None,
    areas: Annotated[
        str,
        typer.Option(help=N_("Areas of the time (then) or of today (today)")),
    ] = "then",
    where: Annotated[list[str] | None, Where] = None,
    by: Annotated[list[str] | None, typer.Option(help=N_("Break down by, such as gate"))] = None,
    measure: Annotated[str | None, Measure] = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            parser=parse_day,
            metavar="YYYY-MM-DD",
            help=N_("As known at the end of that day"),
        ),
    ] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """A KPI over any range of days, or of the last periods

    Rates are compared in percentage points, never in percent of percent.
    """
    from hub.periods import Period as Days
    from kpis.catalogue import Catalogue
    from kpis.computation import compute
    from kpis.history import observed
    from kpis.question import Question
    from kpis.series import series, with_changes

    with questions():
        installation = installation_of(province)
        settings, catalogue = installation.settings, Catalogue.of(installation, installation.settings.province)
        catalogue.find(kpi)
        _check_choice("--areas", areas, ("then", "today"))
        _check_series(first, period, count, freq)
        days = None if count else asked_days(first, last, period)
        if as_of is not None and (by or measure or count or compare or areas != "then"):
            raise WrongQuestion(
                msg(
                    "--as-of knows the KPI's own figure of one period: leave out --by, --measure, --areas, --last,"
                    " --compare."
                ),
            )
        with reader(settings) as connection:
            if days is None:
                last = last or _newest_day(connection, settings, catalogue.find(kpi))
                days = Days(last, last)
            question = Question(
                *(kpi, days, settings.province, area, asked_slices(where), by or (), measure, as_of),
                cast("Areas", areas),
            )
            if as_of is not None:
                figures = [observed(connection, question, settings.now, catalogue=catalogue)]
            elif count:
                kind = cast("Freq", freq or "month")
                figures = series(connection, question, kind, count, now=settings.now, catalogue=catalogue)
            else:
                figure = compute(connection, question, now=settings.now, catalogue=catalogue)
                if compare:
                    figure = with_changes(connection, figure, now=settings.now, catalogue=catalogue)
                figures = [figure]
            figure = figures[-1]
            if json:
                shown = as_dict(figure, names_of_areas(connection, figure))
                print_json(shown | ({"series": [as_dict(f) for f in figures]} if count else {}))
            elif count:
                print_series(figures)
            else:
                print_figure(connection, figure)


@app.command()
def refresh(
    kpis: Annotated[list[str] | None, typer.Argument(help=N_("These KPIs only"))] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Bring the standard periods up to the newest data."""
    from government.outbox import follow, indicators
    from kpis.catalogue import Catalogue
    from kpis.refresh import refresh as bring_up_to_date
    from warehouse import migrate
    from warehouse.database import warehouse_url

    with questions():
        installation = installation_of(province)
        settings = installation.settings
        url = warehouse_url(settings)
        migrate.check(url)
        catalogue = Catalogue.of(installation, settings.province)
        done = bring_up_to_date(
            url,
            settings.province,
            kpis or None,
            settings.now,
            follow=follow(indicators(catalogue, settings.government_kpis)),
            catalogue=catalogue,
        )
    rows = [{"kpi": d.kpi, "periods": d.periods, "revisions": d.revisions} for d in done]
    columns = {
        "kpi": say("KPI"),
        "periods": say("periods computed"),
        "revisions": say("new revisions"),
    }
    print_rows(say("Refreshed"), columns, rows, json=json)


def _check_series(first: date | None, period: str | None, count: int | None, freq: str | None) -> None:
    from hub.periods import FREQS

    if count and (first or period):
        raise WrongQuestion(
            msg("Say the days in one way: --from and --to, or --period, or --last N with --freq and --to."),
        )
    if freq and not count:
        raise WrongQuestion(
            msg("--freq is the kind of period of --last N: say how many."),
        )
    if count:
        _check_choice("--freq", freq or "month", FREQS)


def _newest_day(connection: "Connection", settings: Settings, definition: "Definition") -> date:
    """The last day that all feeds of the KPI cover, which is printed; today where there is none."""
    from hub.periods import VIETNAM
    from kpis.availability import coverage
    from kpis.memo import Once
    from warehouse.serving import find_province

    own = find_province(connection, settings.province)
    spans = coverage(Once(connection), own, definition).spans
    if not spans:
        return (settings.now or datetime.now(VIETNAM)).astimezone(VIETNAM).date()
    newest = spans[-1][1]
    note = say("Up to {newest}, the last day with data", newest=day(newest))
    err.print(note, highlight=False)
    return newest


def _check_choice(option: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        listed = ", ".join(known)
        raise WrongQuestion(msg("{option} {given}: there are {listed}.", option=option, given=given, listed=listed))
