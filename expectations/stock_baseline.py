"""What is usual of a level by its steps, and of months by the year before or by their steps."""

import math

import numpy as np

from expectations.baseline import SELDOM, SHARES, Baseline, Finding, Numbers, Series
from expectations.drift import LEAST
from expectations.robust_statistics import SURE, middle, spread

SURE_OF_STEP = 6.0
"""Standard deviations that a step of a level may differ by."""
SURE_OF_MONTH = 3.2
"""The same of months."""
WARM_UP_MONTHS = 6
"""Good months before the first judgement."""
LASTING_MONTHS = 3
"""Months with one fault after which they are no longer bad ones but the level."""


class StockBaseline(Baseline):
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
        step = middle(steps.tolist())
        scatter = spread(steps.tolist(), step)
        allowed = max(SURE_OF_STEP * scatter * math.sqrt(days), 0.005 * level, 1)
        low, high = max(0.0, level + step * days - allowed), level + step * days + allowed
        found = [] if low <= now <= high else [Finding(place, "volume", "", now, low, high)]
        return found + self.parts(place, last) + self.frozen(place, steps, step, scatter)

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

    def frozen(self, place: int, steps: Numbers, step: float, scatter: float) -> list[Finding]:
        """Told where a step of nothing is unlikely: by a negative binomial of their mean and scatter."""
        before = self.previous(place)
        if before is None or step <= 0 or not steps.all() or not self.repeats(place, before):
            return []
        excess = max(0.01, (scatter**2 - step) / step**2)
        if (1 + excess * step) ** (-1 / excess) > SELDOM:
            return []
        level = float(self.total[before])
        return [Finding(place, "frozen", "", level, level + 1, level + step + SURE * scatter)]


class MonthBaseline(StockBaseline):
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
            "step": level + middle(steps.tolist())
            if self.series.kind == "stock"
            else middle(self.total[self.good[-6:]].tolist())
        }
        trend = [
            float(self.total[n] / self.total[n - 12])
            for n in range(place - 4, place)
            if n in good and n - 12 in good and self.total[n - 12] > 0
        ]
        if place - 12 in good and trend:
            found["year"] = float(self.total[place - 12]) * middle(trend)
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
        allowed = max(LEAST, SURE_OF_MONTH * max(0.02, spread(errors)))
        return mean * math.exp(-allowed), mean * math.exp(allowed)
