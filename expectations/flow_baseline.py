"""What is usual of a flow by days: level × weekday × kind of day."""

import math
from collections import defaultdict, deque

import numpy as np

from expectations.baseline import SELDOM, SHARES, Baseline, Finding, Series
from expectations.drift import LEAST, usual
from expectations.robust_statistics import middle, scatter_of, spread, within
from expectations.working_calendar import DayKind, kinds

SAME_WEEKDAY, RECENT, SCATTER = 16, 16, 150
"""Good days that tell the weekday's part, the level, and how far days scatter."""
_ALMOST_NORMAL = ("month_end", "quarter_end", "free_month_end", "after_holiday")
_OFTEN = 12
"""Days of a kind before their middle tells more than the least and the most of them."""
_UNSEEN = 0.3
"""Relative error of what is expected of a kind of day that came seldom, before its own is known."""


class FlowBaseline(Baseline):
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
                self.scatter = scatter_of(self.residuals)
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
        change = middle([float(self.total[n]) / max(one, 0.5) for n, one in zip(places, was, strict=True)])
        for day, counts in self.of_weekday.items():
            self.of_weekday[day] = deque((count * change for count in counts), SAME_WEEKDAY)
        self._usual.clear()
        self.recent.clear()
        self.recent.extend(n for n in places if self.kinds[n].special is None)
        super().restart(places)

    def parts_of_week(self) -> dict[int, float]:
        """What each weekday has of the mean one."""
        middles = {day: middle(counts) for day, counts in self.of_weekday.items() if len(counts) >= 3}
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
        return middle(levels) * week[weekday] if levels else None

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
        error = max(0.1, spread(self.misses)) if len(self.misses) >= 10 else _UNSEEN
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
        return base * middle(seen), base * middle(seen), error

    def range(self, mean: float, error: float) -> tuple[float, float]:
        """From where to where a count is usual."""
        variance = mean + (self.scatter + error**2) * mean**2
        return within(mean, variance)

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
            share = middle((own / wholes).tolist())
            mean = whole * share / max(1 - share, 0.05)
            expected = wholes * share
            residuals = 4 * (np.sqrt(own + 0.375) - np.sqrt(expected + 0.375)) ** 2
            scatter = max(0.05, scatter_of(zip(expected.tolist(), residuals.tolist(), strict=True)))
            if (1 + scatter * mean) ** (-1 / scatter) < SELDOM:
                found.append(Finding(place, "silent", part, 0.0, *within(mean, mean + scatter * mean**2)))
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
