"""Months, quarters, halves and years."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from warehouse.kpis.periods import Period, standard_periods, whole_months

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))


def test_half_a_year_touches_six_months_two_quarters_a_half_and_a_year() -> None:
    periods = list(standard_periods(date(2023, 1, 1), date(2023, 6, 30)))
    assert len(periods) == 6 + 2 + 1 + 1
    assert Period(date(2023, 4, 1), date(2023, 6, 30)) in periods
    assert Period(date(2023, 1, 1), date(2023, 6, 30)) in periods
    assert Period(date(2023, 1, 1), date(2023, 12, 31)) in periods


@given(DAYS, DAYS)
def test_every_period_has_a_day_of_the_range_and_every_day_has_four_periods(one: date, other: date) -> None:
    first, last = sorted((one, other))
    periods = list(standard_periods(first, last))
    assert all(p.first <= last and p.last >= first for p in periods)
    for day in (first, last):
        assert sum(p.first <= day <= p.last for p in periods) == 4
    assert len(set(periods)) == len(periods)


@given(DAYS, DAYS)
def test_whole_months_lie_in_the_range_and_a_day_more_would_not(one: date, other: date) -> None:
    first, last = sorted((one, other))
    months = whole_months(first, last)
    inside = [
        p for p in standard_periods(first, last) if p.first >= first and p.last <= last and (p.last - p.first).days < 31
    ]
    assert (months is None) == (not inside)
    if months:
        assert months == Period(inside[0].first, inside[-1].last)
