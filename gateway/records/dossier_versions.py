"""All versions of all dossiers of a world: the states through which each reached its last one, late corrections and
dirty rows included."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

from gateway import people
from gateway.areas import Province
from gateway.chance import draw, planted
from gateway.moments import DAY, day_end, day_start
from gateway.records.dossier import NONE, Channel, Dossier, DossierFacts, Status
from gateway.records.dossiers import Codes, DossierMaker
from gateway.records.services import Catalogue, InUse
from gateway.shelf import Entry
from gateway.workdays import CLOSES, Workdays, in_hours
from gateway.worldfile import WorldFile

Versions = Iterator[Entry[DossierFacts | None]]

_HISTORIES = {  # the steps (codes of Status) that are published before the last one: few systems publish all
    Status.PROCESSED: (("2",), (), ("1", "2"), ("4",), ("1", "2", "5")),
    Status.RETURNED: (("2",), ("2", "9"), (), ("1", "2"), ("1", "2", "4", "9")),
}
_HISTORY_WEIGHTS = (52, 18, 14, 12, 4)
_SHORT = ((), (Status.NEW,))
_LATEST_FIRST = 30 * DAY  # after its receipt the first state of a dossier is published
_LATEST_CORRECTION = 40 * DAY  # after its receipt a dossier is mended


def dossier_versions(
    history: tuple[WorldFile, ...], world: WorldFile, catalogue: Catalogue, province: Province
) -> Versions:
    """Every version that ``world`` shows of every dossier, in no order.

    Dossiers received before a world's first plan and resolved in it belong to two worlds: both make them first, from
    the later one's section, so they have the same codes and states in both.
    """
    codes, numbers = Codes(), count()
    later = [file for file in history if file.first_day > world.first_day]
    for made in (*later, world):
        own = made is world
        for plan in made.dossiers if own else made.dossiers[:1]:
            maker = DossierMaker(made, plan, catalogue.in_use(made, plan), province, codes)
            carried = VersionMaker(world, made, f"carried into {plan.from_day}", 0)
            for dossier in maker.carried_in():
                yield from carried.of(next(numbers), dossier)
            if own:
                versions = VersionMaker(world, made, f"from {plan.from_day}", plan.corrected, plan.steps)
                for dossier in maker.received():
                    yield from versions.of(next(numbers), dossier)
    yield from _dirty(world, catalogue.in_use(world, world.dossiers[0]), province, codes)


class VersionMaker:
    """Writes the history of finished dossiers as ``shown`` shows it: what changed in its range.

    ``made`` is the world whose dossiers they are; ``corrected`` of them are mended later, and for the share ``steps``
    all states are published, for the others the last one only.
    """

    def __init__(self, shown: WorldFile, made: WorldFile, purpose: str, corrected: int, steps: float = 1.0) -> None:
        self._random = draw(made, f"versions of dossiers {purpose}")
        self._first, self._end = day_start(shown.first_day), day_end(shown.last_event_day)
        self._corrections_left = corrected
        self._steps = steps

    def of(self, number: int, dossier: Dossier) -> Versions:
        """The versions in the world's range; ``updated`` rises strictly."""
        random = self._random
        histories = _HISTORIES.get(dossier.status, _SHORT)
        weights = _HISTORY_WEIGHTS if len(histories) > 2 else (55, 45)
        last_known = _moment(dossier, dossier.status)
        steps = [*random.choices(histories, weights)[0], dossier.status]
        if dossier.status == Status.NEW:
            steps = [Status.NEW]
        elif random.random() >= self._steps:
            long = last_known - max(dossier.filed, dossier.received) > _LATEST_FIRST
            steps = [Status.RECEIVED, dossier.status] if long else [dossier.status]
        mistake = self._mistake(dossier, last_known)
        dossier.person = random.randrange(people.PERSONS)
        early = replace(dossier, **mistake) if mistake else dossier
        updated, versions = 0, []
        for step in steps:
            lag = 300 - last_known % 300 if random.random() < 0.02 else random.randrange(2, 240)
            updated = max(updated + 1, _moment(dossier, step) + lag)
            versions.append((early, step, updated))
        if mistake:
            until = min(dossier.received + _LATEST_CORRECTION, self._end) - 60
            updated += random.randrange(DAY // 4, until - updated)
            versions.append((dossier, dossier.status, updated))
        for known, step, moment in versions:
            if self._first <= moment < self._end:
                yield Entry(moment, known.code, known.body(step, moment), known.facts(number, step))

    def _mistake(self, dossier: Dossier, last_known: int) -> dict[str, Any]:
        """What is wrong in the earlier versions of a dossier that is corrected later; nothing for the others."""
        too_late = min(self._end, dossier.received + _LATEST_CORRECTION)
        if not self._corrections_left or dossier.ended == NONE or last_known + 2 * DAY > too_late:
            return {}
        if self._random.random() > 0.04:
            return {}
        self._corrections_left -= 1
        kind = self._random.randrange(3)
        if kind == 0:
            return {"channel": Channel.ONLINE if dossier.channel != Channel.ONLINE else Channel.DIRECT}
        if kind == 1:
            return {"due": NONE if dossier.due == NONE else dossier.due + DAY}
        return {"ended": dossier.ended - min(3600, (dossier.ended - dossier.received) // 2)}


def _moment(dossier: Dossier, step: str) -> int:
    match step:
        case Status.NEW:
            return dossier.filed
        case Status.PROCESSED:
            return dossier.ended
        case Status.RETURNED:
            return dossier.returned
        case Status.NOT_ACCEPTED:
            return dossier.refused
    return max(dossier.filed, dossier.received) + (0 if step == Status.RECEIVED else 1200)


def _dirty(world: WorldFile, in_use: InUse, province: Province, codes: Codes) -> Versions:
    """Rows that break one rule each."""
    random, workdays = draw(world, "dirty dossiers"), Workdays(world)
    first = workdays.index_from(day_start(world.first_day) + 2 * DAY)
    last = workdays.index_until(day_start(world.last_event_day))
    for kind, wrong in planted(world, "dossiers"):
        index = random.randrange(first, last - 3)
        received = in_hours(random, workdays.starts[index])
        ended = in_hours(random, workdays.starts[index + 2])
        commune = random.choice(province.communes)
        dossier = Dossier(
            service=random.choice(in_use.online),
            channel=Channel.ONLINE,
            filed=received,
            received=received,
            organisation=commune.organisation,
            commune=commune,
            due=workdays.starts[index + 3] + CLOSES,
            ended=received - 3 * DAY if kind == "ended_before_received" else ended,
            code=codes.next(commune.organisation, received),
            person=random.randrange(people.PERSONS),
        )
        updated = ended + 120
        yield Entry(updated, dossier.code, dossier.body(Status.PROCESSED, updated, wrong), None)
