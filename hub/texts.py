"""Texts in the one form in which they are compared and kept, for identities are texts byte by byte; and as they may be
shown."""

import re
import unicodedata


def _set(*ranges: tuple[int, int]) -> str:
    return "[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges) + "]"


INVISIBLE = _set(
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)),
    (0xE0000, 0xE0FFF),
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
_STROKES = str.maketrans("đĐ", "dD")
UNREADABLE = "\ufffd"
"""Stands for characters that no database keeps, nobody can read, or nobody is shown."""
_LINE_BREAKING = _set((0xB, 0xD), (0x1C, 0x1F), (0x85, 0x85), (0x2028, 0x2029))
_HALVES = _set((0xD800, 0xDFFF))
NOT_SHOWN = f"{MEANINGLESS}|{INVISIBLE}|{_LINE_BREAKING}|{_HALVES}"
"""Regular expression of the characters that no terminal, log, file or page of the hub is given: all control characters
but tab and line end, characters that nobody sees, separators of lines and paragraphs, halves of surrogate pairs. They
move a cursor, turn the direction of reading, hide a part of a text or break a line."""

_USUAL = bytes([*b"\t\n", *range(0x20, 0x7F)])
"""Characters of ASCII that are shown."""
LONG = 1_000
"""Characters of a text that is composed piece by piece."""
_PLAIN = re.compile("(?:[!-~]+(?: [!-~]+)*)?")
_INVISIBLE, _OUTER, _BLANKS, _MEANINGLESS, _NOT_SHOWN = (
    re.compile(pattern) for pattern in (INVISIBLE, OUTER.replace("$", r"\Z"), f"{BLANK}+", MEANINGLESS, NOT_SHOWN)
)


def composed(text: str) -> str:
    """The text in NFC. A long one is composed piece by piece, since marks that wait to be put in order take the square
    of their number; no piece ends within a character, unless that has more than LONG marks."""
    if len(text) <= LONG:
        return unicodedata.normalize("NFC", text)
    cuts = [0]
    while len(text) - cuts[-1] > LONG:
        ahead = range(cuts[-1] + LONG, min(cuts[-1] + 2 * LONG, len(text)))
        cuts.append(next((place for place in ahead if _is_apart(text[place - 1], text[place])), ahead.stop))
    pieces = zip(cuts, [*cuts[1:], len(text)], strict=True)
    return "".join(unicodedata.normalize("NFC", text[begin:end]) for begin, end in pieces)


def _is_apart(one: str, next_one: str) -> bool:
    """Whether composing does not reach from one character to the next."""
    if unicodedata.combining(next_one):
        return False
    return unicodedata.normalize("NFC", one + next_one) == unicodedata.normalize("NFC", one) + unicodedata.normalize(
        "NFC", next_one
    )


def clean(text: str) -> str:
    """The text without invisible characters and outer blanks, with one blank for each run of them, composed (NFC); what
    has no meaning inside becomes UNREADABLE."""
    if _PLAIN.fullmatch(text):
        return text
    text = _BLANKS.sub(" ", _OUTER.sub("", _INVISIBLE.sub("", text)))
    return composed(_MEANINGLESS.sub(UNREADABLE, text))


def without_marks(text: str) -> str:
    """The text without the marks of Vietnamese letters, as people type it who leave them out: Đình Lập → Dinh Lap."""
    letters = unicodedata.normalize("NFD", text.translate(_STROKES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def shown(text: str) -> str:
    """The text with UNREADABLE for each character that is NOT_SHOWN. What is kept in the database stays as it is; this
    is for every place where a text leaves the hub."""
    return _NOT_SHOWN.sub(UNREADABLE, text) if _has_hidden(text) else text


def shown_in_line(text: str) -> str:
    """The same where a text must stay within a line: its line ends count as NOT_SHOWN."""
    return shown(text).replace("\n", UNREADABLE)


def shown_in_json(document: str) -> str:
    """A JSON document with escapes for the characters that are NOT_SHOWN: a program reads the same values."""
    return _NOT_SHOWN.sub(_escaped, document) if _has_hidden(document) else document


def _has_hidden(text: str) -> bool:
    """Whether a text has characters that are NOT_SHOWN. The usual ones of ASCII, which most are, are left out first:
    searching all of a long text for a set of characters takes twenty times as long."""
    rare = text.encode("utf-8", "surrogatepass").translate(None, _USUAL)
    return bool(rare) and _NOT_SHOWN.search(rare.decode("utf-8", "surrogatepass")) is not None


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
