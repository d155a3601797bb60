"""A map of areas, filled by the class of their figure.

A class is told by its lightness; areas behind a middle are striped as well, and those without a figure have a pattern
for each reason, so that the map can be read without seeing colours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from math import cos, radians
from typing import Literal
from xml.etree.ElementTree import Element

from markupsafe import Markup

from screens.charts.classes import Class, Classes, Middle, classes
from screens.charts.svg import add, markup, ornament, picture
from screens.formats import decimals_of, with_unit
from screens.texts import Language, label, say

Ring = Sequence[Sequence[float]]
"""Corners as longitude and latitude; the last one is joined to the first."""
Without = Literal["withheld", "missing", "none"]
"""Why an area has no figure: it is not told, it could not be computed, or nothing is there."""
WITHOUT: tuple[Without, ...] = ("missing", "withheld", "none")
WIDTH, TALLEST, EDGE = 760.0, 760.0, 26.0
KM_PER_DEGREE = 111.32
NAMED = 15
"""Up to so many areas bear their names on the map: districts do, communes would cover each other."""
LETTER = 7.5
"""Width of a name's letter in pixels of the picture."""
_KIND = re.compile("^(Thành phố|Thị xã|Thị trấn|Quận|Huyện|Phường|Xã) (?=\\D)")
"""What a name on a map does without, as long as a name is left."""
_PATTERNS = {
    "behind-1": (9, "M0 0V9"),
    "behind-2": (6, "M0 0V6"),
    "behind-3": (4, "M0 0V4"),
    "missing": (8, "M0 0V8"),
    "withheld": (8, "M0 0V8M0 0H8"),
    "none": (6, "M2 3h2"),
}
"""Class → how often its pattern repeats in pixels, and the strokes over its ground, turned by half a right angle."""


@dataclass(frozen=True)
class MapArea:
    """One area: where it lies and what its figure is."""

    code: str
    name: str
    rings: Sequence[Ring]
    value: Decimal | None
    without: Without = "none"
    """Why there is no value, where there is none."""
    note: str | None = None
    """Said after the value, such as the reason why there is none."""
    href: str | None = None
    at: tuple[float, float] | None = None
    """Longitude and latitude of its name."""


@dataclass(frozen=True)
class AreaMap:
    """A rate over areas. Counts do not belong on a map: big areas would only look worse."""

    name: str
    """Unique on its page."""
    title: str
    unit: str
    places: Sequence[MapArea]
    middle: Middle | None = None
    """What the scale is around; None for natural breaks."""
    sides: Mapping[str, str] = field(default_factory=dict)
    """What it is to be behind the middle, ahead of it and level with it, such as `target not reached`."""
    is_schematic: bool = False
    """Whether the outlines are cells, and no boundaries."""
    borders: Sequence[Ring] = ()
    """Outlines of the areas that contain these."""

    @cached_property
    def decimals(self) -> int:
        """Of its values, so that neighbouring classes do not read alike."""
        return decimals_of([place.value for place in self.places if place.value is not None])

    @cached_property
    def classes(self) -> Classes:
        return classes([place.value for place in self.places], self.unit, self.decimals, self.middle)

    @cached_property
    def class_of(self) -> Mapping[str, str]:
        """Area code → name of its class, or why it has no value."""
        named = zip(self.places, self.classes.of, strict=True)
        return {place.code: one or place.without for place, one in named}


@dataclass(frozen=True)
class LegendLine:
    """A line of the legend."""

    name: str
    """Of the class."""
    words: str
    count: str


@dataclass(frozen=True)
class _MapProjection:
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

    def path(self, rings: Sequence[Ring]) -> str:
        """The rings as a path, in steps from corner to corner: shorter than places, and drawn where these would be."""
        drawn = []
        for ring in rings:
            corners = [tuple(round(10 * one) for one in self.at(*corner)) for corner in ring]
            steps = [(x - from_x, y - from_y) for (from_x, from_y), (x, y) in pairwise(corners)]
            written = " ".join(f"{_tenths(x)} {_tenths(y)}" for x, y in steps if (x, y) != (0, 0))
            drawn.append(f"M{_tenths(corners[0][0])} {_tenths(corners[0][1])}l{written}z")
        return "".join(drawn)


def _tenths(number: int) -> str:
    return f"{number / 10:g}"


def _project(corners: Sequence[Sequence[float]]) -> _MapProjection:
    longitudes, latitudes = [x for x, _ in corners], [y for _, y in corners]
    west, south, north = min(longitudes), min(latitudes), max(latitudes)
    shrink = cos(radians((south + north) / 2))
    wide = max((max(longitudes) - west) * shrink, 0.05)
    high = max(north - south, 0.05)
    scale = min((WIDTH - 2 * EDGE) / wide, (TALLEST - 2 * EDGE) / high)
    return _MapProjection(west, north, shrink, scale, (WIDTH - wide * scale) / 2, high * scale + 2 * EDGE + 34)


def area_map(model: AreaMap, language: Language) -> Markup:
    """The map. Every area carries its code, by which the page ties it to the list beside; those that lead somewhere are
    links, which a script lets the arrow keys walk among."""
    view = _project([corner for place in model.places for ring in place.rings for corner in ring] or [(0.0, 0.0)])
    description = say(
        "Map of {count} areas in {classes} classes, {missing} without data. The list beside it has every value.",
        language,
        count=len(model.places),
        classes=len(model.classes.classes),
        missing=sum(place.value is None for place in model.places),
    )
    if model.is_schematic:
        description = f"{description} {schematic(language)}"
    root = picture(model.name, model.title, description, WIDTH, view.height, "map")
    if any(place.href for place in model.places):
        root.set("role", "group")  # the areas of an image are nobody's to reach
    _patterns(root, {*model.class_of.values()})
    for place in model.places:
        name = model.class_of[place.code]
        parent = add(root, "a", href=place.href, class_=f"area {name}", data_area=place.code)
        if place.href is None:
            parent.tag = "g"
        add(parent, "title", _words(model, place, language))
        fill = f"url(#map-{name})" if name in _PATTERNS else None
        add(parent, "path", class_="outline", d=view.path(place.rings), fill=fill, fill_rule="evenodd")
    if model.borders:
        add(root, "path", class_="border", d=view.path(model.borders))
    for place in model.places if len(model.places) <= NAMED else ():
        if place.at is not None:
            x, y = view.at(*place.at)
            name = _KIND.sub("", place.name)
            half = len(name) * LETTER / 2
            middle = min(max(x, half), WIDTH - half)
            add(root, "text", name, class_="name", x=middle, y=y + 5, text_anchor="middle", aria_hidden="true")
    _scale_bar(root, view, language)
    return markup(root)


def _words(model: AreaMap, place: MapArea, language: Language) -> str:
    value = with_unit(place.value, model.unit, language, decimals=model.decimals)
    said = value if place.value is not None else label(f"map.{place.without}", language)
    return " · ".join(filter(None, (place.name, said, place.note)))


def schematic(language: Language) -> str:
    """What is said of outlines that are none."""
    return say(
        "Schematic map: the lines are computed from the communes' centres; they are no administrative boundaries.",
        language,
    )


def _patterns(root: Element, names: set[str]) -> None:
    """The patterns of classes that need one: what fills an area by address, as no style sheet can."""
    if not (own := sorted(names & set(_PATTERNS))):
        return
    defs = add(root, "defs")
    for name in own:
        size, strokes = _PATTERNS[name]
        where = {"patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
        pattern = add(defs, "pattern", id=f"map-{name}", width=size, height=size, **where)
        add(pattern, "rect", class_=f"ground {name}", width=size, height=size)
        add(pattern, "path", class_=f"stroke {name}", d=strokes)


def swatch(name: str) -> Markup:
    """The fill of a class alone, for legends and lists; its pattern is the map's."""
    root = ornament(24, 24, "swatch")
    shape = add(root, "g", class_=f"area {name}")
    fill = f"url(#map-{name})" if name in _PATTERNS else None
    add(shape, "rect", class_="outline", x=2, y=2, width=20, height=20, fill=fill)
    return markup(root)


def legend(model: AreaMap, language: Language) -> list[LegendLine]:
    """The classes from high to low, then why areas have no figure, of as many as there are."""

    def count(number: int) -> str:
        return say("{count} areas", language, count=number)

    lines = [
        LegendLine(one.name, _range(one, model, language), count(one.count)) for one in reversed(model.classes.classes)
    ]
    without = [place.without for place in model.places if place.value is None]
    return lines + [
        LegendLine(one, label(f"map.{one}", language), count(without.count(one))) for one in WITHOUT if one in without
    ]


def _range(one: Class, model: AreaMap, language: Language) -> str:
    low, high = (with_unit(end, model.unit, language, decimals=model.decimals) for end in (one.low, one.high))
    own = low if low == high else say("{low} to {high}", language, low=low, high=high)
    side = model.sides.get(one.side)
    return f"{side}: {own}" if side else own


def _scale_bar(root: Element, view: _MapProjection, language: Language) -> None:
    km = next((km for km in (100, 50, 20, 10, 5, 2) if km * view.km <= WIDTH / 4), 1)
    length, y = km * view.km, view.height - 12
    bar = add(root, "g", class_="scale-bar", aria_hidden="true")
    add(bar, "path", d=f"M{EDGE:g} {y - 6:.1f}v6h{length:.1f}v-6")
    add(bar, "text", say("{km} km", language, km=km), x=EDGE + length + 8, y=y)
    right = WIDTH - EDGE
    add(bar, "path", class_="north", d=f"M{right:g} {y - 18:.1f}l6 16l-6-4l-6 4Z")
    add(bar, "text", say("N", language), x=right - 22, y=y)
