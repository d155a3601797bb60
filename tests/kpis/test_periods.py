"""Months, quarters, halves, years and the year to date; what is written, what comes before, what was a year ago."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import WrongQuestion
from hub.periods import (
    FREQS,
    STANDARD,
    Freq,
    Period,
    last_periods,
    parse_period,
    previous,
    standard_period,
    standard_periods,
    whole_months,
    year_ago,
)

DAYS = st.dates(date(2019, 1, 1), date(2031, 12, 31))
ONE_DAY = timedelta(days=1)


def _period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def test_half_a_year_touches_its_months_quarters_half_year_and_the_year_to_each_month() -> None:
    periods = list(standard_periods(date(2023, 1, 1), date(2023, 6, 30)))
    to_date = {Period(date(2023, 1, 1), date(2023, month, day)) for month, day in ((2, 28), (4, 30), (5, 31))}
    assert len(periods) == 6 + 2 + 1 + 1 + len(
        to_date
    )  # to January is the month, to March the quarter, to June the half
    assert to_date < set(periods)
    assert _period("2023-04-01", "2023-06-30") in periods
    assert _period("2023-01-01", "2023-12-31") in periods


@given(DAYS, DAYS)
def test_every_day_lies_in_one_period_of_each_kind_and_no_range_comes_twice(one: date, other: date) -> None:
    first, last = sorted((one, other))
    periods = list(standard_periods(first, last))
    assert all(p.first <= last and p.last >= first for p in periods)
    assert len(set(periods)) == len(periods)
    for day in (first, last):
        around = [p for p in periods if p.first <= day <= p.last]
        for months in STANDARD.values():
            assert sum(p.months == months and (p.first.month - 1) % months == 0 for p in around) == 1
        assert standard_period("ytd", day) in around


@given(DAYS, DAYS)
def test_whole_months_lie_in_the_range_and_a_day_more_would_not(one: date, other: date) -> None:
    first, last = sorted((one, other))
    months = whole_months(first, last)
    inside = [p for p in standard_periods(first, last) if p.first >= first and p.last <= last and p.months == 1]
    assert (months is None) == (not inside)
    if months:
        assert months == Period(inside[0].first, inside[-1].last)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-02", _period("2023-02-01", "2023-02-28")),
        ("2024-02", _period("2024-02-01", "2024-02-29")),
        ("2023-Q2", _period("2023-04-01", "2023-06-30")),
        ("2023-H2", _period("2023-07-01", "2023-12-31")),
        ("2023", _period("2023-01-01", "2023-12-31")),
        ("2023-05-ytd", _period("2023-01-01", "2023-05-31")),
    ],
)
def test_a_period_is_read_as_people_write_it(written: str, meant: Period) -> None:
    assert parse_period(written) == meant


@pytest.mark.parametrize(
    "written", ["", "2023-13", "2023-Q5", "2023-H3", "23", "2023-Q1-ytd", "1789", "2023-6", "٢٠٢٣"]
)
def test_what_is_no_period_is_refused_with_how_to_write_one(written: str) -> None:
    with pytest.raises(WrongQuestion, match="write 2023-06, 2023-Q2, 2023-H1, 2023, or 2023-06-ytd"):
        parse_period(written)


@pytest.mark.parametrize(
    ("period", "before", "last_year"),
    [
        (("2023-03-01", "2023-03-31"), ("2023-02-01", "2023-02-28"), ("2022-03-01", "2022-03-31")),
        (("2023-01-01", "2023-03-31"), ("2022-10-01", "2022-12-31"), ("2022-01-01", "2022-03-31")),
        (("2023-01-01", "2023-05-31"), ("2022-08-01", "2022-12-31"), ("2022-01-01", "2022-05-31")),
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        (("2023-02-01", "2023-02-28"), ("2023-01-01", "2023-01-31"), ("2022-02-01", "2022-02-28")),
        (("2025-02-01", "2025-02-28"), ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        (("2023-01-01", "2023-05-15"), ("2022-08-19", "2022-12-31"), ("2022-01-01", "2022-05-15")),
        (("2024-02-29", "2024-02-29"), ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        (("2023-05-15", "2023-05-15"), ("2023-05-14", "2023-05-14"), ("2022-05-15", "2022-05-15")),
    ],
)
def test_what_a_range_is_compared_with(
    period: tuple[str, str], before: tuple[str, str], last_year: tuple[str, str]
) -> None:
    assert previous(_period(*period)) == _period(*before)
    assert year_ago(_period(*period)) == _period(*last_year)


@given(DAYS, DAYS)
def test_the_range_before_ends_the_day_before_and_is_as_long(one: date, other: date) -> None:
    period = Period(*sorted((one, other)))
    before = previous(period)
    assert before.last + ONE_DAY == period.first
    assert before.months == period.months if period.months else before.last - before.first == period.last - period.first


@given(st.sampled_from(FREQS), DAYS, st.integers(1, 30))
def test_the_last_periods_end_with_the_one_of_the_day_and_follow_each_other(freq: Freq, day: date, count: int) -> None:
    periods = last_periods(freq, day, count)
    assert len(periods) == count
    assert periods[-1].first <= day <= periods[-1].last
    for earlier, later in pairwise(periods):
        if freq == "ytd":
            assert standard_period("month", earlier.last).last + ONE_DAY == standard_period("month", later.last).first
        else:
            assert earlier.last + ONE_DAY == later.first


def test_the_last_years_to_date_run_month_by_month_over_the_new_year() -> None:
    assert last_periods("ytd", date(2023, 2, 10), 3) == [
        _period("2022-01-01", "2022-12-31"),
        _period("2023-01-01", "2023-01-31"),
        _period("2023-01-01", "2023-02-28"),
    ]


def test_no_periods_cannot_be_asked() -> None:
    with pytest.raises(WrongQuestion, match="The last 0 periods cannot be asked for"):
        last_periods("month", date(2023, 6, 30), 0)
