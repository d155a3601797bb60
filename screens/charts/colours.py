"""Classes of a map: quantiles, so that each class holds about as many areas, and equal values share one."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

CLASSES = 5


@dataclass(frozen=True)
class Class:
    """One class: the lowest and highest value in it, and how many areas."""

    index: int
    """Of the colour, 1 to 5; fewer classes spread over all of them."""
    low: Decimal
    high: Decimal
    count: int


@dataclass(frozen=True)
class Classes:
    """The classes from low to high, and each value's class; None for an area without a value."""

    classes: tuple[Class, ...]
    of: tuple[int | None, ...]

    @property
    def missing(self) -> int:
        return sum(one is None for one in self.of)


def quantiles(values: Sequence[Decimal | None], count: int = CLASSES) -> Classes:
    """Up to `count` classes; fewer where there are fewer different values."""
    known = sorted(value for value in values if value is not None)
    if not known:
        return Classes((), (None,) * len(values))
    tops = sorted({known[-(-len(known) * part // count) - 1] for part in range(1, count + 1)})
    colours = _spread(len(tops), count)
    placed = [None if value is None else bisect_left(tops, value) for value in values]
    classes = []
    for place, colour in enumerate(colours):
        members = [value for value in known if bisect_left(tops, value) == place]
        classes.append(Class(colour, members[0], members[-1], len(members)))
    return Classes(tuple(classes), tuple(None if place is None else colours[place] for place in placed))


def _spread(used: int, count: int) -> list[int]:
    if used == 1:
        return [(count + 1) // 2]
    return [1 + round(place * (count - 1) / (used - 1)) for place in range(used)]
