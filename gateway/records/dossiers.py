"""Dossiers that meet a world's totals, each in its last state.

Quotas are dealt out as exact counts (so many online, so many late …) over drawn dossiers, never drawn as
probabilities, so the totals come out to the unit whatever the seed.
"""

from collections.abc import Iterator
from random import Random

from gateway.areas import Commune, Offices, Province
from gateway.chance import draw
from gateway.moments import DAY, compact, day_end, day_start
from gateway.records.dossier import NONE, Channel, Dossier, Status
from gateway.records.services import InUse, Service
from gateway.workdays import CLOSES, OPENS, Workdays, in_hours
from gateway.worldfile import Dossiers, WorldFile

_UNFINISHED = ("4", "4", "4", "2", "5", "6", "7", "8")  # codes of Status


class Codes:
    """Gives dossiers their codes, ``000.00.15.H37-230115-0001``: numbered by organisation and day."""

    def __init__(self) -> None:
        self._sequences: dict[tuple[str, int], int] = {}

    def next(self, organisation: str, filed: int) -> str:
        """The code of one more dossier."""
        key = (organisation, filed // DAY)
        number = self._sequences[key] = self._sequences.get(key, 0) + 1
        return f"{organisation}-{compact(filed)[2:8]}-{number:04}"


class DossierMaker:
    """Makes the dossiers of a plan. Those carried in come from a chance of their own, so that the world before makes
    the same ones."""

    def __init__(self, world: WorldFile, plan: Dossiers, in_use: InUse, province: Province, codes: Codes) -> None:
        self._random = draw(world, f"dossiers from {plan.from_day}")
        self._carried_random = draw(world, f"dossiers carried into {plan.from_day}")
        self._plan, self._in_use, self._codes = plan, in_use, codes
        self._communes, self._elsewhere = province.communes, Commune("", province.name)
        self._offices = Offices(world)
        self._workdays = Workdays(world)
        self._first, self._last = day_start(plan.from_day), day_start(plan.to_day)
        self._begin, self._end = day_start(world.first_day), day_end(world.last_event_day)
        self._last_index = self._workdays.index_until(self._end - DAY)

    def carried_in(self) -> list[Dossier]:
        """Received in the weeks before the plan's first day, resolved on time in the first days after it."""
        plan, random, starts = self._plan, self._carried_random, self._workdays.starts
        first_index = self._workdays.index_from(self._first)
        carried = []
        for number, service in enumerate(self._deal(random, self._in_use.online, plan.carried_in, each_once=False)):
            channel = Channel.POST
            if number >= plan.carried_in_by_post:
                channel = Channel.ONLINE if random.random() < 0.85 else Channel.DIRECT
            dossier = self._file(random, service, channel, starts[first_index - random.randrange(1, 16)])
            ended = first_index + int(random.random() ** 2 * 12)
            self._finish(random, dossier, in_hours(random, starts[ended]))
            dossier.due = starts[ended + random.randrange(0, 6)] + CLOSES
            carried.append(dossier)
        return self._coded(random, carried)

    def received(self) -> list[Dossier]:
        """All others, the received ones first. Raises ValueError when the plan cannot be met."""
        received = self._received()
        self._resolve(received)
        dossiers = received + self._others()
        for dossier in dossiers:
            dossier.filed = max(dossier.filed, self._begin)
        return self._coded(self._random, dossiers)

    def _coded(self, random: Random, dossiers: list[Dossier]) -> list[Dossier]:
        for dossier in dossiers:
            if random.random() < 0.3 and dossier.channel == Channel.DIRECT:
                dossier.channel = ""
            dossier.code = self._codes.next(dossier.organisation, dossier.filed)
        return dossiers

    # -- how many of what

    def _received(self) -> list[Dossier]:
        random = self._random
        pairs = [
            (service, channel)
            for services, channel, count, each_once in self._cells()
            for service in self._deal(random, services, count, each_once)
        ]
        random.shuffle(pairs)
        days, weights = self._workdays.weights(self._first, self._last)
        drawn = random.choices(days, weights, k=len(pairs))
        return [self._file(random, service, channel, day) for (service, channel), day in zip(pairs, drawn, strict=True)]

    def _cells(self) -> Iterator[tuple[list[Service], str, int, bool]]:
        """(services, channel, dossiers, each service at least once), by level where the plan says so."""
        plan, used = self._plan, self._in_use
        yield used.information, Channel.DIRECT, plan.received_level_2, True
        online, direct, alone = plan.received_online, plan.received_direct, plan.received_direct_only
        direct -= plan.received_level_2
        if not plan.level_4:
            parts = [(used.online, used.direct_only, online, direct, alone)]
        else:
            full, full_alone = self._at_level(4, used.online), self._at_level(4, used.direct_only)
            partial, partial_alone = self._at_level(3, used.online), self._at_level(3, used.direct_only)
            alone_4 = alone * len(full_alone) // len(used.direct_only)
            online_4, direct_4 = plan.level_4["online"], plan.level_4["direct"]
            parts = [
                (full, full_alone, online_4, direct_4, alone_4),
                (partial, partial_alone, online - online_4, direct - direct_4, alone - alone_4),
            ]
        for services, direct_only, online, direct, alone in parts:
            yield services, Channel.ONLINE, online, True
            yield services, Channel.DIRECT, direct - alone, False
            yield direct_only, Channel.DIRECT, alone, True

    def _at_level(self, level: int, services: list[Service]) -> list[Service]:
        return [service for service in services if service.level_on(self._first) == level]

    def _deal(self, random: Random, services: list[Service], count: int, each_once: bool) -> Iterator[Service]:
        """``count`` services by weight; each at least once when asked. Raises ValueError when that cannot be."""
        fixed = services if each_once else []
        if count < len(fixed):
            raise ValueError(f"world: {count} dossiers cannot reach {len(fixed)} services")
        yield from fixed
        if count > len(fixed):
            weights = [self._in_use.weights[service.code] for service in services]
            yield from random.choices(services, weights, k=count - len(fixed))

    def _others(self) -> list[Dossier]:
        plan, random = self._plan, self._random
        days, weights = self._workdays.weights(self._first, self._last - 2 * DAY)
        services = self._in_use.online * 3 + self._in_use.refused_only
        others = []
        for number in range(plan.not_accepted):
            channel = Channel.POST if number < plan.not_accepted // 40 else Channel.ONLINE
            dossier = self._file(random, random.choice(services), channel, random.choices(days, weights)[0])
            dossier.status, dossier.refused = Status.NOT_ACCEPTED, dossier.received + random.randrange(600, DAY)
            if number % 5:  # some offices note a receipt all the same
                dossier.received = NONE
            others.append(dossier)
        for number in range(plan.new + plan.withdrawn_before_receipt):
            dossier = self._file(random, random.choice(services), Channel.ONLINE, random.choices(days, weights)[0])
            dossier.received = NONE
            dossier.status = Status.NEW if number < plan.new else Status.WITHDRAWN
            others.append(dossier)
        return others

    # -- one dossier

    def _file(self, random: Random, service: Service, channel: str, day: int) -> Dossier:
        """A dossier received on the day that begins at ``day``."""
        received = in_hours(random, day)
        filed = received
        if channel == Channel.ONLINE:
            filed -= int(random.random() ** 2 * 9 * 3600) + 60
        elif channel == Channel.POST:
            filed -= DAY * random.randrange(1, 4)
        commune, organisation = self._elsewhere, service.department
        if service.tier != "tinh":
            commune = random.choice(self._communes)
            organisation = commune.organisation if service.tier == "xa" else commune.district_organisation
        return Dossier(service, channel, filed, received, self._offices.code(organisation, filed), commune)

    def _resolve(self, received: list[Dossier]) -> None:
        """Ends as many as the plan says: those still running are mostly the ones that would end last."""
        plan, random, starts = self._plan, self._random, self._workdays.starts
        running = len(received) - (plan.resolved_on_time + plan.resolved_late - plan.carried_in)
        if running < 0:
            raise ValueError("world: more dossiers resolved than received and carried in")
        for dossier in received:
            dossier.due, dossier.ended = self._on_time(dossier)
        by_end = sorted(received, key=lambda dossier: -dossier.ended)
        given_up = running // 8
        unfinished = by_end[: running - given_up] + random.sample(by_end[running - given_up :], given_up)
        for number, dossier in enumerate(unfinished):
            dossier.ended = NONE
            dossier.status = _UNFINISHED[number % len(_UNFINISHED)] if number < running - given_up else Status.WITHDRAWN
        finished = [dossier for dossier in received if dossier.ended != NONE]
        if any(dossier.ended > self._end for dossier in finished):
            raise ValueError("world: too few dossiers may stay unresolved; lower resolved_… or raise carried_in")
        can_be_late = [d for d in finished if self._workdays.index_from(d.due) + 8 <= self._last_index]
        late = random.sample(can_be_late, plan.resolved_late)
        for dossier in late:
            index = self._workdays.index_from(dossier.due) + random.randrange(1, 9)
            dossier.ended = in_hours(random, starts[index])
        late_ones = {id(dossier) for dossier in late}
        punctual = [dossier for dossier in finished if id(dossier) not in late_ones]
        for dossier in random.sample(punctual, plan.resolved_without_due):
            dossier.due = NONE
        for dossier in finished:
            self._finish(random, dossier, dossier.ended)

    def _on_time(self, dossier: Dossier) -> tuple[int, int]:
        """(due, ended), both on business days, ended not after due."""
        random, starts = self._random, self._workdays.starts
        first = self._workdays.index_from(dossier.received)
        same_day = starts[first] <= dossier.received
        if same_day and dossier.received % DAY > CLOSES - 1800:
            first, same_day = first + 1, False
        last = first + dossier.service.work_days
        ended = first + int(random.random() * (last - first + 1))
        opens = max(starts[ended] + OPENS, dossier.received + 300 if same_day and ended == first else 0)
        closes = starts[ended] + CLOSES
        return starts[last] + CLOSES, opens + int(random.random() * (closes - opens))

    def _finish(self, random: Random, dossier: Dossier, ended: int) -> None:
        dossier.ended, dossier.status = ended, Status.PROCESSED
        returned = ended + int(random.random() ** 2 * 3 * DAY) + 120
        if returned < self._end - 3600 and random.random() < 0.8:
            dossier.status, dossier.returned = Status.RETURNED, returned
