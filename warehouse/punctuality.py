"""How every source keeps its word: what it should have delivered by now, and what came."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from croniter import croniter
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.multirange import DateMultirangeLoader, Multirange

from connectors.specification import Source
from hub.periods import VIETNAM
from warehouse.serving import Connection, Province

Attempt = Literal["running", "published", "blocked", "failed"]
State = Literal["on_time", "late", "blocked", "never"]
_WORST: tuple[State, ...] = ("blocked", "late", "never", "on_time")
BLOCKED = ("blocked", "failed")
"""What became of the last attempt where a newer delivery was held back."""
_ONE_DAY = timedelta(days=1)


class LoadedFeed(NamedTuple):
    """How far one feed is loaded."""

    source: str
    feed: str
    covered: Multirange[date] | None = None
    settled: Multirange[date] | None = None
    provisional: Multirange[date] | None = None
    """Days of which so many records were refused, or values left out, that figures of them are provisional."""
    covered_to: date | None = None
    loaded_at: datetime | None = None
    """When its newest published batch was published."""
    last_attempt: Attempt | None = None
    last_attempt_at: datetime | None = None


@dataclass(frozen=True)
class FeedState:
    """Whether one feed is in time: how far it is loaded, and by when more is due."""

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


def loaded_feeds(connection: Connection, province: Province) -> list[LoadedFeed]:
    """All feeds of a province of which something was fetched, by name."""
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("datemultirange", _DaysLoader)
        rows = cursor.execute(
            "select source, feed, covered, settled, provisional, covered_to, loaded_at, last_attempt, last_attempt_at"
            " from serving.freshness where province_id = %s order by source, feed",
            (province.province_id,),
        ).fetchall()
    return [LoadedFeed(*row) for row in rows]


class _DaysLoader(Loader):
    """Reads days that were read before by looking them up: feeds have the same ones from question to question."""

    def load(self, data: Buffer) -> Multirange[date]:
        return _days(bytes(data))


@lru_cache(maxsize=1000)
def _days(text: bytes) -> Multirange[date]:
    read: Multirange[date] = DateMultirangeLoader(0).load(text)
    return read


def source_states(specs: Mapping[str, Source], loaded: Sequence[LoadedFeed], now: datetime) -> list[SourceState]:
    """The sources at a moment, those that are worst off first."""
    found: dict[str, dict[str, LoadedFeed]] = {}
    for feed in loaded:
        found.setdefault(feed.source, {})[feed.feed] = feed
    states = [_source(spec, found.get(name, {}), now) for name, spec in specs.items()]
    return sorted(states, key=lambda state: (_WORST.index(state.state), state.source))


def feed_states(specs: Mapping[str, Source], loaded: Sequence[LoadedFeed], now: datetime) -> dict[str, State]:
    """The states of all feeds of these sources at a moment, by `source.feed`, as `source_states` has them."""
    never = [LoadedFeed(name, feed) for name, spec in specs.items() for feed in spec.feeds]
    every = {(feed.source, feed.feed): feed for feed in (*never, *loaded) if feed.source in specs}
    return {f"{feed.source}.{feed.feed}": _state(specs[feed.source], feed, now)[0] for feed in every.values()}


def _source(spec: Source, loaded: Mapping[str, LoadedFeed], now: datetime) -> SourceState:
    feeds = [
        _feed(spec, loaded.get(feed) or LoadedFeed(spec.name, feed), now) for feed in sorted({*spec.feeds, *loaded})
    ]
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


def _feed(spec: Source, feed: LoadedFeed, now: datetime) -> FeedState:
    state, due = _state(spec, feed, now)
    return FeedState(feed.feed, feed.covered_to, feed.loaded_at, feed.last_attempt, feed.last_attempt_at, due, state)


def _state(spec: Source, feed: LoadedFeed, now: datetime) -> tuple[State, datetime | None]:
    """With the moment when more is due."""
    due = None if feed.covered_to is None else due_at(feed.covered_to, spec.cadence, spec.lateness)
    if feed.last_attempt in BLOCKED:
        return "blocked", due
    if due is None:
        return "never", due
    return "late" if due < now else "on_time", due


@lru_cache(maxsize=1000)  # a schedule is parsed anew for each moment: a millisecond for a page of sources
def due_at(covered_to: date, cadence: str, lateness: timedelta) -> datetime:
    """When the delivery of the day after `covered_to` is late: `lateness` after the first run that could bring it.

    A source that runs on a day of the month delivers months.
    """
    end = covered_to + _ONE_DAY
    if cadence.split()[2] != "*":
        end = end.replace(day=calendar.monthrange(end.year, end.month)[1])
    after = datetime.combine(end + _ONE_DAY, time(), VIETNAM)
    run: datetime = croniter(cadence, after - timedelta(seconds=1)).get_next(datetime)
    return run + lateness
