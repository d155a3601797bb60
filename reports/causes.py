"""Why a published figure probably differs from what the hub computes. A cause explains, but it excuses nothing."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from hub.translation import msg
from hub.units import round_half_up
from kpis.definition import GROWTH
from kpis.figure import Reason
from reports.arithmetic import is_about, is_cut, legible, line
from reports.contradictions import Finding
from reports.equations import Kind
from reports.published import Published

_HUNDRED = Decimal(100)
_SLIPS = tuple(Decimal(1000) ** power for power in (1, 2, 3, -1, -2, -3))
"""A thousand, a million or a billion too many, or too few."""


def causes(differing: Sequence[tuple[int, Published, Decimal]]) -> Iterator[Finding]:
    """At most one cause of each figure: its place, what was published, and what the hub computes instead."""
    swapped = dict(_swapped(differing))
    for index, published, computed in differing:
        if index in swapped:
            if swapped[index] > index:
                other = next(each for each in differing if each[0] == swapped[index])
                values = [line(legible(value, published.decimals)) for value in (computed, other[2])]
                text = msg(
                    "the hub has {one} and {other}: the values of two lines are swapped", one=values[0], other=values[1]
                )
                yield Finding("swapped", (index, other[0]), (index, other[0]), text)
            continue
        cause = _cause(published, computed)
        if cause:
            yield Finding(cause[0], (index,), (index,), cause[1])


def _cause(published: Published, computed: Decimal) -> tuple[Kind, Reason] | None:
    value, hub = published.value, legible(computed, published.decimals)
    if is_cut(value, published.decimals, computed, computed):
        rounded = line(round_half_up(computed, published.decimals))
        return "cut", msg(
            "the hub has {hub}: cut instead of rounded, which gives {rounded}", hub=line(hub), rounded=rounded
        )
    ratio = legible(computed + _HUNDRED, published.decimals)
    grows = published.unit == "%" and (published.measure == GROWTH or published.base is not None)
    if grows and is_about(value, ratio) and not is_about(value, hub):
        return "ratio", msg("the hub has {hub}: {ratio} is the ratio, not the growth", hub=line(hub), ratio=line(ratio))
    for slip in _SLIPS if value else ():
        if _is(value, computed * slip, published.decimals):
            many = line(slip if slip > 1 else 1 / slip)
            if slip > 1:
                return "unit", msg("the hub has {hub}: published is {times} times as much", hub=line(hub), times=many)
            return "unit", msg("the hub has {hub}: published is it divided by {times}", hub=line(hub), times=many)
    return None


def _is(value: Decimal, computed: Decimal, decimals: int) -> bool:
    """Whether it is the computed one, as printed or to its own digits but zeros, which are two at least."""
    digits = len(value.normalize().as_tuple().digits)
    return round_half_up(computed, decimals) == value or (digits > 1 and is_about(value, computed))


def _swapped(differing: Sequence[tuple[int, Published, Decimal]]) -> Iterator[tuple[int, int]]:
    """Places of neighbours of one KPI, measure and period, of which each bears the other's value."""
    taken: set[int] = set()
    for (one, a, x), (other, b, y) in pairwise(differing):
        alike = (a.kpi, a.measure, a.unit, a.first, a.last) == (b.kpi, b.measure, b.unit, b.first, b.last)
        crossed = round_half_up(x, b.decimals) == b.value and round_half_up(y, a.decimals) == a.value
        if other == one + 1 and alike and crossed and one not in taken:
            taken.add(other)
            yield from ((one, other), (other, one))
