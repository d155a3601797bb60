"""How the columns of batches are filled: kept, and read back as a feed's history."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

import psycopg

from connectors.column_specification import Column
from connectors.specification import Feed
from warehouse.ledger import Batch
from warehouse.rows import insert_rows

Connection = psycopg.Connection[Any]
FEWEST_RECORDS = 20
"""A slice with fewer records is neither compared nor compared with."""
MOST_SLICES = 20
"""Slices before another one that it is compared with."""


class Days(NamedTuple):
    """A slice, in the order of time."""

    first: date
    last: date

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True)
class ColumnProfile:
    """How a column of a batch is filled, in numbers of records; None where there is nothing to count."""

    records: int
    nulls: int
    absent: int | None = None
    """Of records without the field."""
    unlisted: int | None = None
    common_value: str | None = None
    common_count: int | None = None

    @property
    def given(self) -> int:
        return self.records - self.nulls


Columns = Mapping[str, ColumnProfile]
"""By the name of the column."""


def profiled(feed: Feed) -> dict[str, Column]:
    """The columns that have a profile: all that are kept and not about persons."""
    return {name: column for name, column in feed.kept.items() if column.personal is None}


def record(connection: Connection, profiles: Mapping[int, Columns]) -> None:
    """Keeps the profiles of batches."""
    rows = (
        {"batch_id": batch, "column_name": name, **asdict(profile)}
        for batch, columns in profiles.items()
        for name, profile in columns.items()
    )
    insert_rows(connection, "quality.column_profile", rows)


def history(connection: Connection, feed: Batch, slices: Iterable[Days]) -> dict[Days, dict[str, ColumnProfile]]:
    """By slice how the columns of its newest published batch are filled, in the feed of that batch: of the nearest ones
    before the first of `slices`, and of those from then on."""
    days = [piece.first for piece in slices]
    values = {
        "province_id": feed.province_id,
        "source": feed.source,
        "feed": feed.feed,
        "first": min(days),
        "last": max(days),
        "fewest": FEWEST_RECORDS,
        "most": MOST_SLICES,
    }
    found: dict[Days, dict[str, ColumnProfile]] = {}
    for first, last, name, *profile in connection.execute(_HISTORY.encode(), values):
        found.setdefault(Days(first, last), {})[name] = ColumnProfile(*profile)
    return found


_HISTORY = (
    "with newest as (select distinct on (first_day, last_day) batch_id, first_day, last_day, fetched from ledger.batch"
    " where province_id = %(province_id)s and source = %(source)s and feed = %(feed)s and status = 'published'"
    " and kind = 'fetch' and first_day < %(last)s order by first_day, last_day, batch_id desc),"
    " large as (select * from newest where fetched >= %(fewest)s),"
    " compared as (select * from large where first_day >= %(first)s union all (select * from large as n"
    " where first_day < %(first)s and exists (select from quality.column_profile as p where p.batch_id = n.batch_id)"
    " order by first_day desc, last_day desc limit %(most)s))"
    " select c.first_day, c.last_day, p.column_name, p.records, p.nulls, p.absent, p.unlisted, p.common_value,"
    " p.common_count from compared as c join quality.column_profile as p using (batch_id)"
)
