"""Whether a figure of the year to date is on course for the year's target."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.periods import Period
from hub.translation import msg
from kpis.definition import load_definitions
from kpis.figure import Pace
from kpis.pace import pace, whole_year
from tests.kpis.published import Stated, figure, to_date

D = Decimal
amounts = st.decimals(min_value=1, max_value=10**6, places=2)


def told(found: Pace | None) -> str | None:
    assert found is not None
    return found.reason.text("en") if found.reason else None


def test_half_a_years_sum_is_held_against_what_the_year_before_had_reached_by_then() -> None:
    """130 of 260 in June is half of the target, and behind: the year before had 55 % of its sum by then."""
    behind = pace(figure(D(130), D(260)), Stated(D(110)), Stated(D(200)))
    assert behind == Pace("behind", None, D(143), D(55), 2022)
    ahead = pace(figure(D(130), D(260)), Stated(D(90)), Stated(D(200)))
    assert ahead == Pace("on_course", None, D(117), D(45), 2022)


@given(amounts, amounts, amounts, st.decimals(min_value="0.01", max_value=1, places=2))
def test_what_is_due_is_the_same_part_of_the_target_as_of_the_year_before(
    value: Decimal, target: Decimal, year: Decimal, part: Decimal
) -> None:
    found = pace(figure(value, target), Stated(year * part), Stated(year))
    assert found is not None
    assert found.expected == pytest.approx(target * part)
    assert (found.state == "on_course") == (value >= found.expected)


@given(amounts, amounts, amounts)
def test_of_what_is_to_be_few_no_more_than_due_is_on_course(value: Decimal, target: Decimal, year: Decimal) -> None:
    made = figure(value, target)
    few = replace(made, definition=made.definition.model_copy(update={"good": "down"}))
    found = pace(few, Stated(year / 2), Stated(year))
    assert found is not None
    assert found.expected is not None
    assert (found.state == "on_course") == (value <= found.expected)


HALF, YEAR = Stated(D(90)), Stated(D(200))


@pytest.mark.parametrize(
    ("then", "year", "said"),
    [
        (None, YEAR, "nothing is published of the same days of the year before"),
        (HALF, None, "nothing is published of the whole year before"),
        (HALF, replace(YEAR, status="provisional"), "the figure of then is provisional"),
        (replace(HALF, status="provisional"), YEAR, "the figure of then is provisional"),
        (replace(HALF, unit="VND"), YEAR, "another measure was published then"),
        (
            HALF,
            replace(YEAR, definition_version=2),
            "the figure of then is by version 2 of the definition, this one by version 1",
        ),
        (Stated(D(0)), YEAR, "the figures of the year before do not add up to a year's sum"),
        (Stated(D(201)), YEAR, "the figures of the year before do not add up to a year's sum"),
        (replace(HALF, value=None, withheld=msg("not given out")), YEAR, "not given out"),
        (HALF, replace(YEAR, value=None, withheld=msg("not given out")), "not given out"),
    ],
)
def test_without_a_whole_settled_year_before_there_is_no_pace_and_the_reason_is_said(
    then: Any, year: Any, said: str
) -> None:
    found = pace(figure(D(130), D(260)), then, year)
    assert told(found) == said
    assert found is not None
    assert (found.state, found.expected, found.share) == (None, None, None)


def test_a_figure_whose_data_do_not_reach_its_last_day_has_no_pace() -> None:
    early = replace(figure(D(130), D(260)), data_as_of=to_date(2023, 5).last)
    assert told(pace(early, HALF, YEAR)) == "the data do not reach the last day of the period"


def test_a_provisional_figure_with_all_its_days_has_one() -> None:
    found = pace(figure(D(130), D(260), status="provisional"), HALF, YEAR)
    assert found is not None
    assert found.state == "on_course"


def test_a_rate_is_on_course_where_it_meets_the_target_and_has_no_pace_otherwise() -> None:
    assert pace(figure(D(61), D(60), "level4_online_dossier_rate"), None, None) == Pace("on_course")
    below = pace(figure(D(59), D(60), "level4_online_dossier_rate"), None, None)
    assert below is not None
    assert (below.state, told(below)) == (
        None,
        "the figure is a rate or a state, which does not grow with the year: it has no pace",
    )


@pytest.mark.parametrize("period", [Period(to_date(2023, 4).last, to_date(2023, 6).last), whole_year(2023)])
def test_a_pace_is_of_the_year_to_the_end_of_a_month(period: Period) -> None:
    assert pace(figure(D(130), D(260), period=period), HALF, YEAR) is None


def test_without_a_target_or_a_direction_nothing_is_due() -> None:
    assert pace(figure(D(130)), HALF, YEAR) is None
    assert pace(figure(D(130), D(260), "newspaper_copies"), HALF, YEAR) is None


def test_what_accumulates_is_told_by_the_formula() -> None:
    definitions = load_definitions()
    grows = {"postal_revenue", "gate_vehicles", "ecommerce_transactions", "traffic_accidents"}
    not_so = {
        "online_dossier_rate": "a rate",
        "phone_density": "a state",
        "postal_points": "a state",
        "active_online_service_rate": "different services",
    }
    assert all(definitions[kpi].accumulates for kpi in grows)
    assert not any(definitions[kpi].accumulates for kpi in not_so)
