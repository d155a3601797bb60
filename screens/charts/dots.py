"""Rates beside each other: a dot for each on one scale, and a stem to the whole's own value.

Rates of areas lie close together far from 0. Bars must begin at 0 and would all look full; a dot may stand on a scale
that begins elsewhere, when its ends are written beside it. The stem is as long as the distance from the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import Element

from markupsafe import Markup

from screens.charts.scale import Scale, limits_of, nice_scale
from screens.charts.svg import add, markup, ornament
from screens.formats import RATES, decimals_of

EDGE = 3.0
"""Percent of the width that stay free on each side, so that no dot is cut."""
LEAST_SPAN = Decimal(1)
"""Percentage points that the scale spans at least: hundredths must not look like a gulf."""


@dataclass(frozen=True)
class DotScale:
    """One scale for all rows of a table, with what they are compared with."""

    scale: Scale
    decimals: int
    own: Decimal | None
    """The whole's own value."""
    target: Decimal | None
    """None without one, and where it lies so far off that it would press the dots together."""

    @property
    def is_broken(self) -> bool:
        """Whether it begins elsewhere than at 0."""
        return self.scale.low > 0


def dot_scale(
    unit: str, values: Sequence[Decimal | None], own: Decimal | None = None, target: Decimal | None = None
) -> DotScale | None:
    """The scale of rates; None for counts, whose bars from 0 show their proportions."""
    known = [value for value in values if value is not None]
    if unit not in RATES or not known:
        return None
    shown = [*known, own] if own is not None else known
    low, high = min(shown), max(shown)
    near = target is not None and low - (high - low) <= target <= high + (high - low)
    if target is not None and near:
        shown = [*shown, target]
    limits = limits_of(unit, shown)
    if unit == "%" and max(shown) - min(shown) < LEAST_SPAN:
        middle = (max(shown) + min(shown)) / 2
        if limits[1] is not None:
            middle = min(max(middle, LEAST_SPAN / 2), limits[1] - LEAST_SPAN / 2)
        shown = [*shown, middle - LEAST_SPAN / 2, middle + LEAST_SPAN / 2]
    scale = nice_scale(shown, EDGE, 100 - EDGE, 4, *limits)
    return DotScale(scale, decimals_of(known), own, target if near else None)


def dot(value: Decimal, along: DotScale) -> Markup:
    """One row's dot. Places are in percent, so that the dot stays round in a column of any width."""
    root, at = _row(along), _place(along.scale, value)
    if along.own is not None:
        _stroke(root, "stem", _place(along.scale, along.own), at, "50%", "50%")
    add(root, "circle", class_="dot", cx=at, cy="50%", r=5)
    return markup(root)


def dot_key(kind: str) -> Markup:
    """The stroke that stands for the whole (`own`) or for the target (`aim`), for the line above the table."""
    root = ornament(12, 16, "dots key")
    _stroke(root, kind, "50%", "50%", "0", "100%")
    return markup(root)


def _row(along: DotScale) -> Element:
    root = Element("svg", {"class": "dots", "aria-hidden": "true", "focusable": "false"})
    _stroke(root, "rail", "0", "100%", "50%", "50%")
    for kind, value in (("aim", along.target), ("own", along.own)):
        if value is not None:
            at = _place(along.scale, value)
            _stroke(root, kind, at, at, "0", "100%")
    return root


def _stroke(root: Element, kind: str, x1: str, x2: str, y1: str, y2: str) -> None:
    add(root, "line", class_=kind, x1=x1, x2=x2, y1=y1, y2=y2)


def _place(scale: Scale, value: Decimal) -> str:
    return f"{scale.place(value):.2f}%"
