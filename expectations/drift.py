"""Drift by content: how the columns of a slice are filled, beside how they were filled in the slices before it.

A share is unusual when it lies further from the median of those slices than chance, their own spread (by the median
absolute deviation) and a fixed minimum explain, and fewer than two of them were like it.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median, mode
from typing import NamedTuple

from connectors.column_specification import Column
from connectors.specification import Feed
from expectations.presence import NEARLY_ALL
from expectations.robust_statistics import spread
from warehouse.column_profiles import FEWEST_RECORDS, MOST_SLICES, ColumnProfile, Columns, Days, profiled

FEWEST_SLICES = 5
"""With fewer slices before it nothing is compared."""
LEAST = 0.1
"""A share that differs by less is as usual, whatever the others are."""
MOST_ON_A_DAY = 0.25
"""A column of which usually more is on the commonest day, as of three days with a Sunday, says nothing by its days."""
LEAST_OF_VALUE = 0.2
"""The same of the commonest value: the states of the newest cases differ by more than how full a column is."""
_SURE = 4.0
"""Standard deviations that are explained by chance, or by the spread of the slices before."""
_ALIKE = 2
"""So many slices of before that were alike make a share usual: a week has two days of rest."""
_SAME_LENGTH = 0.2
"""By how much the days of two slices may differ whose distributions over days are compared."""

BLOCKING = "null_share"
WARNING = ("unusual_null_share", "unknown_share", "common_value_share", "day_share")
"""What is told and blocks nothing; a code that is not listed refuses no record, so many of them do not either."""


@dataclass
class ColumnDrift:
    """What a comparison says of a slice, by rule: the columns that drift, with what was and what is. A rule without an
    entry had nothing to compare."""

    drifting: dict[str, list[str]] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)
    """Fields that nearly all records had before, and now none has."""

    @property
    def blocks(self) -> bool:
        return bool(self.vanished or self.drifting.get(BLOCKING))

    def note(self, rule: str, told: str | None) -> None:
        """Notes that a column was compared, and what is to be told of it."""
        self.drifting.setdefault(rule, []).extend([told] if told else [])


class Usual(NamedTuple):
    """What is usual of a share: the median, and how far from it another one may lie."""

    share: float
    allowed: float
    shares: Sequence[float]

    def has(self, share: float) -> bool:
        alike = sum(abs(share - other) <= self.allowed for other in self.shares)
        return abs(share - self.share) <= self.allowed or alike >= _ALIKE


def usual(shares: Sequence[float], count: int, least: float = LEAST) -> Usual | None:
    """What is usual after these shares, of `count` records, where less than `least` is no difference; None where either
    are too few to say."""
    if len(shares) < FEWEST_SLICES or count < FEWEST_RECORDS:
        return None
    middle = median(shares)
    guessed = (middle * count + 2) / (count + 4)  # of a share of 0 or 1, too, chance shows others
    chance = math.sqrt(guessed * (1 - guessed) / count)
    return Usual(middle, max(least, _SURE * spread(shares, middle), _SURE * chance), shares)


class ColumnHistory:
    """The slices of a feed that a later one is compared with, in the order of time."""

    def __init__(self, feed: Feed, known: Mapping[Days, Columns]) -> None:
        self._feed = feed
        self._known = dict(known)
        self._order = sorted(known)

    def add(self, days: Days, columns: Columns) -> None:
        """Takes a slice in; another batch of the same slice is replaced."""
        if days not in self._known:
            insort(self._order, days)
        self._known[days] = columns

    def compare(self, days: Days, columns: Columns) -> ColumnDrift:
        """What is unusual about a slice."""
        end = bisect_left(self._order, Days(days.first, days.first))
        before = self._order[max(0, end - MOST_SLICES) : end]
        found = ColumnDrift()
        for name, column in profiled(self._feed).items():
            if name not in columns:
                continue
            past = {
                one: self._known[one][name]
                for one in before
                if name in self._known[one] and not _has_changed_between(column, one, days)
            }
            own, earlier = columns[name], list(past.values())
            if self._feed.max_drift < 1:
                _compare_absent(found, column, own, earlier)
            _compare_nulls(found, self._feed, name, own, earlier)
            if column.known:
                _compare_unlisted(found, name, own, earlier)
            if column.counted_by == "value":
                _compare_values(found, name, own, earlier)
            elif column.counted_by == "day":
                same = [profile for one, profile in past.items() if _is_as_long(one, days)]
                _compare_days(found, name, own, same)
        return found


def _has_changed_between(column: Column, earlier: Days, days: Days) -> bool:
    return column.changed_on is not None and earlier.first < column.changed_on <= days.last


def _is_as_long(one: Days, other: Days) -> bool:
    return abs(one.length - other.length) <= _SAME_LENGTH * max(one.length, other.length)


def _compare_absent(found: ColumnDrift, column: Column, own: ColumnProfile, earlier: Sequence[ColumnProfile]) -> None:
    shares = [one.absent / one.records for one in earlier if one.absent is not None]
    was = usual(shares, own.records)
    if was is None or own.absent is None or own.absent < own.records:
        return
    if was.share <= 1 - NEARLY_ALL and not was.has(1.0):
        found.vanished.append(str(column.wire))


def _compare_nulls(
    found: ColumnDrift, feed: Feed, name: str, own: ColumnProfile, earlier: Sequence[ColumnProfile]
) -> None:
    was = usual([one.nulls / one.records for one in earlier], own.records)
    if was is None:
        return
    share = own.nulls / own.records
    drifts = not was.has(share)
    blocks = drifts and share - was.share > feed.max_drift
    if _may_be_to_come(feed, name):
        drifts = blocks = blocks and own.given == 0
    told = _told(name, was.share, share)
    found.note("null_share", told if blocks else None)
    found.note("unusual_null_share", told if drifts and not blocks else None)


def _may_be_to_come(feed: Feed, name: str) -> bool:
    """Whether a column is a moment that is empty until it has come, such as the end of a case: the newest slices have
    more cases that are open."""
    return name in feed.reported and not feed.columns[name].required


def _compare_unlisted(found: ColumnDrift, name: str, own: ColumnProfile, earlier: Sequence[ColumnProfile]) -> None:
    shares = [one.unlisted / one.given for one in _many(earlier) if one.unlisted is not None]
    was = usual(shares, own.given)
    if was is None or own.unlisted is None:
        return
    share = own.unlisted / own.given
    drifts = share > was.share and not was.has(share)
    found.note("unknown_share", _told(name, was.share, share) if drifts else None)


def _compare_values(found: ColumnDrift, name: str, own: ColumnProfile, earlier: Sequence[ColumnProfile]) -> None:
    """Two shares: that of the commonest value, whichever it is, and that of the one that usually was the commonest."""
    past = [one for one in _many(earlier) if one.common_value is not None]
    was = usual([_common_share(one) for one in past], own.given, LEAST_OF_VALUE)
    if was is None:
        return
    value = mode(str(one.common_value) for one in past)
    of_value = usual([_most_of(one, value) for one in past], own.given, LEAST_OF_VALUE)
    share = _common_share(own)
    is_usual = was.has(share) and (of_value is None or of_value.has(_most_of(own, value)))
    told = f"{name}: {value} {_percent(was.share)} → {own.common_value} {_percent(share)}"
    found.note("common_value_share", None if is_usual else told)


def _compare_days(found: ColumnDrift, name: str, own: ColumnProfile, earlier: Sequence[ColumnProfile]) -> None:
    was = usual([_common_share(one) for one in _many(earlier)], own.given)
    if was is None:
        return
    share = _common_share(own)
    told = f"{name}: {_percent(was.share)} → {own.common_value} {_percent(share)}"
    drifts = share >= NEARLY_ALL and was.share <= MOST_ON_A_DAY and not was.has(share)
    found.note("day_share", told if drifts else None)


def _many(profiles: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    return [one for one in profiles if one.given >= FEWEST_RECORDS]


def _common_share(one: ColumnProfile) -> float:
    return (one.common_count or 0) / one.given


def _most_of(one: ColumnProfile, value: str) -> float:
    """The share of a value, or the most that it can be where another one is the commonest."""
    share = _common_share(one)
    return share if one.common_value == value else min(share, 1 - share)


def _told(name: str, was: float, now: float) -> str:
    return f"{name}: {_percent(was)} → {_percent(now)}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
