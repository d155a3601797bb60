"""Which rows of a long list are shown at first: its two ends, or those that are looked for."""

from collections.abc import Sequence
from typing import NamedTuple

from hub.texts import without_marks
from screens.view_models.figure import Share

LAST = 5
"""Rows of the end that is not the beginning."""


class Ends(NamedTuple):
    """Places of a list's rows, from 0: the first ones, the last ones that have a value, and all others."""

    first: Sequence[int]
    last: Sequence[int]
    rest: Sequence[int]


def ends(parts: Sequence[Share], count: int | None) -> Ends:
    """Both ends of a sorted list whose rows without a value come last; `count` is how many rows it may show."""
    if count is None or len(parts) <= count:
        return Ends(range(len(parts)), (), ())
    known = sum(part.value is not None for part in parts)
    is_cut = known > count
    first = range(count - LAST if is_cut else count)
    last = range(known - LAST, known) if is_cut else range(0)
    return Ends(first, last, [place for place in range(len(parts)) if place not in first and place not in last])


def sought_places(parts: Sequence[Share], text: str) -> list[int]:
    """The places of the rows whose names hold the text, marks and letter case aside: `lang son` finds Lạng Sơn."""
    wanted = plain(text)
    return [place for place, part in enumerate(parts) if wanted in plain(part.label)]


def plain(text: str) -> str:
    """The text as people type it who leave out marks."""
    return " ".join(without_marks(text).casefold().split())
