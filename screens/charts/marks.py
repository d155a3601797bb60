"""What stands on the time axis of a trend besides figures: notes with their numbers, a new definition, a reform, days
off. Signs have rows of their own above the figures and cover none of them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from screens.charts.series import Mark, Point
from screens.charts.svg import Key, add, markup, ornament
from screens.formats import period
from screens.texts import Language, say

ROW, RADIUS = 26.0, 11.0
"""Height of a row of signs, and half of a sign's, in pixels of the picture."""
MOST_ROWS = 3
"""What finds no place in so many rows is told below the chart only."""
_FIRST_ROW = 31.0
_TRIANGLE, _SQUARE = "M-8-7h16l-8 14Z", "M-7-7h14v14h-14Z"
_SIGNS = {"definition": _TRIANGLE, "reform": _SQUARE}


@dataclass(frozen=True)
class Spot:
    """Where a mark stands: from one place on the axis to another, and in which row; none of days off."""

    mark: Mark
    begins: float
    ends: float
    row: int | None

    @property
    def middle(self) -> float:
        return (self.begins + self.ends) / 2

    @property
    def height(self) -> float:
        return _FIRST_ROW + (self.row or 0) * ROW


def spots(
    marks: Sequence[Mark], points: Sequence[Point], x: Callable[[int], float], half: float, width: float
) -> list[Spot]:
    """The places of the marks that are on the axis. `x` is where a point stands, `half` half the way to the next one,
    `width` that of the picture."""
    found: list[Spot] = []
    taken: list[float] = [0.0] * MOST_ROWS
    placed = [(*place, mark) for mark in marks if (place := _place(mark, points, x, half))]
    for begins, ends, mark in sorted(placed, key=lambda one: one[:2]):
        if mark.kind == "holiday":
            found.append(Spot(mark, begins, ends, None))
            continue
        left, right = min(begins, (begins + ends) / 2 - RADIUS), max(ends, (begins + ends) / 2 + RADIUS)
        row = next((row for row, end in enumerate(taken) if end <= left and right <= width), None)
        if row is not None:
            taken[row] = right + 3
            found.append(Spot(mark, begins, ends, row))
    return found


def room(found: Sequence[Spot]) -> float:
    """The height that the rows of signs take."""
    return ROW * max((spot.row + 1 for spot in found if spot.row is not None), default=0)


def draw_marks(root: Element, found: Sequence[Spot], top: float, bottom: float, language: Language) -> None:
    """Draws the marks beneath the figures, which lie between `top` and `bottom`."""
    for spot in found:
        mark = spot.mark
        if mark.kind == "holiday":
            band = add(root, "g", class_="holiday")
            add(band, "title", _words(mark, language))
            add(band, "rect", x=spot.begins, y=top, width=spot.ends - spot.begins, height=bottom - top)
            continue
        sign = add(root, "a" if mark.href else "g", class_="noted" if mark.kind == "note" else "event", href=mark.href)
        add(sign, "title", _words(mark, language))
        x, y = spot.middle, spot.height
        if mark.kind == "note":
            add(sign, "line", x1=x, x2=x, y1=y, y2=bottom)
            if spot.ends > spot.begins:
                add(sign, "path", class_="span", d=f"M{spot.begins:.1f} {y - 6:.1f}v12m0 -6H{spot.ends:.1f}m0 -6v12")
            _disc(sign, x, y, str(mark.number))
        else:
            add(sign, "line", x1=x, x2=x, y1=y, y2=bottom)
            add(sign, "path", class_="sign", d=_SIGNS[mark.kind], transform=f"translate({x:.1f} {y:.1f})")


def mark_keys(marks: Sequence[Mark], points: Sequence[Point], language: Language) -> Iterator[Key]:
    """What the signs mean that are in the chart: one key for all notes, one for each event with its days."""
    on_axis = [mark for mark in marks if _place(mark, points, float, 0.5)]
    if any(mark.kind == "note" for mark in on_axis):
        root = ornament(34, 24, "trend")
        _disc(add(root, "g", class_="noted"), 17, 12, "1")
        yield markup(root), say("Note, told below", language)
    for mark in on_axis:
        if mark.kind == "note":
            continue
        root = ornament(34, 24, "trend")
        if mark.kind == "holiday":
            add(add(root, "g", class_="holiday"), "rect", x=8, y=2, width=18, height=20)
        else:
            sign = add(root, "g", class_="event")
            add(sign, "path", class_="sign", d=_SIGNS[mark.kind], transform="translate(17 12)")
        yield markup(root), _words(mark, language)


def _place(mark: Mark, points: Sequence[Point], x: Callable[[int], float], half: float) -> tuple[float, float] | None:
    """From where to where a mark stands on the axis; None where it is not on it. What holds from a day on stands before
    the first point that ends on that day or later."""
    if mark.kind in _SIGNS:
        index = next((index for index, point in enumerate(points) if point.last >= mark.first), 0)
        return (x(index) - half, x(index) - half) if index and points[0].first < mark.first else None
    met = [index for index, point in enumerate(points) if point.first <= mark.last and mark.first <= point.last]
    if not met:
        return None
    beside = half if mark.kind == "holiday" else 0.0
    return x(met[0]) - beside, x(met[-1]) + beside


def _words(mark: Mark, language: Language) -> str:
    words = f"{period(mark.first, mark.last, language)}: {mark.words}"
    return (
        words if mark.number is None else say("Note {number}, {words}", language, number=str(mark.number), words=words)
    )


def _disc(sign: Element, x: float, y: float, number: str) -> None:
    add(sign, "circle", cx=x, cy=y, r=RADIUS)
    add(sign, "text", number, x=x, y=y + 4.5, text_anchor="middle")
