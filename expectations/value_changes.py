"""Values of a month or day beside those of the same series before: figures that are published as official and may be
wrong although each record by itself is good.

Only what chance, seasons and small numbers do not bring is told: a value that is hundreds of times what is usual, none
of much, a month that repeats the one before number for number, a running total that falls. It may be true all the same;
then an auditor confirms the slice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from connectors.specification import Feed
from expectations.presence import NEARLY_ALL
from warehouse.period_values import PeriodValue, measures

TIMES = 300
"""How many times what is usual a value in another unit is at least: 1,000, with a season of three to one."""
FEWEST = 1000
"""The larger of two values of which one may be in thousands; of a smaller one little would be left."""
SHARE = 0.1
"""What a feed's part (a deliverer, an indicator) tells wrong by less does not turn its figure."""
MOST = 13
"""Periods before that are looked at: a year, and the same month of it."""
_ALWAYS = 3
"""Periods in which a value was positive that is always so."""
_SMALL = 30
"""What is usual of values that are 0 all at once: a smaller sum may be 0 by chance."""
_LONG, _RISES, _FALL = 10, 5, 0.1
"""A running total: in so many periods it never fell, and rose so often; it falls by more than that."""
_ZERO, _FALLEN = "số 0/zero", "giảm/fallen"
_SERIES, _DIGITS = 3, 6
"""Values that changed before and repeat now, and their significant digits together: as many do not by chance."""


@dataclass
class _Series:
    now: float
    past: Sequence[float]
    """In the order of time, at least one."""
    is_same_year: bool
    usual: float = 0.0

    def __post_init__(self) -> None:
        self.usual = median([one for one in self.past if one > 0] or [0.0])

    @property
    def is_scaled(self) -> bool:
        least, most = sorted((self.now, self.usual))
        return least > 0 and most >= FEWEST and most >= TIMES * least

    @property
    def is_zero(self) -> bool:
        return self.now == 0 and len(self.past) >= _ALWAYS and min(self.past) > 0

    @property
    def is_fallen(self) -> bool:
        steps = [after - before for before, after in pairwise(self.past)]
        total = len(self.past) >= _LONG and min(steps) >= 0 and sum(step > 0 for step in steps) >= _RISES
        return total and self.is_same_year and 0 < self.now < (1 - _FALL) * self.past[-1] and not self.is_scaled

    @property
    def changes(self) -> bool:
        """Whether it was another one in most periods."""
        steps = [after != before for before, after in pairwise(self.past)]
        return len(steps) >= 2 and 2 * sum(steps) >= len(steps)


def compare(feed: Feed, values: Iterable[PeriodValue]) -> dict[int, list[str]]:
    """What is unusual about values of batches, by their number, beside the periods before: published ones and those
    that are judged with them and are as usual. Of a period that is in both the one that is judged counts. A batch with
    nothing to compare is left out."""
    past: dict[tuple[str, int], dict[date, float]] = defaultdict(dict)
    batches: dict[tuple[date, int], list[PeriodValue]] = defaultdict(list)
    for one in values:
        if one.batch_id is None:
            _remember(past, one, range(len(one.values)))
        else:
            batches[one.period, one.batch_id].append(one)
    found: dict[int, list[str]] = defaultdict(list)
    for period, batch in sorted(batches):
        own = batches[period, batch]
        bad = _compare(feed, found, batch, own, past)
        for one in own:
            _remember(past, one, [n for n in range(len(one.values)) if (one.part, n) not in bad])
    return found


def _remember(past: dict[tuple[str, int], dict[date, float]], one: PeriodValue, places: Iterable[int]) -> None:
    """A value that is not remembered is none, also where the fact holds an older one."""
    for place, value in enumerate(one.values):
        past[one.series, place].pop(one.period, None)
        if value is not None and place in places:
            past[one.series, place][one.period] = value


def _compare(
    feed: Feed,
    found: dict[int, list[str]],
    batch: int,
    own: Sequence[PeriodValue],
    past: Mapping[tuple[str, int], Mapping[date, float]],
) -> set[tuple[str, int]]:
    """Notes what is told of a period; gives the parts and places of measures of which something is."""
    names, bad = measures(feed), set[tuple[str, int]]()
    parts: dict[tuple[str, int], list[_Series]] = defaultdict(list)
    for one in own:
        for place, value in enumerate(one.values):
            earlier = sorted((day, was) for day, was in past[one.series, place].items() if day < one.period)[-MOST:]
            if value is not None and earlier:
                is_same_year = earlier[-1][0].year == one.period.year
                parts[one.part, place].append(_Series(value, [was for _, was in earlier], is_same_year))
    if not parts:
        return bad
    told = found[batch]
    for (part, place), series in sorted(parts.items()):
        indicator = feed.indicators.get(part)
        called = f"{names[place]} ({part})" if part else names[place]
        flow = indicator is not None and indicator.counts == "flow"
        kinds = {
            "đơn vị/unit": [one for one in series if one.is_scaled],
            _ZERO: [one for one in series if one.is_zero],
            _FALLEN: [] if flow else [one for one in series if one.is_fallen],
        }
        whole = sum(max(one.now, one.usual) for one in series)
        for kind, those in kinds.items():
            weight = sum(max(one.now, one.usual) for one in those)
            least = _SMALL if kind == _ZERO else 0
            if those and weight >= max(SHARE * whole, least):
                before = sum(one.past[-1] if kind == _FALLEN else one.usual for one in those)
                now = sum(one.now for one in those)
                told.append(f"{kind}: {called}: {before:,.12g} → {now:,.12g} [{len(those)}/{len(series)}]")
                bad.add((part, place))
    if feed.slice == "month":
        bad |= _compare_repeated(feed, told, parts)
    return bad


def _compare_repeated(
    feed: Feed, told: list[str], parts: Mapping[tuple[str, int], Collection[_Series]]
) -> set[tuple[str, int]]:
    """The same of what repeats: all numbers of a deliverer, or of the feed, that changed before."""
    bad = set()
    together: dict[str, dict[tuple[str, int], Collection[_Series]]] = defaultdict(dict)
    for (part, place), series in parts.items():
        together[part if feed.deliverers else ""][part, place] = series
    for part, those in sorted(together.items()):
        changing = [one for series in those.values() for one in series if one.changes]
        same = [one for one in changing if one.now == one.past[-1]]
        digits = sum(_digits(one.now) for one in same)
        if len(same) >= _SERIES and digits >= _DIGITS and len(same) >= NEARLY_ALL * len(changing):
            total = sum(one.now for one in same)
            told.append(f"lặp lại/repeated: {part or '*'}: {len(same)}/{len(changing)} = ({total:,.12g})")
            bad |= set(those)
    return bad


def _digits(value: float) -> int:
    """The significant digits of a number; of 0 none."""
    return len(f"{value:.15g}".replace(".", "").strip("0"))
