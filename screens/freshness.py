"""How every source keeps its word: what it should have delivered by now, and what came."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

from croniter import croniter

from kpis.availability import Attempt, Feed, feeds
from kpis.definition import Definition
from kpis.figure import Freshness
from screens.database import Snapshot
from screens.directory import kpis
from screens.formats import HERE

State = Literal["on_time", "late", "blocked", "never"]
_WORST: tuple[State, ...] = ("blocked", "late", "never", "on_time")
BLOCKED = ("blocked", "failed")
"""What became of the last attempt where a newer delivery was held back."""
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class FeedState:
    """How far one feed is loaded."""

    feed: str
    covered_to: date | None
    loaded_at: datetime | None
    """When its newest published batch was published."""
    last_attempt: Attempt | None
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


def sources(s: Snapshot) -> list[SourceState]:
    """The sources of the fields that the caller sees, those that are worst off first."""
    if "sources" not in s.cache:
        rows: dict[str, dict[str, Feed]] = {}
        for row in s.once(feeds, s.province):
            rows.setdefault(row.source, {})[row.feed] = row
        seen = {feed.partition(".")[0] for kpi in kpis(s).values() for feed in kpi.sources} | set(rows)
        states = [
            _source(s, name, spec, rows.get(name, {})) for name, spec in s.catalogue.sources.items() if name in seen
        ]
        s.cache["sources"] = sorted(states, key=lambda state: (_WORST.index(state.state), state.source))
    found: list[SourceState] = s.cache["sources"]
    return found


def freshness_of(s: Snapshot, kpi: Definition) -> Freshness:
    """The worst of the KPI's feeds."""
    if "freshness" not in s.cache:
        s.cache["freshness"] = {f"{own.source}.{feed.feed}": feed.state for own in sources(s) for feed in own.feeds}
    states = {s.cache["freshness"].get(feed, "unknown") for feed in kpi.sources}
    if "never" in states:
        return "never"
    return "late" if states & {"late", "blocked"} else "unknown" if "unknown" in states else "on_time"


def _source(s: Snapshot, name: str, spec: Any, rows: dict[str, Feed]) -> SourceState:
    states = [_feed(s, spec, rows.get(feed) or Feed(name, feed)) for feed in sorted({*spec.feeds, *rows})]
    covered = [feed.covered_to for feed in states]
    late = [s.now - feed.due_at for feed in states if feed.due_at is not None and feed.due_at < s.now]
    return SourceState(
        source=name,
        title=spec.title,
        owner=spec.owner,
        cadence=spec.cadence,
        lateness=spec.lateness,
        state=min((feed.state for feed in states), key=_WORST.index),
        covered_to=None if None in covered else min(day for day in covered if day is not None),
        loaded_at=max((feed.loaded_at for feed in states if feed.loaded_at), default=None),
        late_by=max(late, default=None),
        feeds=states,
    )


def _feed(s: Snapshot, spec: Any, feed: Feed) -> FeedState:
    due = None if feed.covered_to is None else due_at(feed.covered_to, spec.cadence, spec.lateness)
    state: State = "on_time"
    if feed.last_attempt in BLOCKED:
        state = "blocked"
    elif due is None:
        state = "never"
    elif due < s.now:
        state = "late"
    return FeedState(feed.feed, feed.covered_to, feed.loaded_at, feed.last_attempt, feed.last_attempt_at, due, state)


@lru_cache(maxsize=1000)  # a schedule is parsed anew for each moment: a millisecond for a page of sources
def due_at(covered_to: date, cadence: str, lateness: timedelta) -> datetime:
    """When the delivery of the day after `covered_to` is late: `lateness` after the first run that could bring it.

    A source that runs on a day of the month delivers months.
    """
    end = covered_to + _ONE_DAY
    if cadence.split()[2] != "*":
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    after = datetime.combine(end + _ONE_DAY, time(), HERE)
    run: datetime = croniter(cadence, after - timedelta(seconds=1)).get_next(datetime)
    return run + lateness
