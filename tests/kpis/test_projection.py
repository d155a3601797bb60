"""What a year's sum may come to, and how far the estimate may be off."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.periods import Period
from hub.translation import Wording, msg
from kpis.figure import Figure, FigureLike
from kpis.projection import Projection, has_projection, needed, project
from tests.kpis.published import Stated, figure, to_date

D = Decimal
monthly = st.lists(st.integers(1, 1000), min_size=12, max_size=12)


def published(years: dict[int, list[int]]) -> dict[Period, FigureLike | None]:
    """Year → its months' amounts, as sums of the year to each month."""
    return {
        to_date(year, month + 1): Stated(D(sum(months[: month + 1])))
        for year, months in years.items()
        for month in range(len(months))
    }


def half(months: list[int]) -> Figure:
    return figure(D(sum(months[:6])))


def said(found: Projection | Wording) -> str:
    assert not isinstance(found, Projection)
    return found.text("en")


@given(monthly, st.integers(1, 5))
def test_a_year_that_goes_on_as_the_one_before_is_projected_exactly(months: list[int], times: int) -> None:
    own = [times * one for one in months[:6]]
    found = project(half(own), published({2022: months, 2023: own}))
    if isinstance(found, Projection):
        assert found.value == pytest.approx(D(times * sum(months)))
        assert found.largest == pytest.approx(0, abs=1e-12)
        assert found.low == pytest.approx(found.value)
        assert found.high == pytest.approx(found.value)


@given(monthly, st.lists(st.integers(1, 1000), min_size=6, max_size=6))
def test_the_band_holds_the_estimate_and_is_as_wide_as_the_largest_error(months: list[int], own: list[int]) -> None:
    found = project(half(own), published({2022: months, 2023: own}))
    if isinstance(found, Projection):
        assert found.low <= found.value <= found.high
        assert found.low >= sum(own)
        assert found.high == pytest.approx(found.value * (1 + found.largest / 100))
        assert found.error <= found.largest
        assert found.tests >= 4


@given(monthly, monthly, st.lists(st.integers(1, 1000), min_size=6, max_size=6))
def test_more_history_tests_it_more(earlier: list[int], months: list[int], own: list[int]) -> None:
    one = project(half(own), published({2022: months, 2023: own}))
    two = project(half(own), published({2021: earlier, 2022: months, 2023: own}))
    if isinstance(one, Projection) and isinstance(two, Projection):
        assert two.tests >= one.tests
        assert two.largest >= one.largest
        assert two.value == one.value


def test_a_year_before_that_was_uneven_makes_the_band_wide() -> None:
    even, uneven = [10] * 12, [10, 14, 8, 13, 10, 9, 10, 10, 10, 10, 10, 10]
    narrow = project(half(even), published({2022: even, 2023: even[:6]}))
    wide = project(half(even), published({2022: uneven, 2023: even[:6]}))
    assert isinstance(narrow, Projection)
    assert isinstance(wide, Projection)
    assert (narrow.value, narrow.largest, narrow.tests) == (D(120), D(0), 9)
    assert wide.largest > 15


def test_years_that_are_too_different_give_none() -> None:
    found = project(half([10] * 6), published({2022: [10] * 12, 2023: [1, 59, 0, 0, 0, 0]}))
    assert said(found) == "in 9 tests the largest error was 2900%: the years are too different"


def test_without_the_year_before_there_is_no_projection() -> None:
    assert said(project(half([10] * 6), published({2023: [10] * 6}))) == (
        "nothing is published of the same days of the year before"
    )
    without_december = published({2022: [10] * 11, 2023: [10] * 6})
    assert said(project(half([10] * 6), without_december)) == "nothing is published of the whole year before"


def test_with_too_little_history_to_test_it_there_is_none() -> None:
    own = figure(D(20), period=to_date(2023, 2))
    found = project(own, published({2022: [10] * 12, 2023: [10] * 2}))
    assert said(found) == "there is too little history to test a projection with: 0 tests, 4 are needed"


def test_a_single_withheld_figure_among_those_it_is_made_of_ends_it() -> None:
    known = published({2022: [10] * 12, 2023: [10] * 6})
    known[to_date(2022, 3)] = Stated(None, "missing", withheld=msg("not given out"))
    assert said(project(half([10] * 6), known)) == "not given out"


def test_provisional_figures_and_those_of_another_definition_test_nothing() -> None:
    known = published({2022: [10] * 12, 2023: [10] * 6})
    for month in range(1, 6):
        known[to_date(2022, month)] = Stated(D(10 * month), "provisional" if month % 2 else "official", 1 + month % 2)
    found = project(half([10] * 6), known)
    assert isinstance(found, Wording)
    early = replace(half([10] * 6), data_as_of=to_date(2023, 5).last)
    assert said(project(early, known)) == "the data do not reach the last day of the period"


def test_only_a_sum_of_the_year_to_date_has_one() -> None:
    assert has_projection(figure(D(60)))
    assert not has_projection(figure(D(60), period=to_date(2023, 12)))
    assert not has_projection(figure(D(60), kpi="online_dossier_rate"))
    assert not has_projection(figure(None))
    own = figure(D(60))
    assert to_date(2022, 12) in needed(own.period)
    assert max(needed(own.period)) == own.period
    assert not has_projection(replace(own, question=replace(own.question, period=Period(own.last, own.last))))
