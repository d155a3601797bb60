"""When the gateway or the hub itself was down, as the ledger tells it, and until when a deadline moves on for that."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from hub.periods import Period
from warehouse.serving import Connection, Province

REACH = timedelta(days=70)
"""So far back outages are looked for: further than any deadline of a month's delivery."""
ANSWERED = ("published", "blocked")
"""What becomes of an attempt that the gateway answered."""
SILENCE = timedelta(minutes=5)
"""Without a sign of the watch for so long, the hub counts as down."""


class Outage(NamedTuple):
    """A stretch of time in which nobody could deliver. `until` is None while it lasts."""

    what: Literal["gateway", "hub"]
    since: datetime
    until: datetime | None
    sources: frozenset[str] = frozenset()
    """Of the gateway's: those that tried in vain."""

    def holds(self, moment: datetime) -> bool:
        """Whether it lasted at that moment."""
        return self.since <= moment and (self.until is None or moment < self.until)


class Attempt(NamedTuple):
    """An attempt to fetch a slice, as the ledger has it."""

    source: str
    feed: str
    batch_id: int
    first_day: date
    last_day: date
    started_at: datetime
    status: str
    is_own_fault: bool | None

    @property
    def has_failed(self) -> bool:
        """Whether source or gateway made it fail."""
        return self.status == "failed" and not self.is_own_fault

    def asks_for(self, source: str, feed: str, days: Period) -> bool:
        """Whether it asked for any of these days of a feed."""
        is_of_days = self.first_day <= days.last and self.last_day >= days.first
        return (self.source, self.feed) == (source, feed) and is_of_days


def attempts(connection: Connection, province: Province, now: datetime) -> list[Attempt]:
    """All attempts within REACH, the oldest first."""
    rows = connection.execute(
        "select source, feed, batch_id, first_day, last_day, started_at, status, is_own_fault from ledger.batch"
        " where province_id = %s and kind = 'fetch' and started_at > %s and started_at <= %s"
        " order by started_at, batch_id",
        (province.province_id, now - REACH, now),
    )
    return [Attempt(*row) for row in rows]


def gateway_outages(tried: Iterable[Attempt], sources: int) -> list[Outage]:
    """From the first of attempts that failed in a row, of at least two sources (of the only one where there is but
    one), until an attempt was answered. One source that fails by itself is that source's own fault."""
    found: list[Outage] = []
    failing: list[Attempt] = []

    def end(until: datetime | None) -> None:
        vain = frozenset(one.source for one in failing)
        if len(vain) >= min(2, sources) and vain:
            found.append(Outage("gateway", failing[0].started_at, until, vain))
        failing.clear()

    for one in tried:
        if one.status in ANSWERED:
            end(one.started_at)
        elif one.has_failed:
            failing.append(one)
    end(None)
    return found


def hub_outages(watched: Sequence[tuple[datetime, datetime]]) -> list[Outage]:
    """Between two stretches in which somebody watched."""
    return [Outage("hub", seen, began) for (_, seen), (began, _) in pairwise(watched) if began - seen > SILENCE]


def watched(connection: Connection, province: Province) -> list[tuple[datetime, datetime]]:
    """The stretches in which the ledger was watched, the oldest first."""
    return connection.execute(
        "select began_at, seen_at from serving.watches where province_id = %s order by watch_id",
        (province.province_id,),
    ).fetchall()


def see(connection: Connection, province: Province, now: datetime) -> None:
    """Keep that somebody watches now. The caller holds the province's incidents."""
    extended = connection.execute(
        "update ledger.watch set seen_at = greatest(seen_at, %(now)s) where watch_id = (select max(watch_id)"
        " from ledger.watch where province_id = %(own)s) and seen_at >= %(now)s - %(silence)s",
        {"now": now, "own": province.province_id, "silence": SILENCE},
    )
    if extended.rowcount == 0:
        connection.execute(
            "insert into ledger.watch (province_id, began_at, seen_at) values (%(own)s, %(now)s, %(now)s)",
            {"own": province.province_id, "now": now},
        )


def deadline(begins: datetime, allowed: timedelta, outages: Iterable[Outage]) -> datetime | None:
    """When `allowed` has passed since `begins`, outages left out; None while one that lasts holds it back.

    A unit has its whole time in which hub and gateway were there to take what it delivers. A deadline that has passed
    before an outage stays where it was.
    """
    end, at = begins + allowed, begins
    for outage in sorted(outages, key=lambda one: one.since):
        since = max(outage.since, at)
        if since >= end:
            break
        if outage.until is None:
            return None
        if outage.until > since:
            end += outage.until - since
            at = outage.until
    return end
