"""Times as whole seconds since 2018-01-01 00:00 Vietnam time ("moments"): cheap to add, compare and format.

The offset is +07:00 the year round, so a moment and a Vietnam wall clock are the same thing. Months are named by their
first day.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

DAY = 86_400
VIETNAM = timezone(timedelta(hours=7))
_EPOCH = date(2018, 1, 1)
_EPOCH_TIME = datetime(2018, 1, 1, tzinfo=VIETNAM)

_DATES = [_EPOCH + timedelta(days=n) for n in range(4_400)]
_COMPACT_DAYS = [day.strftime("%Y%m%d") for day in _DATES]
_ISO_DAYS = [day.isoformat() for day in _DATES]
_COMPACT_TIMES = [f"{h:02}{m:02}{s:02}" for h in range(24) for m in range(60) for s in range(60)]
_ISO_TIMES = [f"T{t[:2]}:{t[2:4]}:{t[4:]}" for t in _COMPACT_TIMES]


def day_start(day: date) -> int:
    """The moment at which ``day`` begins."""
    return (day - _EPOCH).days * DAY


def day_end(day: date) -> int:
    """The moment at which ``day`` is over."""
    return day_start(day) + DAY


def day_of(moment: int) -> date:
    """The Vietnam day of ``moment``."""
    return _DATES[moment // DAY]


def of_datetime(when: datetime) -> int:
    """A moment from a datetime; one without an offset is Vietnam time."""
    if when.tzinfo is None:
        when = when.replace(tzinfo=VIETNAM)
    return int((when - _EPOCH_TIME).total_seconds())


def compact(moment: int) -> str:
    """``yyyyMMddHHmmss``; a negative moment stands for no value and gives ``""``."""
    return _COMPACT_DAYS[moment // DAY] + _COMPACT_TIMES[moment % DAY] if moment >= 0 else ""


def iso(moment: int) -> str:
    """ISO 8601 without offset; ``""`` for no value."""
    return _ISO_DAYS[moment // DAY] + _ISO_TIMES[moment % DAY] if moment >= 0 else ""


def iso_offset(moment: int, utc: bool) -> str:
    """ISO 8601 with ``+00:00`` or ``+07:00``; ``""`` for no value."""
    if moment < 0:
        return ""
    return iso(moment - 7 * 3600) + "+00:00" if utc else iso(moment) + "+07:00"


def parse(text: str, form: str) -> int:
    """Reads a text that has exactly ``form`` (as for strptime). Raises ValueError, or TypeError when it is no text."""
    when = datetime.strptime(text, form)
    if when.strftime(form) != text:
        raise ValueError(text)
    return of_datetime(when)


def parse_iso_day(text: str) -> date:
    """Reads ``yyyy-mm-dd``. Raises ValueError."""
    if len(text) != 10:
        raise ValueError(text)
    return date.fromisoformat(text)


def parse_iso(text: str) -> int:
    """Reads ISO 8601, with or without an offset. Raises ValueError."""
    return of_datetime(datetime.fromisoformat(text))


def next_month(month: date) -> date:
    """The month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def month_end(month: date) -> date:
    """The last day of ``month``."""
    return next_month(month) - timedelta(days=1)


def months_between(first: date, last: date) -> Iterator[date]:
    """From ``first`` to ``last``, both included."""
    while first <= last:
        yield first
        first = next_month(first)


def months_from(first: date, last: date) -> int:
    """How many months ``last`` is after ``first``; negative when it is before."""
    return (last.year - first.year) * 12 + last.month - first.month


def last_full_month(day: date) -> date:
    """The newest month that is over at the end of ``day``."""
    following = day + timedelta(days=1)
    return (following.replace(day=1) - timedelta(days=1)).replace(day=1)
