"""Documents and pictures by Typst: its compiler and its fonts are in the package, so nothing of the machine is needed.

What a document holds goes to its template as JSON and is never read as markup.
"""

import json
import math
import re
import threading
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

from hub.periods import VIETNAM
from hub.texts import UNREADABLE, shown

_HERE = Path(__file__).parent
_LAYOUT, _MAIN, _DATA = "layout.typ", "main.typ", "data.json"
_NOT_DRAWN = re.compile(
    "[^\n\x20-\x7e\xa0-\u024f\u0300-\u036f\u0391-\u03a1\u03a3-\u03ff\u0400-\u04ff\u1e00-\u1eff\u2010-\u2040\u20a0-\u20bf"
    "\u2190-\u22ff\u25a0-\u25ff\ufffd]"
)
"""What the fonts do not surely have: one such character, and a document of an archive would not be made."""
_SHARPNESS = 192.0
"""Dots of a picture to an inch: twice as fine as a screen's."""
_SCREEN = 96.0
"""Dots to an inch of which a picture's own size is told."""
_MOST_DOTS = 8_000_000
"""Of a picture: each takes some 13 bytes of memory while it is drawn."""
_SIZE = re.compile(rb'<svg[^>]*? viewBox="0 0 ([\d.]+) ([\d.]+)"')
_drawing = threading.Lock()
"""One picture at a time in a process, for its memory."""


def write_pdf(
    template: str, data: Mapping[str, Any], made_at: datetime, files: Mapping[str, bytes] | None = None
) -> bytes:
    """The document that `template`.typ makes of the data, as PDF/A-3a, which may hold files, and PDF/UA-1, which a
    screen reader can read. It reads its pictures and attachments from `files`, by their names. The same data, of the
    same minute, give the same bytes."""
    moment = made_at.astimezone(VIETNAM)
    told = {**data, "made_at": [moment.year, moment.month, moment.day, moment.hour, moment.minute]}
    compiler = _compiler(
        {
            _MAIN: (_HERE / f"{template}.typ").read_bytes(),
            _LAYOUT: (_HERE / _LAYOUT).read_bytes(),
            _DATA: json.dumps(_inert(told), ensure_ascii=False).encode(),
            **(files or {}),
        }
    )
    return _only(compiler.compile(format="pdf", pdf_standards=["a-3a", "ua-1"], timestamp=int(moment.timestamp())))


def as_png(svg: bytes) -> bytes:
    """A picture of the hub's own, as pixels: a tall one is less fine."""
    page = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")'
    with _drawing:
        return _only(_compiler({_MAIN: page, "picture.svg": svg}).compile(format="png", ppi=_sharpness(svg)))


def _sharpness(svg: bytes) -> float:
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("a picture says how large it is")
    wide, high = (float(side) + 1 for side in found.groups())  # sides are rounded to whole dots
    return min(_SHARPNESS, _SCREEN * math.sqrt(_MOST_DOTS / (wide * high)))


def _compiler(files: Any) -> typst.Compiler:
    return typst.Compiler(files, ignore_system_fonts=True)  # its types do not know that it takes files by name


def _only(made: bytes | list[bytes] | None) -> bytes:
    if not isinstance(made, bytes):
        raise TypeError(f"one file was asked for, not {type(made).__name__}")
    return made


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return _NOT_DRAWN.sub(UNREADABLE, unicodedata.normalize("NFC", shown(value)))
    if isinstance(value, Mapping):
        return {name: _inert(own) for name, own in value.items()}
    return [_inert(own) for own in value] if isinstance(value, list | tuple) else value
