"""Any number of clean dossiers, made page by page: record ``n`` follows from the seed and ``n`` alone.

They change evenly over the period, in order of their number, so a window of time is a range of numbers and
nothing has to be kept.
"""

from collections.abc import Iterator

from gateway.areas import Province
from gateway.moments import DAY, compact, day_end, day_start
from gateway.records.dossier import Channel, Dossier, DossierCounts, Status
from gateway.records.services import Service
from gateway.worldfile import Bench, WorldFile

_MASK = (1 << 64) - 1
_SERVICES = 300


class BenchDossiers:
    """Dossiers that are computed when asked for; offers what a shelf of dossiers offers."""

    def __init__(self, world: WorldFile, plan: Bench, province: Province) -> None:
        self._count = plan.dossiers
        self._salt = world.seed * 0x9E3779B97F4A7C15 & _MASK
        self._first = day_start(plan.from_day)
        self._seconds = day_end(plan.to_day) - self._first
        self._communes = province.communes
        codes = [f"1.{number + 1000:06}.000.00.00.{province.organisation}" for number in range(_SERVICES)]
        self._services = [[Service(code, level) for level in (3, 4)] for code in codes]

    def span(self, low: int, high: int) -> tuple[int, int]:
        start = self._index_from(low)
        return start, max(start, self._index_from(high))

    def json(self, start: int, stop: int) -> bytes:
        return b",".join(
            self.dossier(number).body(Status.PROCESSED, self._moment(number)) for number in range(start, stop)
        )

    def known(self, now: int) -> "BenchCounts":
        """The portal's own counts in the state of ``now``."""
        return BenchCounts(self, now)

    def dossier(self, number: int) -> Dossier:
        draw = self._draws(number)
        commune = self._communes[next(draw) % len(self._communes)]
        ended = self._moment(number) - 60 - next(draw) % 240
        received = ended - 600 - next(draw) % DAY
        late = next(draw) % 64 == 0
        service = self._services[next(draw) % _SERVICES]
        channel = Channel.DIRECT if next(draw) % 16 == 0 else Channel.ONLINE
        return Dossier(
            service=service[next(draw) % 2],
            channel=channel,
            filed=received - next(draw) % 3600,
            received=received,
            organisation=commune.organisation,
            commune=commune,
            due=ended - 300 if late else ended + next(draw) % (5 * DAY),
            ended=ended,
            code=f"{commune.organisation}-{compact(received)[2:8]}-{number % 1_000_000:06}",
            person=next(draw) * 61 + number % 61,
        )

    def _moment(self, number: int) -> int:
        return self._first + number * self._seconds // self._count

    def _index_from(self, moment: int) -> int:
        """The first dossier that changed at ``moment`` or later."""
        past = moment - self._first
        return min(self._count, max(0, -(-past * self._count // self._seconds)))

    def _draws(self, number: int) -> Iterator[int]:
        """Numbers below 4096 that follow from seed and ``number``."""
        state = (number + 1) * 0xBF58476D1CE4E5B9 + self._salt & _MASK
        while True:
            state = (state ^ state >> 29) * 0x94D049BB133111EB & _MASK
            yield state >> 52


class BenchCounts:
    """Counts of the bench's dossiers as known at ``now``. Looks at every dossier near the range."""

    def __init__(self, dossiers: BenchDossiers, now: int) -> None:
        self._dossiers, self._now = dossiers, now

    def between(self, low: int, high: int) -> dict[str, int]:
        """Received or resolved in [low, high), by wire name."""
        near = self._dossiers.span(low, min(high + 2 * DAY, self._now + 1))
        found = [self._dossiers.dossier(number).facts(number, Status.PROCESSED) for number in range(*near)]
        return DossierCounts(found).between(low, high)
