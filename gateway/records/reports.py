"""Citizens' reports to the switchboard 1022, as the states through which they go."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from gateway import people
from gateway.areas import Province
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_of, day_start, iso
from gateway.shelf import Entry, entry
from gateway.workdays import CLOSES, Workdays, in_hours
from gateway.worldfile import Feedback, WorldFile

RESOLVED, IN_PROGRESS, REFUSED = "DA_XU_LY", "DANG_XU_LY", "TU_CHOI"


def newest_states(reports: Sequence[int]) -> list[int]:
    """The index of each report's newest state, in the order of the feed; ``reports`` in order of change."""
    return sorted({report: index for index, report in enumerate(reports)}.values())


class ReportMaker:
    """Makes the reports that meet the plan; the facts of a state are the number of its report."""

    def __init__(self, world: WorldFile, plan: Feedback, province: Province) -> None:
        self._world, self._plan, self._province = world, plan, province
        self._workdays, self._random = Workdays(world), draw(world, "feedback")
        self._end = day_end(world.last_event_day)
        self._sequences: Counter[int] = Counter()
        self._numbers = count()

    def states(self) -> Iterator[Entry[int]]:
        """Every state of every report, in no order."""
        random = self._random
        for part in self._plan.reported:
            cases = [status for status, number in part.states.items() for _ in range(number)]
            days, weights = self._workdays.weights(day_start(part.from_day), day_start(part.to_day))
            received = sorted(in_hours(random, day) for day in random.choices(days, weights, k=len(cases)))
            random.shuffle(cases)
            for moment, status in zip(received, cases, strict=True):
                yield from self._report(moment, status)
        dirt_from = day_start(self._plan.reported[-1].from_day)
        for kind, wrong in planted(self._world, "feedback"):
            day = dirt_from + random.randrange((self._end - dirt_from) // DAY - 1) * DAY
            received_at, number = in_hours(random, day), next(self._numbers)
            record = self._record(number, received_at) | wrong
            if kind == "completed_before_received":
                record["hoan_thanh_luc"] = iso(received_at - 2 * DAY)
            yield _state(record, number, received_at + 300)

    def _report(self, received: int, status: str) -> Iterator[Entry[int]]:
        random, number = self._random, next(self._numbers)
        record = self._record(number, received)
        updated = received + random.randrange(60, 1800)
        yield _state(record, number, updated)
        if status == IN_PROGRESS:
            if random.random() < 0.4 and updated + DAY < self._end:  # handed on to another office
                yield _state(record, number, random.randrange(updated + 1, min(updated + 5 * DAY, self._end)))
            return
        days = 3 if status == REFUSED else 12
        settled = min(updated + 900 + int(random.random() * days * DAY), self._end - 3600)
        record["trang_thai"] = status
        if status == RESOLVED:
            record["hoan_thanh_luc"] = iso(settled)
        yield _state(record, number, settled + random.randrange(5, 600))

    def _record(self, number: int, received: int) -> Row:
        plan, random, year = self._plan, self._random, day_of(received).year
        self._sequences[year] += 1
        due = self._workdays.index_from(received) + random.choice((5, 7, 10, 15))
        commune = random.choice(self._province.communes).code
        return {
            "ma_pa": f"PA-{year}-{self._sequences[year]:06}",
            "linh_vuc": random.choices(list(plan.fields), list(plan.fields.values()))[0],
            "ma_dia_ban": "" if random.random() < 0.08 else commune,
            "kenh": random.choices(list(plan.intakes), list(plan.intakes.values()))[0],
            "nguoi_gui": people.name(random.randrange(people.PERSONS)),
            "dien_thoai": people.telephone(random.randrange(people.PERSONS)),
            "noi_dung": people.text("reports", number),
            "tiep_nhan_luc": iso(received),
            "han_xu_ly": iso(self._workdays.starts[due] + CLOSES),
            "hoan_thanh_luc": "",
            "trang_thai": IN_PROGRESS,
        }


def _state(record: Row, number: int, updated: int) -> Entry[int]:
    return entry(record, str(record["ma_pa"]), updated, number, stamp="cap_nhat_luc")
