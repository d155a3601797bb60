"""`ioc source`: what the hub reads, and whether a source's file, fact and gateway fit together."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from hub.translation import N_, msg
from ioc.arguments import Province, check_source
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_rows, print_table
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
