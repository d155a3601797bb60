"""Figures of several periods, and each beside the period before it and the same one a year ago."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from hub.errors import WrongQuestion
from hub.periods import Freq, Period, last_periods, previous, year_ago
from hub.translation import msg
from kpis.catalogue import Catalogue
from kpis.computation import compute, each
from kpis.figure import Change, Figure, Reason, change, compare
from kpis.memo import Once
from kpis.question import Question
from warehouse.serving import Connection, find_area, find_province, province_area


def series(connection: Connection, question: Question, freq: Freq, count: int, **context: Any) -> list[Figure]:
    """The last `count` periods of that kind up to the one in which the question's period ends, oldest first, each with
    its changes. `context` is what compute takes besides. Raises WrongQuestion as compute does."""
    once = context.setdefault("once", Once(connection))

    @cache  # a month is also the month before the next
    def of(period: Period) -> Figure:
        return compute(connection, replace(question, period=period), **context)

    return [_beside(once, of(period), of) for period in last_periods(freq, question.period.last, count)]


def with_changes(
    connection: Connection,
    figure: Figure,
    *,
    catalogue: Catalogue,
    now: datetime | None = None,
    once: Once | None = None,
) -> Figure:
    """The figure with `previous` and `year_ago`; the context is what compute was given besides the question."""
    once, whole = once or Once(connection), replace(figure.question, by=())
    found = each(once, whole, _others(figure.period), catalogue, now)
    return _beside(once, figure, lambda period: _figure(found[period]))


def _others(period: Period) -> tuple[Period, Period]:
    return previous(period), year_ago(period)


def _figure(found: Figure | WrongQuestion) -> Figure:
    if isinstance(found, WrongQuestion):
        raise found
    return found


def _beside(once: Once, figure: Figure, of: Callable[[Period], Figure]) -> Figure:
    changes = []
    for other in _others(figure.period):
        unlike = None if figure.question.areas == "today" else _another_area(once, figure.question, other)
        changes.append(_unknown(figure, other, unlike) if unlike else change_from(figure, other, of))
    return replace(figure, previous=changes[0], year_ago=changes[1])


def change_from(figure: Figure, period: Period, of: Callable[[Period], Figure]) -> Change:
    """How far the figure moved from that of another period, which `of` gives: a flow's sum from a sum, a stock's level
    from a level."""
    try:
        other = of(period)
    except WrongQuestion as error:
        return _unknown(figure, period, error)
    return compare(figure, period, other, figure.reason if figure.value is None else other.reason)


def _unknown(figure: Figure, period: Period, reason: Reason) -> Change:
    return change(figure.value, figure.unit, period, None, reason)


def _another_area(once: Once, question: Question, period: Period) -> Reason | None:
    """Why the two periods do not ask about the same area, where its code meant another one then, or none."""
    province = once(find_province, question.province)
    if question.area in (None, province.area):
        then, now = (once(province_area, province, day) for day in (period.last, question.period.last))
        return None if then == now else msg("the province had other borders then")
    code = str(question.area)
    try:
        if once(find_area, province, code, period.last) == once(find_area, province, code, question.period.last):
            return None
    except WrongQuestion:
        pass
    return msg("code {code} was not this area then; ask in the areas of today", code=code)
