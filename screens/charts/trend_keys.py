"""What the signs of a trend mean."""

from collections.abc import Sequence

from screens.charts.marks import mark_keys
from screens.charts.series import Mark, Point
from screens.charts.svg import Key, add, markup, ornament
from screens.texts import Language, say


def trend_keys(points: Sequence[Point], language: Language, marks: Sequence[Mark] = ()) -> list[Key]:
    """What the signs of such a chart mean, as far as they are in it."""
    known = any(point.value is not None for point in points)
    keys = [_line_key("official", say("Official", language))] if known else []
    if any(point.status == "provisional" for point in points):
        keys.append(_line_key("provisional", say("Provisional", language)))
    if any(point.revision > 1 for point in points):
        root = ornament(34, 24, "trend")
        mark = add(root, "g", class_="mark official")
        add(mark, "path", class_="revised", d="M17 1l11 11l-11 11l-11-11Z")
        add(mark, "circle", class_="dot", cx=17, cy=12, r=4.5)
        keys.append((markup(root), say("Revised", language)))
    if any(point.value is None for point in points):
        root = ornament(34, 14, "trend")
        add(add(root, "g", class_="gap"), "path", d="M13 3l8 8m0-8l-8 8")
        keys.append((markup(root), say("No data", language)))
    if any(point.target is not None for point in points):
        root = ornament(34, 14, "trend")
        add(root, "line", class_="target", x1=1, x2=33, y1=7, y2=7)
        keys.append((markup(root), say("Target", language)))
    return [*keys, *mark_keys(marks, points, language)]


def _line_key(status: str, words: str) -> Key:
    root = ornament(34, 14, "trend")
    add(root, "line", class_="line" if status == "official" else f"line {status}", x1=1, x2=33, y1=7, y2=7)
    add(add(root, "g", class_=f"mark {status}"), "circle", class_="dot", cx=17, cy=7, r=4.5)
    return markup(root), words
