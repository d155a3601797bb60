"""Lineage as a picture: columns of boxes from the feeds to the KPIs, and lines where records go. Each box is a link."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element

from markupsafe import Markup

from dictionary.flows import Flow
from screens.charts.svg import add, markup, picture

WIDTHS, GAP, HEIGHT, STEP, TOP = (188.0, 178.0, 178.0, 356.0), 64.0, 30.0, 40.0, 30.0
"""Widths of the columns; KPIs have the longest names."""
_LETTER = 7.3
"""Width that a letter takes at most, on average."""


@dataclass(frozen=True)
class Box:
    """A node of the picture: what is written in it, what it is called in full, and where it leads."""

    label: str
    title: str
    href: str


Boxes = Callable[[int, str], Box]
"""Column (0 feed, 1 table, 2 view, 3 KPI) and name → its box."""


def lineage(ways: Sequence[Flow], boxes: Boxes, heads: Sequence[str], title: str, focus: str | None = None) -> Markup:
    """The picture of these ways; `heads` are written above the columns, `focus` is the box that the page is about."""
    columns = _columns(ways)
    width = sum(WIDTHS) + (len(WIDTHS) - 1) * GAP
    height = TOP + max((len(column) for column in columns), default=0) * STEP
    root = picture("lineage", title, " → ".join(heads), width, height, "lineage")
    for place, head in enumerate(heads):
        add(root, "text", head, class_="lineage-head", x=_left(place), y=14)
    places = [{name: _middle(i, len(column), height) for i, name in enumerate(column)} for column in columns]
    for left, one, other in sorted({line for way in ways for line in _lines(way)}):
        _line(root, left, places[left][one], places[left + 1][other])
    for place, column in enumerate(columns):
        for name in column:
            _box(root, place, places[place][name], boxes(place, name), is_focus=name == focus)
    return markup(root)


def _columns(ways: Sequence[Flow]) -> list[list[str]]:
    """The names in each column; those of a later one stand beside the middle of what leads to them."""
    columns: list[list[str]] = []
    for place in range(len(Flow._fields)):
        names = sorted({name for way in ways if (name := way[place]) is not None})
        if columns:
            before = {name: i / len(columns[-1]) for i, name in enumerate(columns[-1])}
            names.sort(key=lambda name: (_mean([before[str(w[place - 1])] for w in ways if w[place] == name]), name))
        columns.append(names)
    return columns


def _left(column: int) -> float:
    return sum(WIDTHS[:column]) + column * GAP


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _middle(index: int, count: int, height: float) -> float:
    """The middle of a box: a short column stands in the middle of the picture."""
    return TOP + (height - TOP - count * STEP) / 2 + index * STEP + HEIGHT / 2


def _lines(way: Flow) -> list[tuple[int, str, str]]:
    return [(i, one, other) for i, (one, other) in enumerate(pairwise(way)) if one and other]


def _line(root: Element, column: int, one: float, other: float) -> None:
    start, end = _left(column) + WIDTHS[column], _left(column + 1)
    bend = GAP / 2
    path = f"M{start:g} {one:g} C{start + bend:g} {one:g} {end - bend:g} {other:g} {end:g} {other:g}"
    add(root, "path", class_="lineage-line", d=path)


def _box(root: Element, column: int, middle: float, box: Box, *, is_focus: bool) -> None:
    left, width, top = _left(column), WIDTHS[column], middle - HEIGHT / 2
    letters = int((width - 22) / _LETTER)
    link = add(root, "a", href=box.href, class_="lineage-focus" if is_focus else None)
    add(link, "title", box.title)
    add(link, "rect", class_=f"lineage-box lineage-{column}", x=left, y=top, width=width, height=HEIGHT, rx=6)
    cut = box.label if len(box.label) <= letters else f"{box.label[: letters - 1]}…"
    add(link, "text", cut, x=left + 11, y=middle + 4.5)
