"""Ranges of days: the periods whose values are kept, how people write them, and what each is compared with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from hub.errors import WrongQuestion
from hub.translation import Wording, msg

Freq = Literal["month", "quarter", "half", "year", "ytd"]
STANDARD: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Name of a standard period → its months. Beside them there is `ytd`, from 1 January to a month's end."""
FREQS = (*STANDARD, "ytd")
YEARS = (1900, 2200)
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
"""By whose days and hours everything is counted and shown."""
_ONE_DAY = timedelta(days=1)
_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>0[1-9]|1[0-2])(?P<ytd>-ytd)?|-Q(?P<quarter>[1-4])|-H(?P<half>[12]))?", re.ASCII
)


@dataclass(frozen=True, order=True)
class Period:
    """A range of days, both inclusive."""

    first: date
    last: date

    @property
    def months(self) -> int | None:
        """How many months it is, where it is whole months."""
        if self.first.day != 1 or (self.last + _ONE_DAY).day != 1:
            return None
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1


def require_range(first: date, last: date) -> None:
    """Raises WrongQuestion when the range ends before it begins."""
    if last < first:
        raise WrongQuestion(
            msg(
                "The range {first} … {last} is reversed: the first day must not be after the last.",
                first=first,
                last=last,
            ),
        )


def year_fault(year: int) -> Wording | None:
    """What is wrong with a year that lies outside YEARS; None for those within."""
    if YEARS[0] <= year <= YEARS[1]:
        return None
    return msg("the year must be from {first_year} to {last_year}", first_year=YEARS[0], last_year=YEARS[1])


def require_years(first: date, last: date) -> None:
    """Raises WrongQuestion for years that no hub can know of, where days cannot always be counted on."""
    if not YEARS[0] <= first.year <= last.year <= YEARS[1]:
        raise WrongQuestion(
            msg(
                "The range {first} … {last} is not within the years {first_year} to {last_year}.",
                first=first,
                last=last,
                first_year=YEARS[0],
                last_year=YEARS[1],
            ),
        )


def parse_period(text: str) -> Period:
    """A period as people write it. Raises WrongQuestion that shows how."""
    written = _WRITTEN.fullmatch(text)
    if not written or not YEARS[0] <= int(written["year"]) <= YEARS[1]:
        raise WrongQuestion(
            msg(
                "{text!r} is not a period; write 2023-06, 2023-Q2, 2023-H1, 2023, or 2023-06-ytd for the year to June.",
                text=text,
            ),
        )
    january = date(int(written["year"]), 1, 1)
    if written["ytd"]:
        return _months(january, int(written["month"]))
    for name, number in (("month", written["month"]), ("quarter", written["quarter"]), ("half", written["half"])):
        if number:
            return _months(first_of_month(january, (int(number) - 1) * STANDARD[name]), STANDARD[name])
    return _months(january, 12)


def standard_period(freq: Freq, day: date) -> Period:
    """The period of that kind with `day` in it; the year to date goes to the end of the day's month."""
    if freq == "ytd":
        return _months(date(day.year, 1, 1), day.month)
    months = STANDARD[freq]
    return _months(date(day.year, (day.month - 1) // months * months + 1, 1), months)


def is_standard(period: Period) -> bool:
    """Whether it is one of those whose values are kept."""
    return any(period == standard_period(freq, period.last) for freq in get_args(Freq))


def standard_periods(first: date, last: date) -> Iterator[Period]:
    """Every month, quarter, half and year that has a day in the range, and the year to the end of each of its months.

    A range of days comes once: the year to March is the first quarter.
    """
    periods: dict[Period, None] = {}
    for months in STANDARD.values():
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        while start <= last:
            periods[_months(start, months)] = None
            start = first_of_month(start, months)
    month = first_of_month(first, 0)
    while month <= last:
        periods[standard_period("ytd", month)] = None
        month = first_of_month(month, 1)
    yield from periods


def months_of(period: Period) -> list[Period]:
    """The months of a period that is made of whole ones."""
    return [_months(first_of_month(period.first, n), 1) for n in range(period.months or 0)]


def last_periods(freq: Freq, last_day: date, count: int) -> list[Period]:
    """The `count` periods of that kind that end with the one that `last_day` is in, oldest first."""
    if count < 1:
        raise WrongQuestion(
            msg("The last {count} periods cannot be asked for; ask for 1 or more.", count=count),
        )
    periods = [standard_period(freq, last_day)]
    while len(periods) < count:
        periods.append(previous(periods[-1], freq))
    return periods[::-1]


def last_days(last: date, count: int) -> list[Period]:
    """The `count` days that end with the given one, oldest first."""
    days = (last - timedelta(days=back) for back in range(count - 1, -1, -1))
    return [Period(day, day) for day in days]


def last_weeks(last: date, count: int) -> list[Period]:
    """The `count` whole weeks, Monday to Sunday, that end with the given day or before it, oldest first."""
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    ends = (sunday - timedelta(weeks=back) for back in range(count - 1, -1, -1))
    return [Period(end - timedelta(days=6), end) for end in ends]


def previous(period: Period, freq: Freq | None = None) -> Period:
    """The range of the same length right before: whole months before whole months, else as many days.

    With freq `ytd` it is the year to the month before, so that a series of them runs month by month.
    """
    if freq == "ytd":
        return standard_period("ytd", first_of_month(period.last, 0) - _ONE_DAY)
    if period.months:
        return _months(first_of_month(period.first, -period.months), period.months)
    return Period(period.first - (period.last - period.first) - _ONE_DAY, period.first - _ONE_DAY)


def year_ago(period: Period) -> Period:
    """The same days a year before; whole months stay whole, and a 29 February becomes a 28th."""
    if period.months:
        return _months(first_of_month(period.first, -12), period.months)
    return Period(_year_before(period.first), _year_before(period.last))


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def first_of_month(day: date, months: int) -> date:
    """The first day of the month that many months after the day's own."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _months(first: date, months: int) -> Period:
    """That many months from the first day of one on."""
    return Period(first, first_of_month(first, months) - _ONE_DAY)


def whole_months(first: date, last: date) -> Period | None:
    """The months that lie in the range as a whole, or none."""
    start = first if first.day == 1 else first_of_month(first, 1)
    end = first_of_month(last + _ONE_DAY, 0) - _ONE_DAY
    return Period(start, end) if start < end else None
