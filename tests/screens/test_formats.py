"""Numbers, periods, changes and ages as people here read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.formats import (
    MINUS,
    NOTHING,
    age,
    amount,
    compact,
    day,
    decimals_of,
    delta,
    goal,
    moment,
    number,
    period,
    rate,
    rough,
    short_period,
    span,
    split,
    with_unit,
)
from screens.texts import LANGUAGES, Language

D = Decimal
decimals = st.decimals(min_value=-(10**13), max_value=10**13, places=4)
languages = st.sampled_from(LANGUAGES)
NOW = datetime(2023, 7, 3, 2, 30, tzinfo=UTC)


def read(text: str, language: Language) -> Decimal:
    """What a reader of that language takes the text for."""
    thousands, point = (".", ",") if language == "vi" else (",", ".")
    return D(text.replace(MINUS, "-").replace(thousands, "").replace(point, "."))


@given(decimals, languages, st.one_of(st.none(), st.integers(0, 4)))
def test_a_number_is_read_as_what_it_is(value: Decimal, language: Language, places: int | None) -> None:
    half = D(0) if places is None else D(1).scaleb(-places) / 2
    assert abs(read(number(value, language, places), language) - value) <= half


@given(decimals, languages)
def test_both_languages_differ_in_their_marks_only(value: Decimal, language: Language) -> None:
    swapped = number(value, "vi").translate({ord(","): ".", ord("."): ","})
    assert swapped == number(value, "en")


@given(st.decimals(min_value=0, max_value=100, places=6), languages)
def test_a_rate_reads_0_or_100_only_when_it_is(value: Decimal, language: Language) -> None:
    said = rate(value, language)
    assert (said in ("0,0", "0.0")) == (value == 0)
    assert (said in ("100,0", "100.0")) == (value == 100)
    if not said.startswith("<"):
        assert abs(read(said, language) - value) <= D("0.05")


@given(st.decimals(min_value=0, max_value=10**12, places=2), languages)
def test_a_figure_from_afar_is_at_most_a_twentieth_of_its_unit_off(value: Decimal, language: Language) -> None:
    said = compact(value, "VND", language)
    size = next((n for word, n in (("tỷ", 9), ("bil", 9), ("triệu", 6), ("mil", 6)) if word in said), None)
    if size is None:
        assert value < 10**6
        return
    assert abs(read(said.split()[0], language) * 10**size - value) <= D(10) ** size / 20
    assert len(said.split()[0]) <= 7


@pytest.mark.parametrize(
    ("value", "unit", "vi", "en"),
    [
        ("78.4", "%", "78,4%", "78.4%"),
        ("99.97", "%", "99,97%", "99.97%"),
        ("1342", "services", "1.342 dịch vụ", "1,342 services"),
        ("10912345678", "VND", "10.912.345.678 đồng", "10,912,345,678 VND"),
        ("478.61", "billion VND", "478,6 tỷ đồng", "478.6 billion VND"),
        ("6.54", "km", "6,54 km", "6.54 km"),
        ("118.5", "per 100 people", "118,5 thuê bao/100 dân", "118.5 per 100 people"),
        ("-3", "points", f"{MINUS}3 điểm", f"{MINUS}3 points"),
    ],
)
def test_figures_with_units(value: str, unit: str, vi: str, en: str) -> None:
    assert (with_unit(D(value), unit, "vi"), with_unit(D(value), unit, "en")) == (vi, en)


def test_on_a_wall_a_number_stands_apart_from_its_words() -> None:
    assert split(D("10912345678"), "VND", "vi") == ("10,9", "tỷ đồng")
    assert split(D("9842135"), "vehicles", "en") == ("9.8", "million vehicles")
    assert split(D("118.46"), "per 100 people", "vi") == ("118,5", "thuê bao/100 dân")
    assert split(D(100), "%", "vi") == ("100,0", "%")


def test_rates_that_would_read_alike_get_another_decimal() -> None:
    assert decimals_of([D("98.41"), D("98.45")]) == 2
    assert decimals_of([D("93.1"), D("98.45")]) == decimals_of([]) == 1
    assert with_unit(D("98.41"), "%", "vi", decimals=2) == "98,41%"


def test_billions_are_short_on_a_wall() -> None:
    assert with_unit(D("10912345678"), "VND", "vi", short=True) == "10,9 tỷ đồng"
    assert with_unit(D("999960000"), "VND", "vi", short=True) == "1 tỷ đồng"
    assert compact(D(135408), "dossiers", "vi") == "135.408"


@pytest.mark.parametrize("said", [number, rate])
def test_a_null_is_never_0(said: object) -> None:
    assert said(None, "vi") == NOTHING  # type: ignore[operator]
    assert amount(None, "%", "vi") == compact(None, "%", "vi") == with_unit(None, "%", "vi") == NOTHING


def test_a_target_is_written_as_it_was_set() -> None:
    assert [goal(D(value), "%", "vi") for value in ("80", "100", "81.50", "60.0")] == ["80%", "100%", "81,5%", "60%"]
    assert goal(D(950), "billion VND", "vi") == "950 tỷ đồng"


@pytest.mark.parametrize(
    ("first", "last", "vi", "en"),
    [
        ("2023-01-01", "2023-12-31", "Năm 2023", "2023"),
        ("2022-01-01", "2023-12-31", "Năm 2022–2023", "2022–2023"),
        ("2023-01-01", "2023-06-30", "6 tháng đầu năm 2023", "First 6 months of 2023"),
        ("2023-07-01", "2023-12-31", "6 tháng cuối năm 2023", "Last 6 months of 2023"),
        ("2023-01-01", "2023-09-30", "9 tháng đầu năm 2023", "First 9 months of 2023"),
        ("2023-04-01", "2023-06-30", "Quý II/2023", "Q2 2023"),
        ("2023-10-01", "2023-12-31", "Quý IV/2023", "Q4 2023"),
        ("2024-02-01", "2024-02-29", "Tháng 2/2024", "Feb 2024"),
        ("2023-02-01", "2023-04-30", "01/02/2023 – 30/04/2023", "1 Feb 2023 – 30 Apr 2023"),
        ("2022-01-01", "2022-08-08", "01/01/2022 – 08/08/2022", "1 Jan 2022 – 8 Aug 2022"),
        ("2023-06-30", "2023-06-30", "Ngày 30/06/2023", "30 Jun 2023"),
    ],
)
def test_periods_by_their_names(first: str, last: str, vi: str, en: str) -> None:
    days = date.fromisoformat(first), date.fromisoformat(last)
    assert (period(*days, "vi"), period(*days, "en")) == (vi, en)


ranges = st.tuples(st.dates(date(2019, 1, 1), date(2030, 1, 1)), st.integers(0, 1500)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)


@given(ranges, ranges, languages)
def test_two_periods_never_share_a_name(one: tuple[date, date], other: tuple[date, date], language: Language) -> None:
    assert (one == other) == (period(*one, language) == period(*other, language))


@given(ranges, languages)
def test_a_label_under_an_axis_is_short(days: tuple[date, date], language: Language) -> None:
    assert all(len(line) <= 8 for line in short_period(*days, language))


@pytest.mark.parametrize(
    ("difference", "unit", "percent", "good", "said", "tone"),
    [
        ("3.2", "percentage points", None, "up", "tăng 3,2 điểm % so với cùng kỳ", "good"),
        ("-0.62", "percentage points", None, "up", "giảm 0,6 điểm % so với cùng kỳ", "bad"),
        ("-56", "villages", "-20.9", "down", "giảm 20,9% so với cùng kỳ", "good"),
        ("12", "threats", None, "down", "tăng 12 mối nguy so với cùng kỳ", "bad"),
        ("0", "percentage points", None, "up", "không đổi so với cùng kỳ", "neutral"),
        ("0.01", "percentage points", None, "up", "tăng <0,1 điểm % so với cùng kỳ", "good"),
        ("7", "points", None, "none", "tăng 7 điểm so với cùng kỳ", "neutral"),
    ],
)
def test_a_change_in_words(difference: str, unit: str, percent: str | None, good: str, said: str, tone: str) -> None:
    made = delta(D(difference), unit, D(percent) if percent else None, good, "year_ago", "vi")  # type: ignore[arg-type]
    assert (made.text, made.tone) == (said, tone)


@pytest.mark.parametrize(
    ("difference", "unit", "percent", "said"),
    [
        ("3.2", "percentage points", None, "tăng 3,2 điểm phần trăm so với cùng kỳ"),
        ("-56", "villages", "-20.9", "giảm 56 thôn, bản (20,9%) so với cùng kỳ"),
        ("-21.3", "billion VND", "-4.26", "giảm 21,30 tỷ đồng (4,3%) so với cùng kỳ"),
        ("0.44", "per 100 people", "0.4", "tăng 0,4 thuê bao/100 dân (0,4%) so với cùng kỳ"),
        ("12", "threats", None, "tăng 12 mối nguy so với cùng kỳ"),
    ],
)
def test_a_change_in_the_figures_own_unit(difference: str, unit: str, percent: str | None, said: str) -> None:
    assert delta(D(difference), unit, D(percent) if percent else None, "up", "year_ago", "vi").exact_text == said


def test_an_unknown_change_says_why_and_has_no_arrow() -> None:
    made = delta(None, "%", None, "up", "previous", "vi", "kỳ trước chưa có số liệu")
    assert made.text == "Chưa so sánh được với kỳ trước (kỳ trước chưa có số liệu)"
    assert (made.direction, made.tone) == (None, "neutral")


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=3), st.sampled_from(["up", "down", "none"]), languages)
def test_good_news_follow_the_good_direction(difference: Decimal, good: str, language: Language) -> None:
    made = delta(difference, "dossiers", None, good, "previous", language)  # type: ignore[arg-type]
    assert made.direction == ("flat" if difference == 0 else "up" if difference > 0 else "down")
    assert (made.tone == "good") == (made.direction == good)


@pytest.mark.parametrize(
    ("before", "vi", "en"),
    [
        (timedelta(seconds=20), "vừa xong", "just now"),
        (timedelta(minutes=-5), "vừa xong", "just now"),
        (timedelta(minutes=1), "cách đây 1 phút", "1 minute ago"),
        (timedelta(hours=2, minutes=59), "cách đây 2 giờ", "2 hours ago"),
        (timedelta(days=1, hours=3), "cách đây 1 ngày", "1 day ago"),
        (timedelta(days=59), "cách đây 59 ngày", "59 days ago"),
        (timedelta(days=90), "cách đây 3 tháng", "3 months ago"),
        (timedelta(days=800), "cách đây 2 năm", "2 years ago"),
    ],
)
def test_ages(before: timedelta, vi: str, en: str) -> None:
    assert (age(NOW - before, NOW, "vi"), age(NOW - before, NOW, "en")) == (vi, en)


def test_days_and_moments_are_those_of_vietnam() -> None:
    assert moment(datetime(2023, 6, 30, 17, 5, tzinfo=UTC), "vi") == "00:05 01/07/2023"
    assert day(date(2023, 6, 30), "vi") == "30/06/2023"
    assert day(date(2023, 6, 7), "en") == "7 Jun 2023"
    assert span(timedelta(hours=49), "vi") == "2 ngày"


@given(st.decimals(min_value="0.001", max_value=10**12, places=3))
def test_an_estimate_has_three_digits_and_stays_where_it_was(value: Decimal) -> None:
    shown = rough(value)
    assert len(shown.normalize().as_tuple().digits) <= 3
    assert abs(shown - value) <= value / 199
