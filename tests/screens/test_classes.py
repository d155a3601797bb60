"""Classes of a map: they fit the values, and keep together what is alike."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screens.charts.classes import CLASSES, FIT, Middle, classes, fit, fitting, natural_breaks
from tests.screens.made_up import D

SHARES = st.decimals(min_value=0, max_value=100, places=2)
MIDDLES = st.none() | st.builds(Middle, SHARES, st.sampled_from(["above", "below"]), st.booleans())


def spread(groups: Sequence[Sequence[Decimal]]) -> Decimal:
    found = Decimal(0)
    for group in groups:
        middle = sum(group, Decimal(0)) / len(group)
        found += sum(((value - middle) ** 2 for value in group), Decimal(0))
    return found


@given(st.lists(st.integers(0, 60), min_size=1, max_size=9), st.integers(1, 5))
def test_no_other_classes_fit_better(numbers: list[int], count: int) -> None:
    values = sorted(map(Decimal, numbers))
    found = natural_breaks(values, count)
    distinct = sorted(set(values))
    assert [value for group in found for value in group] == values
    assert len(found) == min(count, len(distinct))
    for ends in combinations(distinct[1:], len(found) - 1):
        edges = [distinct[0], *ends, distinct[-1] + 1]
        other = [[v for v in values if low <= v < high] for low, high in pairwise(edges)]
        assert spread(found) <= spread(other) + Decimal("1e-6")


@given(st.lists(st.none() | SHARES, max_size=80), st.sampled_from([1, 2]), MIDDLES)
def test_each_value_is_in_the_class_that_its_written_form_is_in(
    values: list[Decimal | None], decimals: int, middle: Middle | None
) -> None:
    made = classes(values, "%", decimals, middle)
    named = {one.name: one for one in made.classes}
    assert len(named) == len(made.classes)
    assert [value is None for value in values] == [one is None for one in made.of]
    for value, name in zip(values, made.of, strict=True):
        if value is not None and name is not None:
            assert named[name].low <= value.quantize(Decimal(1).scaleb(-decimals), "ROUND_HALF_UP") <= named[name].high
    for name, one in named.items():
        assert made.of.count(name) == one.count


@given(st.lists(SHARES, min_size=1, max_size=80), st.sampled_from([1, 2]))
def test_areas_whose_figures_read_alike_share_a_colour(values: list[Decimal], decimals: int) -> None:
    made = classes(values, "%", decimals)
    read = [value.quantize(Decimal(1).scaleb(-decimals), "ROUND_HALF_UP") for value in values]
    assert len(set(zip(read, made.of, strict=True))) == len(set(read))
    assert len(made.classes) <= min(CLASSES, len(set(read)))


@given(st.lists(SHARES, min_size=1, max_size=80).map(sorted))
def test_near_values_are_parted_only_where_the_classes_would_not_fit_else(values: list[Decimal]) -> None:
    apart = max(Decimal("0.15"), (values[-1] - values[0]) / 100)
    found = fitting(values, CLASSES, "%")
    if any(other[0] - one[-1] < apart for one, other in pairwise(found)):
        assert fit(natural_breaks(values, CLASSES, apart)) < FIT


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["97.4", "97.5", "60", "61.2"], [["60"], ["61.2"], ["97.4", "97.5"]]),
        (["98.27", "98.41", "98.54", "98.54"], [["98.27", "98.41", "98.54", "98.54"]]),
        (["50", "50", "50"], [["50", "50", "50"]]),
        (["0", "100"], [["0"], ["100"]]),
    ],
)
def test_97_4_and_97_5_are_one_class(values: list[str], expected: list[list[str]]) -> None:
    assert fitting(sorted(map(D, values)), CLASSES, "%") == [[D(one) for one in group] for group in expected]


@given(st.lists(SHARES, min_size=1, max_size=60), SHARES, st.sampled_from(["above", "below"]))
def test_a_target_is_reached_or_not(values: list[Decimal], target: Decimal, good: str) -> None:
    made = classes(values, "%", 1, Middle(target, "above" if good == "above" else "below"))
    for value, name in zip(values, made.of, strict=True):
        is_reached = value >= target if good == "above" else value <= target
        assert str(name).startswith("ahead" if is_reached else "behind"), value


def test_the_further_from_the_middle_the_stronger_the_colour() -> None:
    values = [D(value) for value in (10, 40, 70, 78, 82, 88, 99)]
    for ahead, sides in (("above", ("behind", "ahead")), ("below", ("ahead", "behind"))):
        made = classes(values, "%", 1, Middle(D(80), "above" if ahead == "above" else "below"))
        low = [f"{sides[0]}-{strength}" for strength in (3, 2, 1, 1)]
        assert made.of == (*low, *(f"{sides[1]}-{strength}" for strength in (1, 2, 3)))


def test_what_is_about_as_the_province_is_neither_side() -> None:
    made = classes([D("80"), D("93.3"), D("93.4"), D("93.5"), D("99")], "%", 1, Middle(D("93.4"), has_level=True))
    assert made.of == ("behind-2", "level", "level", "level", "ahead-2")
