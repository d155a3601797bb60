"""Classes of a map that fit its values: natural breaks, on both sides of a middle where there is one.

Natural breaks (Fisher, 1958) put the values into classes whose own spread is least, found exactly. Values that are near
each other stay together as long as the classes still say where an area stands, and values that read alike always do: no
line is drawn between 97.4 and 97.5 while there is a better place for it. Fewer values that differ make fewer classes.
docs/decisions/0044.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise
from math import inf
from typing import Literal

CLASSES, ON_A_SIDE = 5, 3
FIT = 0.8
"""How much of the values' spread is between classes where these fit: of what is usual for maps."""
_NEAR = Decimal("0.01")
"""Values are near each other up to here, of all that the values span."""
_NEAR_POINTS, _POINT = Decimal("0.15"), Decimal(1)
"""Percentage points: shares are near each other up to here, and if all lie within a point they are not told apart."""


@dataclass(frozen=True)
class Class:
    """One class: the lowest and highest value in it, and how many areas."""

    name: str
    """Of its colour: class-1 to class-5 from low to high; beside a middle behind-3 to behind-1, `level` and ahead-1 to
    ahead-3, the further from it the higher. Fewer classes spread over all colours."""
    low: Decimal
    high: Decimal
    count: int

    @property
    def side(self) -> str:
        return self.name.partition("-")[0]


@dataclass(frozen=True)
class Middle:
    """What a diverging scale is around."""

    value: Decimal
    ahead: Literal["above", "below"] = "above"
    """Which side is the good one."""
    has_level: bool = False
    """Whether values near it are a class of their own; a target is reached or not, and is itself reached."""


@dataclass(frozen=True)
class Classes:
    """The classes from low to high, and each value's; None for an area without a value."""

    classes: tuple[Class, ...]
    of: tuple[str | None, ...]


def classes(
    values: Sequence[Decimal | None], unit: str = "", decimals: int = 2, middle: Middle | None = None
) -> Classes:
    """The classes of values as they are written, with so many decimals."""
    step = Decimal(1).scaleb(-decimals)
    known = [value for value in values if value is not None]
    near = _near(known, unit) if known else Decimal(0)
    written = [None if value is None else value.quantize(step, ROUND_HALF_UP) for value in values]
    if middle is not None and middle.has_level:
        middle = replace(middle, value=middle.value.quantize(step, ROUND_HALF_UP))
    judged = written if middle is not None and middle.has_level else values
    sides = [None if value is None else _side(value, middle, near) for value in judged]
    made = []
    for side in dict.fromkeys(side for side in sides if side):
        own = sorted(value for value, one in zip(written, sides, strict=True) if value is not None and one == side)
        count = {"class": CLASSES, "level": 1}.get(side, ON_A_SIDE)
        groups = fitting(own, count, unit)
        is_down = middle is not None and side == ("behind" if middle.ahead == "above" else "ahead")
        names = _names(side, len(groups), count)
        made += [
            Class(name, group[0], group[-1], len(group))
            for name, group in zip(names[::-1] if is_down else names, groups, strict=True)
        ]
    of = tuple(
        None if value is None else next(c.name for c in made if c.side == side and c.low <= value <= c.high)
        for value, side in zip(written, sides, strict=True)
    )
    return Classes(tuple(sorted(made, key=lambda one: (one.low, one.high))), of)


def _side(value: Decimal, middle: Middle | None, near: Decimal) -> str:
    """On which side of the middle a value is; `class` without one."""
    if middle is None:
        return "class"
    if middle.has_level and abs(value - middle.value) < near:
        return "level"
    is_ahead = value >= middle.value if middle.ahead == "above" else value <= middle.value
    return "ahead" if is_ahead else "behind"


def _names(side: str, used: int, count: int) -> list[str]:
    """The names of so many classes, spread over all colours of the side."""
    if side == "level":
        return ["level"]
    places = [1 + round(place * (count - 1) / (used - 1)) for place in range(used)] if used > 1 else [(count + 1) // 2]
    return [f"{side}-{place}" for place in places]


def _near(values: Sequence[Decimal], unit: str) -> Decimal:
    span = (max(values) - min(values)) * _NEAR
    return max(span, _NEAR_POINTS) if unit == "%" else span


def fitting(values: Sequence[Decimal], count: int, unit: str = "") -> list[list[Decimal]]:
    """Sorted values in up to `count` classes between which they are as far apart as a fit allows."""
    apart = _near(values, unit)
    found = natural_breaks(values, count, apart)
    while fit(found) < FIT and len(set(values)) > len(found) and (unit != "%" or values[-1] - values[0] > _POINT):
        if apart < Decimal("0.001") * (values[-1] - values[0]):
            break
        apart /= 2
        found = natural_breaks(values, count, apart)
    return found


def fit(groups: Sequence[Sequence[Decimal]]) -> float:
    """How much of the values' spread is between the classes, from 0 to 1."""
    every = [value for group in groups for value in group]
    whole = _spread(every)
    return 1.0 if whole == 0 else 1 - sum(map(_spread, groups)) / whole


def _spread(values: Sequence[Decimal]) -> float:
    middle = sum(values, Decimal(0)) / len(values)
    return float(sum(((value - middle) ** 2 for value in values), Decimal(0)))


def natural_breaks(values: Sequence[Decimal], count: int, apart: Decimal = Decimal(0)) -> list[list[Decimal]]:
    """Sorted values in up to `count` classes, so that the squares of the values' distances from the middle of their own
    class add up to the least; none ends between values that are less than `apart` from each other."""
    if not values:
        return []
    ends = [n for n, (one, other) in enumerate(pairwise(values), 1) if other > one and other - one >= apart]
    ends = [0, *ends, len(values)]
    shifted = [float(value - values[0]) for value in values]
    sums, squares = [0.0, *accumulate(shifted)], [0.0, *accumulate(one * one for one in shifted)]

    def spread(first: int, end: int) -> float:
        return squares[end] - squares[first] - (sums[end] - sums[first]) ** 2 / (end - first)

    best: list[tuple[float, tuple[int, ...]]] = [(inf, ()), *((spread(0, end), (0,)) for end in ends[1:])]
    for size in range(1, min(count, len(ends) - 1)):  # of the values up to each end, in one class more each time
        best = [
            min(
                ((best[at][0] + spread(ends[at], ends[to]), (*best[at][1], ends[at])) for at in range(size, to)),
                default=(inf, ()),
            )
            for to in range(len(ends))
        ]
    return [list(values[first:end]) for first, end in pairwise([*best[-1][1], len(values)])]
