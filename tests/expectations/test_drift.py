"""What is unusual about how a slice's columns are filled, beside the slices before it."""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.specification import Feed
from expectations.drift import ColumnDrift, ColumnHistory, usual
from tests.connectors import specs
from warehouse.column_profiles import MOST_SLICES, ColumnProfile, Days

BEGIN = date(2023, 1, 2)
"""A Monday."""
AREAS = ("05971", "06001")


def feed(**said: Any) -> Feed:
    return specs.feed(
        columns={
            "due_at": {"wire": "han", "type": "datetime", "future": True, "label": "Hạn"} | said.pop("due_at", {}),
            "ended_at": {"wire": "xong", "type": "datetime", "label": "Xong"},
            "area_code": {"wire": "xa", "known": "area", "label": "Xã"},
            "note": {"wire": "ghi_chu", "label": "Ghi chú"},
        },
        **said,
    )


def filled(nulls: int = 0, records: int = 100, **counts: Any) -> ColumnProfile:
    return ColumnProfile(records, nulls, **counts)


def day(number: int, length: int = 1) -> Days:
    first = BEGIN + timedelta(days=number)
    return Days(first, first + timedelta(days=length - 1))


def compare(column: str, past: Sequence[ColumnProfile], own: ColumnProfile, of: Feed | None = None) -> ColumnDrift:
    """What is said of a day after others, of one column."""
    history = ColumnHistory(of or feed(), {day(number): {column: one} for number, one in enumerate(past)})
    return history.compare(day(len(past)), {column: own})


def broken(found: ColumnDrift) -> dict[str, list[str]]:
    return {rule: told for rule, told in found.drifting.items() if told}


def test_a_column_that_was_full_and_is_empty_blocks_and_says_what_was_and_is() -> None:
    assert broken(compare("due_at", [filled()] * 5, filled(100))) == {"null_share": ["due_at: 0 % → 100 %"]}


def test_a_smaller_but_significant_rise_or_fall_of_empty_values_warns() -> None:
    assert broken(compare("note", [filled(10)] * 5, filled(50))) == {"unusual_null_share": ["note: 10 % → 50 %"]}
    assert broken(compare("note", [filled(50)] * 5, filled(0))) == {"unusual_null_share": ["note: 50 % → 0 %"]}


def test_what_a_small_sample_shows_by_chance_is_no_drift() -> None:
    assert broken(compare("note", [filled(2, 20)] * 9, filled(6, 20))) == {}
    assert broken(compare("note", [filled(2, 20)] * 9, filled(9, 20))) == {"unusual_null_share": ["note: 10 % → 45 %"]}


def test_a_column_that_always_varied_does_not_drift() -> None:
    past = [filled(share) for share in (10, 60, 25, 80, 45, 30, 70)]
    assert broken(compare("note", past, filled(5))) == broken(compare("note", past, filled(95))) == {}


@pytest.mark.parametrize(("slices", "records"), [(4, 100), (5, 19)])
def test_of_few_slices_or_records_nothing_is_said(slices: int, records: int) -> None:
    found = compare("due_at", [filled()] * slices, filled(records, records))
    assert found.drifting == {}


def test_one_bad_slice_among_the_first_does_not_hide_the_next_and_two_make_a_habit() -> None:
    good = [filled()] * 6
    assert "null_share" in broken(compare("due_at", [*good, filled(100)], filled(100)))
    assert broken(compare("due_at", [*good, filled(100), filled(100)], filled(100))) == {}


def test_days_of_rest_differ_from_working_days_every_week() -> None:
    history = ColumnHistory(feed(), {})
    found = {}
    for number in range(28):
        weekend = day(number).first.weekday() >= 5
        own = {"note": filled(85 if weekend else 30)}
        found[number] = history.compare(day(number), own)
        history.add(day(number), own)
    assert [number for number, one in found.items() if broken(one)] == [5, 6], "the first of them are new"


def test_only_the_nearest_slices_before_are_looked_at() -> None:
    old = [filled(100)] * 30
    assert "unusual_null_share" in broken(compare("note", [*old, *[filled(0)] * MOST_SLICES], filled(50)))
    later = {day(number): {"note": filled(0)} for number in range(10, 20)}
    assert ColumnHistory(feed(), later).compare(day(0), {"note": filled(100)}).drifting == {}


def test_a_moment_that_may_be_to_come_is_empty_more_often_in_the_newest_slices() -> None:
    assert broken(compare("ended_at", [filled(10)] * 6, filled(80))) == {}
    assert broken(compare("ended_at", [filled(10)] * 6, filled(100))) == {"null_share": ["ended_at: 10 % → 100 %"]}
    assert broken(compare("ended_at", [filled(90)] * 6, filled(100))) == {}


@pytest.mark.parametrize(
    ("said", "rule"), [(0.5, "null_share"), (0.8, "unusual_null_share"), (1.0, "unusual_null_share")]
)
def test_the_feed_says_how_far_may_be(said: float, rule: str) -> None:
    found = compare("note", [filled()] * 5, filled(75), feed(max_drift=said))
    assert broken(found) == {rule: ["note: 0 % → 75 %"]}


def test_without_a_limit_nothing_blocks() -> None:
    gone = compare("due_at", [filled(absent=0)] * 5, filled(100, absent=100), feed(max_drift=1))
    assert (gone.blocks, list(broken(gone))) == (False, ["unusual_null_share"])


def area(unlisted: int, nulls: int = 0, value: str = AREAS[0], count: int = 40, records: int = 100) -> ColumnProfile:
    return ColumnProfile(records, nulls, 0, unlisted, value, count)


def test_codes_of_another_list_are_told_and_a_completed_list_is_not() -> None:
    found = compare("area_code", [area(2)] * 6, area(100))
    assert (found.blocks, broken(found)) == (False, {"unknown_share": ["area_code: 2 % → 100 %"]})
    assert broken(compare("area_code", [area(100)] * 6, area(0))) == {}


def test_unknown_codes_are_counted_among_those_that_are_given() -> None:
    past = [area(0, nulls=70, count=12)] * 6
    assert "unknown_share" in broken(compare("area_code", past, area(30, nulls=70, count=12)))


def test_one_value_for_all_is_told() -> None:
    assert broken(compare("area_code", [area(0, count=5)] * 6, area(0, value=AREAS[1], count=100))) == {
        "common_value_share": ["area_code: 05971 5 % → 06001 100 %"]
    }


def test_values_that_changed_places_are_told() -> None:
    past = [filled(common_value="true", common_count=90)] * 6
    assert broken(compare("secret", past, filled(common_value="false", common_count=90))) == {
        "common_value_share": ["secret: true 90 % → false 90 %"]
    }
    assert broken(compare("secret", past, filled(common_value="true", common_count=91))) == {}


def test_the_states_of_the_newest_cases_differ_a_little() -> None:
    past = [filled(records=20_000, common_value="returned", common_count=10_000)] * 11
    assert broken(compare("secret", past, filled(records=20_000, common_value="returned", common_count=7_000))) == {}


def test_equally_common_values_take_turns() -> None:
    past = [area(0, value=AREAS[number % 2], count=30) for number in range(8)]
    assert broken(compare("area_code", past, area(0, value="06002", count=31))) == {}


def on_days(count: int) -> ColumnProfile:
    return filled(common_value="2023-05-04", common_count=count)


def test_all_records_on_one_day_are_told() -> None:
    assert broken(compare("due_at", [on_days(6)] * 6, on_days(100))) == {
        "day_share": ["due_at: 6 % → 2023-05-04 100 %"]
    }
    assert broken(compare("due_at", [on_days(100)] * 6, on_days(6))) == {}


def test_few_days_of_which_some_are_days_of_rest_are_as_usual() -> None:
    assert broken(compare("due_at", [on_days(40)] * 6, on_days(97))) == {}
    assert broken(compare("due_at", [on_days(20)] * 6, on_days(60))) == {}


def test_a_day_is_not_compared_with_a_month() -> None:
    months = {day(31 * number, 31): {"due_at": on_days(6)} for number in range(6)}
    assert broken(ColumnHistory(feed(), months).compare(day(190), {"due_at": on_days(100)})) == {}
    assert broken(ColumnHistory(feed(), months).compare(day(190, 28), {"due_at": on_days(100)})) != {}


def test_a_field_that_is_on_no_record_any_more_vanished_though_its_column_has_a_value_for_nothing() -> None:
    past = [filled(absent=1, common_value="true", common_count=60)] * 5
    assert compare("secret", past, filled(absent=100, common_value="false", common_count=100)).vanished == ["mat"]
    assert compare("secret", past, filled(absent=99, common_value="false", common_count=100)).vanished == []
    rare = [filled(absent=90, common_value="true", common_count=60)] * 5
    assert compare("secret", rare, filled(absent=100, common_value="false", common_count=60)).vanished == []


def changed(number: int) -> Feed:
    return feed(due_at={"changed_on": BEGIN + timedelta(days=number)})


def test_slices_from_a_stated_change_on_are_not_compared_with_those_before() -> None:
    past = [filled()] * 6
    assert broken(compare("due_at", past, filled(100), changed(6))) == {}
    assert "null_share" in broken(compare("due_at", past, filled(100), changed(7))), "it is yet to come"
    since = [*past, *[filled(100)] * 5]
    assert broken(compare("due_at", since, filled(100), changed(6))) == {}
    assert broken(compare("due_at", since, filled(0), changed(6))) == {"unusual_null_share": ["due_at: 100 % → 0 %"]}


def test_a_slice_in_which_the_change_lies_is_not_compared() -> None:
    months = {day(31 * number, 31): {"due_at": filled()} for number in range(6)}
    spanning = day(186, 31)
    assert ColumnHistory(changed(200), months).compare(spanning, {"due_at": filled(70)}).drifting == {}


@settings(deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([20, 25, 60, 400]), st.floats(0, 1))
def test_what_stays_as_it_was_is_never_blocked_and_seldom_told(seed: int, records: int, share: float) -> None:
    chance, slices = random.Random(seed), 100
    history, told, blocked = ColumnHistory(feed(), {}), 0, 0
    for number in range(slices):
        size = records + chance.randrange(records)
        nulls = sum(chance.random() < share for _ in range(size))
        given = size - nulls
        unlisted = sum(chance.random() < share for _ in range(given))
        common = max(unlisted, given - unlisted)
        value = AREAS[unlisted > given - unlisted]
        own = {"area_code": ColumnProfile(size, nulls, 0, unlisted, value, common), "note": ColumnProfile(size, nulls)}
        found = history.compare(day(number), own)
        blocked += found.blocks
        told += bool(broken(found))
        history.add(day(number), own)
    assert (blocked, told <= 2) == (0, True), (blocked, told)


def test_of_thousands_of_slices_that_stay_as_they_were_none_is_blocked_and_few_are_told() -> None:
    chance, told, slices = random.Random(1), 0, 5_000

    def share_of(count: int, share: float) -> float:
        return sum(chance.random() < share for _ in range(count)) / count

    for _ in range(slices):
        share, count = chance.random(), chance.choice([20, 50, 200])
        past = [share_of(count, share) for _ in range(chance.choice([5, 10, 20]))]
        own, was = share_of(count, share), usual(past, count)
        assert was is not None
        assert own - was.share <= 0.5 or was.has(own)
        told += not was.has(own)
    assert told < slices / 1000
