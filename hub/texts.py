"""Texts in the one form in which they are compared, kept and shown: identities are texts byte by byte."""

import re
import unicodedata


def _set(*ranges: tuple[int, int]) -> str:
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"


INVISIBLE = _set(
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""Regular expression of the characters that nobody sees: zero-width ones, soft hyphen, marks of direction and of byte
order, variation selectors, fillers."""
_ODD_BLANKS = (
    *((0x9, 0xD), (0x1C, 0x1F), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x2800, 0x2800), (0x3000, 0x3000)),
)
BLANK, ODD_BLANK = _set((0x20, 0x20), *_ODD_BLANKS), _set(*_ODD_BLANKS)
"""Blanks of every width, tabs and line ends; and those that are not the usual blank."""
MEANINGLESS = _set(
    *((0x0, 0x8), (0xE, 0x1B), (0x7F, 0x84), (0x86, 0x9F), (0xFDD0, 0xFDEF)),
    *((plane + 0xFFFE, plane + 0xFFFF) for plane in range(0, 0x110000, 0x10000)),
)
"""Control characters, and the code points that Unicode never gives a character."""
OUTER = rf"^(?:{BLANK}|{MEANINGLESS})+|(?:{BLANK}|{MEANINGLESS})+$"
UNREADABLE = "\ufffd"
"""Stands for characters that no database keeps or nobody can read."""

_PLAIN = re.compile("(?:[!-~]+(?: [!-~]+)*)?")
_INVISIBLE, _OUTER, _BLANKS, _MEANINGLESS = (
    re.compile(pattern) for pattern in (INVISIBLE, OUTER.replace("$", r"\Z"), f"{BLANK}+", MEANINGLESS)
)


def clean(text: str) -> str:
    """The text without invisible characters and outer blanks, with one blank for each run of them, composed (NFC); what
    has no meaning inside becomes UNREADABLE."""
    if _PLAIN.fullmatch(text):
        return text
    text = _BLANKS.sub(" ", _OUTER.sub("", _INVISIBLE.sub("", text)))
    return unicodedata.normalize("NFC", _MEANINGLESS.sub(UNREADABLE, text))
