"""The parts of a figure as a picture: every row with its name, its mark and its value."""

from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest

from screens.charts.dots import dot_scale
from screens.charts.rows import WIDTH, row_chart, row_keys
from screens.view_models.figure import Breakdown, Share

D = Decimal
RATES = Breakdown(
    "Theo địa bàn", "%", [Share("A", D("97.5")), Share("B", D("91.2")), Share("C", None)], D("95"), "Tỉnh"
)
COUNTS = Breakdown(
    "Theo cửa khẩu", "vehicles", [Share("A", D(300), D(75)), Share("B", D(100), D(25)), Share("C", D(0))]
)


def marks(root: Element, class_: str) -> list[Element]:
    return [one for one in root.iter() if one.get("class") == class_]


def words(root: Element) -> list[str]:
    return [one.text or "" for one in root.iter("text")]


def test_counts_are_bars_from_0_with_their_shares() -> None:
    root = fromstring(row_chart("x", COUNTS, None, "vi"))
    first, second = (float(one.attrib["width"]) for one in marks(root, "fill"))
    assert first == pytest.approx(3 * second, rel=0.01)
    assert "300 lượt xe · 75,0%" in words(root)
    assert "0 lượt xe" in words(root)


def test_rates_are_dots_on_one_scale_that_says_where_it_ends() -> None:
    along = dot_scale("%", [part.value for part in RATES.parts], RATES.own, D(98))
    root = fromstring(row_chart("x", RATES, along, "vi"))
    assert len(marks(root, "dot")) == 2
    assert all(0 <= float(one.attrib["cx"]) <= WIDTH for one in marks(root, "dot"))
    assert {"97,5%", "91,2%", "không có dữ liệu"} <= set(words(root))
    assert [said for _, said in row_keys(RATES, along, D(98), "vi")] == [
        "Tỉnh 95,0%",
        "Mục tiêu 98%",
        "Thang không bắt đầu từ 0",
    ]


def test_nothing_is_said_to_be_nothing() -> None:
    assert words(fromstring(row_chart("x", Breakdown("", "%", ()), None, "en"))) == ["No data"]


def test_a_long_name_does_not_run_into_the_marks() -> None:
    [name, _] = words(fromstring(row_chart("x", Breakdown("", "vehicles", [Share("Xã " * 40, D(1))]), None, "vi")))
    assert name.endswith("…") and len(name) < 50
