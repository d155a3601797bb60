"""Wholes and their parts: sums, shares, parts larger than their whole, and figures that stand in a file twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from hub.translation import msg
from kpis import expression
from kpis.definition import AREA_KM2, PLAN, POPULATION, QUANTITIES
from kpis.figure import Reason
from reports.amounts import Quantity, Stated
from reports.arithmetic import Token, is_cut, line, terms
from reports.equations import Equation, Kind
from reports.ratios import cut_text
from reports.sheet import Family, PublishedReport, meet


def sums(sheet: PublishedReport) -> Iterator[Equation]:
    """Totals and their parts, for every breakdown and combination of breakdowns that the file splits one by.

    Parts that exceed their total are wrong in any case. Parts that fall short are so only when they are complete:
    they have every value that the total's own slice (level=3|4) or a code list allows, or the report says so; or, where
    no list is known, another total of the file is split into just these parts and equals their sum. Of a KPI without
    definition a total is taken for one only if it is larger than each of its parts: an average or a maximum never is.
    """
    for family in sheet.splits:
        total, values = sheet.total(family), sheet.values(family)
        if total.formula is None and not sheet.is_total(family):
            continue
        parts = sheet.sum(family.parts)
        holds = meet(total, parts)
        exceed = min(*values, total.published.value) >= 0 and parts.low > total.high
        (first, *_) = sheet.by_quantity[family.whole]
        if len(values) == 1:
            if exceed:
                yield Equation("part", family.parts, (first,), False, _larger(values[0], total))
        elif holds or exceed or sheet.is_complete(family):
            yield _sum(sheet, first, family.parts, holds=holds)


def stretches(sheet: PublishedReport) -> Iterator[Equation]:
    """What happened in a range is what happened in the ranges that it falls into, where the file has them without a
    gap: months and their year."""
    rows: dict[tuple[object, ...], list[Quantity]] = defaultdict(list)
    for quantity, (first, *_) in sheet.by_quantity.items():
        figure = sheet.figures[first]
        if figure.nature == "count" and figure.formula and figure.formula.kind in ("flow", "cumulative"):
            rows[quantity.what, quantity.conditions, quantity.slices].append(quantity)
    for quantities in rows.values():
        for whole in quantities:
            others = [q for q in quantities if q != whole and _spans_days(q)]
            pieces, (index, *_) = _chain(whole, others), sheet.by_quantity[whole]
            total = sheet.figures[index]
            if len(pieces) > 1:
                indexes = tuple(sheet.by_quantity[q][0] for q in pieces)
                yield _sum(sheet, index, indexes, holds=meet(total, sheet.sum(indexes)))
            elif (
                total.formula
                and total.formula.kind == "flow"
                and (indexes := _too_much(sheet, total, _apart(whole, others)))
            ):
                if len(indexes) > 1:
                    yield _sum(sheet, index, indexes, holds=False)
                else:
                    larger = _larger(sheet.figures[indexes[0]].published.value, total)
                    yield Equation("part", indexes, (index,), False, larger)
            yield from _levels(sheet, whole, quantities)


def _levels(sheet: PublishedReport, end: Quantity, quantities: Sequence[Quantity]) -> Iterator[Equation]:
    """A running total is the one before it and what was added in the ranges between them, where these are printed."""
    if _spans_days(end):
        return
    earlier = [q for q in quantities if not _spans_days(q) and q.days[1] < end.days[0]]
    for start in sorted(earlier, key=lambda q: q.days, reverse=True):
        between = replace(end, days=(start.days[1] + timedelta(days=1), end.days[1]))
        pieces = _chain(between, [q for q in quantities if _spans_days(q)])
        if len(pieces) > 1 and between not in sheet.by_quantity:
            indexes = tuple(sheet.by_quantity[q][0] for q in (start, *pieces))
            yield _sum(sheet, sheet.by_quantity[end][0], indexes, holds=meet(_first(sheet, end), sheet.sum(indexes)))
        if pieces:
            return


def _first(sheet: PublishedReport, quantity: Quantity) -> Stated:
    return sheet.figures[sheet.by_quantity[quantity][0]]


def _apart(whole: Quantity, pieces: Iterable[Quantity]) -> list[Quantity]:
    """Pieces within the whole's days that share none, those that end first."""
    chosen: list[Quantity] = []
    for piece in sorted(pieces, key=lambda piece: (piece.days[1], -piece.days[0].toordinal())):
        after = chosen[-1].days[1] if chosen else whole.days[0] - timedelta(days=1)
        if after < piece.days[0] and piece.days[1] <= whole.days[1]:
            chosen.append(piece)
    return chosen


def _too_much(sheet: PublishedReport, total: Stated, pieces: Sequence[Quantity]) -> tuple[int, ...]:
    """The pieces whose sum is above the total, or the one that is by itself; none where nothing is."""
    indexes = tuple(sheet.by_quantity[q][0] for q in pieces)
    if not indexes or min(sheet.figures[i].published.value for i in indexes) < 0:
        return ()
    alone = [i for i in indexes if sheet.figures[i].low > total.high]
    return (alone[0],) if alone else indexes if sheet.sum(indexes).low > total.high else ()


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


def _sum(sheet: PublishedReport, total: int, parts: tuple[int, ...], *, holds: bool) -> Equation:
    values = [sheet.figures[i].published.value for i in parts]
    text = line(
        sheet.figures[total].published.value, "=" if holds else "≠", *terms(values), "=", sum(values, Decimal(0))
    )
    return Equation("sum", (total,), parts, holds, text)


def averages(sheet: PublishedReport) -> Iterator[Equation]:
    """Rates of a whole that do not lie between those of its parts, where the parts are all of it and both numerator and
    denominator are split by them."""
    for whole, (index, *_) in sheet.by_quantity.items():
        figure = sheet.figures[index]
        if figure.nature != "quotient" or figure.formula is None or figure.formula.root:
            continue
        for family in sheet.families(whole, "quotient"):
            parts = [sheet.figures[i] for i in family.parts]
            if len(parts) < 2 or not sheet.is_complete(family) or not _splits_both(sheet, figure, family, parts):
                continue
            low, high = min(parts, key=lambda part: part.low), max(parts, key=lambda part: part.high)
            if low.low > figure.high or figure.low > high.high:
                values = [line(each.published.value) for each in (figure, low, high)]
                text = msg(
                    "{whole} is not between {low} and {high}, the least and the greatest of its parts",
                    whole=values[0],
                    low=values[1],
                    high=values[2],
                )
                yield Equation("average", (index,), family.parts, False, text)


def _splits_both(sheet: PublishedReport, whole: Stated, family: Family, parts: Iterable[Stated]) -> bool:
    """Whether the rate of the whole is a mean of the parts' rates, weighted by their denominators."""
    formula = whole.formula
    if formula is None or formula.denominator is None or formula.counts_distinct or family.names == ():
        return False
    if set(formula.share) & set(family.names) or formula.numerator in QUANTITIES:
        return False
    if formula.denominator in (POPULATION, AREA_KM2):
        return family.names == ("area",)
    if formula.denominator == PLAN:
        year = whole.published.last.year
        wheres = [{n: frozenset(v) for n, v in each.published.where.items()} for each in (whole, *parts)]
        return all(
            sheet.reference.plan(each.published.kpi, year, where)
            for each, where in zip([whole, *parts], wheres, strict=True)
        )
    return expression.is_additive(formula.numerator) and expression.is_additive(formula.denominator)


def periods(sheet: PublishedReport) -> Iterator[Equation]:
    """No report knows what was after its day."""
    for index, figure in enumerate(sheet.figures):
        printed = figure.published
        if printed.reported and printed.last > printed.reported:
            days = (printed.last - printed.reported).days
            text = msg(
                "{last} is {days} days after the report's day, {reported}",
                last=printed.last,
                days=days,
                reported=printed.reported,
            )
            yield Equation("period", (index,), (), False, text)


def shares(sheet: PublishedReport) -> Iterator[Equation]:
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


def parts(sheet: PublishedReport) -> Iterator[Equation]:
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


def outsides(sheet: PublishedReport) -> Iterator[Equation]:
    """Some rows have no more outside of a slice than all rows have there: both counts, and both of the slice, are
    printed."""
    counted = {quantity: i[0] for quantity, i in sheet.by_quantity.items() if _is_count(sheet.figures[i[0]])}
    for (some, index), (every, whole) in product(counted.items(), repeat=2):
        if not every.conditions < some.conditions or replace(every, conditions=some.conditions) != some:
            continue
        for part, inner in counted.items():
            every_part = replace(part, conditions=every.conditions)
            within = part != some and part.conditions == some.conditions and part.is_within(some)
            if within and every_part in counted:
                yield from _outside(sheet, (index, inner, whole, counted[every_part]))


def _outside(sheet: PublishedReport, places: tuple[int, int, int, int]) -> Iterator[Equation]:
    some, part, every, every_part = (sheet.figures[i] for i in places)
    same_scale = some.scale == part.scale == every.scale == every_part.scale
    if same_scale and some.low - part.high > every.high - every_part.low:
        a, b, c, d = (sheet.figures[i].published.value for i in places)
        yield Equation("part", places[:1], places[1:], False, line(a, "−", b, "=", a - b, ">", c, "−", d, "=", c - d))


def _is_count(figure: Stated) -> bool:
    return figure.nature == "count" and figure.formula is not None


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


def twice(sheet: PublishedReport) -> Iterator[Equation]:
    """One quantity that stands in the file more than once, with values that rounding does not explain."""
    for first, *others in sheet.by_quantity.values():
        for index in others:
            one, other = sheet.figures[first], sheet.figures[index]
            holds = meet(one, other)
            text: list[Token] = [one.published.value, "=" if holds else "≠", other.published.value]
            kind: Kind = "twice"
            short, long = sorted((one.published, other.published), key=lambda each: each.decimals)
            finer = not holds and short.decimals < long.decimals
            if finer and is_cut(short.value, short.decimals, long.value, long.value):
                kind, text = "cut", [*text, cut_text(short, long.value)]
            yield Equation(kind, (first, index), (first, index), holds, line(*text))
