"""Outlines in a file of an installation: what is read, and how a file that cannot be used is named."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import shapely

from hub.errors import Abort
from warehouse.outline_files import find, read

SQUARE = [[106.0, 21.0], [107.0, 21.0], [107.0, 22.0], [106.0, 22.0], [106.0, 21.0]]
BESIDE = [[107.0, 21.0], [108.0, 21.0], [108.0, 22.0], [107.0, 22.0], [107.0, 21.0]]
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [106.0, 21.0]},
    "arcs": [[[2, 0], [0, 2]], [[2, 2], [-2, 0], [0, -2], [2, 0]], [[2, 2], [2, 0], [0, -2], [-2, 0]]],
    "objects": {
        "communes": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "00001"}},
                {"type": "MultiPolygon", "arcs": [[[2, 0]]], "properties": {"code": 2, "valid_from": "2020-01-01"}},
            ],
        }
    },
}
"""Two squares beside each other, whose common side is told once."""


def feature(code: str, *rings: Any, kind: str = "Polygon", **properties: str) -> dict[str, Any]:
    coordinates = list(rings) if kind == "Polygon" else [[ring] for ring in rings]
    return {"properties": {"code": code, **properties}, "geometry": {"type": kind, "coordinates": coordinates}}


def write(folder: Path, content: object, name: str = "outlines.geojson") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def collection(*features: dict[str, Any]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def test_features_are_found_by_code_and_first_day(tmp_path: Path) -> None:
    made = collection(
        feature("05970", SQUARE),
        feature("05970", BESIDE, valid_from="2020-01-01"),
        feature("180", SQUARE, BESIDE, kind="MultiPolygon"),
    )
    found = read(write(tmp_path, made))
    assert set(found) == {("05970", None), ("05970", date(2020, 1, 1)), ("180", None)}
    assert found["180", None].equals(shapely.box(106, 21, 108, 22))


def test_a_topology_gives_the_same_shapes(tmp_path: Path) -> None:
    found = read(write(tmp_path, TOPOLOGY, "outlines.topojson"))
    assert found["00001", None].equals(shapely.Polygon(SQUARE))
    assert found["2", date(2020, 1, 1)].equals(shapely.Polygon(BESIDE))
    plain = {
        **TOPOLOGY,
        "transform": None,
        "arcs": [[[107, 21], [107, 22]], [[107, 22], [106, 22], [106, 21], [107, 21]]],
    }
    plain["objects"] = {"a": {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "1"}}}
    assert read(write(tmp_path, plain, "outlines.topojson"))["1", None].equals(shapely.Polygon(SQUARE))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("{", "no GeoJSON or TopoJSON"),
        ("[]", "no GeoJSON or TopoJSON"),
        ("{}", "no GeoJSON or TopoJSON"),
        (collection({"properties": {}, "geometry": None}), "feature 1 has no property `code`"),
        (collection({"properties": {"code": "1"}, "geometry": {"type": "Point"}}), r"feature 1 \(1\) is a Point"),
        (collection(feature("1", SQUARE, valid_from="yesterday")), "yesterday"),
        ({**TOPOLOGY, "arcs": []}, "no GeoJSON or TopoJSON"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, content: object, fault: str) -> None:
    with pytest.raises(Abort, match=rf"outlines\.geojson.*{fault}"):
        read(write(tmp_path, content))


def test_there_is_one_file(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    path = write(tmp_path, collection())
    assert find(tmp_path) == path
    write(tmp_path, TOPOLOGY, "outlines.topojson")
    with pytest.raises(Abort, match="keep one"):
        find(tmp_path)
