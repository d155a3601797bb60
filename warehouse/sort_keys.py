"""The order of Vietnamese names, as a key that plain byte order sorts: no ICU, no locale of the server needed."""

import re
import unicodedata

_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}  # huyền hỏi ngã sắc nặng
_LETTERS = {
    "ă": "a1", "â": "a2", "đ": "d1", "ê": "e1", "ô": "o1", "ơ": "o2", "ư": "u1",
    **{plain: f"{plain}0" for plain in "adeou"},
}  # fmt: skip


def sort_key(name: str) -> str:
    """ASCII text whose byte order is the dictionary's order of `name`: syllable by syllable, letters before tones.

    Numbers sort by value ("Phường 2" before "Phường 10"); case and punctuation do not count.
    """
    return " ".join(
        _syllable(part) for part in re.findall(r"\d+|[^\W\d_]+", unicodedata.normalize("NFC", name.lower()))
    )


def _syllable(part: str) -> str:
    if part.isdigit():
        return part.zfill(6)
    tone = next((_TONES[mark] for mark in unicodedata.normalize("NFD", part) if mark in _TONES), "0")
    letters = "".join(mark for mark in unicodedata.normalize("NFD", part) if mark not in _TONES)
    return "".join(_LETTERS.get(letter, letter) for letter in unicodedata.normalize("NFC", letters)) + tone
