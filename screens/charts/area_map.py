"""A map of communes: symbols of one size at their coordinates, or real outlines where an installation has them.

The class is shown by colour and by how full the symbol is, so that it can be read without seeing colours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from math import cos, pi, radians, sin
from typing import Any
from xml.etree.ElementTree import Element

from markupsafe import Markup

from hub.errors import Invalid
from hub.translation import msg
from screens.charts.colours import Class, Classes, quantiles
from screens.charts.svg import add, markup, ornament, picture
from screens.formats import decimals_of, with_unit
from screens.texts import Language, say

Ring = Sequence[tuple[float, float]]
"""Corners as (longitude, latitude)."""
WIDTH, TALLEST, EDGE = 760.0, 760.0, 26.0
KM_PER_DEGREE = 111.32
NAMED = 15
"""Up to so many areas bear their names on the map: districts do, communes would cover each other."""
LETTER = 12.0
"""Width of a name's letter where names are largest, in pixels of the picture: on a phone."""
_FULL = 5


@dataclass(frozen=True)
class Symbol:
    """One area: where it lies and what its figure is."""

    code: str
    name: str
    latitude: float
    longitude: float
    value: Decimal | None
    note: str | None = None
    """Said after the value, such as why there is none."""


@dataclass(frozen=True)
class AreaMap:
    """A rate over areas. Counts do not belong on a map: big areas would only look worse."""

    name: str
    """Unique on its page."""
    title: str
    unit: str
    places: Sequence[Symbol]
    outlines: Mapping[str, Sequence[Ring]] = field(default_factory=dict)
    """Area code → its rings, see `outlines`; empty draws symbols."""

    @cached_property
    def decimals(self) -> int:
        """Of its values, so that neighbouring classes do not read alike."""
        return decimals_of([place.value for place in self.places if place.value is not None])

    @cached_property
    def classes(self) -> Classes:
        return quantiles([place.value for place in self.places])

    @cached_property
    def class_of(self) -> Mapping[str, int | None]:
        """Area code → class of its symbol: 1 to 5, or None where it has no value."""
        return {place.code: one for place, one in zip(self.places, self.classes.of, strict=True)}


def outlines(geojson: Mapping[str, Any], code: str = "code") -> dict[str, list[Ring]]:
    """Rings by area code, from the Polygon and MultiPolygon features of a GeoJSON FeatureCollection.

    Raises Invalid naming the feature that has no `code` property or another geometry.
    """
    found: dict[str, list[Ring]] = {}
    for number, feature in enumerate(geojson.get("features", ()), 1):
        key, shape = (feature.get("properties") or {}).get(code), feature.get("geometry") or {}
        if not key:
            raise Invalid(
                msg(
                    "feature {number} has no property {code!r}: give the property that holds the area's code",
                    number=number,
                    code=code,
                ),
            )
        if shape.get("type") not in ("Polygon", "MultiPolygon"):
            kind = shape.get("type")
            raise Invalid(
                msg(
                    "feature {number} ({key}) is a {kind}, not a Polygon or MultiPolygon",
                    number=number,
                    key=key,
                    kind=kind,
                ),
            )
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        found.setdefault(str(key), []).extend(
            [(float(corner[0]), float(corner[1])) for corner in ring] for polygon in polygons for ring in polygon
        )
    return found


@dataclass(frozen=True)
class _Projection:
    """Equirectangular: a degree of longitude shrinks with the cosine of the middle latitude."""

    west: float
    north: float
    shrink: float
    scale: float
    left: float
    height: float

    def at(self, longitude: float, latitude: float) -> tuple[float, float]:
        return (
            self.left + (longitude - self.west) * self.shrink * self.scale,
            EDGE + (self.north - latitude) * self.scale,
        )

    @property
    def km(self) -> float:
        """Pixels of a kilometre."""
        return self.scale / KM_PER_DEGREE


def _project(corners: Sequence[tuple[float, float]]) -> _Projection:
    longitudes, latitudes = [x for x, _ in corners], [y for _, y in corners]
    west, south, north = min(longitudes), min(latitudes), max(latitudes)
    shrink = cos(radians((south + north) / 2))
    wide = max((max(longitudes) - west) * shrink, 0.05)
    high = max(north - south, 0.05)
    scale = min((WIDTH - 2 * EDGE) / wide, (TALLEST - 2 * EDGE) / high)
    return _Projection(west, north, shrink, scale, (WIDTH - wide * scale) / 2, high * scale + 2 * EDGE + 34)


def area_map(model: AreaMap, language: Language) -> Markup:
    """The map. Every symbol carries its area's code, by which the page ties it to the list beside."""
    classes = model.classes
    rings = [ring for place in model.places for ring in model.outlines.get(place.code, ())]
    corners = [(place.longitude, place.latitude) for place in model.places]
    corners += [corner for ring in rings for corner in ring]
    view = _project(corners or [(0.0, 0.0)])
    description = say(
        "Map of {count} areas in {classes} classes, {missing} without data. The list beside it has every value.",
        language,
        count=len(model.places),
        classes=len(classes.classes),
        missing=classes.missing,
    )
    root = picture(model.name, model.title, description, WIDTH, view.height, "map")
    radius = _radius(len(model.places))
    for place, colour in zip(model.places, classes.of, strict=True):
        own = model.outlines.get(place.code, ())
        shape = add(root, "g", class_=f"area {_css(colour)}", data_area=place.code)
        value = with_unit(place.value, model.unit, language, decimals=model.decimals)
        value = say("no data", language) if place.value is None else value
        add(shape, "title", " · ".join(filter(None, (place.name, value, place.note))))
        if own:
            add(shape, "path", class_="outline", d="".join(_ring(view, ring) for ring in own), fill_rule="evenodd")
        x, y = view.at(place.longitude, place.latitude)
        _glyph(shape, x, y, radius * (0.55 if own else 1), colour)
        if len(model.places) <= NAMED:
            left = x + radius + 5 + len(place.name) * LETTER > WIDTH
            side = -(radius + 5) if left else radius + 5
            add(shape, "text", place.name, class_="name", x=x + side, y=y + 5, text_anchor="end" if left else None)
    _scale_bar(root, view, language)
    return markup(root)


def _radius(count: int) -> float:
    return 18.0 if count <= NAMED else 13.0 if count <= 80 else 9.0


def _ring(view: _Projection, ring: Ring) -> str:
    return "M" + "L".join("{:.1f} {:.1f}".format(*view.at(*corner)) for corner in ring) + "Z"


def _css(colour: int | None) -> str:
    return "none" if colour is None else f"class-{colour}"


def _glyph(parent: Element, x: float, y: float, radius: float, colour: int | None) -> None:
    """A disc that fills clockwise with its class; a crossed empty one where there is no value."""
    add(parent, "circle", class_="disc", cx=x, cy=y, r=radius)
    if colour is None:
        reach = radius * 0.5
        add(parent, "path", class_="cross", d=f"M{x - reach:.1f} {y + reach:.1f}l{2 * reach:.1f} {-2 * reach:.1f}")
        return
    inner = radius * 0.62
    if colour == _FULL:
        add(parent, "circle", class_="pie", cx=x, cy=y, r=inner)
        return
    turn = 2 * pi * colour / _FULL
    end_x, end_y = x + inner * sin(turn), y - inner * cos(turn)
    large = 1 if turn > pi else 0
    d = f"M{x:.1f} {y:.1f}L{x:.1f} {y - inner:.1f}A{inner:.1f} {inner:.1f} 0 {large} 1 {end_x:.1f} {end_y:.1f}Z"
    add(parent, "path", class_="pie", d=d)


def glyph(colour: int | None) -> Markup:
    """The symbol of a class alone, for legends and lists."""
    root = ornament(24, 24, "glyph")
    shape = add(root, "g", class_=f"area {_css(colour)}")
    _glyph(shape, 12, 12, 10, colour)
    return markup(root)


def legend(model: AreaMap, language: Language) -> list[tuple[int | None, str, str]]:
    """Class, its range in words, how many areas: high to low, then those without data where there are any."""

    def count(number: int) -> str:
        return say("{count} areas", language, count=number)

    classes = model.classes
    lines: list[tuple[int | None, str, str]] = [
        (one.index, _range(one, model, language), count(one.count)) for one in reversed(classes.classes)
    ]
    if classes.missing:
        lines.append((None, say("no data", language), count(classes.missing)))
    return lines


def _range(one: Class, model: AreaMap, language: Language) -> str:
    low, high = (with_unit(end, model.unit, language, decimals=model.decimals) for end in (one.low, one.high))
    return low if low == high else say("{low} to {high}", language, low=low, high=high)


def _scale_bar(root: Element, view: _Projection, language: Language) -> None:
    km = next((km for km in (100, 50, 20, 10, 5, 2) if km * view.km <= WIDTH / 4), 1)
    length, y = km * view.km, view.height - 12
    bar = add(root, "g", class_="scale-bar", aria_hidden="true")
    add(bar, "path", d=f"M{EDGE:g} {y - 6:.1f}v6h{length:.1f}v-6")
    add(bar, "text", say("{km} km", language, km=km), x=EDGE + length + 8, y=y)
    right = WIDTH - EDGE
    add(bar, "path", class_="north", d=f"M{right:g} {y - 18:.1f}l6 16l-6-4l-6 4Z")
    add(bar, "text", say("N", language), x=right - 22, y=y)
