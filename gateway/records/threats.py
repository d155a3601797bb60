"""Threats that the security operations centre found, by day and level."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gateway.chance import Row, draw, jitter, planted, split, world_days
from gateway.sections import Threats
from gateway.worldfile import WorldFile

_SETTLED_AFTER = 10  # days until all that is ever handled is handled


class Found(NamedTuple):
    """Threats of a day and level; ``handled`` in the end."""

    day: date
    level: str
    threats: int
    handled: int

    def record(self, today: date) -> Row:
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
    kinds = [kind for kind, _ in planted(world, "threats")]
    random, days = draw(world, "dirty threats"), world_days(world)
    spoilt = set(random.sample(days[1:-1], kinds.count("negative_number")))
    strange = random.sample(days[1:-1], kinds.count("unknown_level"))
    found = [Found(day, "THAP", -4, -4) for day in spoilt] + [Found(day, "RAT_CAO", 1, 0) for day in strange]
    for plan in plans:
        random = draw(world, f"security from {plan.from_day}")  # its own, so that a day of two worlds is the same
        span = [day for day in days if plan.from_day <= day <= plan.to_day]
        for level, total in plan.levels.items():
            right = [day for day in span if level != "THAP" or day not in spoilt]
            counts = split(total, [jitter(random, 1, 0.8) for _ in right])
            for day, count in zip(right, counts, strict=True):
                found.append(Found(day, level, count, min(count, round(count * jitter(random, plan.handled, 0.1)))))
    return sorted(found)
