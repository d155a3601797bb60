"""Who delivers a feed together with others: of each period of a day or a month who was to deliver it, and who did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple

from hub.periods import Period
from hub.translation import Text, Wording, msg
from warehouse.serving import Connection, Province


class Delivery(NamedTuple):
    """What one deliverer brought in one period, or was to bring."""

    source: str
    feed: str
    first: date
    last: date
    deliverer: str | None
    """Its code in lower case; None where it is not the account's to know."""
    name_vi: str | None
    name_en: str | None
    is_expected: bool
    """False also while the period has not ended, or where nobody counted who delivered."""
    records: int | None
    """None where none stand, and for accounts that do not see a whole province."""
    delivered_at: datetime | None
    """None where none stand."""

    @property
    def is_missing(self) -> bool:
        return self.is_expected and self.delivered_at is None

    @property
    def name(self) -> Wording:
        """Its name; its code where no dimension knows it."""
        if self.deliverer is None:
            return msg("one of those who deliver it")
        return Text(self.name_vi or self.deliverer, self.name_en or self.deliverer)


@dataclass(frozen=True)
class Matrix:
    """The deliverers of a feed by the newest of its periods."""

    source: str
    feed: str
    periods: Sequence[Period]
    rows: Sequence[tuple[Wording, Sequence[Delivery | None]]]
    """A deliverer's name, and of each period what it brought; None where it neither came nor was expected."""


def matrices(found: Sequence[Delivery], most: int | None = None) -> list[Matrix]:
    """One for each feed, of its newest periods, at most so many."""
    made = []
    for (source, feed), grouped in groupby(found, key=lambda one: (one.source, one.feed)):
        own = list(grouped)
        periods = sorted({Period(one.first, one.last) for one in own})[-(most or len(own)) :]
        rows: dict[str | None, dict[Period, Delivery]] = {}
        for one in own:
            rows.setdefault(one.deliverer, {})[Period(one.first, one.last)] = one
        named = [
            (next(iter(cells.values())).name, [cells.get(period) for period in periods]) for cells in rows.values()
        ]
        made.append(Matrix(source, feed, periods, named))
    return made


def deliveries(
    connection: Connection,
    province: Province,
    source: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[Delivery]:
    """By feed, deliverer and period, of the periods that meet the days from `first` to `last`."""
    rows = connection.execute(
        f"{_DELIVERIES} and (%(source)s::text is null or source = %(source)s)"
        " and (%(first)s::date is null or last_day >= %(first)s)"
        " and (%(last)s::date is null or first_day <= %(last)s)"
        " order by source, feed, deliverer, first_day".encode(),
        {"province": province.province_id, "source": source, "first": first, "last": last},
    )
    return [Delivery(*row) for row in rows]


def missing_deliveries(connection: Connection, province: Province) -> list[Delivery]:
    """Those that were to come and have not, by period and name."""
    rows = connection.execute(
        f"{_DELIVERIES} and is_expected and delivered_at is null order by first_day, deliverer".encode(),
        {"province": province.province_id},
    )
    return [Delivery(*row) for row in rows]


_DELIVERIES = (
    "select source, feed, first_day, last_day, deliverer, name_vi, name_en, is_expected, records, delivered_at"
    " from serving.deliverers where province_id = %(province)s"
)
