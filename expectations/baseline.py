"""What is usual of a series on a day, by the calendar, and what of it is an anomaly.

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
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from expectations.drift import usual
from expectations.working_calendar import DayKind, kinds

Numbers = NDArray[np.float64]
Subject = Literal["volume", "silent", "mix", "frozen"]

NORMAL = 1.4826
"""Standard deviations of a normal distribution in its median absolute deviation."""
SURE, SURE_ABOVE = 3.2, 4.2
"""Standard deviations that a day's total may lie below and above what is expected: a campaign, or a rush before a
deadline, brings more, and nothing but a fault brings less; what comes twice is far above."""
SURE_OF_STEP = 6.0
"""The same of steps of a stock."""
SURE_OF_MONTH = 3.2
"""The same of months."""
SELDOM = 5e-4
"""A day without a record of a deliverer, or with all counts of the day before, is told where chance makes fewer."""
WARM_UP, WARM_UP_MONTHS = 42, 6
"""Good periods before the first judgement."""
SAME_WEEKDAY, RECENT, SCATTER = 16, 16, 150
"""Good days that tell the weekday's part, the level, and how far days scatter."""
SHARES = 60
"""Good days that tell the shares of deliverers and codes."""
LASTING, LASTING_MONTHS = 28, 3
"""Days, of which two thirds, and months with one fault after which they are no longer bad ones but the level."""
LEAST = 0.1
"""A total, or a share, that differs by less is as usual."""
_ALMOST_NORMAL = ("month_end", "quarter_end", "free_month_end", "after_holiday")
_OFTEN = 12
"""Days of a kind before their middle tells more than the least and the most of them."""
_UNSEEN = 0.3
"""Relative error of what is expected of a kind of day that came seldom, before its own is known."""


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


def judge(series: Series) -> list[Finding]:
    """The anomalies of a series in the order of its periods."""
    judging = _Months(series) if series.is_monthly else _Stock(series) if series.kind == "stock" else _Days(series)
    return [finding for place in range(len(series.days)) for finding in judging.take(place)]


class _Judging:
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
        since = place - self.longest + 1
        for one in found:
            self.lasting[one.subject, one.part.partition("=")[0], one.seen > one.high].append(place)
        if any(sum(day >= since for day in days) >= self.enough for days in self.lasting.values()):
            self.lasting.clear()
            self.restart([n for n in range(since, place + 1) if not math.isnan(self.total[n])])
        elif not found and (self.series.trains is None or self.series.trains[place]):
            self.learn(place)
        return found

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
            _Judging.learn(self, place)

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


class _Days(_Judging):
    """A flow by days: expected as level × weekday × kind of day."""

    def __init__(self, series: Series) -> None:
        super().__init__(series)
        self.kinds = kinds(series.days)
        self.of_weekday: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=SAME_WEEKDAY))
        self.recent: deque[int] = deque(maxlen=RECENT)
        self.residuals: deque[tuple[float, float]] = deque(maxlen=SCATTER)
        """Of good normal days what was expected, and the square of Anscombe's residual."""
        self.scatter = 0.02
        """The variance of a day beyond that of Poisson's distribution, in its squared mean."""
        self.of_kind: dict[tuple[str, int], list[float]] = defaultdict(list)
        """What days of a kind had of what their weekday has else."""
        self.misses: deque[float] = deque(maxlen=40)
        """By which share the expectations of such days were wrong."""
        self._usual: dict[int, float | None] = {}
        """Of the weekdays that were asked for since the last good day."""

    def findings(self, place: int) -> list[Finding]:
        found = []
        expected = self.expect(place)
        if expected is not None:
            least, most, error = expected
            low, high = self.range(least, error)[0], self.range(most, error)[1]
            low, high = min(low, least * (1 - LEAST)), max(high, most * (1 + LEAST))
            if not low <= self.total[place] <= high:
                found.append(Finding(place, "volume", "", float(self.total[place]), low, high))
        return found + self.silent(place) + self.mix(place) + self.frozen(place)

    def learn(self, place: int) -> None:
        kind, count = self.kinds[place], float(self.total[place])
        normal = self.base_of(kind)
        if kind.special is None:
            if normal is not None and len(self.good) >= self.warm_up:
                residual = 2 * (math.sqrt(count + 0.375) - math.sqrt(normal + 0.375))
                self.residuals.append((normal, residual**2))
                self.scatter = _scatter(self.residuals)
            self._usual.clear()
            self.of_weekday[kind.weekday].append(count)
            self.recent.append(place)
        elif normal:
            if (expected := self.expect(place)) is not None and self.known(kind.special):
                nearest = min(max(count, expected[0]), expected[1])
                self.misses.append(abs(count - nearest) / max(nearest, 1))
            self.of_kind[kind.special].append(count / normal)
        super().learn(place)

    def restart(self, places: list[int]) -> None:
        """Takes these days as the new level; the weekdays keep their parts of it."""
        was = [self.usual_of(self.kinds[n].weekday) or 1 for n in places]
        change = _middle([float(self.total[n]) / max(one, 0.5) for n, one in zip(places, was, strict=True)])
        for counts in self.of_weekday.values():
            counts.extend([count * change for count in counts])
        self._usual.clear()
        self.recent.clear()
        self.recent.extend(n for n in places if self.kinds[n].special is None)
        super().restart(places)

    def parts_of_week(self) -> dict[int, float]:
        """What each weekday has of the mean one."""
        middles = {day: _middle(counts) for day, counts in self.of_weekday.items() if len(counts) >= 3}
        mean = sum(middles.values()) / len(middles) if middles else 0
        return {day: middle / mean for day, middle in middles.items()} if mean else {}

    def usual_of(self, weekday: int) -> float | None:
        """What is expected of that weekday now; None before enough of them were seen."""
        if weekday not in self._usual:
            self._usual[weekday] = self._usual_of(weekday)
        return self._usual[weekday]

    def _usual_of(self, weekday: int) -> float | None:
        week = self.parts_of_week()
        if weekday not in week:
            return None
        busy = max(week.values()) / 3  # what comes on days of rest says little of the level
        levels = [
            float(self.total[n]) / part
            for n in self.recent
            if (part := week.get(self.kinds[n].weekday, 0)) >= busy and part > 0
        ]
        return _middle(levels) * week[weekday] if levels else None

    def known(self, special: tuple[str, int]) -> list[float]:
        """What days of that kind had before of what is usual; of Tết the days beside it count, too."""
        name, place = special
        if name == "tet" and special in self.of_kind:
            return [one for near in (place - 1, place, place + 1) for one in self.of_kind.get((name, near), ())]
        if name == "quarter_end" and special not in self.of_kind:
            return self.of_kind.get(("month_end", place), [])
        return self.of_kind.get(special, [])

    def base_of(self, kind: DayKind) -> float | None:
        """What a day of some kind is compared with: its weekday, or of holidays, which are alike, any day."""
        if kind.special is None or kind.special[0] != "holiday":
            return self.usual_of(kind.weekday)
        week = [one for day in range(7) if (one := self.usual_of(day)) is not None]
        return sum(week) / len(week) if week else None

    def expect(self, place: int) -> tuple[float, float, float] | None:
        """The least and the greatest mean, and their relative error; None where nothing can be said."""
        kind = self.kinds[place]
        base = self.base_of(kind)
        if base is None or kind.special is None:
            return None if base is None else (base, base, 0.0)
        name, number = kind.special
        error = max(0.1, NORMAL * median(self.misses)) if len(self.misses) >= 10 else _UNSEEN
        if name in ("made_up", "free_holiday"):  # who works then, and who rests, is not known
            other = DayKind(0, ("holiday", 0)) if name == "free_holiday" else DayKind(number, None)
            means = [base * one for one in self.known(kind.special)] or [base]
            like = self.base_of(other)
            if like is not None:
                means += [like * one for one in self.known(other.special)] if other.special else [like]
            return min(means), max(means), error
        seen = self.known(kind.special)
        if not seen:
            return (base, base, _UNSEEN) if name in _ALMOST_NORMAL else None
        if len(seen) < 3:
            error += 0.1
        if len(seen) < _OFTEN or name == "tet":
            return base * min(seen), base * max(seen), error
        return base * _middle(seen), base * _middle(seen), error

    def range(self, mean: float, error: float) -> tuple[float, float]:
        """From where to where a count is usual."""
        variance = mean + (self.scatter + error**2) * mean**2
        return _within(mean, variance)

    def silent(self, place: int) -> list[Finding]:
        found = []
        whole = float(self.total[place])
        weekday = self.kinds[place].weekday
        places = [n for n in self.good[-2 * SHARES :] if self.kinds[n].weekday == weekday][-SAME_WEEKDAY:]
        if len(places) < 5 or whole == 0:
            return []
        wholes = self.total[places]
        for part, counts in self.series.parts.items():
            if counts[place] > 0:
                continue
            own = counts[places]
            if not own.all():
                continue
            share = _middle((own / wholes).tolist())
            mean = whole * share / max(1 - share, 0.05)
            expected = wholes * share
            residuals = 4 * (np.sqrt(own + 0.375) - np.sqrt(expected + 0.375)) ** 2
            scatter = max(0.05, _scatter(zip(expected.tolist(), residuals.tolist(), strict=True)))
            if (1 + scatter * mean) ** (-1 / scatter) < SELDOM:
                found.append(Finding(place, "silent", part, 0.0, *_within(mean, mean + scatter * mean**2)))
        return found

    def mix(self, place: int) -> list[Finding]:
        for name, whole, share, shares in self.mixed(place):
            was = usual(shares, int(whole), LEAST)
            if was is not None and abs(share - was.share) > was.allowed:
                low, high = max(0.0, was.share - was.allowed), min(1.0, was.share + was.allowed)
                return [Finding(place, "mix", name, share, low, high)]
        return []

    def frozen(self, place: int) -> list[Finding]:
        before = self.previous(place)
        if before is None or not self.repeats(place, before):
            return []
        chances = [
            sum(min(0.0, -0.5 * math.log(4 * math.pi * max(float(counts[before]), 1e-9))) for counts in group)
            for group in self.groups()
        ]
        if min(chances) > math.log(SELDOM):
            return []
        low, high = self.range(float(self.total[place]), 0.0)
        return [Finding(place, "frozen", "", float(self.total[place]), low, high)]


class _Stock(_Judging):
    """A level by days: judged by its steps from the last good day."""

    def steps(self) -> Numbers:
        """The steps of a day between good days that follow each other."""
        places = np.array(self.good[-SHARES - 1 :])
        lengths = np.diff(places)
        return np.asarray(np.diff(self.total[places]) / lengths)

    def findings(self, place: int) -> list[Finding]:
        last = self.good[-1]
        level, now = float(self.total[last]), float(self.total[place])
        steps, days = self.steps(), place - last
        step = _middle(steps.tolist())
        spread = NORMAL * float(np.median(np.abs(steps - step)))
        allowed = max(SURE_OF_STEP * spread * math.sqrt(days), 0.005 * level, 1)
        low, high = max(0.0, level + step * days - allowed), level + step * days + allowed
        found = [] if low <= now <= high else [Finding(place, "volume", "", now, low, high)]
        return found + self.parts(place, last) + self.frozen(place, steps, step, spread)

    def parts(self, place: int, last: int) -> list[Finding]:
        """Deliverers that are gone, and codes whose share has moved at once."""
        found = [
            Finding(place, "silent", part, 0.0, float(counts[last]), float(counts[last]))
            for part, counts in self.series.parts.items()
            if counts[place] == 0 and counts[last] > 0 and all(counts[n] > 0 for n in self.good[-self.warm_up :])
        ]
        for name, _, share, shares in self.mixed(place):
            if shares and abs(share - shares[-1]) > LEAST:
                low, high = max(0.0, shares[-1] - LEAST), min(1.0, shares[-1] + LEAST)
                return [*found, Finding(place, "mix", name, share, low, high)]
        return found

    def frozen(self, place: int, steps: Numbers, step: float, spread: float) -> list[Finding]:
        """Told where a step of nothing is unlikely: by a negative binomial of their mean and scatter."""
        before = self.previous(place)
        if before is None or step <= 0 or not steps.all() or not self.repeats(place, before):
            return []
        scatter = max(0.01, (spread**2 - step) / step**2)
        if (1 + scatter * step) ** (-1 / scatter) > SELDOM:
            return []
        level = float(self.total[before])
        return [Finding(place, "frozen", "", level, level + 1, level + step + SURE * spread)]


class _Months(_Stock):
    """Months: by the same month a year ago and the trend since, or by the steps, whichever was nearer before."""

    warm_up, longest, enough = WARM_UP_MONTHS, LASTING_MONTHS, LASTING_MONTHS

    def __init__(self, series: Series) -> None:
        super().__init__(series)
        self.errors: dict[str, list[float]] = {"year": [], "step": []}

    def learn(self, place: int) -> None:
        for way, mean in self.ways(place).items():
            self.errors[way].append(math.log(max(float(self.total[place]), 0.5) / mean))
        super().learn(place)

    def ways(self, place: int) -> dict[str, float]:
        """What each way expects of a month; those left out that cannot say."""
        if len(self.good) < 3:
            return {}
        good, last = set(self.good), self.good[-1]
        level, steps = float(self.total[last]), np.diff(self.total[self.good[-13:]])
        found = {
            "step": level + _middle(steps.tolist())
            if self.series.kind == "stock"
            else _middle(self.total[self.good[-6:]].tolist())
        }
        trend = [
            float(self.total[n] / self.total[n - 12])
            for n in range(place - 4, place)
            if n in good and n - 12 in good and self.total[n - 12] > 0
        ]
        if place - 12 in good and trend:
            found["year"] = float(self.total[place - 12]) * _middle(trend)
        return {way: mean for way, mean in found.items() if mean > 0}

    def findings(self, place: int) -> list[Finding]:
        now, last = float(self.total[place]), self.good[-1]
        ranges = [one for way, mean in self.ways(place).items() if (one := self.of_way(way, mean)) is not None]
        found = self.parts(place, last)
        if ranges:
            low, high = min(ranges, key=lambda one: one[1] - one[0])
            if not low <= now <= high:
                found.append(Finding(place, "volume", "", now, low, high))
        if (before := self.previous(place)) is not None and self.repeats(place, before) and now >= 20:
            steps = np.diff(self.total[self.good])
            if steps.all():
                found.append(Finding(place, "frozen", "", now, now, now))
        return found

    def of_way(self, way: str, mean: float) -> tuple[float, float] | None:
        """From where to where a month is usual by one way; None where it has not been tried enough."""
        errors = self.errors[way][-24:]
        if len(errors) < 3:
            return None
        allowed = max(LEAST, SURE_OF_MONTH * max(0.02, NORMAL * float(np.median(np.abs(errors)))))
        return mean * math.exp(-allowed), mean * math.exp(allowed)


def _scatter(residuals: Iterable[tuple[float, float]]) -> float:
    """What the larger days among these say of the scatter."""
    ordered = sorted(residuals)
    busy = ordered[len(ordered) // 2 :]
    excess = median(square for _, square in busy) * NORMAL**2 - 1
    return max(0.0, excess / max(busy[len(busy) // 2][0], 1e-9))


def _middle(values: Iterable[float]) -> float:
    """The mean of the middle half: as robust as the median against bad days, and less coarse of small counts."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def _within(mean: float, variance: float) -> tuple[float, float]:
    """Range of a gamma distribution of that mean and variance (Wilson and Hilferty), a half wider for counts."""
    if mean <= 0:
        return 0.0, SURE_ABOVE
    ninth = variance / mean**2 / 9
    low = mean * max(0.0, 1 - ninth - SURE * math.sqrt(ninth)) ** 3
    high = mean * (1 - ninth + SURE_ABOVE * math.sqrt(ninth)) ** 3
    return max(0.0, low - 0.5), high + 0.5
