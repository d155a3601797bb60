"""What is usual of a series on a day, by the calendar: the series, what is found of it, and what all kinds of baselines
share.

Plain figures in, plain findings out: no database, no specification. A series is what a source said of each day (or
month): a flow counts what happened, a stock tells a level. It has parts: who delivered, and which codes. Each period is
judged by those before it that were good: what was blocked, provisional or waived does not train (`trains`), nor what is
found to be an anomaly here.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Subject = Literal["volume", "silent", "mix", "frozen"]

SELDOM = 5e-4
"""A day without a record of a deliverer, or with all counts of the day before, is told where chance makes fewer."""
WARM_UP = 42
"""Good days before the first judgement."""
SHARES = 60
"""Good days that tell the shares of deliverers and codes."""
LASTING = 28
"""Days; with one fault on two thirds of them they are no longer bad ones but the level."""


@dataclass(frozen=True)
class Series:
    """What a source said of consecutive days, or of months by a day of each; NaN of a period that was not read."""

    days: Sequence[date]
    kind: Literal["flow", "stock"]
    total: Numbers
    parts: Mapping[str, Numbers] = field(default_factory=dict)
    """By deliverer."""
    mixes: Mapping[str, Mapping[str, Numbers]] = field(default_factory=dict)
    """By column and code."""
    trains: NDArray[np.bool_] | None = None
    """Which periods may teach what is usual; all without it."""
    is_monthly: bool = False


@dataclass(frozen=True)
class Finding:
    """A period that is not as usual."""

    place: int
    """Of the period in the series."""
    subject: Subject
    part: str
    """Deliverer, or column=code; empty of the whole."""
    seen: float
    low: float
    high: float


class Baseline:
    """Goes through the periods in order, and learns from the good ones."""

    warm_up, longest, enough = WARM_UP, LASTING, LASTING * 2 // 3

    def __init__(self, series: Series) -> None:
        self.series = series
        self.total = series.total
        self.good: list[int] = []
        """Periods that taught what is usual."""
        self.lasting: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
        """By what was found the periods in which it was, since the level was learned."""
        self.past: dict[str, deque[tuple[float, list[float]]]] = defaultdict(lambda: deque(maxlen=SHARES))
        """By column the records of good periods, and the shares of its codes."""

    def take(self, place: int) -> list[Finding]:
        """Judges a period and learns from it, or does not."""
        if math.isnan(self.total[place]):
            return []
        found = self.findings(place) if len(self.good) >= self.warm_up else []
        if not self.trains(place):
            return found
        for one in found:
            self.lasting[one.subject, one.part.partition("=")[0], one.seen > one.high].append(place)
        since = place - self.longest + 1
        late = [[day for day in days if day >= since] for days in self.lasting.values()]
        if begun := [days[0] for days in late if len(days) >= self.enough]:
            self.lasting.clear()
            places = range(min(begun), place + 1)
            self.restart([n for n in places if self.trains(n) and not math.isnan(self.total[n])])
        elif not found:
            self.learn(place)
        return found

    def trains(self, place: int) -> bool:
        """Whether a period may teach what is usual."""
        return self.series.trains is None or bool(self.series.trains[place])

    def findings(self, place: int) -> list[Finding]:
        """What is unusual of a period."""
        raise NotImplementedError

    def learn(self, place: int) -> None:
        """Takes a good period in."""
        self.good.append(place)
        for column, counts in self.series.mixes.items():
            whole = float(sum(one[place] for one in counts.values()))
            if whole > 0:
                self.past[column].append((whole, [float(one[place] / whole) for one in counts.values()]))

    def restart(self, places: list[int]) -> None:
        """Takes these periods as the new level."""
        self.past.clear()
        self.good.clear()
        for place in places:
            Baseline.learn(self, place)

    def previous(self, place: int) -> int | None:
        """The last period that was read before it."""
        return next((n for n in range(place - 1, max(-1, place - 8), -1) if not math.isnan(self.total[n])), None)

    def groups(self) -> Iterable[Sequence[Numbers]]:
        """The counts by deliverer, by each column's codes; the total where there are none."""
        found = [list(group.values()) for group in (self.series.parts, *self.series.mixes.values()) if group]
        return found or [[self.total]]

    def repeats(self, place: int, before: int) -> bool:
        """Whether every count is that of another period."""
        return self.total[place] == self.total[before] and all(
            counts[place] == counts[before] for group in self.groups() for counts in group
        )

    def mixed(self, place: int) -> Iterable[tuple[str, float, float, list[float]]]:
        """By column and code the name, the records of the column, the code's share, and its shares of late good periods
        with about as many records or more."""
        for column, counts in self.series.mixes.items():
            whole = float(sum(one[place] for one in counts.values()))
            past = [shares for records, shares in self.past[column] if records >= max(1.0, whole / 3)]
            for n, (code, one) in enumerate(counts.items()):
                if whole > 0:
                    yield f"{column}={code}", whole, float(one[place] / whole), [shares[n] for shares in past]
