"""Formulas read from their serving views: the whole and its parts, in each of several ranges or at several moments."""

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from cachetools import LRUCache
from psycopg import sql

from hub.periods import Period, months_of
from kpis.definition import QUANTITIES, Formula
from kpis.query import FIRST, LAST, RANGE, Scope, bound, moments_query, range_query, ranges_query
from warehouse.serving import Connection

_TEXTS: LRUCache[Hashable, bytes] = LRUCache(2000)
"""Statements by what they depend on."""
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Part:
    """Numerator and denominator of one group at one moment."""

    key: tuple[str | None, ...]
    area_id: int | None
    records: int
    numerator: Decimal | None
    denominator: Decimal | None
    is_estimated: bool = False
    """Whether it holds a part of an area that was split."""

    def __add__(self, other: "Part") -> "Part":
        """Both as one, in this one's place. What neither says stays unsaid."""
        return Part(
            self.key,
            self.area_id,
            self.records + other.records,
            _added(self.numerator, other.numerator),
            _added(self.denominator, other.denominator),
            self.is_estimated or other.is_estimated,
        )


def _added(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


@dataclass(frozen=True)
class Reading:
    """A formula read at one moment: the whole, its parts, and the day that the oldest snapshot in it is of."""

    as_of: date | None
    whole: Part
    parts: list[Part]


def read_ranges(
    connection: Connection, formula: Formula, scope: Scope, ranges: Mapping[str, Period]
) -> dict[str, Reading]:
    """What happened in each named range, in one query. Of figures that add up each month is read once, whatever the
    number of ranges that it is in."""
    if len(ranges) == 1:
        [(name, period)] = ranges.items()
        days = {FIRST: period.first, LAST: period.last}
        statement = _text(range_query, formula, scope)
        return {name: _read(connection, statement, bound(scope, days), scope)[RANGE]}
    if not formula.adds_up or not all(period.months for period in ranges.values()):
        return _read_each(connection, formula, scope, ranges)
    months = {name: [str(month.first) for month in months_of(period)] for name, period in ranges.items()}
    asked = {str(month.first): month for period in ranges.values() for month in months_of(period)}
    read = _read_each(connection, formula, scope, asked)
    return {name: total([read[month] for month in own]) for name, own in months.items()}


def _read_each(
    connection: Connection, formula: Formula, scope: Scope, ranges: Mapping[str, Period]
) -> dict[str, Reading]:
    days = {f"{edge}_{n}": getattr(one, edge) for n, one in enumerate(ranges.values()) for edge in (FIRST, LAST)}
    places = tuple(map(str, range(len(ranges))))
    read = _read(connection, _text(ranges_query, formula, scope, places), bound(scope, days), scope)
    found = {name: read[place] for name, place in zip(ranges, places, strict=True) if place in read}
    denominator = None if formula.denominator in (None, *QUANTITIES) else Decimal(0)
    nothing = Reading(None, Part((None,) * len(scope.by), None, 0, Decimal(0), denominator), [])
    return {name: found.get(name, nothing) for name in ranges}


def total(readings: Sequence[Reading]) -> Reading:
    """Readings of ranges that follow each other, as one of all of them; they must add up. One without records says
    nothing, where others have some: of what none of these says the sum is not 0."""
    first, *rest = [reading for reading in readings if reading.whole.records] or readings[:1]
    whole, parts = first.whole, {(part.key, part.area_id): part for part in first.parts}
    for reading in rest:
        whole = whole + reading.whole
        for part in reading.parts:
            key = part.key, part.area_id
            parts[key] = parts[key] + part if key in parts else part
    return Reading(None, whole, ordered(parts.values()))


def read_moments(
    connection: Connection, formula: Formula, scope: Scope, days: Mapping[str, date]
) -> dict[str, Reading]:
    """The state at the end of each named day; a day without any snapshot on or before it is left out."""
    places = {f"day_{n}": day for n, day in enumerate(days.values())}
    read = _read(connection, _text(moments_query, formula, scope, tuple(places)), bound(scope, places), scope)
    return {name: read[place] for name, place in zip(days, places, strict=True) if place in read}


def _text(make: Callable[..., sql.Composed], formula: Formula, scope: Scope, *names: tuple[str, ...]) -> bytes:
    """The statement that `make` builds. Building it takes longer than asking it, and it is the same for any days, area
    and values of a slice: these are bound."""
    asked = scope.view, scope.area_id is None, tuple(sorted(scope.where)), tuple(scope.by), tuple(scope.sources)
    key = make.__name__, _sql_of(formula), asked, scope.with_refused, scope.subtrees, names
    with _LOCK:
        known: bytes | None = _TEXTS.get(key)
    if known is None:
        known = make(formula, scope, *names).as_bytes(None)
        with _LOCK:
            _TEXTS[key] = known
    return known


def _sql_of(formula: Formula) -> tuple[Hashable, ...]:
    """All of a formula that a statement depends on."""
    lists = tuple(formula.per), tuple(formula.indicators), formula.valid
    return formula.kind, formula.day, formula.where, formula.numerator, formula.denominator, *lists


def _read(connection: Connection, statement: bytes, values: dict[str, Any], scope: Scope) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    nothing = Part((None,) * len(scope.by), None, 0, Decimal(0), Decimal(0))
    for moment, as_of, whole, records, numerator, denominator, area_id, *key in connection.execute(statement, values):
        reading = readings.setdefault(moment, Reading(as_of, nothing, []))
        if whole is None:
            continue
        if records == 0:
            numerator, denominator = Decimal(0), denominator and Decimal(0)  # noqa: PLW2901 - a sum of no rows
        part = Part(tuple(key), area_id, records, numerator, denominator)
        if whole:
            readings[moment] = Reading(as_of, part, reading.parts)
        else:
            reading.parts.append(part)
    return {moment: replace(reading, parts=ordered(reading.parts)) for moment, reading in readings.items()}


def ordered(parts: Iterable[Part]) -> list[Part]:
    """Parts by their breakdowns' values, what is not stated last."""
    return sorted(parts, key=lambda part: tuple((value is None, value or "") for value in part.key))
