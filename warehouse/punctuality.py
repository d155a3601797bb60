"""How every source keeps its word: what it should have delivered by now, and what came."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import psycopg
from croniter import croniter
from psycopg.rows import dict_row

from connectors.specification import Source
from warehouse.schema.base import TIMEZONE

State = Literal["on_time", "late", "blocked", "never"]
_WORST: tuple[State, ...] = ("blocked", "late", "never", "on_time")
_ONE_DAY = timedelta(days=1)
_VIETNAM = ZoneInfo(TIMEZONE)


@dataclass(frozen=True)
class FeedState:
    """How far one feed is loaded."""

    feed: str
    covered_to: date | None
    loaded_at: datetime | None
    """When its newest published batch was published."""
    last_attempt: Literal["running", "published", "blocked", "failed"] | None
    last_attempt_at: datetime | None
    due_at: datetime | None
    """When the delivery after `covered_to` is late."""
    state: State


@dataclass(frozen=True)
class SourceState:
    """A source, and the worst of its feeds."""

    source: str
    title: str
    owner: str
    cadence: str
    """Cron expression, Vietnam time."""
    lateness: timedelta
    state: State
    covered_to: date | None
    """Last day that all feeds cover; None where one was never loaded."""
    loaded_at: datetime | None
    late_by: timedelta | None
    feeds: Sequence[FeedState]


def feed_rows(connection: psycopg.Connection[Any], province_id: int) -> list[dict[str, Any]]:
    """serving.freshness of a province."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select source, feed, covered, covered_to, loaded_at, last_attempt, last_attempt_at"
            " from serving.freshness where province_id = %s order by source, feed",
            (province_id,),
        ).fetchall()


def source_states(specs: Mapping[str, Source], rows: Sequence[dict[str, Any]], now: datetime) -> list[SourceState]:
    """The sources at a moment, those that are worst off first; `rows` are those of `feed_rows`."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["source"], {})[row["feed"]] = row
    states = [_source(spec, found.get(name, {}), now) for name, spec in specs.items()]
    return sorted(states, key=lambda state: (_WORST.index(state.state), state.source))


def _source(spec: Source, rows: Mapping[str, dict[str, Any]], now: datetime) -> SourceState:
    feeds = [_feed(feed, spec, rows.get(feed, {}), now) for feed in sorted({*spec.feeds, *rows})]
    covered = [feed.covered_to for feed in feeds]
    late = [now - feed.due_at for feed in feeds if feed.due_at is not None and feed.due_at < now]
    return SourceState(
        source=spec.name,
        title=spec.title,
        owner=spec.owner,
        cadence=spec.cadence,
        lateness=spec.lateness,
        state=min((feed.state for feed in feeds), key=_WORST.index),
        covered_to=None if None in covered else min(day for day in covered if day is not None),
        loaded_at=max((feed.loaded_at for feed in feeds if feed.loaded_at), default=None),
        late_by=max(late, default=None),
        feeds=feeds,
    )


def _feed(feed: str, spec: Source, row: Mapping[str, Any], now: datetime) -> FeedState:
    covered: date | None = row.get("covered_to")
    due = None if covered is None else due_at(covered, spec.cadence, spec.lateness)
    state: State = "on_time"
    if row.get("last_attempt") in ("blocked", "failed"):
        state = "blocked"
    elif due is None:
        state = "never"
    elif due < now:
        state = "late"
    return FeedState(
        feed, covered, row.get("loaded_at"), row.get("last_attempt"), row.get("last_attempt_at"), due, state
    )


@lru_cache(maxsize=1000)  # a schedule is parsed anew for each moment: a millisecond for a page of sources
def due_at(covered_to: date, cadence: str, lateness: timedelta) -> datetime:
    """When the delivery of the day after `covered_to` is late: `lateness` after the first run that could bring it.

    A source that runs on a day of the month delivers months.
    """
    end = covered_to + _ONE_DAY
    if cadence.split()[2] != "*":
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    after = datetime.combine(end + _ONE_DAY, time(), _VIETNAM)
    run: datetime = croniter(cadence, after - timedelta(seconds=1)).get_next(datetime)
    return run + lateness
