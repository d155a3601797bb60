"""How figures of areas are spread."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from screens.charts.histogram import FEWEST, histogram, stretches
from screens.charts.scale import nice_scale

D = Decimal
values = st.lists(st.decimals(min_value=0, max_value=100, places=2), min_size=FEWEST, max_size=60)


@given(values)
def test_every_figure_is_in_one_stretch(known: list[Decimal]) -> None:
    scale = nice_scale(known, 0, 1, 8)
    counts = stretches(known, scale.ticks)
    assert sum(counts) == len(known)
    assert counts[-1] >= sum(one == scale.high for one in known)


def test_few_figures_and_such_as_are_alike_have_no_spread() -> None:
    assert histogram("a", "A", "%", [D(n) for n in range(FEWEST - 1)], None, "vi") is None
    assert histogram("a", "A", "%", [D(5)] * 20, None, "vi") is None
    assert histogram("a", "A", "%", [None] * 20, None, "vi") is None


def test_the_picture_says_what_it_shows_and_where_the_whole_lies() -> None:
    drawn = histogram("spread", "Phân bố", "%", [D(n) for n in range(80, 100)], D("93.4"), "vi")
    assert drawn is not None
    assert "20 số liệu, từ 80,0% đến 99,0%" in drawn
    assert drawn.count('class="own"') == 1
    assert "style=" not in drawn
