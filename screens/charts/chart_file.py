"""A chart as a file of its own: with its title, its key, its source and the colours that a page would give it."""

import re
import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring, tostring

from markupsafe import Markup

from hub.texts import shown_in_line
from screens.charts.svg import Key, add

_HERE = Path(__file__).parent
_NAMESPACE = "http://www.w3.org/2000/svg"
_EDGE, _LINE, _KEY_WIDTH = 24.0, 26.0, 34.0
_TITLE_LETTER, _NOTE_LETTER = 10.4, 6.9
"""Width of a letter in pixels of the picture, where lines are wrapped."""
_OWN_STYLE = ".file-title { font-size: 20px; font-weight: 600; fill: var(--ink); } .file-note { font-size: 13px; }"


def chart_file(chart: Markup, title: str, notes: Sequence[str], keys: Sequence[Key] = ()) -> bytes:
    """An SVG document. `notes` stand below the chart: place, period, source."""
    drawn = _parsed(chart)
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    whole = width + 2 * _EDGE
    heads = textwrap.wrap(shown_in_line(title), int(width / _TITLE_LETTER)) or [""]
    lines = [line for note in notes for line in textwrap.wrap(shown_in_line(note), int(width / _NOTE_LETTER))]
    top = _EDGE + len(heads) * _LINE + 6
    keyed = top + height + 10
    below = keyed + len(keys) * _LINE
    size = {"width": f"{whole:g}", "height": f"{below + len(lines) * 20 + _EDGE:g}"}
    box = f"0 0 {size['width']} {size['height']}"
    root = Element("svg", {"xmlns": _NAMESPACE, "role": "img", "viewBox": box, **size})
    add(root, "title", shown_in_line(title))
    add(root, "style", style_sheet())
    add(root, "rect", x=0, y=0, width="100%", height="100%", fill="#ffffff")
    for place, line in enumerate(heads):
        add(root, "text", line, class_="file-title", x=_EDGE, y=_EDGE + 14 + place * _LINE)
    _place(root, drawn, _EDGE, top)
    for place, (sign, words) in enumerate(keys):
        y = keyed + place * _LINE
        key = _parsed(sign)
        _, _, _, key_height = map(float, key.attrib["viewBox"].split())
        _place(root, key, _EDGE, y + (_LINE - key_height) / 2)
        add(root, "text", shown_in_line(words), x=_EDGE + _KEY_WIDTH + 10, y=y + _LINE / 2 + 5)
    for place, line in enumerate(lines):
        add(root, "text", line, class_="file-note", x=_EDGE, y=below + 16 + place * 20)
    return _document(root)


def drawing_file(chart: Markup) -> bytes:
    """The drawing alone, as an SVG document in its colours."""
    drawn = _parsed(chart)
    box = drawn.attrib["viewBox"]
    root = Element("svg", {"xmlns": _NAMESPACE, "viewBox": box})
    add(root, "style", style_sheet())
    _place(root, drawn, 0, 0)
    return _document(root)


def _document(root: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode").encode()


def _parsed(chart: Markup) -> Element:
    return fromstring(chart)  # noqa: S314 - the hub drew it


def _place(root: Element, drawn: Element, x: float, y: float) -> None:
    group = add(root, "g", transform=f"translate({x:g} {y:g})", class_=drawn.get("class"))
    group.extend([child for child in drawn if child.tag not in ("title", "desc")])


@cache
def style_sheet() -> str:
    """The rules of shapes.css with the colours of colours.css in them: programs that draw SVG know no variables."""
    colours = dict(re.findall(r"(--[\w-]+):\s*([^;]+);", (_HERE / "colours.css").read_text("utf-8")))
    rules = re.sub(r"/\*.*?\*/", "", (_HERE / "shapes.css").read_text("utf-8"), flags=re.S) + _OWN_STYLE
    return re.sub(r"var\((--[\w-]+)\)", lambda found: colours[found[1]], rules).strip()
