"""Chance that follows from a world's seed, and what all feeds do with it: share out totals, plant dirty rows."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from gateway.worldfile import DIRT, WorldFile

Row = dict[str, object]


def draw(world: WorldFile, purpose: str) -> Random:
    """A generator that follows from the world's seed and ``purpose``, the same in every process.

    One for each purpose, so that a change in one feed leaves the others alone.
    """
    return Random(f"{world.seed}:{purpose}")  # noqa: S311 - invented records, nothing secret


def jitter(random: Random, share: float, spread: float) -> float:
    """``share`` times a factor in 1 ± ``spread``."""
    return share * (1 - spread + 2 * spread * random.random())


def split(total: int, weights: Sequence[float]) -> list[int]:
    """``total`` (≥ 0) in proportion to ``weights``, by largest remainder: the parts sum to it exactly."""
    scale = total / sum(weights)
    exact = [weight * scale for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: parts[n] - exact[n])
    for n in by_remainder[: total - sum(parts)]:
        parts[n] += 1
    return parts


def planted(world: WorldFile, feed: str, commune: str = "") -> list[tuple[str, Row]]:
    """(kind, what is wrong in it) of each dirty row that ``world`` plants in ``feed``, as ``dirt.toml`` says."""
    words = {"province": world.province, "year": world.last_day.year, "commune": commune}
    rows = []
    for kind, count in world.dirt.get(feed, {}).items():
        wrong = DIRT[feed][kind].items()
        row = {name: text.format(**words) if isinstance(text, str) else text for name, text in wrong}
        rows += [(kind, row)] * count
    return rows


def scattered(world: WorldFile, feed: str, commune: str = "") -> dict[date, list[Row]]:
    """The dirty rows of ``feed`` by day, at most one a day; none on the first and the last day of the world, which
    another one may show too."""
    rows = planted(world, feed, commune)
    inner = [day for day in world_days(world) if world.first_day < day < world.last_day]
    sample = draw(world, f"dirty {feed}").sample(inner, len(rows))
    return {day: [row] for (_, row), day in zip(rows, sample, strict=True)}


def world_days(world: WorldFile) -> list[date]:
    """The days that ``world`` shows."""
    return [world.first_day + timedelta(days=n) for n in range((world.last_day - world.first_day).days + 1)]
