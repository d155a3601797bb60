"""The rows of a breakdown or of a ranking as one picture: what a page says in a table, for a file of its own."""

from decimal import Decimal
from xml.etree.ElementTree import Element

from markupsafe import Markup

from screens.charts.dots import DotScale
from screens.charts.svg import Key, add, markup, ornament, picture
from screens.formats import amount, goal, with_unit
from screens.texts import Language, say
from screens.view_models.figure import Breakdown, Share

WIDTH, ROW, HEAD = 920.0, 26.0, 24.0
NAMES, VALUES = 330.0, 190.0
"""Width that the names take on the left, and the values on the right; the marks have what lies between."""
LETTER = 7.6
"""Width of a name's letter in pixels of the picture."""


def row_chart(name: str, b: Breakdown, along: DotScale | None, language: Language) -> Markup:
    """A row for each part, with its name, its mark and its value: dots on the scale `along`, else bars from 0."""
    if not b.parts:
        return no_rows(name, b.title, say("No data", language))
    described = say("{count} rows, each with its value", language, count=len(b.parts))
    root = picture(name, b.title, described, WIDTH, HEAD + ROW * len(b.parts), "rows dots bar")
    if along:
        for end, anchor in ((along.scale.low, "start"), (along.scale.high, "end")):
            words = _written(end, b, 1, language)
            add(root, "text", words, class_="ends", x=_x(along, end), y=HEAD - 8, text_anchor=anchor)
    longest = max((part.value for part in b.parts if part.value is not None), default=Decimal(0))
    for place, part in enumerate(b.parts):
        _row(root, part, HEAD + (place + 0.5) * ROW, b, along, longest, language)
    return markup(root)


def no_rows(name: str, title: str, why: str) -> Markup:
    """A picture that says why there is nothing in it."""
    root = picture(name, title, why, WIDTH, HEAD + ROW, "rows")
    add(root, "text", why, class_="note", x=WIDTH / 2, y=(HEAD + ROW) / 2 + 5, text_anchor="middle")
    return markup(root)


def row_keys(b: Breakdown, along: DotScale | None, target: Decimal | None, language: Language) -> list[Key]:
    """What the strokes across the rows stand for, and where their scale begins."""
    if along is None:
        return []
    keys = [_key("own", f"{b.whole} {_written(b.own, b, along.decimals, language)}")] if b.own is not None else []
    if along.target is not None and target is not None:
        keys.append(_key("aim", say("Target {value}", language, value=goal(target, b.unit, language))))
    if along.is_broken:
        keys.append((markup(ornament(34, 14, "dots")), say("The scale does not begin at 0", language)))
    return keys


def _key(kind: str, words: str) -> Key:
    root = ornament(34, 14, "dots")
    add(root, "line", class_=kind, x1=17, x2=17, y1=0, y2=14)
    return markup(root), words


def _row(
    root: Element, part: Share, y: float, b: Breakdown, along: DotScale | None, longest: Decimal, language: Language
) -> None:
    most = int(NAMES / LETTER)
    label = part.label if len(part.label) <= most else f"{part.label[: most - 1]}…"
    add(root, "text", label, class_="name", x=0, y=y + 5)
    if part.value is None:
        add(root, "text", part.reason or say("no data", language), x=NAMES, y=y + 5)
        return
    if along:
        _strokes(root, y, along)
        at = _x(along, part.value)
        if along.own is not None:
            add(root, "line", class_="stem", x1=_x(along, along.own), x2=at, y1=y, y2=y)
        add(root, "circle", class_="dot", cx=at, cy=y, r=5)
    elif part.value > 0:
        wide = float(part.value / longest) * (WIDTH - NAMES - VALUES)
        add(root, "rect", class_="fill", x=NAMES, y=y - 5, width=max(wide, 1.0), height=10)
    value = _written(part.value, b, along.decimals if along else 1, language)
    if part.share is not None:
        value = f"{value} · {amount(part.share, '%', language)}%"
    add(root, "text", value, class_="value", x=WIDTH, y=y + 5, text_anchor="end")


def _strokes(root: Element, y: float, along: DotScale) -> None:
    add(root, "line", class_="rail", x1=NAMES, x2=WIDTH - VALUES, y1=y, y2=y)
    for kind, value in (("aim", along.target), ("own", along.own)):
        if value is not None:
            at = _x(along, value)
            add(root, "line", class_=kind, x1=at, x2=at, y1=y - ROW / 2, y2=y + ROW / 2)


def _x(along: DotScale, value: Decimal) -> float:
    """Where the value lies: the scale's places are percent of the width of the marks."""
    return NAMES + along.scale.place(value) / 100 * (WIDTH - NAMES - VALUES)


def _written(value: Decimal, b: Breakdown, decimals: int, language: Language) -> str:
    return (
        with_unit(value, b.unit, language, decimals=decimals)
        if b.is_short
        else amount(value, b.unit, language, decimals)
    )
