"""Dossiers that meet a world's totals: first how each one ends, then the versions that led there.

Quotas are dealt out as exact counts (so many online, so many late …) over drawn dossiers, never drawn as
probabilities, so the totals come out to the unit whatever the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from gateway.areas import Commune, Offices, Province
from gateway.draw import draw
from gateway.moments import DAY, compact, day_start
from gateway.records.dossier_rows import (
    FEE_DUE,
    IN_PROCESS,
    NEW,
    NONE,
    NOT_ACCEPTED,
    PROCESSED,
    RECEIVED,
    RETURNED,
    STOPPED,
    SUPPLEMENT,
    WITHDRAWN,
)
from gateway.records.services import InUse, Service
from gateway.sections import Dossiers
from gateway.workdays import CLOSES, OPENS, in_hours, workdays_of
from gateway.worldfile import WorldFile

ONLINE, DIRECT, POST = "2", "1", "3"
_UNFINISHED = (IN_PROCESS, IN_PROCESS, IN_PROCESS, RECEIVED, SUPPLEMENT, FEE_DUE, WITHDRAWN, STOPPED)


@dataclass(slots=True)
class Dossier:
    """A dossier's last state."""

    service: Service
    channel: str
    filed: int
    received: int
    organisation: str
    commune: Commune | None
    due: int = NONE
    ended: int = NONE
    returned: int = NONE
    refused: int = NONE
    status: str = RECEIVED
    code: str = ""


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
    """Makes the dossiers of a plan, each in its last state. Those carried in come from a chance of their own, so that
    the world before makes the same ones."""

    def __init__(self, world: WorldFile, plan: Dossiers, in_use: InUse, province: Province, codes: Codes) -> None:
        self._random = draw(world, f"dossiers from {plan.from_day}")
        self._carried_random = draw(world, f"dossiers carried into {plan.from_day}")
        self._plan = plan
        self._in_use = in_use
        self._province = province
        self._offices = Offices(world)
        self._workdays = workdays_of(world)
        self._first, self._last = day_start(plan.from_day), day_start(plan.to_day)
        self._begin, self._end = day_start(world.first_day), day_start(world.last_event_day) + DAY
        self._last_index = self._workdays.index_until(self._end - DAY)
        self._codes = codes

    def carried_in(self) -> list[Dossier]:
        """Received in the weeks before the plan's first day, resolved on time in the first days after it."""
        plan, random, starts = self._plan, self._carried_random, self._workdays.starts
        first_index = self._workdays.index_from(self._first)
        services = _deal(random, self._in_use, self._in_use.online, plan.carried_in, each_once=False)
        carried = []
        for number, service in enumerate(services):
            channel = POST if number < plan.carried_in_by_post else ONLINE if random.random() < 0.85 else DIRECT
            dossier = self._file(random, service, channel, starts[first_index - random.randrange(1, 16)])
            ended = first_index + int(random.random() ** 2 * 12)
            self._finish(random, dossier, in_hours(random, starts[ended]))
            dossier.due = starts[ended + random.randrange(0, 6)] + CLOSES
            carried.append(dossier)
        return self._coded(random, carried)

    def received(self) -> list[Dossier]:
        """All others, the received ones first. Raises ValueError when the plan cannot be met."""
        received = self._received()
        self._resolve(received, self._plan.carried_in)
        dossiers = received + self._others()
        for dossier in dossiers:
            dossier.filed = max(dossier.filed, self._begin)
        return self._coded(self._random, dossiers)

    def _coded(self, random: Random, dossiers: list[Dossier]) -> list[Dossier]:
        for dossier in dossiers:
            if random.random() < 0.3 and dossier.channel == DIRECT:
                dossier.channel = ""
            dossier.code = self._codes.next(dossier.organisation, dossier.filed)
        return dossiers

    # -- how many of what

    def _received(self) -> list[Dossier]:
        random = self._random
        pairs = [
            (service, channel)
            for services, channel, count, each_once in self._cells()
            for service in _deal(random, self._in_use, services, count, each_once)
        ]
        random.shuffle(pairs)
        days, weights = self._workdays.weights(self._first, self._last)
        drawn = random.choices(days, weights, k=len(pairs))
        return [self._file(random, service, channel, day) for (service, channel), day in zip(pairs, drawn, strict=True)]

    def _cells(self) -> Iterator[tuple[list[Service], str, int, bool]]:
        """(services, channel, dossiers, each service at least once), by level where the plan says so."""
        plan, used = self._plan, self._in_use
        yield used.information, DIRECT, plan.received_level_2, True
        at_offered = plan.received_direct - plan.received_level_2
        if plan.level_4 is None:
            parts = [(used.online, used.direct_only, plan.received_online, at_offered, plan.received_direct_only)]
        else:
            full, full_alone = _at_level(4, used.online, self._first), _at_level(4, used.direct_only, self._first)
            partial, partial_alone = _at_level(3, used.online, self._first), _at_level(3, used.direct_only, self._first)
            alone = plan.received_direct_only * len(full_alone) // len(used.direct_only)
            rest = plan.received_direct_only - alone
            online, direct = plan.received_online - plan.level_4.online, at_offered - plan.level_4.direct
            parts = [
                (full, full_alone, plan.level_4.online, plan.level_4.direct, alone),
                (partial, partial_alone, online, direct, rest),
            ]
        for services, direct_only, online, direct, alone in parts:
            yield services, ONLINE, online, True
            yield services, DIRECT, direct - alone, False
            yield direct_only, DIRECT, alone, True

    def _others(self) -> list[Dossier]:
        plan, random = self._plan, self._random
        days, weights = self._workdays.weights(self._first, self._last - 2 * DAY)
        services = self._in_use.online * 3 + self._in_use.refused_only
        others = []
        for number in range(plan.not_accepted):
            channel = POST if number < plan.not_accepted // 40 else ONLINE
            dossier = self._file(random, random.choice(services), channel, random.choices(days, weights)[0])
            dossier.status, dossier.refused = NOT_ACCEPTED, dossier.received + random.randrange(600, DAY)
            if number % 5:  # some offices note a receipt all the same
                dossier.received = NONE
            others.append(dossier)
        for number in range(plan.new + plan.withdrawn_before_receipt):
            dossier = self._file(random, random.choice(services), ONLINE, random.choices(days, weights)[0])
            dossier.received = NONE
            dossier.status = NEW if number < plan.new else WITHDRAWN
            others.append(dossier)
        return others

    # -- one dossier

    def _file(self, random: Random, service: Service, channel: str, day: int) -> Dossier:
        """A dossier received on the day that begins at ``day``."""
        received = in_hours(random, day)
        filed = received
        if channel == ONLINE:
            filed -= int(random.random() ** 2 * 9 * 3600) + 60
        elif channel == POST:
            filed -= DAY * random.randrange(1, 4)
        commune = None
        organisation = service.department
        if service.tier != "tinh":
            commune = random.choice(self._province.communes)
            organisation = commune.organisation if service.tier == "xa" else commune.district_organisation
        organisation = self._offices.code(organisation, filed)
        return Dossier(service, channel, filed, received, organisation, commune)

    def _resolve(self, received: list[Dossier], carried: int) -> None:
        """Ends as many as the plan says: those still running are mostly the ones that would end last."""
        plan, random, starts = self._plan, self._random, self._workdays.starts
        resolved = plan.resolved_on_time + plan.resolved_late - carried
        running = len(received) - resolved
        if running < 0:
            raise ValueError("world: more dossiers resolved than received and carried in")
        for dossier in received:
            dossier.due, dossier.ended = self._on_time(dossier)
        by_end = sorted(received, key=lambda dossier: -dossier.ended)
        given_up = running // 8
        unfinished = by_end[: running - given_up] + random.sample(by_end[running - given_up :], given_up)
        for number, dossier in enumerate(unfinished):
            dossier.ended = NONE
            dossier.status = _UNFINISHED[number % len(_UNFINISHED)] if number < running - given_up else WITHDRAWN
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
        dossier.ended = ended
        returned = ended + int(random.random() ** 2 * 3 * DAY) + 120
        if returned < self._end - 3600 and random.random() < 0.8:
            dossier.status, dossier.returned = RETURNED, returned
        else:
            dossier.status = PROCESSED


def _at_level(level: int, services: list[Service], moment: int) -> list[Service]:
    return [service for service in services if service.level_on(moment) == level]


def _deal(
    random: Random, in_use: InUse, services: list[Service], count: int, each_once: bool = True
) -> Iterator[Service]:
    """``count`` services by weight; each at least once when asked. Raises ValueError when that cannot be."""
    fixed = services if each_once else []
    if count < len(fixed):
        raise ValueError(f"world: {count} dossiers cannot reach {len(fixed)} services")
    yield from fixed
    if count > len(fixed):
        yield from random.choices(services, [in_use.weights[s.code] for s in services], k=count - len(fixed))
