"""Rates beside each other: their differences are seen, and what they are measured by is written."""

from decimal import Decimal
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.charts.dots import dot, dot_scale

D = Decimal
CLOSE = [D("93.1"), D("95.2"), D("97.0")]


def place(value: Decimal, values: list[Decimal], own: Decimal | None = None) -> float:
    scale = dot_scale("%", [*values], own)
    assert scale is not None
    return float(next(drawn(dot(value, scale)).iter("circle")).get("cx", "").rstrip("%"))


def drawn(markup: str) -> Element:
    return fromstring(markup)


def test_rates_that_lie_close_together_are_seen_apart() -> None:
    places = [place(value, CLOSE) for value in CLOSE]
    assert places == sorted(places)
    assert places[-1] - places[0] > 50, "more than half of the width, where bars from 0 would differ by 4 percent of it"


def test_hundredths_do_not_look_like_a_gulf() -> None:
    alike = [D("98.40"), D("98.45"), D("98.50")]
    assert place(alike[-1], alike) - place(alike[0], alike) < 15


def test_a_scale_that_does_not_begin_at_0_says_so_and_one_of_widespread_rates_begins_there() -> None:
    close, wide = dot_scale("%", [*CLOSE]), dot_scale("%", [D(4), D(96)])
    assert close is not None and close.is_broken
    assert wide is not None and not wide.is_broken and wide.scale.low == 0


def test_counts_have_bars_from_0() -> None:
    assert dot_scale("vehicles", [D(94163), D(48837)]) is None
    assert dot_scale("%", [None, None]) is None


def test_the_stem_leads_from_the_whole_to_the_part() -> None:
    scale = dot_scale("%", [*CLOSE], D("95.2"))
    assert scale is not None
    lines = {line.get("class"): line for line in drawn(dot(D("97.0"), scale)).iter("line")}
    circle = next(drawn(dot(D("97.0"), scale)).iter("circle"))
    assert lines["stem"].get("x1") == lines["own"].get("x1")
    assert lines["stem"].get("x2") == circle.get("cx")


@pytest.mark.parametrize(("target", "shown"), [("96", True), ("80", False), (None, False)])
def test_a_target_far_off_does_not_press_the_dots_together(target: str | None, shown: bool) -> None:
    scale = dot_scale("%", [*CLOSE], None, None if target is None else D(target))
    assert scale is not None
    assert (scale.target is not None) == shown
    assert ("aim" in dot(D("95.2"), scale)) == shown


@given(
    st.lists(st.decimals(min_value=0, max_value=300, places=2), min_size=1, max_size=30),
    st.one_of(st.none(), st.decimals(min_value=0, max_value=300, places=2)),
    st.one_of(st.none(), st.decimals(min_value=0, max_value=300, places=2)),
    st.sampled_from(["%", "per 100 people"]),
)
def test_every_dot_lies_within_its_column(
    values: list[Decimal], own: Decimal | None, target: Decimal | None, unit: str
) -> None:
    scale = dot_scale(unit, values, own, target)
    assert scale is not None
    for value in values:
        for element in drawn(dot(value, scale)).iter():
            for name in ("cx", "x1", "x2"):
                assert 0 <= float(element.get(name, "0").rstrip("%")) <= 100
