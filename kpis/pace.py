"""Whether a figure of the year to date is on course for the year's target.

What accumulates (counts and sums of what happened) is held against the part of the target that is due: the share of its
year that the year before had reached on the same day. A rate or a state does not accumulate: it is on course where it
meets the target, and nothing is said of its pace where it does not. Both are asked of the definition, and made of
published figures alone: docs/decisions/0045-pace-and-projection.md.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from hub.periods import Period
from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure, FigureLike, Pace, Reason, unlike

_HUNDRED = Decimal(100)
_NO_PACE = msg("the figure is a rate or a state, which does not grow with the year: it has no pace")
_NOT_THEN = msg("nothing is published of the same days of the year before")
_NOT_WHOLE = msg("nothing is published of the whole year before")
_NO_SHARE = msg("the figures of the year before do not add up to a year's sum")


def whole_year(year: int) -> Period:
    """From its first day to its last."""
    return Period(date(year, 1, 1), date(year, 12, 31))


def is_part_of_year(period: Period) -> bool:
    """Whether it goes from the year's first day to the end of a month before its last."""
    january = date(period.last.year, 1, 1)
    return period.first == january and period.months is not None and period.last < whole_year(january.year).last


def not_to_the_end(figure: Figure) -> Reason | None:
    """Why a figure is not held against the same days of another year: its data do not reach its last day. One that is
    provisional for another reason is, as its status says."""
    if figure.data_as_of is not None and figure.data_as_of >= figure.last:
        return None
    return msg("the data do not reach the last day of the period")


def has_pace(definition: Definition, period: Period) -> bool:
    """Whether the figure of a period needs the whole year before to be judged."""
    return is_part_of_year(period) and definition.good != "none" and definition.accumulates


def share_of_year(own: FigureLike, then: FigureLike | None, year: FigureLike | None) -> Decimal | Reason:
    """The part of its year's sum that the year before had reached on the same day, from 0 to 1, or why nobody knows."""
    if then is None or then.value is None:
        return _reason_of(then) or _NOT_THEN
    if year is None or year.value is None:
        return _reason_of(year) or _NOT_WHOLE
    if reason := unlike(own, then) or unlike(own, year):
        return reason
    if not 0 < then.value <= year.value:
        return _NO_SHARE
    return then.value / year.value


def pace(figure: Figure, then: FigureLike | None, year: FigureLike | None) -> Pace | None:
    """Of a KPI's own figure with a target, from that of the same days of the year before and that of the whole of it;
    None where the period is no part of a year, or nothing is to be reached."""
    good, value, target = figure.good, figure.value, figure.target
    is_asked = good != "none" and figure.measure == figure.definition.measure and is_part_of_year(figure.period)
    if value is None or target is None or not is_asked:
        return None
    if reason := not_to_the_end(figure):
        return Pace(None, reason)
    if not figure.definition.accumulates:
        return Pace("on_course") if _reaches(good, value, target) else Pace(None, _NO_PACE)
    share = share_of_year(figure, then, year)
    if not isinstance(share, Decimal):
        return Pace(None, share)
    expected = target * share
    state: Literal["on_course", "behind"] = "on_course" if _reaches(good, value, expected) else "behind"
    return Pace(state, None, expected, share * _HUNDRED, figure.last.year - 1)


def _reaches(good: str, value: Decimal, wanted: Decimal) -> bool:
    return value >= wanted if good == "up" else value <= wanted


def _reason_of(known: FigureLike | None) -> Reason | None:
    """Why a figure that is kept is not told."""
    return getattr(known, "withheld", None)
