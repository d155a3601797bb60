"""Three invented years of eleven sources, faults planted into them, and what an omniscient judge could find of these.

Nothing here knows the judge that is measured by it. Each seed draws other habits: how the week looks, how deep and how
long Tết is, peaks at ends of months and quarters, growth, seasons, campaigns, how far days scatter, who delivers how
much, how the codes are mixed. Counts are negative binomial with a day's luck that all share and one of each deliverer;
codes are multinomial with shares that scatter (Dirichlet). Tết's dates are written down here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[Any]
"""By period, deliverer and code."""
FIRST, LAST = date(2022, 1, 1), date(2024, 12, 31)
WARM = 400
"""Days without a planted fault at the beginning: a year in which the habits of the year are seen once."""
WARM_MONTHS = 13
TET = {2022: date(2022, 2, 1), 2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29)}
OFF = {
    *(date(year, month, day) for year in range(2022, 2026) for month, day in ((1, 1), (4, 30), (5, 1), (9, 2))),
    *(date(2022, 1, 3), date(2022, 4, 11), date(2022, 5, 2), date(2022, 5, 3), date(2022, 9, 1)),
    *(date(2023, 1, 2), date(2023, 5, 2), date(2023, 5, 3), date(2023, 9, 1), date(2023, 9, 4)),
    *(date(2024, 4, 18), date(2024, 4, 29), date(2024, 9, 3)),
}
FAULTS = ("drop", "double", "frozen", "shifted", "silent", "mix")
"""30 % missing; everything twice; the answer of the period before again; dated one day too early for a week; one
deliverer without records; half of the commonest code's records with another one."""
ALPHA, POWER = 0.001, 0.95
"""A fault is detectable where a judge who knows the true distribution, and which fault to look for, finds it 95
times in 100 while it cries wolf once in 1,000 periods: about once in two quarters with six faults to look for."""
_DRAWS = 1000


@dataclass
class Years:
    """One source: its periods, the true means of its cells, and what chance made of them."""

    name: str
    kind: str
    """flow, or stock: a level to which each period adds."""
    periods: list[date]
    means: Cells
    scatter: float
    """Relative variance of a period's luck."""
    own_scatter: float
    """The same of each deliverer."""
    mixing: float
    """How firmly the shares of codes hold (Dirichlet)."""
    start: Cells
    """Levels before the first period; 0 of a flow."""
    cells: Cells = field(default_factory=lambda: np.zeros(0))

    @property
    def is_monthly(self) -> bool:
        return (self.periods[1] - self.periods[0]).days > 1

    @property
    def length(self) -> int:
        """Periods that one planted shift lasts."""
        return 1 if self.is_monthly else 7

    def draw(self, period: int, rng: np.random.Generator, size: int = 1) -> Cells:
        """`size` draws of what one period brings, by draw, deliverer and code."""
        means = self.means[period]
        luck = _luck(rng, self.scatter, (size, 1)) * _luck(rng, self.own_scatter, (size, means.shape[0]))
        totals = means.sum(axis=1)
        counts = rng.poisson(totals * luck)
        shares = np.divide(
            means, totals[:, None], out=np.full_like(means, 1 / means.shape[1]), where=totals[:, None] > 0
        )
        tilt = rng.gamma(np.maximum(self.mixing * shares.mean(axis=0), 1e-3), size=(size, means.shape[1]))
        tilt /= np.maximum(self.mixing * shares.mean(axis=0), 1e-3)
        mixed = shares[None] * tilt[:, None, :] + 1e-12
        mixed /= mixed.sum(axis=2, keepdims=True)
        return rng.multinomial(counts, mixed).astype(float)


@dataclass(frozen=True)
class Planted:
    """A fault and the periods that bear it."""

    fault: str
    first: int
    last: int
    detectable: bool


def years(name: str, seed: int) -> Years:
    """The years of one source, as this seed has them."""
    rng = np.random.default_rng([seed, sorted(_SHAPES).index(name)])
    shape = _SHAPES[name]
    periods = _months() if shape.monthly else [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    level = rng.uniform(*shape.size)
    trend = (1 + rng.uniform(*shape.growth)) ** (np.arange(len(periods)) * (365 / len(periods) * 3) / 365)
    level_of = level * trend * _seasons(rng, periods, shape)
    weights = np.sort(rng.dirichlet(np.full(shape.deliverers, 2.5)))[::-1]
    codes = rng.dirichlet(np.full(shape.codes, 3.0))
    turned = rng.dirichlet(np.full(shape.codes, 3.0))
    way = np.linspace(0, 0.15, len(periods))[:, None]  # the mix of codes moves slowly
    shares = (1 - way) * codes + way * turned
    means = level_of[:, None, None] * weights[None, :, None] * shares[:, None, :]
    stock = shape.kind == "stock"
    start = shape.start * level * weights[:, None] * codes[None, :] if stock else np.zeros(means.shape[1:])
    made = Years(
        name,
        shape.kind,
        periods,
        means,
        rng.uniform(*shape.scatter),
        rng.uniform(*shape.scatter) / 2,
        rng.uniform(150, 800),
        np.round(start),
    )
    made.cells = np.concatenate([made.draw(n, rng) for n in range(len(periods))])
    return made


def seen(made: Years, brought: Cells | None = None) -> Cells:
    """What a source says of each period when it brought that: a stock tells its level."""
    cells = made.cells if brought is None else brought
    return made.start + cells.cumsum(axis=0) if made.kind == "stock" else cells


def plant(made: Years, seed: int, gap: int = 23) -> tuple[Cells, list[Planted]]:
    """What is seen with faults planted after the first year, `gap` days or 3 months apart, each kind in turn."""
    rng = np.random.default_rng([seed, 77, sorted(_SHAPES).index(made.name)])
    told, found = seen(made).copy(), []
    right = told.copy()
    step = 3 if made.is_monthly else gap
    faults = [fault for fault in FAULTS if fault != "silent" or told.shape[1] > 1]
    position = (WARM_MONTHS if made.is_monthly else WARM) + int(rng.integers(0, step))
    order = int(rng.integers(0, len(faults)))
    while position + made.length + 1 < len(told):
        fault = faults[order % len(faults)]
        who = int(rng.integers(0, told.shape[1]))
        last = position + (made.length - 1 if fault == "shifted" else 0)
        for period in range(position, last + 1):
            told[period] = _spoilt(fault, right, period, who, rng)
        if (told == right)[position : last + 1].all() and fault not in ("frozen", "shifted"):
            position += 1  # such as a deliverer that has nothing to deliver on a Sunday
            continue
        found.append(Planted(fault, position, last, _detectable(made, fault, position, who, rng)))
        order, position = order + 1, position + step + int(rng.integers(0, 1 + step // 4))
    return told, found


def names() -> list[str]:
    """The eleven sources."""
    return list(_SHAPES)


def _spoilt(fault: str, right: Cells, period: int, who: int, rng: np.random.Generator) -> Cells:
    own: Cells = right[period].copy()
    before: Cells = right[period - 1].copy()
    after: Cells = right[period + 1].copy()
    match fault:
        case "drop":
            own[:] = rng.binomial(own.astype(int), 0.7)
        case "double":
            own *= 2
        case "frozen":
            return before
        case "shifted":
            return after
        case "silent":
            own[who] = 0
        case "mix":
            common = int(own.sum(axis=0).argmax())
            moved = np.asarray(rng.binomial(own[:, common].astype(int), 0.5), dtype=float)
            own[:, common] -= moved
            own[:, (common + 1) % own.shape[1]] += moved
    return own


def _detectable(made: Years, fault: str, period: int, who: int, rng: np.random.Generator) -> bool:
    usual, after = made.draw(period, rng, _DRAWS), made.draw(period + 1, rng, _DRAWS)
    stock, level = made.kind == "stock", seen(made)[period]
    match fault:
        case "frozen":
            twin = made.draw(period - 1, rng, _DRAWS)
            same = (usual == 0) if stock else (usual == twin)
            return bool(same.all(axis=(1, 2)).mean() <= ALPHA)
        case "silent":
            totals = usual[:, who].sum(axis=1)
            return bool(level[who].sum() > 0 if stock else (totals == 0).mean() <= ALPHA)
        case "mix":
            if stock:
                return True
            common = int(made.means[period].sum(axis=0).argmax())
            counts = usual.sum(axis=1)
            share = counts[:, common] / np.maximum(counts.sum(axis=1), 1)
            moved = rng.binomial(counts[:, common].astype(int), 0.5) / np.maximum(counts.sum(axis=1), 1)
            return _tells(share, moved)
        case "shifted":
            pairs = ((made.draw(n, rng, _DRAWS), made.draw(n + 1, rng, _DRAWS)) for n in _span(made, period))
            if stock:
                return _tells(_totals(usual), _totals(usual) + _totals(after))
            return any(_tells(_totals(own), _totals(other)) for own, other in pairs)
        case "drop":
            return stock or _tells(_totals(usual), rng.binomial(_totals(usual).astype(int), 0.7))
    return stock or _tells(_totals(usual), 2 * _totals(usual))


def _span(made: Years, period: int) -> Iterator[int]:
    return iter(range(period, min(period + made.length, len(made.periods) - 1)))


def _totals(draws: Cells) -> Cells:
    return np.asarray(draws.sum(axis=(1, 2)))


def _tells(usual: Any, spoilt: Any) -> bool:
    low, high = np.quantile(usual, [ALPHA, 1 - ALPHA])
    return bool(max((spoilt < low).mean(), (spoilt > high).mean()) >= POWER)


def _luck(rng: np.random.Generator, scatter: float, size: tuple[int, ...]) -> Cells:
    return rng.gamma(1 / scatter, scatter, size) if scatter > 0 else np.ones(size)


@dataclass(frozen=True)
class _Shape:
    kind: str
    size: tuple[float, float]
    """Records a period."""
    growth: tuple[float, float]
    scatter: tuple[float, float]
    deliverers: int
    codes: int
    office: bool = True
    """Closed on weekends and holidays."""
    tet: tuple[float, float] = (0.02, 0.1)
    """What is left of a day at Tết."""
    peaks: tuple[float, float] = (1.05, 1.4)
    """At the end of a month."""
    season: float = 0.1
    campaigns: int = 2
    """A year."""
    monthly: bool = False
    start: float = 0


_SHAPES = {
    "dvc": _Shape("flow", (400, 1500), (-0.05, 0.4), (0.0005, 0.005), 12, 3),
    "ioffice": _Shape("flow", (400, 1800), (0, 0.3), (0.0005, 0.005), 8, 3, peaks=(1.1, 1.8)),
    "gate": _Shape("flow", (300, 1500), (-0.1, 0.4), (0.001, 0.008), 5, 2, office=False, tet=(0.03, 0.3), season=0.2),
    "feedback": _Shape("flow", (15, 45), (0, 0.6), (0.01, 0.05), 1, 6, office=False, tet=(0.3, 0.7)),
    "press": _Shape("flow", (2, 4), (0, 0.2), (0.02, 0.08), 1, 3, office=False, tet=(0.4, 1.0)),
    "security": _Shape("flow", (400, 2500), (-0.2, 0.5), (0.01, 0.05), 1, 4, office=False, tet=(0.6, 1.1), campaigns=3),
    "citizen_app": _Shape("stock", (60, 300), (-0.2, 0.3), (0.02, 0.1), 2, 3, office=False, tet=(0.1, 0.6), start=400),
    "ecommerce": _Shape("stock", (30, 200), (0, 0.6), (0.03, 0.1), 2, 2, office=False, tet=(0.2, 0.8), start=300),
    "lgsp": _Shape("stock", (0.004, 0.012), (0, 0), (0.01, 0.02), 17, 3, start=2500, campaigns=0),
    "telecom": _Shape("stock", (2000, 9000), (-0.2, 0.2), (0.02, 0.1), 5, 4, monthly=True, start=80, campaigns=0),
    "post": _Shape("flow", (9000, 40000), (0, 0.2), (0.0005, 0.003), 3, 2, monthly=True, season=0.08, campaigns=0),
}


def _months() -> list[date]:
    return [date(year, month, 1) for year in range(FIRST.year, LAST.year + 1) for month in range(1, 13)]


def _seasons(rng: np.random.Generator, periods: list[date], shape: _Shape) -> Cells:
    """What a period has of the usual amount, by the calendar and by campaigns."""
    turn, strength = rng.uniform(0, 6.28), rng.uniform(0, shape.season)
    wave: Cells = np.array([1 + strength * np.sin(turn + 6.2832 * day.timetuple().tm_yday / 365) for day in periods])
    if shape.monthly:
        tet, end = rng.uniform(0.8, 0.95), rng.uniform(1.05, 1.3)
        of_tet = [tet if (day.year, day.month) == (TET[day.year].year, TET[day.year].month) else 1.0 for day in periods]
        quarter = np.array([end if day.month % 3 == 0 else 1.0 for day in periods])
        wave *= np.array(of_tet) * quarter
        return wave
    week = rng.uniform(0.85, 1.15, 7)
    week[5:] *= rng.uniform(0.0, 0.15, 2) if shape.office else rng.uniform(0.6, 1.1, 2)
    holiday = rng.uniform(0.01, 0.05) if shape.office else rng.uniform(0.5, 1.1)
    depth, before, after = rng.uniform(*shape.tet), rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.9)
    closed, rush = int(rng.integers(3, 5)), rng.uniform(1.0, 1.5)
    month_end, quarter_end = rng.uniform(*shape.peaks), rng.uniform(*shape.peaks) * rng.uniform(1, 1.3)
    found = wave
    for n, day in enumerate(periods):
        found[n] *= holiday if day in OFF else week[day.weekday()]
        left = min((TET[day.year] - day).days, 999)
        if -closed <= left <= 2:
            found[n] *= depth
        elif 2 < left <= 7:
            found[n] *= before
        elif 7 < left <= 14:
            found[n] *= rush
        elif -closed - 7 <= left < -closed:
            found[n] *= after
        if (day + timedelta(2)).month != day.month:
            found[n] *= quarter_end if day.month % 3 == 0 else month_end
    for _ in range(3 * shape.campaigns):
        begin, length = int(rng.integers(0, len(periods))), int(rng.integers(5, 20))
        found[begin : begin + length] *= rng.uniform(1.05, 1.25)
    return found
