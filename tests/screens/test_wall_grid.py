"""Every number of tiles covers the whole grid."""

import pytest

from screens.wall_grid import COLUMNS, MOST, MOST_BESIDE, MOST_LARGE, ROWS, cells

BOARDS = [(0, small) for small in range(1, MOST + 1)]
BOARDS += [(large, small) for large in range(1, MOST_LARGE + 1) for small in range(MOST_BESIDE + 1)]


@pytest.mark.parametrize(("large", "small"), BOARDS)
def test_the_cells_are_the_whole_grid(large: int, small: int) -> None:
    found = cells(large, small)
    assert len(found) == large + small
    assert sum(cell.columns * cell.rows for cell in found) == COLUMNS * ROWS


@pytest.mark.parametrize(("large", "small"), [board for board in BOARDS if board[0] and board[1] > 1])
def test_a_large_tile_is_larger_than_any_other(large: int, small: int) -> None:
    sizes = [cell.columns * cell.rows for cell in cells(large, small)]
    assert min(sizes[:large]) > max(sizes[large:]) or (large, small) == (2, 2)


def test_rows_are_as_even_as_can_be_and_the_wider_tiles_stand_above() -> None:
    assert [cell.columns for cell in cells(0, 7)] == [20] * 3 + [15] * 4
    assert [cell.columns for cell in cells(0, 10)] == [20] * 6 + [15] * 4
