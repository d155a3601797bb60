"""Threats that the security operations centre found, by day and level."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.records.parts import jitter, split
from gateway.sections import Threats
from gateway.worldfile import WorldFile

_DIRT = ("unknown_level", "negative_number")
_SETTLED_AFTER = 10  # days until all that is ever handled is handled


class Found(NamedTuple):
    """Threats of a day and level; ``handled`` in the end."""

    day: date
    level: str
    threats: int
    handled: int

    def record(self, today: date) -> dict[str, object]:
        """As the centre shows it on ``today``: handling takes days."""
        settled = min(1.0, (today - self.day).days / _SETTLED_AFTER)
        return {
            "ngay": self.day.isoformat(),
            "muc_do": self.level,
            "so_luong": self.threats,
            "da_xu_ly": int(self.handled * settled),
        }


def threats_found(world: WorldFile, plans: Sequence[Threats]) -> list[Found]:
    """A row a day and level, by day. A row with a negative number takes the place of a right one."""
    kinds = world.dirt.get("threats", {})
    check_kinds("threats", kinds, _DIRT)
    random = draw(world, "dirty threats")
    days = [world.first_day + timedelta(days=n) for n in range((world.last_day - world.first_day).days + 1)]
    spoilt = set(random.sample(days[1:-1], kinds.get("negative_number", 0)))
    strange = random.sample(days[1:-1], kinds.get("unknown_level", 0))
    found = []
    for plan in plans:
        random = draw(world, f"security from {plan.from_day}")  # its own, so that a day of two worlds is the same
        span = [day for day in days if plan.from_day <= day <= plan.to_day]
        for level, total in plan.levels.items():
            right = [day for day in span if level != "THAP" or day not in spoilt]
            counts = split(total, [jitter(random, 1, 0.8) for _ in right])
            for day, count in zip(right, counts, strict=True):
                found.append(Found(day, level, count, min(count, round(count * jitter(random, plan.handled, 0.1)))))
    found += [Found(day, "THAP", -4, -4) for day in spoilt]
    found += [Found(day, "RAT_CAO", 1, 0) for day in strange]
    return sorted(found)
