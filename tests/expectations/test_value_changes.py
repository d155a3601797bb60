"""What is told of values of a month beside those of the months before, and what is not."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.source_files import load_sources
from connectors.specification import Feed
from expectations.value_changes import compare
from warehouse.period_values import PeriodValue, measures

SOURCES = load_sources()
REVENUE = SOURCES["telecom"].feeds["revenue"]
STATISTICS = SOURCES["land"].feeds["statistics"]
FLOW = next(name for name, one in STATISTICS.indicators.items() if one.counts == "flow")
PLATFORMS = SOURCES["ecommerce"].feeds["platforms"]
BEGIN = 2023 * 12
SERVICES = ("calls", "data", "messages", "rent")
Table = Mapping[str, Sequence[float | None]]
"""By series its values, a month each."""


def month(number: int) -> date:
    following = BEGIN + number + 1
    return date.fromordinal(date(following // 12, following % 12 + 1, 1).toordinal() - 1)


def told(table: Table, *, feed: Feed = REVENUE, part: str = "vnpt", held: int | None = None) -> list[str]:
    """What is told of the last month: the first `held` are in the fact, by default all but the last."""
    length = len(next(iter(table.values())))
    published = length - 1 if held is None else held
    rows = [
        PeriodValue(
            None if number < published else number + 1,
            "" if number < published else part,
            series,
            month(number) if feed.slice == "month" else date.fromordinal(date(2023, 5, 1).toordinal() + number),
            (value, *[None] * (len(measures(feed)) - 1)),
        )
        for series, values in table.items()
        for number, value in enumerate(values)
    ]
    return compare(feed, rows)[length]


def kinds(found: Sequence[str]) -> set[str]:
    return {one.partition(":")[0] for one in found}


def changing(*last: float | None, months: int = 4) -> dict[str, list[float | None]]:
    """Revenue of services that changes from month to month, and what is told of the last one."""
    before = {s: [1_234_567.0 * (place + 1) + 1_111 * n for n in range(months)] for place, s in enumerate(SERVICES)}
    return {s: [*before[s], value] for s, value in zip(SERVICES, last, strict=True)}


def times(factor: float) -> dict[str, list[Any]]:
    table = changing(0, 0, 0, 0)
    return {s: [*values[:-1], (values[-2] or 0) * factor * 1.01] for s, values in table.items()}


def repeated(months: int = 4) -> dict[str, list[float | None]]:
    return {s: [*v[:-1], v[-2]] for s, v in changing(0, 0, 0, 0, months=months).items()}


def test_a_month_that_repeats_the_one_before_number_for_number_is_told() -> None:
    assert told(repeated()) == ["lặp lại/repeated: vnpt: 4/4 = (12,359,002)"]


def test_months_that_repeat_one_are_told_one_after_the_other_also_of_one_load() -> None:
    table = {s: [*values, values[-1]] for s, values in repeated().items()}
    assert kinds(told(table)) == {"lặp lại/repeated"}
    assert kinds(told(table, held=0)) == {"lặp lại/repeated"}


def test_what_never_changes_or_once_a_year_may_repeat() -> None:
    assert told({s: [400_123.0] * 6 for s in SERVICES}) == []
    assert told({s: [400_123.0, 400_123, 400_123, 400_123, 512_345, 512_345] for s in SERVICES}) == []


def test_few_or_small_numbers_may_repeat_by_chance_and_so_may_the_second_month() -> None:
    assert told({"calls": [1_234_567.0, 2_345_678, 3_456_789, 3_456_789]}) == []
    assert told({s: [1.0, 2, 3, 3] for s in SERVICES}) == []
    assert told(repeated(months=1)) == []


def test_one_number_that_changed_says_that_the_month_is_another() -> None:
    table = repeated()
    table["rent"][-1] = 5_000_001.0
    assert told(table) == []


def test_a_day_may_repeat_the_one_before_as_a_sunday_does() -> None:
    table = {s: [1_234_567.0, 1_234_667, 1_234_767, 1_234_767] for s in SERVICES}
    assert told(table, feed=PLATFORMS, part="") == []


@pytest.mark.parametrize("factor", [1000, 0.001, 1_000_000, 0.000_001])
def test_a_month_in_another_unit_is_told(factor: float) -> None:
    assert kinds(told(times(factor))) == {"đơn vị/unit"}


def test_the_months_after_it_are_told_too_also_of_one_load() -> None:
    table = {s: [*values, values[-1] * 1.01, values[-1] * 1.02] for s, values in times(0.001).items()}
    assert kinds(told(table, held=0)) == {"đơn vị/unit"}


def test_one_service_of_many_in_another_unit_is_told_where_it_turns_the_figure() -> None:
    table = times(1)
    table["rent"][-1] /= 1000
    assert told(table) == ["đơn vị/unit: revenue_vnd (vnpt): 4,939,934.5 → 4,991.01701 [1/4]"]
    small = {"rent": [2_000.0, 2_000, 2_000, 2], "calls": [9_000_000.0, 9_100_000, 9_200_000, 9_300_000]}
    assert told(small) == []


def test_seasons_and_small_numbers_are_no_other_unit() -> None:
    assert told(times(3)) == told(times(1 / 20)) == []
    assert told({"calls": [1.0, 2, 1, 400]}) == []


def test_zeros_for_not_reported_are_told() -> None:
    assert kinds(told(changing(0, 0, 0, 0))) == {"số 0/zero"}
    table = times(1)
    table["rent"][-1] = 0
    assert told(table) == ["số 0/zero: revenue_vnd (vnpt): 4,939,934.5 → 0 [1/4]"]


def test_a_zero_that_has_been_or_may_be_by_chance_is_true() -> None:
    assert told({"calls": [90_000.0, 0, 80_000, 0]}) == []
    assert told({"calls": [9.0, 7, 8, 0]}) == []
    assert told({"calls": [90_000.0, 80_000, 0]}) == [], "after two months nothing is said to be always so"


def test_a_running_total_that_falls_is_told_and_a_flow_or_a_new_year_is_not() -> None:
    days = {"voso": [1000.0 + 10 * number for number in range(10)] + [900]}
    assert told(days, feed=PLATFORMS, part="") == ["giảm/fallen: listings: 1,090 → 900 [1/1]"]
    months = {"all": [1000.0 + 10 * number for number in range(11)] + [900]}
    assert kinds(told(months)) == {"giảm/fallen"}
    assert told(months, feed=STATISTICS, part=FLOW) == []
    assert told({"all": [*months["all"][:-1], 1110.0, 900]}) == [], "the first month of a year"


def test_a_first_month_and_a_value_that_is_not_given_are_compared_with_nothing() -> None:
    assert told({s: [1_234_567.0] for s in SERVICES}) == []
    assert told(changing(None, None, None, None)) == []


def test_a_month_sent_again_is_not_compared_with_itself_nor_with_later_ones() -> None:
    rows = [PeriodValue(None, "", s, month(n), (9e6 + n,)) for s in SERVICES for n in range(6)]
    again = [PeriodValue(9, "vnpt", s, month(0), (9e6,)) for s in SERVICES]
    late = [PeriodValue(8, "vnpt", s, month(-1), (9e3,)) for s in SERVICES]
    for own in (again, late):
        assert not any(compare(REVENUE, [*rows, *own]).values())


@given(
    st.lists(st.lists(st.floats(100_000, 300_000), min_size=3, max_size=3), min_size=2, max_size=14),
    st.sampled_from([1000.0, 0.001]),
)
def test_within_a_season_nothing_is_told_but_another_unit_always(months: list[list[float]], factor: float) -> None:
    table = {s: [one[place] for one in months] for place, s in enumerate(SERVICES[:3])}
    assert "đơn vị/unit" not in kinds(told(table))
    assert "đơn vị/unit" in kinds(told({s: [*values[:-1], values[-1] * factor] for s, values in table.items()}))
