"""`ioc run`: loads days of a source without Airflow."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.translation import N_, join
from ioc.arguments import First, Last, Province, check_past, check_source
from ioc.output import Json, err, print_json, print_table
from ioc.progress import progress
from ioc.reader import installation_of, installation_with_gateway
from ioc.texts import BATCH_STATUS, say, told

if TYPE_CHECKING:
    from hub.errors import Blocked, HubError
    from pipeline.batch import Outcome

_SECONDS = 5
"""Between two lines that say how far a load is."""


def run(
    source: Annotated[str, typer.Argument(help=N_("Source, see `ioc source list`"))],
    first: Annotated[date, First],
    last: Annotated[date, Last],
    feed: Annotated[str | None, typer.Option("--feed", help=N_("One feed only"))] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Load days of a source."""
    from connectors.catalogue import faults_of, sources_of
    from demo.loading import account_text
    from hub.errors import Blocked
    from pipeline.fetch import run_feed

    check_past(first, last)
    installation = installation_of(province)
    named = installation.settings.province
    sources = sources_of(installation, named)
    check_source(source, sources, named, faults_of(installation))
    known = list(sources[source].feeds)
    if feed is not None and feed not in known:
        there = ", ".join(known)
        raise typer.BadParameter(
            say("source {source} has no feed {feed!r}; it has {there}", source=source, feed=feed, there=there)
        )
    feeds = [feed] if feed else known
    installation = installation_with_gateway(province)
    rows: list[dict[str, Any]] = []
    failure: HubError | None = None
    with progress(apart=_SECONDS) as tell:
        for name in feeds:
            counted = {"records": say("{feed}, records", feed=f"{source}.{name}")}
            counted["slices"] = say("{feed}, slices", feed=f"{source}.{name}")
            try:
                outcome = run_feed(
                    installation,
                    source,
                    name,
                    first,
                    last,
                    lambda what, done, total, counted=counted: tell(counted[what], done, total),
                )
            except Blocked as error:
                err.print(f"✗ {source}.{name}: {told(error)}", style="red", soft_wrap=True)
                for line in error.broken:
                    err.print(f"  - {say(line)}", highlight=False, soft_wrap=True)
                rows.append(_blocked_row(f"{source}.{name}", error))
                continue
            row = as_row(outcome)
            if not err.is_terminal:
                err.print(f"✓ {source}.{name}: {account_text(row)}", highlight=False, soft_wrap=True)
            _print_held_back(outcome)
            rows.append(row)
            if outcome.failures:
                failure = failure or outcome.failures[0][1]
    print_accounts(say("Load result"), LOAD, rows, json=json)
    if failure:
        raise failure
    if any(row["blocked"] for row in rows):
        raise typer.Exit(3)


def _print_held_back(outcome: "Outcome") -> None:
    """The slices of a load that were not published, or only as provisional, with the reason, a line each."""
    for end in outcome.blocked:
        line = say(
            "{feed} {day}: blocked, batch {batch_id}: {reason}",
            feed=f"{outcome.source}.{outcome.feed}",
            day=end.batch.last_day,
            batch_id=end.batch.batch_id,
            reason=join(end.reasons),
        )
        err.print(f"✗ {line}", style="red", soft_wrap=True)
    for end in (end for end in outcome.published if end.provisional):
        line = say(
            "{feed} {day}: provisional, batch {batch_id}: {reason}",
            feed=f"{outcome.source}.{outcome.feed}",
            day=end.batch.last_day,
            batch_id=end.batch.batch_id,
            reason=join(end.provisional),
        )
        err.print(f"! {line}", style="yellow", soft_wrap=True)
    for batch, error in outcome.failures:
        line = say(
            "{feed} {day}: not read, batch {batch_id}: {reason}",
            feed=f"{outcome.source}.{outcome.feed}",
            day=batch.last_day,
            batch_id=batch.batch_id,
            reason=error.message,
        )
        err.print(f"✗ {line}", style="red", soft_wrap=True)


COUNTS = {
    "declared": say("declared"),
    "fetched": say("fetched"),
    "loaded": say("loaded"),
    "unchanged": say("unchanged"),
    "superseded": say("superseded"),
    "quarantined": say("quarantined"),
    "removed": say("removed"),
}
LOAD = {
    "batch_id": "#",
    "feed": say("feed"),
    "status": say("result"),
    "published": say("published"),
    "blocked": say("blocked"),
    **COUNTS,
    "seconds": say("seconds"),
}


def print_accounts(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, json: bool) -> None:
    """Batches with their accounts, as JSON or as a table."""
    if json:
        print_json(rows)
        return
    print_table(title, columns, [{**row, "status": say(BATCH_STATUS[row["status"]])} for row in rows])


def as_row(outcome: "Outcome") -> dict[str, Any]:
    """An outcome as one flat row."""
    feed = f"{outcome.source}.{outcome.feed}"
    slices = {"published": len(outcome.published), "blocked": len(outcome.blocked)}
    return _row(outcome.batch_id, feed, outcome.status, slices | vars(outcome.account), round(outcome.seconds, 1))


def _blocked_row(feed: str, error: "Blocked") -> dict[str, Any]:
    rules = [say(line) for line in error.broken]
    slices = {"published": 0, "blocked": error.slices}
    return _row(error.batch_id, feed, "blocked", slices | dict(error.account), None) | {"broken_rules": rules}


def _row(batch_id: int, feed: str, status: str, account: Mapping[str, Any], seconds: float | None) -> dict[str, Any]:
    given = {"batch_id": batch_id, "feed": feed, "status": status, **account, "seconds": seconds}
    return {name: given[name] for name in LOAD}
