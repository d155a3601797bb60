"""Outlines of areas in a file of an installation, GeoJSON or TopoJSON, in degrees.

Each feature bears the area's official code as the property `code`. A code means the newest area that bears it, or with
the property `valid_from` (a day, such as 2020-01-01) the one that it meant from that day on.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import Abort, Invalid
from hub.translation import msg

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

NAMES = ("outlines.geojson", "outlines.topojson")
"""What the file is called in the folder of reference data."""
_SHAPES = ("Polygon", "MultiPolygon")
Named = tuple[str, date | None]
"""Code, and the first day of validity where the file says so."""


def find(folder: Path) -> Path | None:
    """The installation's file; None where it has none. Raises Abort for two."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(found) > 1:
        raise Abort(msg("{one} and {other}: keep one of them", one=found[0], other=found[1].name))
    return found[0] if found else None


def read(file: Path) -> dict[Named, "BaseGeometry"]:
    """The outlines of a file. Raises Abort naming file and fault."""
    try:
        return _outlines(json.loads(file.read_text("utf-8")))
    except OSError as error:
        raise Abort(msg("{path}: {strerror}", path=file, strerror=error.strerror)) from None
    except Invalid as error:
        raise Abort(msg("{path}: {error}", path=file, error=error)) from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise Abort(msg("{path} is no GeoJSON or TopoJSON of areas: {error}", path=file, error=error)) from None


def _outlines(content: Mapping[str, Any]) -> dict[Named, "BaseGeometry"]:
    from shapely import make_valid, union_all  # noqa: PLC0415 - see warehouse.cells
    from shapely.geometry import shape  # noqa: PLC0415

    features = _features(content) if content["type"] == "Topology" else iter(content["features"])
    found: dict[Named, list[BaseGeometry]] = {}
    for number, feature in enumerate(features, 1):
        properties, own = feature.get("properties") or {}, feature.get("geometry") or {}
        code, since = properties.get("code"), properties.get("valid_from")
        if not code:
            raise Invalid(
                msg("feature {number} has no property `code`, which is the area's official code", number=number)
            )
        if (kind := own.get("type")) not in _SHAPES:
            raise Invalid(
                msg(
                    "feature {number} ({code}) is a {kind}, not a Polygon or MultiPolygon",
                    number=number,
                    code=code,
                    kind=kind,
                )
            )
        key = str(code), date.fromisoformat(since) if since else None
        found.setdefault(key, []).append(make_valid(shape(own)))
    return {key: union_all(shapes) for key, shapes in found.items()}


def _features(topology: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The features of a TopoJSON file, as GeoJSON has them: arcs are steps from corner to corner, and shared."""
    (scale_x, scale_y), (left, low) = ((1, 1), (0, 0))
    if transform := topology.get("transform"):
        (scale_x, scale_y), (left, low) = transform["scale"], transform["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x, y, corners = 0, 0, []
        for step_x, step_y, *_ in steps:
            x, y = (x + step_x, y + step_y) if transform else (step_x, step_y)
            corners.append((x * scale_x + left, y * scale_y + low))
        arcs.append(corners)

    def ring(places: list[int]) -> list[tuple[float, float]]:
        parts = [arcs[place] if place >= 0 else arcs[~place][::-1] for place in places]
        return [corner for number, part in enumerate(parts) for corner in part[number > 0 :]]

    for whole in topology["objects"].values():
        for one in whole.get("geometries", [whole]):
            own, kind = one.get("arcs", []), one.get("type")
            polygons = [own] if kind == "Polygon" else own if kind == "MultiPolygon" else []
            coordinates = [[ring(places) for places in polygon] for polygon in polygons]
            geometry = {"type": kind, "coordinates": coordinates[0] if kind == "Polygon" else coordinates}
            yield {"properties": one.get("properties"), "geometry": geometry}
