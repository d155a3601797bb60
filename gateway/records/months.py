"""Months, named by their first day."""

from collections.abc import Iterator
from datetime import date, timedelta


def next_month(month: date) -> date:
    """The month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_between(first: date, last: date) -> Iterator[date]:
    """From ``first`` to ``last``, both included."""
    month = first
    while month <= last:
        yield month
        month = next_month(month)


def months_from(first: date, last: date) -> int:
    """How many months ``last`` is after ``first``; negative when it is before."""
    return (last.year - first.year) * 12 + last.month - first.month


def last_full_month(day: date) -> date:
    """The newest month that is over at the end of ``day``."""
    following = day + timedelta(days=1)
    return (following.replace(day=1) - timedelta(days=1)).replace(day=1)
