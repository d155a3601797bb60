"""A day is judged by days of its kind that were good."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import pytest

from expectations.anomaly_judgement import judge
from expectations.baseline import LASTING, WARM_UP, Finding, Series
from expectations.flow_baseline import FlowBaseline
from expectations.stock_baseline import LASTING_MONTHS
from tests.expectations.detection import Score, score
from tests.expectations.simulated_years import names

MONDAY = date(2023, 6, 5)
"""After Tết, and far from the next one."""
WEEK = (100, 120, 110, 105, 95, 12, 6)


def counts(days: int, first: date = MONDAY, seed: int = 1, scale: float = 1.0) -> Any:
    """Counts of an office: five days of work, two of rest, and chance."""
    rng = np.random.default_rng(seed)
    return np.array([rng.poisson(scale * WEEK[(first + timedelta(n)).weekday()]) for n in range(days)], dtype=float)


def series(total: Any, first: date = MONDAY, kind: Literal["flow", "stock"] = "flow", **others: Any) -> Series:
    return Series([first + timedelta(n) for n in range(len(total))], kind, total, **others)


def subjects(found: Sequence[Finding]) -> list[tuple[int, str]]:
    return [(one.place, one.subject) for one in found]


def test_a_weekend_is_no_anomaly_and_a_weekday_like_one_is() -> None:
    total = counts(70)
    assert judge(series(total)) == []
    total[63] = 12  # a Monday
    [found] = judge(series(total))
    assert (found.place, found.subject, found.seen) == (63, "volume", 12)
    assert found.low < 100 < found.high


def test_twice_as_many_are_an_anomaly() -> None:
    total = counts(70)
    total[65] *= 2
    assert subjects(judge(series(total))) == [(65, "volume")]


def test_nothing_is_said_before_enough_good_days_were_seen() -> None:
    total = counts(WARM_UP + 7)
    total[WARM_UP - 3] = 0
    assert judge(series(total)) == []


def test_a_day_that_was_not_read_is_not_judged_and_teaches_nothing() -> None:
    total = counts(80)
    total[70] = np.nan
    assert judge(series(total)) == []


def test_bad_days_do_not_train() -> None:
    total = counts(100)
    total[50:62] = total[50:62] * 0.3  # blocked, and known to be
    trains = np.ones(100, dtype=bool)
    trains[50:62] = False
    late = [place for place, _ in subjects(judge(series(total, trains=trains))) if place >= 62]
    assert late == [], "the days after them are as usual"
    total[92] = total[92] * 0.3
    assert (92, "volume") in subjects(judge(series(total, trains=trains)))


def test_bad_days_are_no_new_level_however_long_they_last() -> None:
    total = counts(150)
    total[50:110] = total[50:110] * 0.3
    trains = np.ones(150, dtype=bool)
    trains[50:110] = False
    total[112] *= 0.3
    assert [one for one in subjects(judge(series(total, trains=trains))) if one[0] >= 110] == [(112, "volume")]


def test_an_anomaly_does_not_make_the_next_one_usual() -> None:
    total = counts(90)
    total[70:80] = np.round(total[70:80] * 0.4)
    working = [n for n in range(70, 80) if n % 7 < 5]
    assert {place for place, _ in subjects(judge(series(total)))} >= set(working)


def test_what_lasts_four_weeks_is_the_new_level() -> None:
    total = counts(160)
    total[60:] = counts(100, MONDAY + timedelta(60), seed=2, scale=3)
    found = judge(series(total))
    assert found[0].place == 60
    assert max(one.place for one in found) <= 60 + LASTING
    total[150] = 300 * 0.3
    assert (150, "volume") in subjects(judge(series(total)))


def test_the_weekdays_of_a_new_level_have_nothing_of_the_level_before() -> None:
    total = counts(100)
    total[60:] = counts(40, MONDAY + timedelta(60), seed=2, scale=3)
    baseline = FlowBaseline(series(total))
    for place in range(60 + LASTING):
        baseline.take(place)
    monday = baseline.of_weekday[0]
    assert len(monday) >= 9
    assert min(monday) > 2 * max(total[0:60:7]) > 200


def test_a_public_holiday_is_no_anomaly_once_one_was_seen() -> None:
    first = date(2023, 6, 5)
    total = counts(500, first)
    for month, day in ((1, 1), (4, 18), (4, 29), (4, 30), (5, 1), (9, 2), (9, 3)):
        total[(date(2024, month, day) - first).days] = 4
    for day in (1, 4):
        total[(date(2023, 9, day) - first).days] = 4
    tet = (date(2024, 2, 10) - first).days
    total[tet - 2 : tet + 5] = 2
    places = {place for place, _ in subjects(judge(series(total, first)))}
    assert places == set()


def test_a_deliverer_that_is_silent_is_named_though_the_whole_is_as_usual() -> None:
    one, other, small = counts(70, seed=1), counts(70, seed=2, scale=0.2), counts(70, seed=3, scale=0.02)
    other[64] = 0
    small[64] = 0
    found = judge(series(one + other + small, parts={"a": one, "b": other, "c": small}))
    assert [(f.place, f.subject, f.part) for f in found] == [(64, "silent", "b")], "c is often without a record"


def test_an_answer_that_is_repeated_is_told() -> None:
    codes = {name: counts(70, seed=seed) for seed, name in enumerate("xyz")}
    for own in codes.values():
        own[65] = own[64]
    total = np.sum(list(codes.values()), axis=0)
    assert (65, "frozen") in subjects(judge(series(total, mixes={"code": codes})))
    few = {"code": {"x": np.ones(70), "y": np.ones(70)}}
    assert judge(series(np.full(70, 2.0), mixes=few)) == [], "of two records a day that is nothing"


def test_codes_that_change_places_are_told_with_their_shares() -> None:
    one, other = counts(70, seed=1), counts(70, seed=2, scale=0.4)
    one[64], other[64] = other[64], one[64]
    [found] = judge(series(one + other, mixes={"code": {"x": one, "y": other}}))
    assert (found.place, found.subject, found.part) == (64, "mix", "code=x")
    assert found.seen < found.low < 100 / 140 < found.high


def test_a_stock_is_judged_by_its_steps() -> None:
    level = 1000 + counts(90).cumsum()
    assert judge(series(level, kind="stock")) == []
    less = level.copy()
    less[70] *= 0.7
    assert subjects(judge(series(less, kind="stock"))) == [(70, "volume")]


def test_a_stock_that_stands_still_for_months_is_not_frozen() -> None:
    assert judge(series(np.full(90, 17.0), kind="stock")) == []


def months(values: Sequence[float]) -> Series:
    days = [date(2021 + n // 12, n % 12 + 1, 28) for n in range(len(values))]
    return Series(days, "flow", np.array(values), is_monthly=True)


def test_a_month_is_judged_by_the_same_month_of_last_year_and_the_trend() -> None:
    rng = np.random.default_rng(5)
    usual = [(1 + 0.4 * (n % 3 == 2)) * 1000 * 1.01**n * rng.normal(1, 0.02) for n in range(36)]
    assert judge(months(usual)) == []
    for place in (24, 26, 35):
        less = [value * (0.7 if n == place else 1) for n, value in enumerate(usual)]
        assert (place, "volume") in subjects(judge(months(less)))


def test_three_months_on_another_level_are_the_new_one() -> None:
    rng = np.random.default_rng(5)
    values = [1000 * rng.normal(1, 0.02) * (2 if n >= 20 else 1) for n in range(36)]
    assert [place for place, _ in subjects(judge(months(values)))] == list(range(20, 20 + LASTING_MONTHS))


def test_most_detectable_faults_are_found_with_few_false_alarms() -> None:
    """A year's seed of three sources; all of them: `pytest -m exhaustive`, `python -m bench.anomalies`."""
    for name in ("dvc", "security", "ecommerce"):
        found = score(name, [201])
        assert found.found_detectable.total() >= 0.9 * found.detectable.total() > 0
        assert found.false_alarms <= found.quarters


@pytest.mark.exhaustive
def test_of_eleven_sources_nearly_all_detectable_faults_are_found_in_their_own_batch() -> None:
    total = Score()
    for name in names():
        found = score(name, range(101, 107))
        assert found.false_alarms <= found.quarters, name
        assert found.beside_faults <= found.quarters, name
        total.add(found)
    assert total.found_detectable.total() >= 0.95 * total.detectable.total()
