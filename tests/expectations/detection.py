"""How many planted faults the baseline finds in the simulated years, and how often it cries wolf."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from expectations.anomaly_judgement import judge
from expectations.baseline import Series
from tests.expectations.simulated_years import WARM, WARM_MONTHS, Cells, Years, plant, seen, years

_ONE_CAUSE = 7
"""Alarms within so many days of the one before are of one cause: one incident."""


@dataclass
class Score:
    """Counts by fault, and false alarms with the quarters in which they came."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    detectable: Counter[str] = field(default_factory=Counter)
    found_detectable: Counter[str] = field(default_factory=Counter)
    false_alarms: int = 0
    beside_faults: int = 0
    """False alarms in the years with faults."""
    quarters: float = 0

    def add(self, other: "Score") -> None:
        for name in ("planted", "found", "detectable", "found_detectable"):
            getattr(self, name).update(getattr(other, name))
        self.false_alarms += other.false_alarms
        self.beside_faults += other.beside_faults
        self.quarters += other.quarters


def score(name: str, seeds: Iterable[int]) -> Score:
    """What becomes of one source in the years of these seeds."""
    total = Score()
    for seed in seeds:
        total.add(_score(years(name, seed), seed))
    return total


def as_series(made: Years, told: Cells) -> Series:
    """What the hub would see: totals, by deliverer, by code."""
    deliverers, codes = told.shape[1:]
    return Series(
        made.periods,
        "stock" if made.kind == "stock" else "flow",
        told.sum(axis=(1, 2)),
        {f"deliverer={n}": told[:, n].sum(axis=1) for n in range(deliverers)} if deliverers > 1 else {},
        {"code": {str(n): told[:, :, n].sum(axis=1) for n in range(codes)}},
        is_monthly=made.is_monthly,
    )


def _score(made: Years, seed: int) -> Score:
    warm = WARM_MONTHS if made.is_monthly else WARM
    cried = {one.place for one in judge(as_series(made, seen(made)))}
    told, faults = plant(made, seed)
    alarms = {one.place for one in judge(as_series(made, told))}
    own: set[int] = set()
    found = Score(
        false_alarms=_incidents(place for place in cried if place >= warm),
        quarters=(len(made.periods) - warm) / (3 if made.is_monthly else 91.3),
    )
    for fault in faults:
        hit = bool(alarms & set(range(fault.first, fault.last + 1)))
        found.planted[fault.fault] += 1
        found.found[fault.fault] += hit
        found.detectable[fault.fault] += fault.detectable
        found.found_detectable[fault.fault] += hit and fault.detectable
        # the day after a shifted week is told twice
        own |= set(range(fault.first, fault.last + 1 + (fault.fault == "shifted")))
    found.beside_faults = _incidents(place for place in alarms - own if place >= warm)
    return found


def _incidents(places: Iterable[int]) -> int:
    ordered = sorted(places)
    return sum(n == 0 or place - ordered[n - 1] > _ONE_CAUSE for n, place in enumerate(ordered))
