"""The catalogue of administrative procedures: which service has which level on which day."""

from dataclasses import dataclass
from random import Random

import msgspec

from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, compact, day_start
from gateway.worldfile import Dossiers, Services, WorldFile

NEVER = 1 << 40

_FIELDS = {
    "tinh": ["Đầu tư", "Đất đai", "Xây dựng", "Giao thông vận tải", "Lao động", "Y tế", "Giáo dục", "Công Thương"],
    "huyen": ["Đăng ký kinh doanh", "Đất đai cấp huyện", "Xây dựng cấp huyện", "Lao động cấp huyện", "Môi trường"],
    "xa": ["Hộ tịch", "Chứng thực", "Bảo trợ xã hội", "Người có công"],
}
_FIELD_CODES = {
    field: f"LV{number:03}" for number, field in enumerate((f for fields in _FIELDS.values() for f in fields), start=1)
}
_WORK_DAYS = {"tinh": [3, 5, 7, 10, 15, 20], "huyen": [2, 3, 5, 7, 10, 15], "xa": [0, 0, 0, 1, 3]}
_TIER_WEIGHTS = {"xa": 0.52, "huyen": 0.25, "tinh": 0.23}
_ACTIVE_LEVELS = (4, 4, 3, 4, 3)


@dataclass(slots=True)
class Service:
    """A procedure; dates are moments, ``ends`` the first on which it is no longer in force."""

    code: str
    name: str
    tier: str
    department: str
    field: str
    work_days: int
    weight: float
    level: int  # on the world's last day
    raised_on: int = -1  # until this moment the level was one lower
    portal_from: int = NEVER
    starts: int = 0
    ends: int = NEVER

    def level_on(self, moment: int) -> int:
        return self.level - 1 if moment < self.raised_on else self.level

    def on_portal(self, moment: int) -> bool:
        return moment >= self.portal_from and self.level_on(moment) >= 3


class Catalogue:
    """All services, and those that dossiers name.

    ``online``: levels 3 and 4 with online dossiers, ``direct_only``: the same without, ``information``: level 2
    with dossiers, ``refused_only``: levels 3 and 4 of which nothing was received.
    """

    def __init__(self, world: WorldFile, plan: Services, dossiers: Dossiers | None, province: Province) -> None:
        random = draw(world, "services")
        levels = {2: plan.level_2, 3: plan.level_3, 4: plan.level_4}
        active = dossiers.services_received if dossiers else 0
        online = dossiers.services_received_online if dossiers else 0
        information = dossiers.services_level_2 if dossiers else 0

        wanted = [_ACTIVE_LEVELS[n % len(_ACTIVE_LEVELS)] for n in range(active)] + [2] * information + [3, 4, 3, 4, 4]
        for level in wanted:
            levels[level] -= 1
        rest = [level for level, count in levels.items() for _ in range(count)]
        random.shuffle(rest)
        numbers = random.sample(range(1_000, 999_999), len(wanted) + len(rest) + plan.ended)
        tiers = random.choices(list(_FIELDS), weights=(6, 5, 3), k=len(numbers))
        self.services = [
            _service(random, number, tier, level, rank, province)
            for rank, (number, tier, level) in enumerate(
                zip(numbers, tiers, wanted + rest + [2] * plan.ended, strict=True)
            )
        ]
        _share_weights(self.services[:active])
        self.online = self.services[:online]
        self.direct_only = self.services[online:active]
        self.information = self.services[active : active + information]
        self.refused_only = self.services[active + information : len(wanted)]
        _move(random, world, plan, self.services, len(wanted))
        self._in_order = sorted(self.services, key=lambda service: service.code)

    def on(self, moment: int) -> list[bytes]:
        """The catalogue's records on the day that begins at ``moment``, by code: services in force only."""
        return [
            msgspec.json.encode(
                {
                    "MaTTHC": service.code,
                    "TenTTHC": service.name,
                    "MaLinhVuc": _FIELD_CODES[service.field],
                    "TenLinhVuc": service.field,
                    "MucDo": str(service.level_on(moment)),
                    "TichHopDVCQG": "1" if service.on_portal(moment) else "0",
                    "NgayHieuLuc": compact(service.starts),
                    "NgayHetHieuLuc": compact(service.ends if service.ends != NEVER else -1),
                }
            )
            for service in self._in_order
            if service.starts <= moment < service.ends
        ]


def _service(random: Random, number: int, tier: str, level: int, rank: int, province: Province) -> Service:
    field = random.choice(_FIELDS[tier])
    return Service(
        code=f"{1 + number % 2}.{number:06}.000.00.00.{province.organisation}",
        name=f"Thủ tục {number:06} lĩnh vực {field}",
        tier=tier,
        department=random.choice(province.departments),
        field=field,
        work_days=random.choice(_WORK_DAYS[tier]),
        weight=1 / (rank + 6),
        level=level,
        starts=_old_day(random),
    )


def _old_day(random: Random) -> int:
    """A day in 2018–2021: most services are older than the world."""
    return random.randrange(4 * 365) * DAY


def _share_weights(services: list[Service]) -> None:
    """Scales the weights so that each tier gets its share of the dossiers."""
    sums = dict.fromkeys(_TIER_WEIGHTS, 0.0)
    for service in services:
        sums[service.tier] += service.weight
    for service in services:
        service.weight *= _TIER_WEIGHTS[service.tier] / sums[service.tier]


def _move(random: Random, world: WorldFile, plan: Services, services: list[Service], untouched: int) -> None:
    """Gives starts, ends, rises and portal days. Services that dossiers name move only from level 3 to 4."""
    first, last = day_start(world.first_day) + DAY, day_start(world.last_day)
    today = (last - first) // DAY

    def some_day() -> int:
        return first + random.randrange(1, today + 1) * DAY

    current = services[: len(services) - plan.ended]
    for service in services[len(current) :]:
        service.ends = some_day()
    quiet = current[untouched:]
    for service in random.sample(quiet, plan.started):
        service.starts = some_day()
    movable = [service for service in quiet if service.starts < first]
    for service in random.sample([s for s in movable if s.level == 3], plan.raised_2_to_3):
        service.raised_on = some_day()
    for service in random.sample([s for s in current[:untouched] + movable if s.level == 4], plan.raised_3_to_4):
        service.raised_on = some_day()
    on_portal = [
        service
        for level, count in ((3, plan.portal_level_3), (4, plan.portal_level_4))
        for service in random.sample([s for s in current if s.level == level], count)
    ]
    for service in on_portal:
        service.portal_from = service.starts
    for service in random.sample(on_portal, plan.portal_switched_on):
        service.portal_from = max(service.starts, some_day())
