"""Where the tiles of a board stand: all of the screen is covered, whatever their number."""

from collections.abc import Iterator
from math import ceil
from typing import NamedTuple

COLUMNS, ROWS = 60, 6
"""Of the grid: so many, that rows of one to four tiles, and one to three rows, divide them."""
MOST = 12
"""Tiles of a board: more cannot be read from afar."""
MOST_LARGE = 2
MOST_BESIDE = 9
"""Small tiles beside large ones."""
_WIDEST = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3}
"""Without large tiles, so many tiles → at most so many in a row; of more it is four."""


class Cell(NamedTuple):
    """How many columns and rows of the grid a tile takes."""

    columns: int
    rows: int
    is_large: bool = False


def cells(large: int, small: int) -> list[Cell]:
    """The cells of so many large tiles, which stand above each other on the left, and small ones, in their order. Small
    ones fill the rest in rows as even as can be, the wider tiles above."""
    if not large or not small:
        return list(_rows(large + small, _WIDEST.get(large + small, 4), COLUMNS))
    share, widest = (40, 1) if small <= 3 else (30, 2) if small <= 6 else (24, 3)
    return [*([Cell(share, ROWS // large, True)] * large), *_rows(small, widest, COLUMNS - share)]


def _rows(count: int, widest: int, columns: int) -> Iterator[Cell]:
    rows = ceil(count / widest) if count else 0
    for row in range(rows):
        in_row = count // rows + (row >= rows - count % rows)
        yield from [Cell(columns // in_row, ROWS // rows)] * in_row
