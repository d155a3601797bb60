"""Splitting a total into parts that add up to it again."""

from collections.abc import Sequence
from random import Random


def split(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` (≥ 0) in proportion to ``weights``, by largest remainder: the parts sum to it exactly."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts


def jitter(random: Random, share: float, spread: float) -> float:
    """``share`` times a factor in 1 ± ``spread``."""
    return share * (1 - spread + 2 * spread * random.random())


def dotted(number: int) -> str:
    """Vietnamese thousands: ``10.915.692.416``."""
    return f"{number:,}".replace(",", ".")
