"""What kind of day it is in Vietnam."""

from datetime import date, timedelta

import pytest

from expectations.working_calendar import is_free, kind


@pytest.mark.parametrize(
    ("day", "special"),
    [
        (date(2024, 2, 10), ("tet", 0)),
        (date(2025, 1, 28), ("tet", -1)),
        (date(2023, 2, 7), ("tet", 16)),
        (date(2023, 2, 8), None),
        (date(2023, 5, 3), ("holiday", 0)),
        (date(2023, 4, 29), ("free_holiday", 0)),
        (date(2024, 5, 4), ("made_up", 0)),
        (date(2023, 6, 30), ("quarter_end", 0)),
        (date(2023, 5, 30), ("month_end", 1)),
        (date(2024, 11, 30), ("free_month_end", 0)),
        (date(2023, 6, 14), None),
    ],
)
def test_a_day_is_of_its_kind(day: date, special: tuple[str, int] | None) -> None:
    assert kind(day).special == special


def test_tet_moves_by_weeks_from_year_to_year_and_takes_its_days_along() -> None:
    for first in (date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17)):
        assert [kind(first + timedelta(n)).special for n in (-15, 0, 16)] == [("tet", -15), ("tet", 0), ("tet", 16)]


def test_offices_work_on_a_saturday_that_makes_up_for_a_day_off() -> None:
    assert is_free(date(2024, 4, 29))
    assert not is_free(date(2024, 5, 4))
    assert is_free(date(2024, 5, 11))
    assert not is_free(date(2019, 1, 5)), "it makes up for a day of the year before"
