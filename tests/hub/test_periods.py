"""Days and weeks before a day."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.periods import last_days, last_weeks

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(days, st.integers(1, 60))
def test_days_follow_each_other_up_to_the_given_one(last: date, count: int) -> None:
    found = last_days(last, count)
    assert found[-1].last == last
    assert [one.first.toordinal() - found[0].first.toordinal() for one in found] == [*range(count)]


@given(days, st.integers(1, 60))
def test_weeks_are_whole_from_monday_to_sunday_and_over_by_the_given_day(last: date, count: int) -> None:
    found = last_weeks(last, count)
    assert all((one.first.weekday(), one.last.weekday()) == (0, 6) for one in found)
    assert 0 <= (last - found[-1].last).days < 7
    assert [(one.first - found[0].first).days for one in found] == [7 * n for n in range(count)]
