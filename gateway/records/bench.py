"""Any number of clean dossiers, made page by page: record ``n`` follows from the seed and ``n`` alone.

They change evenly over the period, in order of their number, so a window of time is a range of numbers and
nothing has to be kept.
"""

from collections.abc import Iterator

from gateway.areas import Province
from gateway.moments import DAY, compact, day_start
from gateway.records.dossier_counts import Count
from gateway.records.dossier_rows import NONE, PROCESSED, Version
from gateway.sections import Bench
from gateway.worldfile import WorldFile

_MASK = (1 << 64) - 1


class BenchDossiers:
    """Dossiers that are computed when asked for; offers what a kept dossier feed offers."""

    def __init__(self, world: WorldFile, plan: Bench, province: Province) -> None:
        self._count = plan.dossiers
        self._salt = world.seed * 0x9E3779B97F4A7C15 & _MASK
        self._first = day_start(plan.from_day)
        self._seconds = day_start(plan.to_day) + DAY - self._first
        self._province = province

    def moment(self, index: int) -> int:
        return self._first + index * self._seconds // self._count

    def span(self, low: int, high: int) -> tuple[int, int]:
        start = self._index_from(low)
        return start, max(start, self._index_from(high))

    def json(self, start: int, stop: int) -> bytes:
        return b",".join(self.version(number).body() for number in range(start, stop))

    def between(self, low: int, high: int, now: int) -> Count:
        """Received or resolved in [low, high) as known at ``now``. Looks at every dossier near the range."""
        received = online = resolved = on_time = 0
        start, stop = self.span(low, min(high + 2 * DAY, now + 1))
        for version in map(self.version, range(start, stop)):
            if low <= version.received < high:
                received += 1
                online += version.channel == "2"
            if low <= version.ended < high:
                resolved += 1
                on_time += version.ended <= version.due
        return Count(received, online, resolved, on_time)

    def version(self, number: int) -> Version:
        draw = self._draws(number)
        updated = self.moment(number)
        commune = self._province.communes[next(draw) % len(self._province.communes)]
        ended = updated - 60 - next(draw) % 240
        received = ended - 600 - next(draw) % DAY
        late = next(draw) % 64 == 0
        return Version(
            code=f"{commune.organisation}-{compact(received)[2:8]}-{number % 1_000_000:06}",
            procedure=f"1.{next(draw) % 300 + 1000:06}.000.00.00.{self._province.organisation}",
            organisation=commune.organisation,
            commune=commune.code,
            commune_name=commune.name,
            channel="1" if next(draw) % 16 == 0 else "2",
            level=3 + next(draw) % 2,
            filed=received - next(draw) % 3600,
            received=received,
            due=ended - 300 if late else ended + next(draw) % (5 * DAY),
            ended=ended,
            returned=NONE,
            refused=NONE,
            status=PROCESSED,
            person=next(draw) * 61 + number % 61,
            updated=updated,
        )

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
