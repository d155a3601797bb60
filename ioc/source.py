"""`ioc source`: what the hub reads, and whether a source's file, fact and gateway fit together."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from hub.translation import N_, msg
from ioc.arguments import First, Last, Province, check_past, check_source
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_rows, print_table, print_text
from ioc.reader import installation_of, installation_with_gateway, reader
from ioc.texts import say

app = App(N_("Sources"))


@app.command("list")
def list_sources(json: Annotated[bool, Json] = False) -> None:
    """Sources and feeds."""
    from connectors.catalogue import sources_of
    from hub.installation import Installation

    rows = [
        {
            "source": source.name,
            "feed": name,
            "title": feed.title,
            "owner": source.owner,
            "cadence": source.cadence,
            "fact": feed.fact,
        }
        for source in sources_of(Installation.open()).values()
        for name, feed in source.feeds.items()
    ]
    labels = {
        "source": say("source"),
        "feed": say("feed"),
        "title": say("content"),
        "owner": say("owner"),
        "cadence": say("cadence"),
        "fact": say("fact"),
    }
    print_rows(say("Sources"), labels, rows, json=json)


_STATE = {
    "on_time": msg("on time"),
    "late": msg("late"),
    "blocked": msg("blocked"),
    "never": msg("never loaded"),
}


@app.command()
def freshness(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """How far each feed is loaded, and whether it is late."""
    from connectors.catalogue import sources_of
    from warehouse.punctuality import loaded_feeds, source_states
    from warehouse.serving import find_province

    installation = installation_of(province)
    settings = installation.settings
    now = settings.now or datetime.now(UTC)
    with reader(settings) as connection:
        loaded = loaded_feeds(connection, find_province(connection, settings.province))
    rows = [
        {
            "source": source.source,
            "feed": feed.feed,
            "state": feed.state,
            "covered_to": feed.covered_to,
            "loaded_at": feed.loaded_at,
            "due_at": feed.due_at,
            "late_hours": _hours(now - feed.due_at) if feed.due_at and feed.due_at < now else None,
        }
        for source in source_states(sources_of(installation, settings.province), loaded, now)
        for feed in source.feeds
    ]
    if json:
        print_json(rows)
        return
    labels = {
        "source": say("source"),
        "feed": say("feed"),
        "state": say("state"),
        "covered_to": say("covered to"),
        "loaded_at": say("last load"),
        "due_at": say("next one due"),
        "late_hours": say("late by (hours)"),
    }
    shown = [{**row, "state": say(_STATE[str(row["state"])])} for row in rows]
    print_table(say("Freshness"), labels, shown)


def _hours(length: timedelta) -> int:
    return round(length.total_seconds() / 3600)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help=N_("Source, see `ioc source list`"))],
    offline: Annotated[bool, typer.Option("--offline", help=N_("Do not call the gateway"))] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Check a source's file, fact and connection."""
    from connectors.catalogue import faults_of
    from connectors.inbox import Inbox
    from expectations.rules import row_rules
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from pipeline.fetch import open_gateway
    from warehouse.facts import mapping

    installation = Installation.open()
    catalogue = Catalogue.of(installation)
    sources = catalogue.sources
    check_source(name, sources, faults=faults_of(installation))
    rows = []
    for feed, spec in sources[name].feeds.items():
        mapping(f"{name}.{feed}", spec)  # raises when a column fits nothing of the fact
        personal = [column for column, c in spec.columns.items() if c.personal]
        kpis = [kpi for kpi, definition in catalogue.definitions.items() if f"{name}.{feed}" in definition.sources]
        rows.append(
            {
                "feed": feed,
                "fact": spec.fact,
                "columns": len(spec.kept),
                "personal": ", ".join(personal),
                "row_rules": len(row_rules(spec)),
                "kpis": ", ".join(kpis),
            }
        )
    if not offline:
        ways = [spec.paging for spec in sources[name].feeds.values()]
        if any(paging.style == "inbox" for paging in ways):
            Inbox(installation_of(province).settings.inbox_of(name)).check()
        if any(paging.calls for paging in ways):
            open_gateway(installation_with_gateway(province).settings).authenticate()
    for row in rows:
        if not row["kpis"]:
            feed = f"{name}.{row['feed']}"
            told = say(
                "! No KPI names {feed} in its `sources`: one that reads {fact} will not know when it changes",
                feed=feed,
                fact=row["fact"],
            )
            err.print(told, highlight=False, soft_wrap=True)
    labels = {
        "feed": say("feed"),
        "fact": say("fact"),
        "columns": say("columns"),
        "personal": say("personal, not kept"),
        "row_rules": say("row rules"),
        "kpis": say("KPIs"),
    }
    print_rows(say("{name}: fine", name=name), labels, rows, json=json)


@app.command()
def template(
    name: Annotated[str, typer.Argument(help=N_("Source, see `ioc source list`"))],
    file: Annotated[Path | None, typer.Argument(metavar="FILE.xlsx", help=N_("Where to; NAME.xlsx without it"))] = None,
    feed: Annotated[str | None, typer.Option("--feed", help=N_("Which feed, where there are several"))] = None,
) -> None:
    """Write the workbook that people fill in for a source of workbooks.

    Nothing is overwritten.
    """
    from connectors.blank_workbook import blank_workbook
    from connectors.catalogue import faults_of, sources_of
    from hub.installation import Installation
    from ioc.source_draft import write_new

    installation = Installation.open()
    sources = sources_of(installation)
    check_source(name, sources, faults=faults_of(installation))
    feeds = {known: spec for known, spec in sources[name].feeds.items() if spec.format == "xlsx"} or sources[name].feeds
    if feed is None and len(feeds) == 1:
        feed = next(iter(feeds))
    if feed not in sources[name].feeds:
        raise typer.BadParameter(say("name one of the feeds {there}", there=", ".join(feeds)), param_hint="--feed")
    path = file or Path(f"{name}.xlsx")
    write_new(path, blank_workbook(sources[name].feeds[feed]))
    print_text(say("Wrote {path}", path=path))


Samples = typer.Option("--sample", help=N_("A recorded answer; several in the order of the calls"))


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help=N_("A specification, of the installation or not"))],
    feed: Annotated[str | None, typer.Option("--feed", help=N_("Which feed, where there are several"))] = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    sample: Annotated[list[Path] | None, Samples] = None,
    everything: Annotated[
        bool, typer.Option("--all", help=N_("Read up to 200,000 records instead of the first 1,000"))
    ] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Show what a load would make of the first records, and write nothing.

    They come from the gateway, or from answers that were recorded. Personal values are masked. Exit code 3 when the
    slice would be blocked.
    """
    from connectors.source_files import read_draft
    from hub.periods import VIETNAM
    from ioc.source_preview import asked_slice, print_preview
    from pipeline.preview import preview as previewed
    from pipeline.preview_records import FIRST, MOST

    if (first is None) != (last is None):
        raise typer.BadParameter(say("give both --from and --to, or neither"))
    if first and last:
        check_past(first, last)
    source, unfilled = read_draft(file)
    if feed is None and len(source.feeds) == 1:
        feed = next(iter(source.feeds))
    if feed not in source.feeds:
        there = ", ".join(source.feeds)
        raise typer.BadParameter(say("name one of the feeds {there}", there=there), param_hint="--feed")
    installation = installation_of(province) if sample else installation_with_gateway(province)
    now = installation.settings.now or datetime.now(UTC)
    days = asked_slice(source.feeds[feed], first, last, now.astimezone(VIETNAM).date())
    if days is None:
        raise typer.BadParameter(say("no month ends in these days, and this feed comes by months"), param_hint="--to")
    most = MOST if everything else FIRST
    shown = previewed(
        installation, source, feed, days, sample or (), most=most, are_days_known=not sample or first is not None
    )
    print_preview(shown, unfilled=unfilled, json=json)
    if shown.is_blocked:
        raise typer.Exit(3)


@app.command()
def new(
    name: Annotated[str, typer.Argument(help=N_("Name of the source: small letters, digits and _"))],
    sample: Annotated[list[Path], Samples],
) -> None:
    """Draft a source's specification from a recorded answer.

    Written into the installation's folder of sources, where nothing is overwritten. `ioc source check` names what is
    still to be filled in, `ioc source preview` shows what the draft makes of the answer.
    """
    from connectors.recordings import read_answer
    from connectors.samples import MOST_BYTES, read_sample
    from connectors.source_files import read_draft, read_specifications
    from connectors.specification import IDENTIFIER
    from hub.errors import Abort
    from hub.installation import Installation
    from ioc.source_draft import text_of, write_new
    from pipeline.draft import draft

    settings = Installation.open().settings
    sources, faults = read_specifications(settings.sources)
    if not re.fullmatch(IDENTIFIER, name):
        raise typer.BadParameter(say("{name!r} is no name: small letters, digits and _ after a letter", name=name))
    if name in sources or name in faults:
        raise Abort(msg("There is a source {name} already: choose another name", name=name))
    samples = [read_sample(read_answer(file, MOST_BYTES), file.name) for file in sample]
    found = draft(samples, sources)
    path = (settings.sources or settings.installation / "sources") / f"{name}.toml"
    write_new(path, text_of(found, [file.name for file in sample]))
    _, unfilled = read_draft(path)
    print_text(say("Wrote {path}: {count} lines are to be filled in or confirmed", path=path, count=len(unfilled)))
    print_text(say("Next: ioc source preview {path} --sample {sample}", path=path, sample=sample[0]))
