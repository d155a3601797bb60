"""Small charts beside each other have one axis for each unit, and percentages end at 100."""

from collections.abc import Sequence
from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

from screens.charts.multiples import IN_A_ROW, Panel, PanelGroup, multiples
from tests.screens.made_up import months

D = Decimal


def group(*series: Sequence[str | None], unit: str = "%") -> PanelGroup:
    return PanelGroup(unit, [Panel(f"Xã {n}", months([*values])) for n, values in enumerate(series)])


def ticks(markup: str) -> list[str]:
    """The labels of the vertical axis."""
    root = fromstring(markup)
    return [
        one.text or "" for one in root.iter("text") if one.get("class") == "tick" and one.get("text-anchor") == "end"
    ]


def marks(root: Element, class_: str) -> list[Element]:
    return [one for one in root.iter() if one.get("class") == class_]


def test_charts_of_one_unit_share_their_axis() -> None:
    own = group(["10", "20"], ["70", "80"])
    assert ticks(own.chart("a", 0, "vi")) == ticks(own.chart("b", 1, "vi")) == ["0", "20", "40", "60", "80"]


def test_each_shows_the_lines_of_the_others_behind_its_own() -> None:
    own = group(["10", "20"], ["70", "80"])
    [beside] = marks(fromstring(own.chart("a", 0, "vi")), "beside")
    assert beside.attrib["d"].count("M") == 1
    assert marks(fromstring(group(["10", "20"]).chart("a", 0, "vi")), "beside") == []


def test_percentages_end_at_100() -> None:
    for values in (["99.9", "100"], ["2", "97"], ["0", "0.1"], ["100", "100"]):
        ends = [D(one.replace(",", ".")) for one in ticks(group(values, values).chart("a", 0, "vi"))]
        assert 0 <= min(ends) < max(ends) <= 100, values


def test_percentages_beyond_100_are_told() -> None:
    beyond = group(["80", "140"], ["90", "95"])
    assert "Có giá trị vượt 100%" in beyond.notes("vi")
    assert "Có giá trị vượt 100%" not in group(["80", "99"], ["90", "95"]).notes("vi")
    assert "Có giá trị vượt 100%" in group(["80", "140"]).chart("a", 0, "vi")


def test_where_the_axis_begins_is_said_once_for_all() -> None:
    own = group(["90", "91"], ["92", "95"])
    assert own.notes("vi") == ["Trục dọc bắt đầu từ 90, không phải từ 0"]
    root = fromstring(own.chart("a", 0, "vi"))
    assert marks(root, "note") == []
    assert len(marks(root, "broken")) == 1


def test_a_file_holds_every_chart_with_its_name() -> None:
    counts = group(["1", None], unit="vehicles")
    root = fromstring(multiples([group(*[["10", "20"]] * (IN_A_ROW + 1)), counts], "vi"))
    assert [one.text for one in marks(root, "panel-title")] == [*(f"Xã {n}" for n in range(IN_A_ROW + 1)), "Xã 0"]
    assert next(one.text for one in marks(root, "note")) == "%"
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    assert width < 1200 and height > 700


def test_nothing_known_is_said() -> None:
    assert "Không kỳ nào có dữ liệu" in group([None, None]).chart("a", 0, "vi")
    assert group([None], [None]).notes("vi") == []
