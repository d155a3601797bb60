"""Both ends of long lists, and the names that are looked for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.lists import LAST, ends, plain, sought_places
from screens.view_models.figure import Share


def shares(known: int, unknown: int = 0) -> list[Share]:
    values = [*(Decimal(known - n) for n in range(known)), *[None] * unknown]
    return [Share(f"Xã {n}", value) for n, value in enumerate(values)]


def test_a_long_list_shows_its_best_and_its_worst_and_the_rest_on_request() -> None:
    first, last, rest = ends(shares(20), 15)
    assert (list(first), list(last), list(rest)) == ([*range(10)], [*range(15, 20)], [*range(10, 15)])


def test_a_short_list_is_shown_whole() -> None:
    assert [list(one) for one in ends(shares(9, 2), 15)] == [[*range(11)], [], []]
    assert [list(one) for one in ends(shares(40), None)] == [[*range(40)], [], []]


def test_the_worst_is_one_with_a_figure() -> None:
    first, last, rest = ends(shares(20, 5), 15)
    assert (first[-1], list(last)) == (9, [*range(15, 20)])
    assert [place for place in rest if place >= 20] == [*range(20, 25)]


@given(st.integers(0, 60), st.integers(0, 30), st.integers(LAST + 1, 30))
def test_every_row_is_in_one_place(known: int, unknown: int, count: int) -> None:
    first, last, rest = ends(shares(known, unknown), count)
    assert sorted([*first, *last, *rest]) == [*range(known + unknown)]
    assert len(first) + len(last) <= max(count, 1)


@pytest.mark.parametrize("text", ["lang son", "LẠNG SƠN", "Lạng  Sơn", "la\u0323ng sơn"])
def test_names_are_found_without_their_marks(text: str) -> None:
    parts = [Share("Thành phố Lạng Sơn", None), Share("Huyện Tràng Định", None)]
    assert sought_places(parts, text) == [0]
    assert sought_places(parts, "trang dinh") == [1]
    assert sought_places(parts, "bac son") == []


def test_what_is_typed_is_no_pattern() -> None:
    assert sought_places([Share("Xã A", None)], ".*") == []
    assert plain("Đình  Lập") == "dinh lap"
