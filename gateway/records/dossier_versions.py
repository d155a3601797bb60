"""The versions through which a dossier reached its last state, late corrections included, and the dirty rows."""

from collections.abc import Callable, Iterator

from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_start
from gateway.records.dirt import check_kinds
from gateway.records.dossier_rows import (
    IN_PROCESS,
    NEW,
    NONE,
    NOT_ACCEPTED,
    PROCESSED,
    RECEIVED,
    RETURNED,
    SUPPLEMENT,
    Facts,
    Version,
)
from gateway.records.dossiers import DIRECT, ONLINE, Codes, Dossier
from gateway.records.services import InUse
from gateway.shelf import Entry
from gateway.workdays import in_hours, workdays_of
from gateway.worldfile import WorldFile

_HISTORIES = {  # the steps that are published before the last one: few systems publish all
    PROCESSED: ((RECEIVED,), (), (NEW, RECEIVED), (IN_PROCESS,), (NEW, RECEIVED, SUPPLEMENT)),
    RETURNED: ((RECEIVED,), (RECEIVED, PROCESSED), (), (NEW, RECEIVED), (NEW, RECEIVED, IN_PROCESS, PROCESSED)),
}
_HISTORY_WEIGHTS = (52, 18, 14, 12, 4)
_SHORT = ((), (NEW,))
_LATEST_FIRST = 30 * DAY  # after its receipt the first state of a dossier is published
_LATEST_CORRECTION = 40 * DAY  # after its receipt a dossier is mended
_DIRT = (
    "no_code",
    "unknown_organisation",
    "unknown_commune",
    "impossible_date",
    "unknown_channel",
    "ended_before_received",
)


class VersionMaker:
    """Writes the history of finished dossiers as ``shown`` shows it: what changed in its range.

    ``made`` is the world whose dossiers they are; ``corrected`` of them are mended later, and for the share ``steps``
    all states are published, for the others the last one only.
    """

    def __init__(
        self, shown: WorldFile, made: WorldFile, purpose: str, place: str, corrected: int, steps: float = 1.0
    ) -> None:
        self._random = draw(made, f"versions of dossiers {purpose}")
        self._first = day_start(shown.first_day)
        self._end = day_start(shown.last_event_day) + DAY
        self._place = place
        self._corrections_left = corrected
        self._steps = steps

    def of(self, number: int, dossier: Dossier) -> Iterator[Entry[Facts | None]]:
        """The versions in the world's range; ``updated`` rises strictly."""
        random = self._random
        histories = _HISTORIES.get(dossier.status, _SHORT)
        weights = _HISTORY_WEIGHTS if len(histories) > 2 else (55, 45)
        last_known = self._moment(dossier, dossier.status)
        steps = [*random.choices(histories, weights)[0], dossier.status]
        if dossier.status == NEW:
            steps = [NEW]
        elif random.random() >= self._steps:
            long = last_known - max(dossier.filed, dossier.received) > _LATEST_FIRST
            steps = [RECEIVED, dossier.status] if long else [dossier.status]
        correct = self._wrong(dossier, last_known)
        updated = 0
        person = random.randrange(150_000)
        versions = []
        for step in steps:
            lag = 300 - last_known % 300 if random.random() < 0.02 else random.randrange(2, 240)
            updated = max(updated + 1, self._moment(dossier, step) + lag)
            versions.append(self._version(dossier, step, updated, person))
        if correct:
            versions = [correct(version) for version in versions]
            until = min(dossier.received + _LATEST_CORRECTION, self._end) - 60
            updated += random.randrange(DAY // 4, until - updated)
            versions.append(self._version(dossier, dossier.status, updated, person))
        for version in versions:
            if self._first <= version.updated < self._end:
                yield Entry(version.updated, version.code, version.body(), version.facts(number))

    def _moment(self, dossier: Dossier, step: str) -> int:
        if step == NEW:
            return dossier.filed
        if step in (PROCESSED, RETURNED):
            return dossier.returned if step == RETURNED else dossier.ended
        if step == NOT_ACCEPTED:
            return dossier.refused
        return max(dossier.filed, dossier.received) + (0 if step == RECEIVED else 1200)

    def _version(self, dossier: Dossier, step: str, updated: int, person: int) -> Version:
        """The dossier as known at ``step``: later dates are not there yet."""
        commune = dossier.commune
        known = step != NEW
        return Version(
            code=dossier.code,
            procedure=dossier.service.code,
            organisation=dossier.organisation,
            commune=commune.code if commune else "",
            commune_name=commune.name if commune else self._place,
            channel=dossier.channel,
            level=dossier.service.level_on(dossier.filed),
            filed=dossier.filed,
            received=dossier.received if known else NONE,
            due=dossier.due if known else NONE,
            ended=dossier.ended if step in (PROCESSED, RETURNED) else NONE,
            returned=dossier.returned if step == RETURNED else NONE,
            refused=dossier.refused if step == NOT_ACCEPTED else NONE,
            status=step,
            person=person,
            updated=updated,
        )

    def _wrong(self, dossier: Dossier, last_known: int) -> Callable[[Version], Version] | None:
        """How the earlier versions were wrong, for the dossiers that are corrected later; else None."""
        if not self._corrections_left or dossier.ended == NONE or last_known + 2 * DAY > self._end:
            return None
        if last_known + 2 * DAY > dossier.received + _LATEST_CORRECTION:
            return None
        if self._random.random() > 0.04:
            return None
        self._corrections_left -= 1
        kind = self._random.randrange(3)
        if kind == 0:
            return lambda version: version._replace(channel=ONLINE if version.channel != ONLINE else DIRECT)
        if kind == 1:
            return lambda version: version._replace(due=NONE if version.due == NONE else version.due + DAY)
        early = min(3600, (dossier.ended - dossier.received) // 2)
        return lambda version: version._replace(ended=NONE if version.ended == NONE else version.ended - early)


def dirty(world: WorldFile, in_use: InUse, province: Province, codes: Codes) -> Iterator[Entry[Facts | None]]:
    """Rows that break one rule each."""
    kinds = world.dirt.get("dossiers", {})
    check_kinds("dossiers", kinds, _DIRT)
    random, workdays = draw(world, "dirty dossiers"), workdays_of(world)
    first = workdays.index_from(day_start(world.first_day) + 2 * DAY)
    last = workdays.index_until(day_start(world.last_event_day))
    for kind, count in kinds.items():
        for _ in range(count):
            index = random.randrange(first, last - 3)
            received = in_hours(random, workdays.starts[index])
            ended = in_hours(random, workdays.starts[index + 2])
            commune = random.choice(province.communes)
            service = random.choice(in_use.online)
            version = Version(
                code=codes.next(commune.organisation, received),
                procedure=service.code,
                organisation=commune.organisation,
                commune=commune.code,
                commune_name=commune.name,
                channel=ONLINE,
                level=service.level_on(received),
                filed=received,
                received=received,
                due=workdays.starts[index + 3] + 17 * 3600,
                ended=received - 3 * DAY if kind == "ended_before_received" else ended,
                returned=NONE,
                refused=NONE,
                status=PROCESSED,
                person=random.randrange(150_000),
                updated=ended + 120,
            )
            wrong = {
                "no_code": {"MaHoSo": ""},
                "unknown_organisation": {"MaDonViXuLy": f"000.00.88.{world.province}"},
                "unknown_commune": {"MaDiaBan": "99999"},
                "impossible_date": {"NgayTiepNhan": f"{world.last_day.year}0231080000"},
                "unknown_channel": {"KenhThucHien": "9"},
            }.get(kind, {})
            yield Entry(version.updated, version.code, version.body(**wrong), None)
