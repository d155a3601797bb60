"""Which days a run loads."""

from datetime import date, datetime
from itertools import pairwise

import pytest

from dags.interval import days
from hub.errors import Abort
from hub.periods import VIETNAM

NOON = datetime(2023, 7, 1, 12, tzinfo=VIETNAM)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def loaded(start: str, end: str) -> tuple[str, str]:
    first, last = days({"from": None, "to": None}, moment(start), moment(end), NOON)
    return str(first), str(last)


def test_a_daily_run_at_night_loads_the_day_before() -> None:
    assert loaded("2023-06-29 00:30", "2023-06-30 00:30") == ("2023-06-29", "2023-06-29")


def test_a_daily_run_at_midnight_loads_the_day_that_has_just_ended() -> None:
    assert loaded("2023-06-29 00:00", "2023-06-30 00:00") == ("2023-06-29", "2023-06-29")


def test_a_monthly_run_loads_the_days_that_ended_since_the_last_one() -> None:
    assert loaded("2023-05-10 06:00", "2023-06-10 06:00") == ("2023-05-10", "2023-06-09")


def test_an_hourly_run_loads_the_day_in_progress() -> None:
    assert loaded("2023-06-29 10:00", "2023-06-29 11:00") == ("2023-06-29", "2023-06-29")
    assert loaded("2023-06-29 00:00", "2023-06-29 01:00") == ("2023-06-29", "2023-06-29")


def test_the_last_hourly_run_of_a_day_completes_that_day() -> None:
    assert loaded("2023-06-29 23:00", "2023-06-30 00:00") == ("2023-06-29", "2023-06-29")


@pytest.mark.parametrize("hour", [0, 6, 17, 23])
def test_runs_one_after_the_other_leave_out_no_day(hour: int) -> None:
    ticks = [datetime(2023, 6, day, hour, tzinfo=VIETNAM) for day in range(1, 30)]
    seen = {days({}, start, end, NOON) for start, end in pairwise(ticks)}
    assert seen == {(date(2023, 6, day), date(2023, 6, day)) for day in range(1, 29)}


def test_days_are_those_of_vietnam_whatever_the_zone_of_the_interval() -> None:
    start, end = (datetime.fromisoformat(f"2023-06-{day}T17:30:00+00:00") for day in (28, 29))
    assert days({}, start, end, NOON) == (date(2023, 6, 29), date(2023, 6, 29))


def test_parameters_win_over_the_interval() -> None:
    asked = {"from": "2022-12-31", "to": "2023-06-30"}
    assert days(asked, NOON, NOON, NOON) == (date(2022, 12, 31), date(2023, 6, 30))


def test_a_run_with_neither_loads_the_day_before_it_was_asked_for() -> None:
    early = datetime.fromisoformat("2023-06-30T17:10:00+00:00")  # already 1 July in Vietnam
    assert days({"from": None, "to": None}, None, None, early) == (date(2023, 6, 30), date(2023, 6, 30))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"from": "2023-06-30", "to": "2023-01-01"}, "reversed"),
        ({"from": "2023-06-30"}, "'to' is missing"),
        ({"to": "2023-06-30", "from": None}, "'from' is missing"),
        ({"from": "30/06/2023", "to": "2023-06-30"}, "30/06/2023"),
        ({"from": "2023-02-30", "to": "2023-03-01"}, "2023-02-30"),
    ],
)
def test_parameters_that_name_no_range_are_refused_with_the_reason(asked: dict[str, object], said: str) -> None:
    with pytest.raises(Abort, match=said):
        days(asked, None, None, NOON)
