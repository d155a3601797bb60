"""Charts say what is known, show what is not, and can be read without colour and without sight."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.charts.area_map import MapArea, area_map, swatch
from screens.charts.axis import tick
from screens.charts.bars import bar
from screens.charts.scale import nice_scale
from screens.charts.series import Point
from screens.charts.spark import spark_base, spark_ends, sparkline
from screens.charts.trend import NARROW, WIDE, trend
from screens.texts import Language
from tests.screens.made_up import months
from tests.screens.made_up_kpi import area_model, points
from tests.screens.test_area_map import SQUARE

D = Decimal
figures = st.decimals(min_value=-(10**9), max_value=10**12, places=2)


def drawn(markup: str) -> Element:
    return fromstring(markup)


def marks(root: Element, class_: str) -> list[Element]:
    return [element for element in root.iter() if class_ in element.get("class", "").split()]


def words(root: Element, tag: str = "text") -> list[str]:
    return [element.text or "" for element in root.iter(tag)]


@given(st.lists(figures, min_size=1, max_size=30))
def test_ticks_are_round_and_hold_all_values(values: list[Decimal]) -> None:
    scale = nice_scale(values, 300, 20)
    assert scale.low <= min(values) and max(values) <= scale.high
    assert 2 <= len(scale.ticks) <= 7
    step = scale.ticks[1] - scale.ticks[0]
    assert {later - earlier for earlier, later in zip(scale.ticks, scale.ticks[1:], strict=False)} == {step}
    assert D(str(step.normalize())).as_tuple().digits in ((1,), (2,), (2, 5), (5,))
    assert scale.place(scale.low) == 300 and scale.place(scale.high) == pytest.approx(20)


@pytest.mark.parametrize("language", ["vi", "en"])
@given(
    low=st.decimals(min_value=-(10**13), max_value=10**13, places=4),
    width=st.decimals(min_value=D("0.001"), max_value=10**13, places=4),
)
def test_labels_of_different_ticks_are_different(language: Language, low: Decimal, width: Decimal) -> None:
    scale = nice_scale([low, low + width], 300, 20, 5)
    labels = [tick(one, scale, language) for one in scale.ticks]
    assert len(set(labels)) == len(labels), labels


@pytest.mark.parametrize(
    ("values", "vi", "en"),
    [
        (
            ["10900000000", "10920000000"],
            ["10,900 tỷ", "10,905 tỷ", "10,910 tỷ", "10,915 tỷ", "10,920 tỷ"],
            ["10.900 billion", "10.905 billion", "10.910 billion", "10.915 billion", "10.920 billion"],
        ),
        (["0", "8000000000"], ["0", "2 tỷ", "4 tỷ", "6 tỷ", "8 tỷ"], None),
        (["0", "900000000"], ["0", "0,2 tỷ", "0,4 tỷ", "0,6 tỷ", "0,8 tỷ", "1,0 tỷ"], None),
        (["1000000000", "1000000004"], ["1.000.000.000", "1.000.000.001"], None),
        (["98.2", "98.24"], ["98,20", "98,21", "98,22", "98,23", "98,24"], None),
        (["-10920000000", "-10900000000"], ["−10,920 tỷ", "−10,915 tỷ"], None),
    ],
)
def test_an_axis_is_labelled_as_exactly_as_it_is_divided(
    values: list[str], vi: list[str], en: list[str] | None
) -> None:
    scale = nice_scale([D(value) for value in values], 300, 20, 5)
    assert [tick(one, scale, "vi") for one in scale.ticks][: len(vi)] == vi
    if en:
        assert [tick(one, scale, "en") for one in scale.ticks] == en


@pytest.mark.parametrize("language", ["vi", "en"])
def test_close_values_bear_different_labels_beside_their_points(language: Language) -> None:
    close = [replace(p, value=D(10_900_000_000 + 5_000_000 * n), target=None) for n, p in enumerate(points()[:4])]
    root = drawn(trend("t", "Doanh thu", "VND", close, language))
    labels = [element.text for element in root.iter("text") if element.get("class") in ("value-label", "newest")]
    assert len(set(labels)) == len(labels)


def test_a_line_begins_at_0_unless_its_values_lie_close_together() -> None:
    assert nice_scale([D(41), D(93)], 1, 0).low == 0
    assert nice_scale([D("98.2"), D("99.2")], 1, 0).low > 90
    assert nice_scale([D("98.2"), D(100)], 1, 0, top=D(100)).high == 100


def test_a_trend_shows_a_gap_a_provisional_end_and_a_revision() -> None:
    root = drawn(trend("t", "Diễn biến", "%", points(), "vi"))
    known = [point for point in points() if point.value is not None]
    assert len(marks(root, "mark")) == len(known)
    assert len(marks(root, "gap")) == 1
    assert "Tháng 2/2023: không có dữ liệu" in words(root, "title")
    assert len(marks(root, "line")) == len(points()) - 1 - 2, "no line leads into or out of the gap"
    assert len(marks(root, "provisional")) == 2 + 2, "two points, and the lines that reach them"
    assert len(marks(root, "revised")) == 1
    assert "Tháng 11/2022: 61,0% · đã điều chỉnh 1 lần" in words(root, "title")
    assert "Tháng 6/2023: 93,4% · sơ bộ" in words(root, "title")
    assert "Mục tiêu 80%" in words(root)


def test_an_axis_that_does_not_begin_at_0_is_broken_and_says_so() -> None:
    close = drawn(trend("t", "x", "%", months(["98.1", "98.3", "98.2"]), "vi"))
    assert len(marks(close, "broken")) == 1
    assert "Trục dọc bắt đầu từ 95, không phải từ 0" in words(close)
    assert "Trục dọc bắt đầu từ 95" in (close.findtext("desc") or "")
    assert marks(drawn(trend("t", "x", "%", months(["8.1", "98.3"]), "vi")), "broken") == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_what_is_said_of_an_axis_stands_above_the_values(size: tuple[float, float]) -> None:
    level = drawn(trend("t", "x", "%", months([*["100"] * 6]), "vi", size))
    (note,) = (float(one.get("y", "")) for one in level.iter("text") if one.get("class") == "note")
    values = [float(one.get("y", "")) for one in level.iter("text") if one.get("class") in ("value-label", "newest")]
    assert values and all(value - note >= 17 for value in values)


def test_a_trend_of_a_year_bears_its_values_and_a_long_one_its_newest() -> None:
    year = drawn(trend("t", "x", "%", months([str(60 + n) for n in range(13)]), "vi"))
    assert len(marks(year, "value-label")) == 12 and len(marks(year, "newest")) == 1
    long = drawn(trend("t", "x", "%", months([str(60 + n) for n in range(14)]), "vi"))
    assert marks(long, "value-label") == [] and len(marks(long, "newest")) == 1


def test_the_newest_value_of_a_year_takes_the_place_of_one_that_it_would_touch() -> None:
    values = ["72.5", "73", "80", "87.5", "91", *["90.8"] * 7, "90.6"]
    level = drawn(trend("t", "x", "%", months([*values]), "vi"))
    assert len(marks(level, "value-label")) == 11 and len(marks(level, "newest")) == 1


def test_a_target_steps_from_year_to_year() -> None:
    year = [
        Point(date(y, 1, 1), date(y, 12, 31), D(70 + y % 10), target=D(t))
        for y, t in ((2021, 60), (2022, 60), (2023, 80))
    ]
    lines = marks(drawn(trend("t", "x", "%", year, "vi")), "target")
    assert [line.get("y1") == line.get("y2") for line in lines] == [True, True]
    assert lines[0].get("x2") == lines[1].get("x1")
    assert lines[0].get("y1") != lines[1].get("y1")


@given(
    st.lists(st.one_of(st.none(), st.decimals(min_value=0, max_value=10**11, places=1)), min_size=1, max_size=40),
    st.sampled_from(["%", "VND", "dossiers"]),
)
def test_any_series_can_be_drawn_and_stays_in_its_frame(values: list[Decimal | None], unit: str) -> None:
    series = [replace(point, value=value) for point, value in zip(months(["1"] * len(values)), values, strict=True)]
    for picture in (trend("t", "x", unit, series, "vi"), sparkline("s", "x", unit, series, "vi")):
        if not picture:
            assert len(values) < 2 or not [value for value in values if value is not None]
            continue
        root = drawn(picture)
        _, _, width, height = map(float, root.get("viewBox", "").split())
        for circle in root.iter("circle"):
            assert 0 <= float(circle.get("cx", "")) <= width
            assert 0 <= float(circle.get("cy", "")) <= height
        assert "nan" not in picture.lower()


def test_a_sparkline_of_counts_begins_at_0_and_one_of_close_rates_says_where() -> None:
    counts, close, wide = months(["268", "251", "212"]), months(["98.2", "98.6"], "100"), months(["41", "93"])
    assert [spark_base("villages", counts), spark_base("%", close), spark_base("%", wide)] == [D(0), D(98), D(0)]
    assert spark_base("per 100 people", months(["0", "0"])) == D(0), "a rate of nothing begins nowhere below it"
    (base,) = marks(drawn(sparkline("s", "x", "%", close, "vi")), "cut")
    assert base.get("y1") == base.get("y2")
    assert "không bắt đầu từ 0: từ 98%" in sparkline("s", "x", "%", close, "vi")
    assert marks(drawn(sparkline("s", "x", "villages", counts, "vi")), "cut") == []
    ends = spark_ends("%", close, "vi")
    assert ends is not None and (ends.first, ends.last, ends.base) == ("T5 2023", "T6 2023", "từ 98%")
    assert spark_ends("%", months(["1"]), "vi") is None and spark_ends("%", months([None, None]), "vi") is None


def test_every_picture_says_in_words_what_it_shows() -> None:
    pictures = [
        trend("t", "Diễn biến", "%", points(), "vi"),
        sparkline("s", "Diễn biến", "%", points(), "vi"),
        area_map(area_model("vi"), "vi"),
    ]
    for picture in pictures:
        root = drawn(picture)
        assert root.get("role") == ("group" if root.get("class") == "map" else "img")
        named = {element.get("id"): element.text for element in root.iter()}
        said = [named[name] for name in root.get("aria-labelledby", "").split()]
        assert len(said) == 2 and all(said)
    description = drawn(pictures[0]).findtext("desc") or ""
    assert "thấp nhất 41,2%" in description and "Kỳ không có dữ liệu: 1" in description
    assert drawn(bar(D(1), D(2))).get("aria-hidden") == drawn(swatch("class-3")).get("aria-hidden") == "true"


def test_no_picture_carries_a_style_and_names_stay_text() -> None:
    hostile = '"><script>alert(1)</script>'
    model = replace(area_model("vi"), title=hostile, places=[MapArea(hostile, hostile, [SQUARE], D(3), note=hostile)])
    pictures = [
        trend("t", hostile, hostile, points(), "vi"),
        area_map(model, "vi"),
        sparkline("s", hostile, hostile, points(), "vi"),
    ]
    for picture in pictures:
        assert not re.search(r"<script|style=|\son\w+=", picture)
        assert hostile in "".join(drawn(picture).itertext())


def test_a_bar_is_as_long_as_its_value() -> None:
    lengths = {value: float(marks(drawn(bar(D(value), D(80))), "fill")[0].get("width", "")) for value in (20, 40, 80)}
    assert lengths[40] == 2 * lengths[20] and lengths[80] == 4 * lengths[20]
    assert marks(drawn(bar(None, D(80))), "fill") == []
    assert marks(drawn(bar(D(0), D(80))), "fill") == []


@pytest.mark.parametrize("character", ["\0", "\x1f", "\ufffe", "\uffff", "\ud800", "\U0001ffff"])
def test_a_picture_can_be_read_whatever_its_words_hold(character: str) -> None:
    made = trend("t", f"Đất{character}đai", "%", points(), "vi")
    assert made.encode("utf-8")
    assert "Đất�đai" in words(drawn(made), "title")
