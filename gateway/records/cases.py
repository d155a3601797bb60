"""Cases of a system as the states through which they go, so that what is declared of each range of days holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count

from gateway import people
from gateway.areas import Offices, Province
from gateway.chance import Row, draw, planted, world_days
from gateway.moments import DAY, day_end, day_of, day_start, iso
from gateway.records.places import deal, parts, places, shares
from gateway.shelf import Entry, entry
from gateway.systemfile import Cases, SystemFile
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_DONE, _OPEN = "HOAN_THANH", "DANG_XU_LY"
_STATUS = {"on_time": _DONE, "late": _DONE, "refused": "TU_CHOI", "cancelled": "HUY", "planned": "DU_KIEN"}
_NEVER = 10**12
_MARGIN = 3600  # before a range's end: what happens until then is known at its end


class CaseMaker:
    """Makes the cases of a system; the facts of a state are the number of its case. ``world`` is the whole history."""

    def __init__(self, world: WorldFile, name: str, plan: SystemFile, province: Province) -> None:
        self._world, self._name, self._plan, self._province = world, name, plan, province
        self._workdays, self._offices = Workdays(world), Offices(world)
        self._sequences: Counter[tuple[str, int]] = Counter()
        self._numbers = count()

    def states(self) -> Iterator[Entry[int]]:
        """Every state of every case, in no order. Raises ValueError."""
        for number, plan in enumerate(self._plan.case):
            self._random = draw(self._world, f"{self._name} case {number}")
            try:
                yield from self._block(plan)
            except ValueError as error:
                raise ValueError(f"case {plan.code} {plan.from_day}/{plan.to_day}: {error}") from None
        days = world_days(self._world)[1:-1]
        for kind, wrong in planted(self._world, "cases"):
            received, plan = in_hours(self._random, day_start(self._random.choice(days))), self._plan.case[0]
            record = self._record(plan, received, {"loai": next(iter(shares(plan.kind)))} | wrong)
            if kind == "done_before_received":
                record["hoan_thanh_luc"] = iso(received - 2 * DAY)
            yield _state(record, next(self._numbers), received + 300)

    def _block(self, plan: Cases) -> Iterator[Entry[int]]:
        if not self._world.first_day <= plan.from_day <= plan.to_day <= self._world.last_day:
            raise ValueError(f"no range of days in the history {self._world.first_day}/{self._world.last_day}")
        random, total = self._random, sum(plan.states.values())
        times = sorted(self._times(plan, state) for state, number in plan.states.items() for _ in range(number))
        where = deal(total, places(self._province, plan, random), random)
        slices = {"loai": plan.kind, "nhom": plan.class_, "kenh": plan.channel}
        texts = {name: deal(total, shares(weights), random) for name, weights in slices.items()}
        columns: dict[str, Sequence[object]] = {
            **texts,
            "ma_dia_ban": [area for area, _ in where],
            "ma_don_vi": [self._offices.code(where[n][1], times[n][0]) for n in range(total)],
            "so_luong": self._parts(plan.quantity, total, 1),
            "so_tien": self._parts(plan.amount_vnd, total, plan.step_vnd),
        }
        outcomes = deal(total, shares(plan.outcome), random)
        for place, (start, state, due, done) in enumerate(times):
            row = {name: values[place] for name, values in columns.items()} | {"han_luc": iso(due)}
            record, number = self._record(plan, start, row), next(self._numbers)
            known, closed = start + random.randrange(5, 1800), done + random.randrange(5, 600)
            if state == "planned":
                record |= {"tiep_nhan_luc": "", "trang_thai": _STATUS[state]}
            if done < 0 or known < closed:
                yield _state(record, number, known)
            if done >= 0:
                record["trang_thai"] = _STATUS[state]
                if record["trang_thai"] == _DONE:
                    record |= {"hoan_thanh_luc": iso(done), "ket_qua": outcomes[place]}
                yield _state(record, number, closed)

    def _times(self, plan: Cases, state: str) -> tuple[int, str, int, int]:
        """(received or planned, state, due, done) as moments, negative where there is none."""
        low, end = day_start(plan.from_day), day_end(plan.to_day)
        high, wait = end - _MARGIN, int(plan.due_hours * 3600)
        due, closes = -1, state not in ("open", "overdue", "planned")
        overdue = state in ("late", "overdue")
        if plan.due_days:
            dues = [day_end(day) - 1 for day in plan.due_days]
            if state == "open":
                dues = [moment for moment in dues if moment >= end]
            else:
                latest = high - _MARGIN if overdue else _NEVER
                dues = [moment for moment in dues if low < moment < latest]
            if not dues:
                raise ValueError(f"none of due_days fits a case that is {state}")
            due = self._random.choice(dues)
            high = min(high, due - _MARGIN)
        elif state == "planned":
            due = self._random.randrange(low + DAY - 1, end, DAY)
        elif overdue:
            if not wait:
                raise ValueError(f"a case that is {state} needs due_hours or due_days")
            high -= wait + _MARGIN
        elif state == "open" and wait:
            low = max(low, end - wait)
        if state == "planned":
            return min(low + self._random.randrange(DAY), due), state, due, -1
        start = self._received(plan, low, high - 600)
        if due < 0 and wait:
            due = start + wait
        if not closes:
            return start, state, due, -1
        least, most = (int(hours * 3600) for hours in plan.hours)
        lasts = self._random.randint(least, most)
        done = due + 60 + lasts if state == "late" else start + lasts
        return start, state, due, min(done, end - _MARGIN if state == "late" or due < 0 else min(due, end - _MARGIN))

    def _received(self, plan: Cases, low: int, high: int) -> int:
        if low > high:
            raise ValueError("the range is too short for its due_hours or due_days")
        if plan.around_the_clock:
            return self._random.randint(low, high)
        days, weights = self._workdays.weights(low // DAY * DAY, high)
        return max(low, min(in_hours(self._random, self._random.choices(days, weights)[0]), high))

    def _parts(self, total: int | None, cases: int, step: int) -> Sequence[int | None]:
        if total is None:
            return [None] * cases
        if total and not cases:
            raise ValueError(f"{total} for no cases")
        if total % step:
            raise ValueError(f"{total} is no multiple of {step}")
        weights = [self._random.uniform(0.5, 2) for _ in range(cases)]
        return [part * step for part in parts(total // step, weights)]

    def _record(self, plan: Cases, received: int, row: Row) -> Row:
        """An open case, with what ``row`` says of it."""
        random, year = self._random, day_of(received).year
        self._sequences[plan.code, year] += 1
        empty = dict.fromkeys(("loai", "nhom", "kenh", "ma_dia_ban", "ma_don_vi"), "")
        return {
            "ma_vu_viec": f"{plan.code}-{year}-{self._sequences[plan.code, year]:06}",
            **empty,
            "tiep_nhan_luc": iso(received),
            "han_luc": "",
            "hoan_thanh_luc": "",
            "trang_thai": _OPEN,
            "ket_qua": "",
            "so_luong": None,
            "so_tien": None,
            "nguoi_lien_quan": people.name(random.randrange(people.PERSONS)),
            "dien_thoai": people.telephone(random.randrange(people.PERSONS)),
            "noi_dung": people.text("reports", random.randrange(people.PERSONS)),
            **row,
        }


def _state(record: Row, number: int, updated: int) -> Entry[int]:
    return entry(record, str(record["ma_vu_viec"]), updated, number, stamp="cap_nhat_luc")
