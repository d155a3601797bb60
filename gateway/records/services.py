"""The catalogue of administrative procedures: which service has which level on which day."""

from dataclasses import dataclass
from dataclasses import field as made
from itertools import count
from random import Random

import msgspec

from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, compact, day_start
from gateway.sections import Dossiers, Services, ServicesBefore
from gateway.worldfile import WorldFile

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
    level: int  # on the last day of the history
    earlier: list[tuple[int, int]] = made(default_factory=list)  # until this moment the level was this, in order
    portal_from: int = NEVER
    starts: int = 0
    ends: int = NEVER

    def level_on(self, moment: int) -> int:
        """The level of service (2, 3 or 4) at ``moment``."""
        return next((level for until, level in self.earlier if moment < until), self.level)

    def levels_between(self, first: int, last: int) -> set[int]:
        """Every level that it has from ``first`` to ``last``."""
        moments = [first, *(until for until, _ in self.earlier if first < until <= last)]
        return {self.level_on(moment) for moment in moments}

    def on_portal(self, moment: int) -> bool:
        """Whether the national portal offers it."""
        return moment >= self.portal_from and self.level_on(moment) >= 3

    def in_force(self, moment: int) -> bool:
        """Whether the catalogue lists it."""
        return self.starts <= moment < self.ends


@dataclass
class InUse:
    """Services that dossiers name, the most used first.

    ``online``: levels 3 and 4 with online dossiers, ``direct_only``: the same without, ``information``: level 2
    with dossiers, ``refused_only``: levels 3 and 4 of which nothing was received. ``weights`` by code.
    """

    online: list[Service]
    direct_only: list[Service]
    information: list[Service]
    refused_only: list[Service]
    weights: dict[str, float]


class Catalogue:
    """All services of a history: made for its last world, then led back through the earlier one."""

    def __init__(self, history: tuple[WorldFile, ...], plan: Services, province: Province) -> None:
        self._world, self._province = history[-1], province
        self._numbers: set[int] = set()
        random = draw(self._world, "services")
        dossiers = self._world.dossiers[0] if self._world.dossiers else None
        levels = {2: plan.level_2, 3: plan.level_3, 4: plan.level_4}
        active = dossiers.services_received if dossiers else 0
        information = dossiers.services_level_2 if dossiers else 0

        wanted = [_ACTIVE_LEVELS[n % len(_ACTIVE_LEVELS)] for n in range(active)] + [2] * information + [3, 4, 3, 4, 4]
        for level in wanted:
            levels[level] -= 1
        rest = [level for level, number in levels.items() for _ in range(number)]
        random.shuffle(rest)
        drawn = draw(self._world, "service numbers")  # their own: with one seed two provinces share the first ones
        numbers = drawn.sample(range(1_000, 999_999), len(wanted) + len(rest) + plan.ended)
        self._numbers.update(numbers)
        tiers = random.choices(list(_FIELDS), weights=(6, 5, 3), k=len(numbers))
        self.services = [
            _service(random, number, tier, level, province)
            for number, tier, level in zip(numbers, tiers, wanted + rest + [2] * plan.ended, strict=True)
        ]
        self._used = wanted
        _move(random, self._world, plan, self.services, len(wanted))
        for world in history[:-1]:
            if world.services_before:
                self._lead_back(world, world.services_before)
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
            if service.in_force(moment)
        ]

    def in_use(self, world: WorldFile, plan: Dossiers) -> InUse:
        """The services that the dossiers of ``plan`` name. Raises ValueError when there are too few.

        In an earlier world they are those that keep their level of 2, or of at least 3, all the while; the ones that
        the last world uses most come first.
        """
        used = self.services[: len(self._used)]
        received, information = plan.services_received, plan.services_level_2
        if world.first_day == self._world.first_day:
            kept, plain = used[:received], used[received : received + information]
            refused = used[received + information :]
        else:
            others = self.services[len(used) :]
            draw(world, "services in use").shuffle(others)
            first, last = day_start(world.first_day), day_start(world.last_event_day)
            steady = [s for s in used + others if s.in_force(first) and s.in_force(last)]
            offered = [s for s in steady if s.levels_between(first, last) <= {3, 4}]
            kept, refused = offered[:received], offered[received : received + 5]
            plain = [s for s in steady if s.levels_between(first, last) == {2}][:information]
        if len(kept) < received or len(plain) < information:
            raise ValueError(f"world: the catalogue has too few services for {received} with dossiers")
        online = plan.services_received_online
        return InUse(kept[:online], kept[online:], plain, refused, _weights(kept + plain + refused, received))

    def _lead_back(self, world: WorldFile, plan: ServicesBefore) -> None:
        """Gives the services the levels and the dates that they had in an earlier world.

        Raises ValueError when starts and ends do not explain the number of services.
        """
        random = draw(world, "services before")
        on, joint = day_start(plan.on), day_start(self._world.first_day)
        first = day_start(world.first_day)

        def some_day(after: int, until: int) -> int:
            return after + random.randrange(1, (until - after) // DAY) * DAY

        quiet = self.services[len(self._used) :]
        old = [s for s in quiet if s.starts < first and not s.earlier and s.in_force(joint)]
        for service in random.sample(old, plan.started):
            service.starts = some_day(on, joint)
            service.portal_from = max(service.portal_from, service.starts)
        for _ in range(plan.ended):
            number = next(n for n in iter(lambda: random.randrange(1_000, 999_999), -1) if n not in self._numbers)
            self._numbers.add(number)
            gone = _service(random, number, "tinh", 2, self._province)
            gone.ends = some_day(on, joint)
            self.services.append(gone)
        there = [s for s in self.services if s.in_force(on)]
        wanted = {2: plan.level_2, 3: plan.level_3, 4: plan.level_4}
        by_level = {level: [s for s in there if s.level_on(on) == level] for level in wanted}
        if len(there) != sum(wanted.values()):
            raise ValueError(
                f"world: services_before has {sum(wanted.values())} services, its moves imply {len(there)}"
            )
        missing = [level for level in wanted for _ in range(wanted[level] - len(by_level[level]))]
        movers = [
            s
            for level in wanted
            for s in random.sample(
                [s for s in by_level[level] if s.ends == NEVER], max(0, len(by_level[level]) - wanted[level])
            )
        ]
        for service, level in zip(movers, missing, strict=True):
            service.earlier.insert(0, (some_day(on, joint), level))
        moved = {s.code for s in movers}
        early = [
            s for s in quiet if s.level_on(on) == 3 and s.in_force(first) and s.in_force(on) and s.code not in moved
        ]
        for service in random.sample(early, plan.raised_2_to_3):
            service.earlier.insert(0, (some_day(first, on), 2))


def _service(random: Random, number: int, tier: str, level: int, province: Province) -> Service:
    field = random.choice(_FIELDS[tier])
    return Service(
        code=f"{1 + number % 2}.{number:06}.000.00.00.{province.organisation}",
        name=f"Thủ tục {number:06} lĩnh vực {field}",
        tier=tier,
        department=random.choice(province.departments),
        field=field,
        work_days=random.choice(_WORK_DAYS[tier]),
        level=level,
        starts=_old_day(random),
    )


def _old_day(random: Random) -> int:
    """A day in 2018–2021: most services are older than the world."""
    return random.randrange(4 * 365) * DAY


def _weights(services: list[Service], received: int) -> dict[str, float]:
    """By rank, the received ones scaled so that each tier gets its share of the dossiers."""
    weights = {service.code: 1 / rank for rank, service in zip(count(6), services, strict=False)}
    sums = dict.fromkeys(_TIER_WEIGHTS, 0.0)
    for service in services[:received]:
        sums[service.tier] += weights[service.code]
    for service in services[:received]:
        weights[service.code] *= _TIER_WEIGHTS[service.tier] / sums[service.tier]
    return weights


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
        service.earlier = [(some_day(), 2)]
    for service in random.sample([s for s in current[:untouched] + movable if s.level == 4], plan.raised_3_to_4):
        service.earlier = [(some_day(), 3)]
    on_portal = [
        service
        for level, number in ((3, plan.portal_level_3), (4, plan.portal_level_4))
        for service in random.sample([s for s in current if s.level == level], number)
    ]
    for service in on_portal:
        service.portal_from = service.starts
    for service in random.sample(on_portal, plan.portal_switched_on):
        service.portal_from = max(service.starts, some_day())
