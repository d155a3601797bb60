"""Citizens' reports to the switchboard 1022, as the states through which they go."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import count
from random import Random

import msgspec

from gateway import people
from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_of, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.sections import Feedback
from gateway.shelf import Entry, Shelf
from gateway.workdays import CLOSES, Workdays, in_hours
from gateway.worldfile import WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("no_code", "unknown_commune", "unknown_status", "impossible_date", "completed_before_received")
RESOLVED, IN_PROGRESS, REFUSED = "DA_XU_LY", "DANG_XU_LY", "TU_CHOI"


class ReportShelf(Shelf[int]):
    """Kept states; ``facts`` is the number of the report. The feed gives each report once, as it is now."""

    @lru_cache(maxsize=2)  # noqa: B019 - a shelf lives as long as its process
    def current(self, now: int) -> list[int]:
        """The indexes of the states that hold at ``now`` (a moment), in the order of the feed."""
        newest = {report: index for index, report in enumerate(self.facts(self.span(0, now + 1)[1]))}
        return sorted(newest.values())


class ReportMaker:
    """Makes the reports that meet the plan."""

    def __init__(self, world: WorldFile, plan: Feedback, province: Province, workdays: Workdays) -> None:
        self._world, self._plan, self._province, self._workdays = world, plan, province, workdays
        self._random = draw(world, "feedback")
        self._end = day_start(world.last_event_day) + DAY
        self._sequences: dict[int, int] = {}
        self._numbers = count()

    def states(self) -> Iterator[Entry[int]]:
        """Every state of every report, in no order."""
        kinds = self._world.dirt.get("feedback", {})
        check_kinds("feedback", kinds, _DIRT)
        for part in self._plan.reported:
            first, last = day_start(part.from_day), day_start(part.to_day)
            cases = [RESOLVED] * part.resolved + [IN_PROGRESS] * part.in_progress + [REFUSED] * part.refused
            days, weights = self._workdays.weights(first, last)
            received = sorted(in_hours(self._random, day) for day in self._random.choices(days, weights, k=len(cases)))
            self._random.shuffle(cases)
            for moment, status in zip(received, cases, strict=True):
                yield from self._report(moment, status)
        dirt_from = day_start(self._plan.reported[-1].from_day)
        for kind, number in kinds.items():
            for _ in range(number):
                day = dirt_from + self._random.randrange((self._end - dirt_from) // DAY - 1) * DAY
                yield from self._dirty(in_hours(self._random, day), kind)

    def _report(self, received: int, status: str) -> Iterator[Entry[int]]:
        random, number = self._random, next(self._numbers)
        record = self._record(random, number, received)
        updated = received + random.randrange(60, 1800)
        yield _entry(record, number, updated)
        if status == IN_PROGRESS:
            if random.random() < 0.4 and updated + DAY < self._end:  # handed on to another office
                yield _entry(record, number, random.randrange(updated + 1, min(updated + 5 * DAY, self._end)))
            return
        days = 3 if status == REFUSED else 12
        settled = min(updated + 900 + int(random.random() * days * DAY), self._end - 3600)
        record["trang_thai"] = status
        if status == RESOLVED:
            record["hoan_thanh_luc"] = iso(settled)
        yield _entry(record, number, settled + random.randrange(5, 600))

    def _dirty(self, received: int, kind: str) -> Iterator[Entry[int]]:
        random, number = self._random, next(self._numbers)
        record = self._record(random, number, received)
        record |= {
            "no_code": {"ma_pa": ""},
            "unknown_commune": {"ma_dia_ban": "99999"},
            "unknown_status": {"trang_thai": "KHAC"},
            "impossible_date": {"tiep_nhan_luc": f"{self._world.last_day.year}-02-30T08:00:00"},
            "completed_before_received": {"trang_thai": RESOLVED, "hoan_thanh_luc": iso(received - 2 * DAY)},
        }[kind]
        yield _entry(record, number, received + 300)

    def _record(self, random: Random, number: int, received: int) -> dict[str, str]:
        plan, year = self._plan, day_of(received).year
        sequence = self._sequences[year] = self._sequences.get(year, 0) + 1
        due = self._workdays.index_from(received) + random.choice((5, 7, 10, 15))
        commune = random.choice(self._province.communes).code
        return {
            "ma_pa": f"PA-{year}-{sequence:06}",
            "linh_vuc": random.choices(list(plan.fields), list(plan.fields.values()))[0],
            "ma_dia_ban": "" if random.random() < 0.08 else commune,
            "kenh": random.choices(list(plan.intakes), list(plan.intakes.values()))[0],
            "nguoi_gui": people.name(random.randrange(150_000)),
            "dien_thoai": people.telephone(random.randrange(150_000)),
            "noi_dung": people.report(number),
            "tiep_nhan_luc": iso(received),
            "han_xu_ly": iso(self._workdays.starts[due] + CLOSES),
            "hoan_thanh_luc": "",
            "trang_thai": IN_PROGRESS,
        }


def _entry(record: dict[str, str], number: int, updated: int) -> Entry[int]:
    return Entry(updated, record["ma_pa"], _encode(record | {"cap_nhat_luc": iso(updated)}), number)
