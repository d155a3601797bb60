"""A published file, ready to be asked which of its figures says what, and which are the parts of which."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from math import prod

from kpis.definition import Definition
from reports.amounts import Nature, Quantity, Stated, stated
from reports.arithmetic import Token, terms
from reports.published import Published
from reports.references import Reference


@dataclass(frozen=True)
class Operand:
    """A value that an equation takes: a figure of the file, a sum of some, or reference data."""

    low: Decimal
    high: Decimal
    figures: tuple[int, ...]
    text: tuple[Token, ...]
    scale: Decimal = Decimal(1)
    """The printed text is this times the value."""


@dataclass(frozen=True)
class Family:
    """Parts of one whole that do not overlap."""

    whole: Quantity
    names: tuple[str, ...]
    """Breakdowns by which the parts split the whole."""
    parts: tuple[int, ...]
    is_complete: bool
    """The parts have every value that a code list, or the whole's own slice, allows."""
    is_closed: bool
    """Whether those values are known at all."""

    def shape(self, figures: Sequence[Stated]) -> tuple[str, frozenset[tuple[frozenset[str], ...]]]:
        """What two families share that split different wholes of one view, or one KPI, in the same way."""
        boxes = [figures[i].quantity.where for i in self.parts]
        return ";".join((self.whole.what[0], *self.names)), frozenset(tuple(b[n] for n in self.names) for b in boxes)


class PublishedReport:
    """The figures of one file with what each says."""

    def __init__(
        self, figures: Sequence[Published], definitions: Mapping[str, Definition], reference: Reference
    ) -> None:
        self.definitions = definitions
        self.reference = reference
        levels = [figure for figure in figures if figure.base is None and not figure.over_target]
        units = {(figure.kpi, figure.measure): figure.unit for figure in levels}
        self.figures = [stated(figure, definitions, reference, units) for figure in figures]
        self.by_quantity: dict[Quantity, list[int]] = defaultdict(list)
        for index, figure in enumerate(self.figures):
            self.by_quantity[figure.quantity].append(index)
        self._split: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for indexes in self.by_quantity.values():
            self._split[self._rows(self.figures[indexes[0]].quantity)].append(indexes[0])

    @staticmethod
    def _rows(quantity: Quantity) -> tuple[object, ...]:
        return quantity.what, quantity.days, quantity.conditions

    def operands(self, quantity: Quantity) -> list[Operand]:
        """Where the value of a quantity stands in the file: printed, and as the sum of its complete parts."""
        found = []
        if quantity in self.by_quantity:
            index = self.by_quantity[quantity][0]
            figure = self.figures[index]
            found.append(Operand(figure.low, figure.high, (index,), (figure.published.value,), figure.scale))
        return found + [self.sum(family.parts) for family in self.families(quantity) if family.is_complete]

    def sum(self, indexes: tuple[int, ...]) -> Operand:
        """Some figures of one formula together."""
        parts = [self.figures[i] for i in indexes]
        text = terms([part.published.value for part in parts])
        return Operand(
            sum((part.low for part in parts), Decimal(0)),
            sum((part.high for part in parts), Decimal(0)),
            indexes,
            ("(", *text, ")") if len(text) > 1 else tuple(text),
            parts[0].scale,
        )

    def total(self, family: Family) -> Stated:
        """The figure that the parts of a family are of."""
        return self.figures[self.by_quantity[family.whole][0]]

    def values(self, family: Family) -> list[Decimal]:
        """The printed values of its parts."""
        return [self.figures[i].published.value for i in family.parts]

    def is_total(self, family: Family) -> bool:
        """Whether the whole can be the sum of positive parts: it is larger than each."""
        values, total = self.values(family), self.total(family).published.value
        return min(*values, total) >= 0 and max(values) < total

    def is_complete(self, family: Family) -> bool:
        """Whether the parts are known to be all of the whole: by a code list, by the report's own words, or because
        another total of the file equals the sum of just these parts."""
        if family.is_complete:
            return True
        said = self.total(family).published.parts
        if said:
            return said == "all" and self.is_nearest(family)
        return not family.is_closed and family.shape(self.figures) in self._proven

    def is_nearest(self, family: Family) -> bool:
        """Whether no figure of the file lies between the whole and one of its parts."""
        rows = [self.figures[i].quantity for i in family.parts]
        between = (self.figures[i].quantity for i in self._split[self._rows(family.whole)])
        return not any(
            other not in (family.whole, *rows)
            and other.is_within(family.whole)
            and any(p.is_within(other) for p in rows)
            for other in between
        )

    @cached_property
    def splits(self) -> list[Family]:
        """Every total of the file with its parts, in every way that it is split."""
        return [family for whole in self.wholes for family in self.families(whole)]

    @cached_property
    def _proven(self) -> set[tuple[str, frozenset[tuple[frozenset[str], ...]]]]:
        met = (family for family in self.splits if meet(self.total(family), self.sum(family.parts)))
        return {family.shape(self.figures) for family in met}

    @cached_property
    def wholes(self) -> list[Quantity]:
        """Each quantity of the file whose parts add up to it."""
        return [quantity for quantity, (first, *_) in self.by_quantity.items() if self.figures[first].nature == "count"]

    def families(self, whole: Quantity, nature: Nature = "count") -> Iterator[Family]:
        """The parts of a whole, by the breakdowns that they split, without overlaps; each part is in one at least."""
        groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
        kept = whole.where
        for index in self._split.get(self._rows(whole), []):
            part = self.figures[index]
            if part.nature == nature and part.quantity != whole and part.quantity.is_within(whole):
                names = tuple(sorted(n for n, values in part.quantity.slices if values != kept.get(n)))
                groups[names].append(index)
        for names, indexes in groups.items():
            indexes.sort(key=lambda i: prod(len(self.figures[i].quantity.where[name]) for name in names))
            for parts in self._disjoint(names, indexes):
                cells = self._cells(whole, names, parts)
                covered = sum(prod(len(self.figures[i].quantity.where[name]) for name in names) for i in parts)
                yield Family(whole, names, parts, covered == cells, cells is not None)

    def _disjoint(self, names: Iterable[str], indexes: Sequence[int]) -> Iterator[tuple[int, ...]]:
        left = list(indexes)
        while left:
            parts: list[int] = []
            for index in [left[0], *indexes]:
                if all(self._apart(names, index, other) for other in parts):
                    parts.append(index)
            yield tuple(sorted(parts))
            left = [index for index in left if index not in parts]

    def _apart(self, names: Iterable[str], one: int, other: int) -> bool:
        a, b = self.figures[one].quantity.where, self.figures[other].quantity.where
        return any(_exclude_each_other(name, a[name], b[name]) for name in names)

    def _cells(self, whole: Quantity, names: Iterable[str], parts: Iterable[int]) -> int | None:
        """How many cells the whole has; None where no closed list of values is known."""
        view = self.figures[next(iter(parts))].view
        sizes = []
        for name in names:
            known = whole.where.get(name) or self.reference.values(name, view)
            if not known or any(not self.figures[i].quantity.where[name] <= known for i in parts):
                return None
            sizes.append(len(known))
        return prod(sizes)


def meet(one: Stated | Operand, other: Stated | Operand) -> bool:
    """Whether both may stand for the same value."""
    return one.low <= other.high and other.low <= one.high


def _exclude_each_other(name: str, one: frozenset[str], other: frozenset[str]) -> bool:
    """Areas contain each other: only codes of one level, which have one length, are apart."""
    if name == "area" and len({len(code) for code in one | other}) > 1:
        return False
    return not one & other
