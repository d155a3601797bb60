"""How far a feed is loaded, by random histories of its batches: each day is judged by the newest batch that read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect

BEGIN = date(2023, 1, 1)


@dataclass(frozen=True)
class Read:
    """A batch that read these days."""

    first: int
    length: int
    status: str
    is_provisional: bool

    @property
    def days(self) -> set[date]:
        return {BEGIN + timedelta(days=self.first + n) for n in range(self.length)}


READS = st.lists(
    st.builds(
        Read, st.integers(0, 12), st.integers(1, 5), st.sampled_from(["published", "blocked", "failed"]), st.booleans()
    ),
    min_size=1,
    max_size=12,
)


@pytest.fixture(scope="module")
def connection(postgres: Postgres) -> Iterator[psycopg.Connection]:
    with connect(postgres.database(), "owner") as owner:
        yield owner


def freshness(connection: psycopg.Connection, reads: list[Read]) -> tuple[set[date], str]:
    """The provisional days, and how the last attempt went."""
    facts = Facts(connection)
    for read in reads:
        batch = facts.publish("feedback.cases", (min(read.days), max(read.days)), status=read.status)
        connection.execute(
            "update ledger.batch set is_provisional = %s where batch_id = %s",
            [read.is_provisional and read.status == "published", batch],
        )
    [(ranges, last)] = connection.execute(
        "select coalesce((select array_agg(daterange(lower(r), upper(r))) from unnest(provisional) as r), '{}'),"
        " last_attempt from serving.freshness where source = 'feedback' and feed = 'cases'"
    ).fetchall()
    connection.rollback()
    return {one.lower + timedelta(days=n) for one in ranges for n in range((one.upper - one.lower).days)}, last


@settings(max_examples=80, deadline=None)
@given(reads=READS)
def test_a_day_is_provisional_by_its_newest_published_batch(connection: psycopg.Connection, reads: list[Read]) -> None:
    expected: set[date] = set()
    for read in reads:
        if read.status == "published":
            expected = expected | read.days if read.is_provisional else expected - read.days
    assert freshness(connection, reads)[0] == expected


@settings(max_examples=80, deadline=None)
@given(reads=READS)
def test_a_feed_is_blocked_while_a_day_is_held_back_that_nothing_has_published_since(
    connection: psycopg.Connection, reads: list[Read]
) -> None:
    held: set[date] = set()
    for read in reads:
        if read.status == "blocked":
            held |= read.days
        elif read.status == "published":
            held -= read.days
    expected = "blocked" if held else reads[-1].status
    assert freshness(connection, reads)[1] == expected
