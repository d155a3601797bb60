"""Days off by name, those that follow each other together."""

from datetime import date

from hub.public_holidays import holidays_within


def test_days_that_follow_each_other_are_one_holiday_with_each_name_once() -> None:
    spring = holidays_within(date(2023, 4, 1), date(2023, 6, 30))
    assert [(one.first, one.last) for one in spring] == [(date(2023, 4, 29), date(2023, 5, 3))]
    assert spring[0].name.vi == "Ngày Giỗ Tổ Hùng Vương, Ngày Chiến thắng, Ngày Quốc tế Lao động"
    assert spring[0].name.en.endswith("International Labor Day")


def test_tet_is_called_by_its_first_day_and_comes_whole() -> None:
    [tet] = holidays_within(date(2024, 2, 12), date(2024, 3, 31))
    assert (tet.first, tet.last, tet.name.vi, tet.is_tet) == (
        date(2024, 2, 8),
        date(2024, 2, 14),
        "Tết Nguyên Đán",
        True,
    )
    assert not any(one.is_tet for one in holidays_within(date(2024, 3, 1), date(2025, 1, 10)))


def test_a_day_off_that_a_saturday_makes_up_for_takes_the_name_of_its_holiday() -> None:
    [april] = holidays_within(date(2024, 4, 25), date(2024, 5, 10))
    assert (april.first, april.name.vi) == (date(2024, 4, 29), "Ngày Chiến thắng, Ngày Quốc tế Lao động")
