"""Signs on a trend's time axis: where they stand, what they say, and that they cover no figure."""

import re
from datetime import date
from xml.etree.ElementTree import Element, fromstring

import pytest

from screens.charts.marks import MOST_ROWS, ROW
from screens.charts.series import Mark, Point
from screens.charts.trend import NARROW, WIDE, trend
from screens.charts.trend_keys import trend_keys
from tests.screens.made_up_kpi import points

JUNE = date(2023, 6, 12)


def drawn(*marks: Mark, shown: list[Point] | None = None, size: tuple[float, float] = WIDE) -> Element:
    return fromstring(trend("t", "Trend", "%", shown or points(), "en", size, marks))


def note(number: int, first: date = JUNE, last: date = JUNE, href: str | None = None) -> Mark:
    return Mark("note", first, last, f"Reason {number}", number, href)


def signs(root: Element, class_: str = "noted") -> list[Element]:
    return [one for one in root.iter() if one.get("class") == class_]


def discs(root: Element) -> list[tuple[float, float]]:
    return [(float(one.get("cx", 0)), float(one.get("cy", 0))) for s in signs(root) for one in s.iter("circle")]


def test_a_note_stands_over_its_month_and_says_its_days_and_words() -> None:
    root = drawn(note(1))
    [sign], [(x, _)] = signs(root), discs(root)
    newest = max(float(one.get("cx", 0)) for one in root.iter("circle") if one.get("class") == "dot")
    assert x == newest
    assert sign.findtext("title") == "Note 1, 12 Jun 2023: Reason 1"
    assert (sign.tag, root.get("role")) == ("g", "img")


def test_with_links_the_picture_is_a_group_so_that_they_can_be_reached() -> None:
    root = drawn(note(1, href="#note-7"))
    [sign] = signs(root)
    assert (sign.tag, sign.get("href"), root.get("role")) == ("a", "#note-7", "group")


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_signs_at_one_place_have_rows_and_too_many_are_left_to_the_list(size: tuple[float, float]) -> None:
    root = drawn(*(note(number) for number in range(1, 9)), size=size)
    found = discs(root)
    assert len(found) == MOST_ROWS
    assert len({y for _, y in found}) == MOST_ROWS
    height = float(str(root.get("viewBox")).split()[3])
    assert height == size[1] + MOST_ROWS * ROW
    figures = [float(one.get("cy", 0)) for one in root.iter("circle") if one.get("class") == "dot"]
    assert max(y for _, y in found) < min(figures)


def test_without_marks_the_chart_is_as_it_was() -> None:
    elsewhere = note(1, date(2019, 1, 1), date(2019, 2, 1))
    assert trend("t", "Trend", "%", points(), "en") == trend("t", "Trend", "%", points(), "en", marks=[elsewhere])


def test_what_holds_from_a_day_on_stands_before_the_first_period_that_ends_later() -> None:
    root = drawn(Mark("definition", date(2022, 10, 1), date(2022, 10, 1), "Version 2"))
    [sign] = signs(root, "event")
    x = float(re.findall(r"translate\(([\d.]+)", ",".join(one.get("transform", "") for one in sign.iter("path")))[0])
    ticks = {one.text: float(one.get("x", 0)) for one in root.iter("text") if one.get("class") == "tick"}
    assert x == pytest.approx((ticks["Sep"] + ticks["Oct"]) / 2, abs=0.2)


@pytest.mark.parametrize("day", [date(2022, 7, 1), date(2022, 1, 1), date(2024, 1, 1)])
def test_what_came_before_the_axis_or_after_it_is_not_on_it(day: date) -> None:
    mark = Mark("reform", day, day, "Areas changed")
    assert signs(drawn(mark), "event") == []
    assert trend_keys(points(), "en", [mark]) == trend_keys(points(), "en")


def test_days_off_are_a_band_behind_the_figures() -> None:
    days = [Point(date(2023, 1, n), date(2023, 1, n), points()[0].value) for n in range(1, 32)]
    mark = Mark("holiday", date(2023, 1, 20), date(2023, 1, 26), "Tết")
    root = drawn(mark, shown=days)
    [band] = signs(root, "holiday")
    [rect] = band.iter("rect")
    step = (920 - 34 - 36) / 30
    assert 6 * step < float(rect.get("width", 0)) < 8 * step
    children = list(root)
    assert children.index(band) < min(children.index(one) for one in children if one.get("class") == "line")
    assert [words for _, words in trend_keys(days, "en", [mark])][-1] == "20 Jan 2023 – 26 Jan 2023: Tết"


def test_the_key_has_one_line_for_all_notes() -> None:
    keys = [words for _, words in trend_keys(points(), "en", [note(1), note(2)])]
    assert keys.count("Note, told below") == 1
