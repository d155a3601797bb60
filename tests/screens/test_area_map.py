"""The map as a drawing: where areas lie, and how their classes are told."""

import re
from collections import Counter
from dataclasses import replace
from math import cos, hypot, radians
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import fromstring as drawn

import pytest

from screens.build import ASSETS
from screens.charts.area_map import WITHOUT, AreaMap, MapArea, area_map, legend, swatch
from screens.charts.classes import Middle
from tests.screens.made_up import D
from tests.screens.made_up_kpi import area_model

SQUARE = [[106.5, 21.5], [107.0, 21.5], [107.0, 22.0], [106.5, 22.0]]
CLASSES = [f"class-{n}" for n in range(1, 6)] + [f"{side}-{n}" for side in ("behind", "ahead") for n in (1, 2, 3)]


def areas_of(root: Element) -> list[Element]:
    return [one for one in root.iter() if (one.get("class") or "").startswith("area ")]


def corners(path: str) -> list[tuple[float, float]]:
    """The corners of a path of one ring."""
    numbers = [float(one) for one in re.findall(r"-?[\d.]+", path)]
    steps = list(zip(numbers[::2], numbers[1::2], strict=True))
    places = [steps[0]]
    for x, y in steps[1:]:
        places.append((places[-1][0] + x, places[-1][1] + y))
    return places


def test_a_map_keeps_distances_and_shapes() -> None:
    """A degree of longitude is shorter than one of latitude; places as far apart as each other look so."""
    middle, reach = 21.8, 0.2
    east = reach / cos(radians(middle))
    ring = [[106.7, middle], [106.7, middle + reach], [106.7 + east, middle + reach], [106.7 + east, middle]]
    south = [[106.7, middle - reach], [106.7, middle], [106.7 + east, middle]]
    root = drawn(
        area_map(AreaMap("m", "x", "%", [MapArea("1", "a", [ring], D(1)), MapArea("2", "b", [south], D(2))]), "vi")
    )
    [first, _] = [one.find("path") for one in areas_of(root)]
    assert first is not None
    sw, nw, ne, _ = corners(first.get("d", ""))
    assert hypot(nw[0] - sw[0], nw[1] - sw[1]) == pytest.approx(hypot(ne[0] - nw[0], ne[1] - nw[1]), rel=0.01)
    assert ne[0] > nw[0] and nw[1] < sw[1]


def test_neighbours_share_the_corners_that_they_have_in_common() -> None:
    """No white slivers between areas: a shared corner is drawn at one place."""
    left, right = [[106.5, 21.5], [106.75, 21.63], [106.5, 22.0]], [[106.75, 21.63], [107.0, 21.5], [106.5, 22.0]]
    root = drawn(
        area_map(AreaMap("m", "x", "%", [MapArea("1", "a", [left], D(1)), MapArea("2", "b", [right], D(2))]), "vi")
    )
    one, other = (corners(str(one.find("path").get("d"))) for one in areas_of(root))  # type: ignore[union-attr]
    rounded = [{(round(x, 1), round(y, 1)) for x, y in places} for places in (one, other)]
    assert len(rounded[0] & rounded[1]) == 2


def test_every_area_says_its_name_and_value_or_why_there_is_none() -> None:
    places = [
        MapArea("1", "Xã An", [SQUARE], D("91.34"), note="Sơ bộ"),
        MapArea("2", "Xã Bình", [SQUARE], None, "missing", "mẫu số bằng 0"),
        MapArea("3", "Xã Chi", [SQUARE], None, "withheld"),
        MapArea("4", "Xã Dân", [SQUARE], None),
        MapArea("5", "Xã Yên", [SQUARE], D(60)),
    ]
    root = drawn(area_map(AreaMap("m", "x", "%", places), "vi"))
    assert [one.findtext("title") for one in areas_of(root)] == [
        "Xã An · 91,3% · Sơ bộ",
        "Xã Bình · chưa có số liệu (có lý do) · mẫu số bằng 0",
        "Xã Chi · không cung cấp hoặc không có dữ liệu",
        "Xã Dân · không có dữ liệu",
        "Xã Yên · 60,0%",
    ]


def test_areas_that_lead_somewhere_are_links_and_others_are_none() -> None:
    root = drawn(area_map(area_model("vi"), "vi"))
    assert Counter(one.tag for one in areas_of(root)) == {"a": 65} and root.get("role") == "group"
    still = replace(area_model("vi"), places=[replace(one, href=None) for one in area_model("vi").places])
    root = drawn(area_map(still, "vi"))
    assert Counter(one.tag for one in areas_of(root)) == {"g": 65} and root.get("role") == "img"


def test_few_areas_bear_their_names_without_their_kind() -> None:
    names = [MapArea(str(n), name, [SQUARE], D(n), at=(106.7, 21.8)) for n, name in enumerate(
        ("Huyện Tràng Định", "Thành phố Lạng Sơn", "Quận 1"))]  # fmt: skip
    root = drawn(area_map(AreaMap("m", "x", "%", names), "vi"))
    assert [one.text for one in root.iter("text") if one.get("class") == "name"] == ["Tràng Định", "Lạng Sơn", "Quận 1"]
    many = replace(area_model("vi"), places=[replace(one, at=(106.7, 21.8)) for one in area_model("vi").places])
    assert [one for one in drawn(area_map(many, "vi")).iter("text") if one.get("class") == "name"] == []


def test_a_class_is_told_without_colour_and_each_reason_has_a_pattern_and_words_of_its_own() -> None:
    patterns = {}
    for name in ("behind-1", "behind-2", "behind-3", *WITHOUT):
        fill = next(one.get("fill") for one in drawn(swatch(name)).iter("rect"))
        patterns[name] = fill
        assert fill == f"url(#map-{name})"
    for name in ("level", *CLASSES[:5], *CLASSES[8:]):
        assert next(one.get("fill") for one in drawn(swatch(name)).iter("rect")) is None
    places = [MapArea(name, name, [SQUARE], None, name) for name in WITHOUT]
    root = drawn(area_map(AreaMap("m", "x", "%", [*places, MapArea("1", "a", [SQUARE], D(50))], Middle(D(60))), "vi"))
    made = {one.get("id"): "".join(path.get("d", "") for path in one.iter("path")) + str(one.get("width"))
            for one in root.iter("pattern")}  # fmt: skip
    assert set(made) == {"map-behind-2", *(f"map-{name}" for name in WITHOUT)} and len(set(made.values())) == 4
    lines = legend(AreaMap("m", "x", "%", places), "vi")
    assert [(one.name, one.count) for one in lines] == [(name, "1 địa bàn") for name in WITHOUT]
    assert len({one.words for one in lines}) == 3


def test_a_legend_goes_from_high_to_low_and_says_of_a_middle_which_side_is_which() -> None:
    keys = legend(area_model("vi"), "vi")
    assert [one.name for one in keys] == ["class-5", "class-4", "class-3", "class-2", "class-1", "missing"]
    assert sum(int(one.count.split()[0]) for one in keys) == 65
    sides = {"behind": "chưa đạt mục tiêu", "ahead": "đạt mục tiêu"}
    model = replace(area_model("vi"), middle=Middle(D(80)), sides=sides)
    said = [one.words for one in legend(model, "vi")]
    assert said[0].startswith("đạt mục tiêu: ") and said[-2].startswith("chưa đạt mục tiêu: ")


def test_cells_are_said_to_be_no_boundaries_in_both_languages() -> None:
    root = drawn(area_map(area_model("vi"), "vi"))
    assert "không phải địa giới hành chính" in str(root.findtext("desc"))
    assert "no administrative boundaries" in str(drawn(area_map(area_model("en"), "en")).findtext("desc"))
    real = replace(area_model("vi"), is_schematic=False)
    assert "sơ đồ" not in str(drawn(area_map(real, "vi")).findtext("desc"))


@pytest.mark.parametrize("name", [*CLASSES, "level", *WITHOUT])
def test_each_class_is_left_out_of_list_and_map_but_for_its_outline(name: str) -> None:
    css = (ASSETS / "style.css").read_text("utf-8")
    found = re.findall(rf'^\.mapped:has\(\[value="{name}"\]:not\(:checked\)\) (.*?)(?:,| \{{.*)$', css, re.MULTILINE)
    assert found == [f"tr.{name}", f".map .{name}", f".map .{name} .outline"]
