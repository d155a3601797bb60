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
from gateway.systemfile import Flow, Span, Stock, SystemFile, number_of, span_of
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


def allotments(totals: Mapping[Span, int], runs: list[Span]) -> list[tuple[int, list[Span]]]:
    """What of ``totals`` is left for the runs that lie in no narrower range; the ranges are disjoint or nested.

    Raises ValueError when there are no such runs, or less than nothing is left.
    """
    done: dict[Span, int] = {}  # ranges that are dealt out already and lie in no other such range
    free, dealt = list(runs), []
    for span, total in sorted(totals.items(), key=lambda item: item[0][1] - item[0][0]):
        inner = {other: part for other, part in done.items() if other[0] <= span[1] and span[0] <= other[1]}
        for other in inner:
            if not (span[0] <= other[0] and other[1] <= span[1]):
                raise ValueError(f"ranges {_name(other)} and {_name(span)} overlap and lie in none of each other")
        own = [run for run in free if span[0] <= run[0] and run[1] <= span[1]]
        left = total - sum(inner.values())
        if left < 0 or (left and not own):
            raise ValueError(f"total of {_name(span)} is {total}, but the ranges in it make {total - left}")
        if own:
            dealt.append((left, own))
        used = set(own)
        free = [run for run in free if run not in used]
        done = {other: part for other, part in done.items() if other not in inner} | {span: total}
    return dealt


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

    def _flow(self, plan: Flow) -> Iterator[tuple[Cell, Span, int, str]]:
        declared = {span_of(text): number_of(value, plan.decimals) for text, value in plan.totals.items()}
        cells, totals = self._cells(plan), {span: units for span, (units, _) in declared.items()}
        if plan.grain == "once":
            runs = sorted(declared)
            for before, after in pairwise(runs):
                if after[0] <= before[1]:
                    raise ValueError(
                        f"ranges {_name(before)} and {_name(after)} overlap, which ones told once must not"
                    )
        else:
            for span in declared:
                self._inside(*span)
            cuts = [day for first, last in declared for day in (first - _ONE, last)]
            runs = spans(plan.grain, self._days, [*cuts, *([plan.since - _ONE] if plan.since else [])])
        dealt = allotments(totals, runs)
        by_run = {run: declared[self._narrowest(declared, run)][1] for _, own in dealt for run in own}
        beyond: dict[Span, list[Span]] = defaultdict(list)
        for run in runs:
            if run not in by_run and run[0] >= (plan.since or run[0]):
                beyond[min(declared, key=lambda span: (max(span[0] - run[1], run[0] - span[1]), span))].append(run)
        for near, own in beyond.items():
            rate = totals[near] / _weight(near)
            dealt.append((round(rate * sum(map(_weight, own)) * jitter(self._random, 1, 0.05)), own))
        for units, own in dealt:
            weights = {
                (cell, run): jitter(self._random, cells[cell] * _weight(run), 0.6) for run in own for cell in cells
            }
            for (cell, run), part in zip(weights, split(units, list(weights.values())), strict=True):
                yield cell, run, part, by_run.get(run, "=")

    def _stock(self, plan: Stock) -> Iterator[tuple[Cell, Span, int, str]]:
        declared = {span_of(text): number_of(value, plan.decimals) for text, value in sorted(plan.values.items())}
        cells, days = self._cells(plan), [last for _, last in declared]
        for first, last in declared:
            self._inside(first, last)
            if first != last:
                raise ValueError(f"{first}/{last}: a state has one day")
        weights = list(cells.values())
        states = [[units] * len(cells) if plan.each else split(units, weights) for units, _ in declared.values()]
        bounds = [bound for _, bound in declared.values()]
        grown = [self._growth((after - before).days) for before, after in pairwise(days)]
        runs = [(day, day) for day in days] if plan.grain == "once" else spans(plan.grain, self._days, days)
        for run in runs:
            place = bisect_right(days, run[1]) - 1
            if place < 0:
                continue
            low, ahead = states[place], place + 1 < len(days) and not plan.step
            share = grown[place][(run[1] - days[place]).days] if ahead else 0.0
            high = states[place + 1] if ahead else low
            for cell, least, most in zip(cells, low, high, strict=True):
                yield cell, run, least + int((most - least) * share), bounds[place]

    def _growth(self, days: int) -> list[float]:
        """For each day from one declared day until the next the part of the way that is done."""
        done = list(accumulate((jitter(self._random, 1, 0.6) for _ in range(days)), initial=0.0))
        return [part / done[-1] for part in done]

    def _inside(self, first: date, last: date) -> None:
        if first < self._days[0] or last > self._days[-1]:
            raise ValueError(f"{_name((first, last))} is not inside the history {self._days[0]}/{self._days[-1]}")

    @staticmethod
    def _narrowest(declared: Iterable[Span], run: Span) -> Span:
        around = [span for span in declared if span[0] <= run[0] and run[1] <= span[1]]
        return min(around, key=lambda span: span[1] - span[0])

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


def _name(span: Span) -> str:
    return f"{span[0]}/{span[1]}"


def _weight(run: Span) -> float:
    """How much happens in a run: half as much on a Saturday or Sunday."""
    days = (run[1] - run[0]).days + 1
    return sum(1.0 if (run[0].weekday() + n) % 7 < 5 else 0.5 for n in range(days))
