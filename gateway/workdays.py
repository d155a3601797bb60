"""Business days and opening hours, for dates that look like an office's."""

from bisect import bisect_left
from collections.abc import Collection
from datetime import date, timedelta
from random import Random

from gateway.moments import DAY, day_start
from gateway.worldfile import WorldFile

OPENS = 7 * 3600 + 1800
CLOSES = 17 * 3600


class Workdays:
    """The business days from ``first`` to ``last``: Monday to Friday without ``holidays``.

    A business day is named by its index; its beginning is ``starts[index]`` (a moment).
    """

    def __init__(self, first: date, last: date, holidays: Collection[date]) -> None:
        off = set(holidays)
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        self.starts = [day_start(day) for day in days if day.weekday() < 5 and day not in off]
        self._holidays = {day_start(day) for day in off}

    def index_from(self, moment: int) -> int:
        """The first business day that is not before the moment's day."""
        return bisect_left(self.starts, moment // DAY * DAY)

    def index_until(self, moment: int) -> int:
        """The last business day that is not after the moment's day."""
        return bisect_left(self.starts, moment // DAY * DAY + 1) - 1

    def weights(self, first: int, last: int) -> tuple[list[int], list[float]]:
        """Days (moments) in [first, last] and how much is filed on each: little on free days."""
        days = list(range(first, last + 1, DAY))
        return days, [self._weight(day) for day in days]

    def _weight(self, day: int) -> float:
        if day in self._holidays:
            return 0.02
        weekday = day // DAY % 7  # 0 is a Monday, as 2018-01-01 was
        return 1.0 if weekday < 5 else 0.12 if weekday == 5 else 0.04


def workdays_of(world: WorldFile) -> Workdays:
    """The world's business days and those of three months around it."""
    edge = timedelta(days=90)
    return Workdays(world.first_day - edge, world.last_day + edge, world.holidays)


def in_hours(random: Random, day: int) -> int:
    """A moment in the opening hours of the day that begins at ``day``."""
    return day + OPENS + int(random.random() * (CLOSES - OPENS))
