"""The catalogue of administrative procedures: which service has which level on which day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from random import Random

from gateway.areas import Province
from gateway.chance import draw
from gateway.moments import DAY, compact, day_end, day_start
from gateway.shelf import encode
from gateway.worldfile import Dossiers, Services, ServicesBefore, WorldFile

NEVER = 1 << 40

_FIELDS = {
    "tinh": ["Đầu tư", "Đất đai", "Xây dựng", "Giao thông vận tải", "Lao động", "Y tế", "Giáo dục", "Công Thương"],
    "huyen": ["Đăng ký kinh doanh", "Đất đai cấp huyện", "Xây dựng cấp huyện", "Lao động cấp huyện", "Môi trường"],
    "xa": ["Hộ tịch", "Chứng thực", "Bảo trợ xã hội", "Người có công"],
}
_FIELD_CODES = {name: f"LV{number:03}" for number, name in enumerate(chain(*_FIELDS.values()), start=1)}
_WORK_DAYS = {"tinh": [3, 5, 7, 10, 15, 20], "huyen": [2, 3, 5, 7, 10, 15], "xa": [0, 0, 0, 1, 3]}
_TIER_WEIGHTS = {"xa": 0.52, "huyen": 0.25, "tinh": 0.23}
_ACTIVE_LEVELS = (4, 4, 3, 4, 3)
_NUMBERS = range(1_000, 999_999)


@dataclass(slots=True)
class Service:
    """A procedure; dates are moments, ``ends`` the first on which it is no longer in force."""

    code: str
    level: int  # on the last day of the history
    name: str = ""
    tier: str = "tinh"
    department: str = ""
    domain: str = ""
    work_days: int = 0
    starts: int = 0
    ends: int = NEVER
    portal_from: int = NEVER
    earlier: list[tuple[int, int]] = field(default_factory=list)  # until this moment the level was this, in order

    def level_on(self, moment: int) -> int:
        """The level of service (2, 3 or 4) at ``moment``."""
        if not self.earlier:
            return self.level
        return next((level for until, level in self.earlier if moment < until), self.level)

    def levels_between(self, first: int, last: int) -> set[int]:
        """Every level that it has from ``first`` to ``last``."""
        moments = [first, *(until for until, _ in self.earlier if first < until <= last)]
        return {self.level_on(moment) for moment in moments}

    def in_force(self, moment: int) -> bool:
        """Whether the catalogue lists it."""
        return self.starts <= moment < self.ends

    def body(self, moment: int) -> bytes:
        """The catalogue's record of it at ``moment``."""
        level = self.level_on(moment)
        record = {
            "MaTTHC": self.code,
            "TenTTHC": self.name,
            "MaLinhVuc": _FIELD_CODES[self.domain],
            "TenLinhVuc": self.domain,
            "MucDo": str(level),
            "TichHopDVCQG": "1" if moment >= self.portal_from else "0",
            "NgayHieuLuc": compact(self.starts),
            "NgayHetHieuLuc": compact(self.ends if self.ends != NEVER else -1),
        }
        return encode(record)


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
        random = draw(self._world, "services")
        active = information = 0
        if self._world.dossiers:
            first = self._world.dossiers[0]
            active, information = first.services_received, first.services_level_2
        wanted = [_ACTIVE_LEVELS[n % len(_ACTIVE_LEVELS)] for n in range(active)] + [2] * information + [3, 4, 3, 4, 4]
        rest = [level for level, total in plan.levels.items() for _ in range(total - wanted.count(level))]
        random.shuffle(rest)
        levels = wanted + rest + [2] * plan.ended
        # their own chance: with one seed two provinces share the first numbers
        numbers = draw(self._world, "service numbers").sample(_NUMBERS, len(levels))
        self._numbers = set(numbers)
        tiers = random.choices(list(_FIELDS), weights=(6, 5, 3), k=len(numbers))
        cases = zip(numbers, tiers, levels, strict=True)
        self.services = [_service(random, number, tier, level, province) for number, tier, level in cases]
        self._used, self._quiet = self.services[: len(wanted)], self.services[len(wanted) :]
        self._move(random, plan)
        for world in history[:-1]:
            if world.services_before:
                self._lead_back(world, world.services_before)
        self._in_order = sorted(self.services, key=lambda service: service.code)

    def on(self, moment: int) -> list[bytes]:
        """The catalogue's records on the day that begins at ``moment``, by code: services in force only."""
        return [service.body(moment) for service in self._in_order if service.in_force(moment)]

    def in_use(self, world: WorldFile, plan: Dossiers) -> InUse:
        """The services that the dossiers of ``plan`` name. Raises ValueError when there are too few.

        In an earlier world they are those that keep their level of 2, or of at least 3, all the while; the ones that
        the last world uses most come first.
        """
        received, information = plan.services_received, plan.services_level_2
        if world.first_day == self._world.first_day:
            offered, plain = self._used[:received], self._used[received : received + information]
            refused = self._used[received + information :]
        else:
            others = self.services[len(self._used) :]
            draw(world, "services in use").shuffle(others)
            first, last = day_start(world.first_day), day_start(world.last_event_day)
            steady = [s for s in self._used + others if s.in_force(first) and s.in_force(last)]
            offered = [s for s in steady if s.levels_between(first, last) <= {3, 4}]
            offered, refused = offered[:received], offered[received : received + 5]
            plain = [s for s in steady if s.levels_between(first, last) == {2}][:information]
        if len(offered) < received or len(plain) < information:
            raise ValueError(f"world: the catalogue has too few services for {received} with dossiers")
        online = plan.services_received_online
        return InUse(offered[:online], offered[online:], plain, refused, _weights(offered, plain + refused))

    def _move(self, random: Random, plan: Services) -> None:
        """Gives starts, ends, rises and portal days. Services that dossiers name move only from level 3 to 4."""
        first, end = day_end(self._world.first_day), day_end(self._world.last_day)
        current = self.services[: len(self.services) - plan.ended]
        quiet = current[len(self._used) :]
        for service in self.services[len(current) :]:
            service.ends = _day_within(random, first, end)
        for service in random.sample(quiet, plan.started):
            service.starts = _day_within(random, first, end)
        movable = [service for service in quiet if service.starts < first]
        for old, services, number in (
            (2, movable, plan.raised_2_to_3),
            (3, self._used + movable, plan.raised_3_to_4),
        ):
            for service in random.sample([s for s in services if s.level == old + 1], number):
                service.earlier = [(_day_within(random, first, end), old)]
        on_portal = [
            service
            for level, number in plan.portal.items()
            for service in random.sample([s for s in current if s.level == level], number)
        ]
        for service in on_portal:
            service.portal_from = service.starts
        for service in random.sample(on_portal, plan.portal_switched_on):
            service.portal_from = max(service.starts, _day_within(random, first, end))

    def _lead_back(self, world: WorldFile, plan: ServicesBefore) -> None:
        """Gives the services the levels and the dates that they had in an earlier world.

        Raises ValueError when starts and ends do not explain the number of services.
        """
        random = draw(world, "services before")
        first, on, joint = (day_start(day) for day in (world.first_day, plan.on, self._world.first_day))
        old = [s for s in self._quiet if s.starts < first and not s.earlier and s.in_force(joint)]
        for service in random.sample(old, plan.started):
            service.starts = _day_within(random, on, joint)
            service.portal_from = max(service.portal_from, service.starts)
        for _ in range(plan.ended):
            number = next(n for n in iter(lambda: random.randrange(1_000, 999_999), -1) if n not in self._numbers)
            self._numbers.add(number)
            gone = _service(random, number, "tinh", 2, self._province)
            gone.ends = _day_within(random, on, joint)
            self.services.append(gone)
        there = [s for s in self.services if s.in_force(on)]
        total = sum(plan.levels.values())
        if len(there) != total:
            raise ValueError(f"world: services_before has {total} services, its moves imply {len(there)}")
        missing, movers = [], []
        for level, number in plan.levels.items():
            at_level = [s for s in there if s.level_on(on) == level]
            missing += [level] * (number - len(at_level))
            lasting = [s for s in at_level if s.ends == NEVER]
            movers += random.sample(lasting, max(0, len(at_level) - number))
        for service, level in zip(movers, missing, strict=True):
            service.earlier.insert(0, (_day_within(random, on, joint), level))
        moved = {s.code for s in movers}
        early = [s for s in self._quiet if s.level_on(on) == 3 and s.in_force(first) and s.in_force(on)]
        for service in random.sample([s for s in early if s.code not in moved], plan.raised_2_to_3):
            service.earlier.insert(0, (_day_within(random, first, on), 2))


def _service(random: Random, number: int, tier: str, level: int, province: Province) -> Service:
    name = random.choice(_FIELDS[tier])
    return Service(
        code=f"{1 + number % 2}.{number:06}.000.00.00.{province.organisation}",
        level=level,
        name=f"Thủ tục {number:06} lĩnh vực {name}",
        tier=tier,
        department=random.choice(province.departments),
        domain=name,
        work_days=random.choice(_WORK_DAYS[tier]),
        starts=random.randrange(4 * 365) * DAY,  # in 2018–2021: most services are older than the world
    )


def _day_within(random: Random, after: int, until: int) -> int:
    """A day later than ``after`` and before ``until`` (moments)."""
    return after + random.randrange(1, (until - after) // DAY) * DAY


def _weights(received: Sequence[Service], others: Sequence[Service]) -> dict[str, float]:
    """By rank, the received ones scaled so that each tier gets its share of the dossiers."""
    weights = {service.code: 1 / rank for rank, service in zip(count(6), [*received, *others], strict=False)}
    sums = dict.fromkeys(_TIER_WEIGHTS, 0.0)
    for service in received:
        sums[service.tier] += weights[service.code]
    for service in received:
        weights[service.code] *= _TIER_WEIGHTS[service.tier] / sums[service.tier]
    return weights
