"""Cuts an interval of days into the pieces that a feed is asked for, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hub.periods import VIETNAM

_DAY = timedelta(days=1)
_SEPTEMBER = 9


@dataclass(frozen=True)
class Slice:
    """Days from `first` to `last`, both inclusive."""

    first: date
    last: date

    def placeholders(self) -> dict[str, datetime | date | str]:
        own: dict[str, datetime | date | str] = {"start": _midnight(self.first), "end": _midnight(self.last + _DAY)}
        return own | {"last": self.last, **_school_time(self.last)}


def cut(first: date, last: date, style: str) -> Iterator[Slice]:
    """`interval` whole, each `day`, each `month` whose last day lies within, or pieces of `PnD` days."""
    if style == "month":
        day = _month_end(first)
        while day <= last:
            yield Slice(day.replace(day=1), day)
            day = _month_end(day + _DAY)
        return
    length = {"interval": (last - first).days + 1, "day": 1}.get(style) or int(style[1:-1])
    while first <= last:
        end = min(first + timedelta(days=length - 1), last)
        yield Slice(first, end)
        first = end + _DAY


def _school_time(day: date) -> dict[str, str]:
    """The school year and semester of a day by its month, as the ministry's yearly plans cut them: the first semester
    begins in September and ends in the middle of January; the summer belongs to the second one."""
    begun = day.year if day.month >= _SEPTEMBER else day.year - 1
    return {"school_year": f"{begun}-{begun + 1}", "semester": "1" if day.month >= _SEPTEMBER else "2"}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _DAY
