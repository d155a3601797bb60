"""`ioc archive`: closed months in DuckLake, whether they are as they were written, and their figures from there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import Abort, WrongQuestion
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import N_, msg
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table, print_text
from ioc.progress import progress
from ioc.reader import installation_of, number, questions
from ioc.texts import say

if TYPE_CHECKING:
    from hub.periods import Period

app = App(N_("Closed months in the archive"))
AsJson = Annotated[bool, Json]
Month = Annotated[str, typer.Argument(metavar="MONTH", help=N_("Month as 2023-01"))]


@app.command()
def write(month: Month, province: Annotated[str | None, Province] = None, json: AsJson = False) -> None:
    """Archive what the KPIs of a closed month read, or write it again

    A month is closed when nothing of it is missing, blocked or still to come, and its figures are refreshed. The
    hashes of the files go into the audit trail.
    """
    from datetime import datetime

    from hub.periods import VIETNAM
    from kpis.archive import write_month
    from kpis.catalogue import Catalogue
    from warehouse import migrate
    from warehouse.database import warehouse_url

    days = _month(month)
    installation = installation_of(province)
    settings, url = installation.settings, warehouse_url(installation.settings)
    folder, now = _folder(settings), settings.now or datetime.now(VIETNAM)
    migrate.check(url)
    catalogue = Catalogue.of(installation, settings.province)
    done = write_month(url, folder, settings.province, days, catalogue=catalogue, now=now)
    if json:
        print_json(
            {"province": settings.province, "month": month, "rows": done.rows, "files": done.files}
            | {"without": done.without, "entry_id": done.entry_id}
        )
        return
    print_text(
        say(
            "Archived {month:month} of {province}: {rows} rows in {files} files; entry {entry_id} of the audit trail.",
            month=days.first,
            province=settings.province,
            rows=sum(done.rows.values()),
            files=len(done.files),
            entry_id=done.entry_id,
        )
    )
    if done.without:
        print_text(say("Nothing is said of that month by {kpis}", kpis=", ".join(done.without)))


@app.command()
def check(json: AsJson = False) -> None:
    """Compare the files of the archive with the audit trail; exit code 3 where one differs

    `ioc audit verify` does the same, and checks the trail itself.
    """
    from warehouse.archive import Archive, differences, entries
    from warehouse.database import connect, warehouse_url

    settings = Installation.open().settings
    with Archive.open(_folder(settings)) as archive, connect(warehouse_url(settings), "loader") as connection:
        written = entries(connection)
        found = [say(text) for _, text in differences(archive, written)]
    if json:
        print_json({"months": len(written), "findings": found})
    else:
        for text in found:
            err.print(f"✗ {text}", style="red", markup=False, highlight=False, soft_wrap=True)
        files = sum(map(len, written.values()))
        print_text(say("{months} months of provinces, {files} files", months=len(written), files=files))
    if found:
        raise typer.Exit(3)


@app.command()
def kpis(
    month: Month,
    compare: Annotated[
        bool, typer.Option("--compare", help=N_("Beside what is published; exit code 3 where a figure differs"))
    ] = False,
    province: Annotated[str | None, Province] = None,
    json: AsJson = False,
) -> None:
    """The KPIs of a month computed from the archive alone, of each province that is in it

    Only from files that are as the audit trail says.
    """
    from kpis.archived_figures import archived_figures, differing, published_figures
    from warehouse.archive import Archive, Part, differences, entries
    from warehouse.database import connect, warehouse_url

    days, settings = _month(month), Installation.open().settings
    own, counted = Part(province or "", f"{days.first:%Y-%m}"), 0
    wholes, differ = list[dict[str, object]](), list[dict[str, object]]()
    with (
        Archive.open(_folder(settings)) as archive,
        connect(warehouse_url(settings), "loader") as connection,
        progress() as tell,
    ):
        written = entries(connection)
        for _, text in differences(archive, written, province, own.month):
            raise Abort(text)
        parts = sorted(one for one in written if one.month == own.month and own.province in ("", one.province))
        for number_, part in enumerate(parts, 1):
            figures = archived_figures(archive, written[part], part.province, days)
            counted += len(figures)
            first = {key.kpi: key for key in reversed(figures)}  # the whole province's
            wholes += [
                {"province": part.province, "kpi": kpi, "value": number(figures[key].value)}
                for kpi, key in sorted(first.items())
            ]
            if compare:
                differ += [
                    {"province": part.province} | key._asdict() | {"archived": ours.value, "published": theirs.value}
                    for key, (ours, theirs) in differing(
                        figures, published_figures(connection, part.province, days)
                    ).items()
                ]
            tell(say("provinces"), number_, len(parts))
    if not parts:
        raise Abort(msg("Nothing of {month:month} is archived: run `ioc archive write`", month=days.first))
    if json:
        print_json({"figures": counted, "kpis": wholes} | ({"differing": differ} if compare else {}))
    else:
        columns = {"province": say("province"), "kpi": say("KPI"), "value": say("value")}
        print_table(say("KPIs of {month:month}", month=days.first), columns, wholes)
        if compare:
            columns |= {"area_id": say("area"), "breakdown": say("breakdown")}
            columns |= {"archived": say("archived"), "published": say("published")}
            print_table(say("Figures that differ from what is published"), columns, differ)
        print_text(say("{count} figures were computed, {differ} differ", count=counted, differ=len(differ)))
    if differ:
        raise typer.Exit(3)


def _month(text: str) -> "Period":
    from hub.periods import Period, parse_period, standard_period

    with questions():
        days: Period = parse_period(text)
        if days != standard_period("month", days.first):
            raise WrongQuestion(msg("{text!r} is no month; write 2023-01", text=text))
    return days


def _folder(settings: Settings) -> Path:
    if settings.archive is None:
        raise Abort(
            msg("IOC_ARCHIVE is not set: set the variable, or archive in ioc.toml, to the folder of archived months")
        )
    return settings.archive
