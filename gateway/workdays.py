"""Business days and opening hours, for dates that look like an office's."""

from bisect import bisect_left
from datetime import timedelta
from random import Random

from gateway.moments import DAY, day_start
from gateway.worldfile import WorldFile

OPENS = 7 * 3600 + 1800
CLOSES = 17 * 3600
_EDGE = 90  # days before and after a world


class Workdays:
    """The business days of a world and of three months around it: Monday to Friday without its holidays.

    A business day is named by its index; its beginning is ``starts[index]`` (a moment).
    """

    def __init__(self, world: WorldFile) -> None:
        self._holidays = {day_start(day) for day in world.holidays}
        first, last = world.first_day - timedelta(days=_EDGE), world.last_day + timedelta(days=_EDGE)
        days = range(day_start(first), day_start(last) + 1, DAY)
        self.starts = [day for day in days if _weekday(day) < 5 and day not in self._holidays]

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
        return 1.0 if _weekday(day) < 5 else 0.12 if _weekday(day) == 5 else 0.04


def in_hours(random: Random, day: int) -> int:
    """A moment in the opening hours of the day that begins at ``day``."""
    return day + OPENS + int(random.random() * (CLOSES - OPENS))


def _weekday(day: int) -> int:
    return day // DAY % 7  # 0 is a Monday, as 2018-01-01 was
