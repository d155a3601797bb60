"""What kind of day it is: weekdays, public holidays with the days that make up for them, Tết, ends of months.

The holidays are those of `hub.public_holidays`. A day off that a working Saturday makes up for stands there
as "substituted from": that Saturday counts as the weekday that it replaces.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from hub.public_holidays import TET, holiday_names

BEFORE_TET, AFTER_TET = 15, 16
"""Days before and after the first day of the lunar year that are unlike others: they come on other dates each year."""
_SUBSTITUTED = re.compile(r"substituted from (\d\d/\d\d/\d{4})")
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DayKind:
    """A day as a series of figures sees it."""

    weekday: int
    """0 is Monday."""
    special: tuple[str, int] | None
    """What makes it unlike other days of its weekday, and which day of that it is: ("tet", days after the first day of
    the lunar year), ("quarter_end", working days left), ("month_end", working days left), ("free_month_end", 0),
    ("holiday", 0), ("free_holiday", 0) on a weekend, ("made_up", the weekday that it makes up for), ("bridge", 0),
    ("after_holiday", 0)."""


def kinds(days: Sequence[date]) -> list[DayKind]:
    """The kinds of days, in their order."""
    return [kind(day) for day in days]


@cache
def kind(day: date) -> DayKind:
    """The kind of a day."""
    off, made_up = _year(day.year)
    return DayKind(day.weekday(), _special(day, off, made_up))


def is_free(day: date) -> bool:
    """Whether offices are closed."""
    off, made_up = _year(day.year)
    return day in off or (day.weekday() >= 5 and day not in made_up)


def _special(day: date, off: frozenset[date], made_up: dict[date, date]) -> tuple[str, int] | None:
    for year in (day.year, day.year + 1):
        after = (day - _first_of_tet(year)).days
        if -BEFORE_TET <= after <= AFTER_TET:
            return "tet", after
    if day in off:
        return ("holiday" if day.weekday() < 5 else "free_holiday"), 0
    if day in made_up:
        return "made_up", made_up[day].weekday()
    if day.weekday() < 5 and is_free(day - _ONE_DAY) and is_free(day + _ONE_DAY):
        return "bridge", 0
    if day.weekday() < 5 and is_free(day - _ONE_DAY) and (day - _ONE_DAY).weekday() < 5:
        return "after_holiday", 0
    left = _working_days_left(day)
    if left < 2 and not is_free(day):
        return ("quarter_end" if day.month % 3 == 0 else "month_end"), left
    if (day + 2 * _ONE_DAY).month != day.month:
        return "free_month_end", 0
    return None


def _working_days_left(day: date) -> int:
    """Working days after it in its month."""
    return sum(not is_free(later) for n in range(1, 12) if (later := day + n * _ONE_DAY).month == day.month)


@cache
def _first_of_tet(year: int) -> date:
    return next(day for day, name in sorted(holiday_names(year).items()) if name == TET)


@cache
def _year(year: int) -> tuple[frozenset[date], dict[date, date]]:
    """The days off of a year, and the Saturdays on which offices work with the day that each makes up for; of the years
    beside it, too, as a Saturday of January makes up for a day of December."""
    named = {**holiday_names(year - 1), **holiday_names(year), **holiday_names(year + 1)}
    made_up = {}
    for off, name in named.items():
        if found := _SUBSTITUTED.search(name):
            made_up[datetime.strptime(found[1], "%m/%d/%Y").date()] = off
    return frozenset(named), made_up
