"""Days, and the standard periods whose values are kept: months, quarters, halves and years."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.kpis.errors import WrongQuestion

STANDARD_MONTHS = (1, 3, 6, 12)


@dataclass(frozen=True, order=True)
class Period:
    """A range of days, both inclusive."""

    first: date
    last: date


def require_range(first: date, last: date) -> None:
    """Raises WrongQuestion when the range ends before it begins."""
    if last < first:
        raise WrongQuestion(f"The range {first} … {last} is reversed; --from must not be after --to.")


def standard_periods(first: date, last: date) -> Iterator[Period]:
    """Every month, quarter, half and year that has a day in the range, shorter ones first."""
    for months in STANDARD_MONTHS:
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        while start <= last:
            following = first_of_month(start, months)
            yield Period(start, following - timedelta(days=1))
            start = following


def first_of_month(day: date, months: int) -> date:
    """The first day of the month that many months after the day's own."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def whole_months(first: date, last: date) -> Period | None:
    """The months that lie in the range as a whole, or none."""
    start = first if first.day == 1 else first_of_month(first, 1)
    end = first_of_month(last + timedelta(days=1), 0) - timedelta(days=1)
    return Period(start, end) if start < end else None
