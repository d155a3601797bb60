"""Statistics: values of indicators by place and period, whose declared totals hold to the unit."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import accumulate, pairwise, product

from gateway.areas import Offices, Province
from gateway.chance import Row, draw, jitter, scattered, split, world_days
from gateway.moments import day_end, day_start, iso
from gateway.records.places import places, shares
from gateway.shelf import Entry, encode
from gateway.systemfile import Flow, Span, Stock, SystemFile, Value, number_of, span_of
from gateway.worldfile import WorldFile

_ONE = timedelta(days=1)
Cell = tuple[str, str, tuple[str, str]]
"""Kind, class, place."""


def spans(grain: str, days: list[date], cuts: Iterable[date]) -> list[Span]:
    """``days`` in runs of the grain that end, too, with each day of ``cuts``."""
    ends = set(cuts)

    def is_end(day: date) -> bool:
        new_month = (day + _ONE).day == 1
        return day in ends or grain == "day" or (new_month and (grain == "month" or day.month == 12))

    last_ones = [day for day in days if is_end(day) or day == days[-1]]
    return list(zip([days[0], *(day + _ONE for day in last_ones[:-1])], last_ones, strict=True))


def allotments(totals: Mapping[Span, int], runs: list[Span]) -> Iterator[tuple[Span, int, list[Span]]]:
    """(range, what is left, the runs that get it) of each of ``totals``: those in it and in no narrower range.

    Raises ValueError when two overlap and neither lies in the other, when less than nothing is left, or when something
    is left and there are no such runs.
    """
    done: dict[Span, int] = {}  # ranges that are dealt out already and lie in no other such range
    free = list(runs)
    for span, total in sorted(totals.items(), key=lambda item: item[0][1] - item[0][0]):
        inner = {other: part for other, part in done.items() if other[0] <= span[1] and span[0] <= other[1]}
        for other in inner:
            if not _holds(span, other):
                raise ValueError(f"ranges {_name(other)} and {_name(span)} overlap, and neither lies in the other")
        own = [run for run in free if _holds(span, run)]
        left = total - sum(inner.values())
        if left < 0 or (left and not own):
            raise ValueError(f"total of {_name(span)} is {total}, but the ranges in it make {total - left}")
        yield span, left, own
        free = [run for run in free if not _holds(span, run)]
        done = {other: part for other, part in done.items() if other not in inner} | {span: total}


class StatisticMaker:
    """Makes the rows of a system's statistics; ``world`` is the whole history."""

    def __init__(self, world: WorldFile, name: str, plan: SystemFile, province: Province) -> None:
        self._world, self._name, self._plan, self._province = world, name, plan, province
        self._days, self._offices = world_days(world), Offices(world)

    def rows(self) -> Iterator[Entry[None]]:
        """Every row, by the moment at which its last day begins. Raises ValueError."""
        seen: set[tuple[object, ...]] = set()
        plans: tuple[Flow | Stock, ...] = (*self._plan.flow, *self._plan.stock)
        for number, plan in enumerate(plans):
            self._random = draw(self._world, f"{self._name} statistic {number}")
            try:
                told = self._flow(plan) if isinstance(plan, Flow) else self._stock(plan)
                for cell, span, units, bound in told:
                    if (plan.indicator, cell, span) in seen:
                        raise ValueError(f"{cell} of {_name(span)} is told twice")
                    seen.add((plan.indicator, cell, span))
                    row = self._row(plan.indicator, cell, span, self._value(units, plan.decimals), bound)
                    yield Entry(day_start(span[1]), plan.indicator, encode(row), None)
            except ValueError as error:
                raise ValueError(f"indicator {plan.indicator}: {error}") from None
        for day, dirt in scattered(self._world, "statistics").items():
            for wrong in dirt:
                row = self._row(plans[0].indicator, ("", "", ("", "")), (day, day), 1, "=") | wrong
                yield Entry(day_start(day), "", encode(row), None)

    def _cells(self, plan: Flow | Stock) -> dict[Cell, float]:
        spread = places(self._province, plan, self._random)
        rows = product(shares(plan.kind).items(), shares(plan.class_).items(), spread.items())
        return {(kind, of, place): a * b * c for (kind, a), (of, b), (place, c) in rows}

    def _declared(self, values: Mapping[str, Value], plan: Flow | Stock) -> dict[Span, tuple[int, str]]:
        """By range, in order of time: units of the last decimal, and the bound."""
        declared = {span_of(text): number_of(value, plan.decimals) for text, value in values.items()}
        if len(declared) < len(values):
            raise ValueError("a day or range is declared twice")
        for first, last in declared:
            if not self._days[0] <= last <= self._days[-1] or (first < self._days[0] and plan.grain != "once"):
                raise ValueError(f"{first}/{last} is not inside the history {self._days[0]}/{self._days[-1]}")
        return dict(sorted(declared.items()))

    def _flow(self, plan: Flow) -> Iterator[tuple[Cell, Span, int, str]]:
        declared, random = self._declared(plan.totals, plan), self._random
        cells, totals = self._cells(plan), {span: units for span, (units, _) in declared.items()}
        if plan.grain == "once":
            runs = list(declared)
            for before, after in pairwise(runs):
                if after[0] <= before[1]:
                    raise ValueError(f"ranges {_name(before)} and {_name(after)} overlap and are told once")
        else:
            cuts = [day for first, last in declared for day in (first - _ONE, last)]
            runs = spans(plan.grain, self._days, [*cuts, *([plan.since - _ONE] if plan.since else [])])
        dealt = [(left, own, declared[span][1]) for span, left, own in allotments(totals, runs)]
        beyond: dict[Span, list[Span]] = defaultdict(list)
        for run in runs:
            if run[0] >= (plan.since or run[0]) and not any(_holds(span, run) for span in declared):
                beyond[min(declared, key=lambda span: (max(span[0] - run[1], run[0] - span[1]), span))].append(run)
        for near, own in beyond.items():
            rate = totals[near] / _weight(near) * jitter(random, 1, 0.05)
            dealt.append((round(rate * sum(map(_weight, own))), own, "="))
        for units, own, bound in dealt:
            rows = [(cell, run, weight * _weight(run)) for run in own for cell, weight in cells.items()]
            parts = split(units, [jitter(random, weight, 0.6) for _, _, weight in rows]) if rows else []
            for (cell, run, _), part in zip(rows, parts, strict=True):
                yield cell, run, part, bound

    def _stock(self, plan: Stock) -> Iterator[tuple[Cell, Span, int, str]]:
        declared, cells = self._declared(plan.values, plan), self._cells(plan)
        days = [last for _, last in declared]
        for first, last in declared:
            if first != last:
                raise ValueError(f"{_name((first, last))}: a state has one day")
        weights, told = list(cells.values()), list(declared.values())
        states = [[units] * len(cells) if plan.each else split(units, weights) for units, _ in told]
        grown = [self._growth((after - before).days) for before, after in pairwise(days)]
        runs = [(day, day) for day in days] if plan.grain == "once" else spans(plan.grain, self._days, days)
        for run in runs:
            place = bisect_right(days, run[1]) - 1
            if place < 0:
                continue
            moves = place + 1 < len(days) and not plan.step
            share = grown[place][(run[1] - days[place]).days] if moves else 0.0
            for cell, least, most in zip(cells, states[place], states[place + moves], strict=True):
                yield cell, run, least + int((most - least) * share), told[place][1]

    def _growth(self, days: int) -> list[float]:
        """For each day from one declared day until the next the part of the way that is done."""
        done = list(accumulate((jitter(self._random, 1, 0.6) for _ in range(days)), initial=0.0))
        return [part / done[-1] for part in done]

    def _value(self, units: int, decimals: int) -> int | float | str:
        if not self._plan.text_numbers:
            return units / 10**decimals if decimals else units
        return f"{units / 10**decimals:,.{decimals}f}".translate(str.maketrans(",.", ".,"))

    def _row(self, indicator: str, cell: Cell, span: Span, value: object, bound: str) -> Row:
        kind, class_, (area, organisation) = cell
        told = day_end(span[1]) - 1 - self._random.randrange(7200)
        return {
            "ma_chi_so": indicator,
            "loai": kind,
            "nhom": class_,
            "ma_dia_ban": area,
            "ma_don_vi": self._offices.code(organisation, day_start(span[1])),
            "tu": span[0].isoformat(),
            "den": span[1].isoformat(),
            "gia_tri": value,
            "can": bound,
            "cap_nhat_luc": iso(told),
        }


def _holds(span: Span, run: Span) -> bool:
    return span[0] <= run[0] and run[1] <= span[1]


def _name(span: Span) -> str:
    return f"{span[0]}/{span[1]}"


def _weight(run: Span) -> float:
    """How much happens in a run: half as much on a Saturday or Sunday."""
    days = (run[1] - run[0]).days + 1
    return sum(1.0 if (run[0].weekday() + n) % 7 < 5 else 0.5 for n in range(days))
