"""Wholes and their parts: sums, shares, parts larger than their whole, and figures that stand in a file twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from kpis.figure import Reason
from reports.amounts import Quantity, Stated
from reports.arithmetic import line, terms
from reports.equations import Equation
from reports.sheet import Family, Sheet, meet


def sums(sheet: Sheet) -> Iterator[Equation]:
    """Totals and their parts, for every breakdown and combination of breakdowns that the file splits one by.

    Parts that exceed their total are wrong in any case. Parts that fall short are so only when they are complete:
    they have every value that the total's own slice (level=3|4) or a code list allows; or, where no list is known,
    another total of the file is split into just these parts and equals their sum. Of a KPI without definition a
    total is taken for one only if it is larger than each of its parts: an average or a maximum never is.
    """
    split = [(family, sheet.sum(family.parts)) for whole in sheet.wholes for family in sheet.families(whole)]
    proven = {family.shape(sheet.figures) for family, parts in split if meet(_total(sheet, family), parts)}
    for family, parts in split:
        (first, *_), total = sheet.by_quantity[family.whole], _total(sheet, family)
        values = [sheet.figures[i].published.value for i in family.parts]
        positive = min(*values, total.published.value) >= 0
        if total.formula is None and not (positive and max(values) < total.published.value):
            continue
        complete = family.is_complete or (not family.is_closed and family.shape(sheet.figures) in proven)
        holds = meet(total, parts)
        exceed = positive and parts.low > total.high
        if not (holds or exceed or complete):
            continue
        if len(values) == 1:
            if exceed:
                yield Equation("part", family.parts, (first,), False, _larger(values[0], total))
            continue
        yield _sum(sheet, first, family.parts, holds=holds)


def _total(sheet: Sheet, family: Family) -> Stated:
    return sheet.figures[sheet.by_quantity[family.whole][0]]


def stretches(sheet: Sheet) -> Iterator[Equation]:
    """What happened in a range is what happened in the ranges that it falls into, where the file has them without a
    gap: months and their year."""
    rows: dict[tuple[object, ...], list[Quantity]] = defaultdict(list)
    for quantity, (first, *_) in sheet.by_quantity.items():
        figure = sheet.figures[first]
        if figure.nature == "count" and figure.formula and figure.formula.kind in ("flow", "cumulative"):
            rows[quantity.what, quantity.conditions, quantity.slices].append(quantity)
    for quantities in rows.values():
        for whole in quantities:
            pieces = _chain(whole, [q for q in quantities if q != whole and _spans_days(q)])
            if len(pieces) > 1:
                (index, *_), indexes = sheet.by_quantity[whole], tuple(sheet.by_quantity[q][0] for q in pieces)
                parts = sheet.sum(indexes)
                yield _sum(sheet, index, indexes, holds=meet(sheet.figures[index], parts))


def _spans_days(quantity: Quantity) -> bool:
    """A running total on one day is no range: it says what there was since ever."""
    return quantity.days[0] < quantity.days[1] or quantity.what[1] == "flow"


def _chain(whole: Quantity, pieces: Sequence[Quantity]) -> list[Quantity]:
    """Pieces that follow each other from the whole's first day to its last, the shortest ones; none if days lack."""
    first, last = whole.days
    inside = [piece for piece in pieces if first <= piece.days[0] and piece.days[1] <= last]
    follow: dict[date, Quantity] = {}
    for piece in sorted(inside, key=lambda piece: (piece.days[0], piece.days[0] - piece.days[1]), reverse=True):
        after = piece.days[1] + timedelta(days=1)
        if piece.days[1] == last or after in follow:
            follow[piece.days[0]] = piece
    chain: list[Quantity] = []
    while first in follow:
        chain.append(follow[first])
        first = chain[-1].days[1] + timedelta(days=1)
    return chain


def _sum(sheet: Sheet, total: int, parts: tuple[int, ...], *, holds: bool) -> Equation:
    values = [sheet.figures[i].published.value for i in parts]
    text = line(
        sheet.figures[total].published.value, "=" if holds else "≠", *terms(values), "=", sum(values, Decimal(0))
    )
    return Equation("sum", (total,), parts, holds, text)


def shares(sheet: Sheet) -> Iterator[Equation]:
    """Shares of all values of a breakdown are together the whole, 100 %, as far as they were rounded."""
    groups: dict[tuple[str, object], dict[frozenset[str], int]] = {}
    for quantity, (first, *_) in sheet.by_quantity.items():
        figure = sheet.figures[first]
        for name in figure.formula.share if figure.formula and figure.nature == "quotient" else ():
            others = frozenset(each for each in quantity.slices if each[0] != name)
            rows = quantity.what, quantity.days, quantity.conditions, others
            groups.setdefault((name, rows), {})[quantity.where[name]] = first
    for (name, _), shares in groups.items():
        figures = [sheet.figures[i] for i in shares.values()]
        known, formula = sheet.reference.values(name, figures[0].view), figures[0].formula
        disjoint = len(frozenset().union(*shares)) == sum(len(values) for values in shares)
        if formula is None or not disjoint or len(shares) < 2:
            continue
        low, high = (sum((getattr(f, side) for f in figures), Decimal(0)) for side in ("low", "high"))
        complete = known is not None and known == frozenset().union(*shares)
        if low > formula.scale or (complete and high < formula.scale):
            values = [figure.published.value for figure in figures]
            text = line(formula.scale, "≠", *terms(values), "=", sum(values, Decimal(0)))
            yield Equation("sum", tuple(shares.values()), (), False, text)


def parts(sheet: Sheet) -> Iterator[Equation]:
    """A count of some rows that is larger than the count of all: by their definitions, or as `part_of` says."""
    counted = [(quantity, sheet.figures[i[0]], i[0]) for quantity, i in sheet.by_quantity.items()]
    counted = [each for each in counted if each[1].nature in ("count", "distinct") and each[1].formula]
    for quantity, part, index in counted:
        larger = [
            (whole, place)
            for other, whole, place in counted
            if place != index
            and part.low > whole.high
            and (_is_some_of(quantity, part, other, whole) or _is_said_part(part, whole))
        ]
        if larger:
            whole, place = min(larger, key=lambda each: each[0].published.value)
            yield Equation("part", (index,), (place,), False, _larger(part.published.value, whole))


def _larger(part: Decimal, whole: Stated) -> Reason:
    return line(part, ">", whole.published.value, f"({whole.published.name})")


def _is_some_of(quantity: Quantity, part: Stated, other: Quantity, whole: Stated) -> bool:
    """Counts that differ in a breakdown alone are left to `sums`."""
    adds_up = part.nature == "count" and quantity.conditions == other.conditions
    return not adds_up and quantity.is_within(other) and part.published.unit == whole.published.unit


def _is_said_part(part: Stated, whole: Stated) -> bool:
    own = part.definition
    if own is None or own.part_of is None or part.published.measure != own.measure:
        return False
    same = (part.published.where, part.published.first, part.published.last)
    return own.part_of == f"{whole.published.kpi}.{whole.published.measure}" and same == (
        whole.published.where,
        whole.published.first,
        whole.published.last,
    )


def twice(sheet: Sheet) -> Iterator[Equation]:
    """One quantity that stands in the file more than once, with values that rounding does not explain."""
    for first, *others in sheet.by_quantity.values():
        for index in others:
            one, other = sheet.figures[first], sheet.figures[index]
            holds = meet(one, other)
            text = line(one.published.value, "=" if holds else "≠", other.published.value)
            yield Equation("twice", (first, index), (first, index), holds, text)
