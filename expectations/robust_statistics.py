"""Middle, scatter and range of numbers of which some are bad."""

import math
from collections.abc import Iterable
from statistics import median

NORMAL = 1.4826
"""Standard deviations of a normal distribution in its median absolute deviation."""
SURE, SURE_ABOVE = 3.2, 4.2
"""Standard deviations that a day's total may lie below and above what is expected: a campaign, or a rush before a
deadline, brings more, and nothing but a fault brings less; what comes twice is far above."""


def spread(values: Iterable[float], centre: float = 0.0) -> float:
    """Standard deviation of values about a centre, by their median distance from it."""
    return NORMAL * median(abs(one - centre) for one in values)


def scatter_of(residuals: Iterable[tuple[float, float]]) -> float:
    """What the larger days among these say of the scatter."""
    ordered = sorted(residuals)
    busy = ordered[len(ordered) // 2 :]
    excess = median(square for _, square in busy) * NORMAL**2 - 1
    return max(0.0, excess / max(busy[len(busy) // 2][0], 1e-9))


def middle(values: Iterable[float]) -> float:
    """The mean of the middle half: as robust as the median against bad days, and less coarse of small counts."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def within(mean: float, variance: float) -> tuple[float, float]:
    """Range of a gamma distribution of that mean and variance (Wilson and Hilferty), a half wider for counts."""
    if mean <= 0:
        return 0.0, SURE_ABOVE
    ninth = variance / mean**2 / 9
    low = mean * max(0.0, 1 - ninth - SURE * math.sqrt(ninth)) ** 3
    high = mean * (1 - ninth + SURE_ABOVE * math.sqrt(ninth)) ** 3
    return max(0.0, low - 0.5), high + 0.5
