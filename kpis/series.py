"""Figures of several periods, and each beside the period before it and the same one a year ago."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from hub.errors import WrongQuestion
from hub.periods import Freq, Period, last_periods, previous, year_ago
from kpis.computation import compute
from kpis.figure import Change, Figure, Reason
from kpis.memo import Once
from warehouse.serving import Connection, find_area, find_province

_HUNDRED = Decimal(100)


def series(
    connection: Connection, kpi_id: str, freq: Freq, province: str, last_day: date, count: int, **question: Any
) -> list[Figure]:
    """The last `count` periods of that kind up to the one that `last_day` is in, oldest first, each with its changes.

    `question` is what compute takes besides: area, where, by, measure, areas … Raises WrongQuestion as compute does.
    """

    once = question.setdefault("once", Once(connection))

    @cache  # a month is also the month before the next
    def of(period: Period) -> Figure:
        return compute(connection, kpi_id, period.first, period.last, province, **question)

    same_areas = question.get("areas") == "today"
    return [_beside(once, of(period), of, same_areas) for period in last_periods(freq, last_day, count)]


def with_changes(connection: Connection, figure: Figure, **question: Any) -> Figure:
    """The figure with `previous` and `year_ago`; `question` is what compute was asked for it."""
    once = question.setdefault("once", Once(connection))
    asked = {"area": figure.area, "where": figure.where, "measure": figure.measure} | question | {"by": ()}

    def of(period: Period) -> Figure:
        return compute(connection, figure.kpi, period.first, period.last, figure.province, **asked)

    return _beside(once, figure, of, question.get("areas") == "today")


def change(
    own: Decimal | None,
    unit: str,
    period: Period,
    value: Decimal | None,
    reason: Reason | None = None,
    denominator: Decimal | None = None,
) -> Change:
    """How far a figure's own value is from the other period's, which is of `denominator`; `reason` says why one of the
    two is not known.

    Percentages are compared by their difference in percentage points; their relative growth misleads readers.
    """
    rate, difference, percent = unit == "%", None, None
    if own is not None and value is not None:
        difference, reason = own - value, None
        if not rate and value == 0:
            reason = Reason("Kỳ so sánh bằng 0", "it was 0 then: there is nothing to grow from")
        elif not rate:
            percent = _HUNDRED * difference / value
    shown = "percentage points" if rate else unit
    return Change(period.first, period.last, value, difference, shown, percent, reason, denominator)


def _beside(once: Once, figure: Figure, of: Callable[[Period], Figure], same_areas: bool) -> Figure:
    period, changes = Period(figure.first, figure.last), []
    for other in (previous(period), year_ago(period)):
        unlike = None if same_areas else _another_area(once, figure, other)
        changes.append(_unknown(figure, other, unlike) if unlike else _change(figure, other, of))
    return replace(figure, previous=changes[0], year_ago=changes[1])


def _change(figure: Figure, period: Period, of: Callable[[Period], Figure]) -> Change:
    """How far the figure moved from that of another period: a flow's sum from a sum, a stock's level from a level."""
    try:
        other = of(period)
    except WrongQuestion as error:
        return _unknown(figure, period, Reason(error.vi, error.en))
    reason = figure.reason if figure.value is None else other.reason
    return change(figure.value, figure.unit, period, other.value, reason, other.denominator)


def _unknown(figure: Figure, period: Period, reason: Reason) -> Change:
    return change(figure.value, figure.unit, period, None, reason)


def _another_area(once: Once, figure: Figure, period: Period) -> Reason | None:
    """Why the two periods do not ask about the same area, where its code meant another one then, or none."""
    province = once(find_province, figure.province)
    if figure.area is None or figure.area == province.area:
        return None
    try:
        same = once(find_area, province, figure.area, period.last) == once(
            find_area, province, figure.area, figure.last
        )
    except WrongQuestion:
        same = False
    if same:
        return None
    return Reason(
        f"Mã {figure.area} khi đó không phải là địa bàn này; có thể hỏi theo địa bàn ngày nay",
        f"code {figure.area} was not this area then; ask in the areas of today",
    )
