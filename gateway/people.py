"""Invented people: whatever the gateway gives out as personal data comes from here and can be found again.

Every personal text follows one of ``LEAK_PATTERNS``: names, addresses and subjects carry a token that no
real Vietnamese text has, identity numbers and telephones begin with a prefix that is not issued, plates have
a series that is not in use. A leak test needs to search for nothing else.
"""

import re
import tomllib
from pathlib import Path

NAME_TOKEN = "Zzyvan"  # noqa: S105 - a word to search for
ADDRESS_TOKEN = "Zzyduong"  # noqa: S105
SUBJECT_TOKEN = "Zzytrich"  # noqa: S105
IDENTITY_PREFIX = "020999"
TELEPHONE_PREFIX = "0999"
PLATE_PREFIX = "12Z-"

LEAK_PATTERNS = (
    r"Zzy(?:van|duong|trich)",
    rf"(?<!\d){IDENTITY_PREFIX}\d{{6}}(?!\d)",
    rf"(?<!\d){TELEPHONE_PREFIX}\d{{6}}(?!\d)",
    rf"{PLATE_PREFIX}\d{{3}}\.\d{{2}}",
)

PERSONS = 150_000
"""How many people there are to draw from."""
WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_SURNAMES, _MIDDLES, _GIVEN = WORDS["surnames"], WORDS["middles"], WORDS["given"]


def name(number: int) -> str:
    """The name of person ``number`` (from 0)."""
    rest, given = divmod(number, len(_GIVEN))
    rest, middle = divmod(rest, len(_MIDDLES))
    return f"{_SURNAMES[rest % len(_SURNAMES)]} {_MIDDLES[middle]} {_GIVEN[given]} {NAME_TOKEN}"


def identity(number: int) -> str:
    """Twelve digits."""
    return f"{IDENTITY_PREFIX}{number % 1_000_000:06}"


def telephone(number: int) -> str:
    """Ten digits."""
    return f"{TELEPHONE_PREFIX}{number * 7 % 1_000_000:06}"


def address(number: int, commune: str) -> str:
    """A house in ``commune``."""
    return f"Số {number % 290 + 1} {ADDRESS_TOKEN}, {commune}"


def plate(number: int) -> str:
    """``12Z-345.67``."""
    return f"{PLATE_PREFIX}{number // 100 % 1000:03}.{number % 100:02}"


def text(kind: str, number: int) -> str:
    """What a document is about (``subjects``), a citizen writes (``reports``) or a press piece is called
    (``headlines``)."""
    return f"{WORDS[kind][number % len(WORDS[kind])]} ({SUBJECT_TOKEN} {number})"


def leaks(text: str) -> list[str]:
    """Every planted personal text that occurs in ``text``."""
    return [found.group() for pattern in LEAK_PATTERNS for found in re.finditer(pattern, text)]
