"""Vehicle declarations at the border gates, as the steps in which they reach the platform."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count
from typing import NamedTuple

from gateway import people
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_of, day_start, iso_offset
from gateway.shelf import Entry, encode
from gateway.worldfile import Processed, Vehicles, WorldFile

NONE = -1


class Step(NamedTuple):
    """What the platform's totals need of one step; ``processed`` is NONE unless the vehicle was."""

    declaration: int
    seq: int
    gate: str
    direction: str
    processed: int


Steps = Iterator[Entry[Step | None]]


class VehicleMaker:
    """Makes the declarations that meet the plan."""

    def __init__(self, world: WorldFile, plan: Vehicles) -> None:
        self._world, self._plan = world, plan
        self._random = draw(world, "vehicles")
        self._first = day_start(min(cell.from_day for cell in plan.processed))
        self._last = day_end(world.last_event_day) - 1

    def steps(self) -> Steps:
        """All steps of all declarations, each with its arrival at the platform."""
        plan, numbers = self._plan, count(self._world.numbers_from)
        for cell in plan.processed:
            for _ in range(cell.vehicles):
                yield from self._declaration(next(numbers), cell, "DA_XU_LY")
        for status in ["HUY"] * plan.cancelled + ["KHAI_BAO"] * plan.still_declared:
            yield from self._declaration(next(numbers), self._any_cell(), status)
        for _, wrong in planted(self._world, "vehicles"):
            cell = self._any_cell()
            done = self._day_in(cell) + 40_000
            record = self._record(next(numbers), cell, done - 7200)
            record |= {"seq": 2, "xu_ly_luc": iso_offset(done, utc=False), "trang_thai": "DA_XU_LY"}
            yield self._entry(record | wrong, done + 60, None)

    def _any_cell(self) -> Processed:
        cells = self._plan.processed
        return self._random.choices(cells, [cell.vehicles for cell in cells])[0]

    def _day_in(self, cell: Processed) -> int:
        return day_start(cell.from_day) + self._random.randrange((cell.to_day - cell.from_day).days + 1) * DAY

    def _time_of_day(self) -> int:
        """Gates work from 6 to 20; a few vehicles pass at night, when it is another day in UTC."""
        if self._random.random() < 0.04:
            return self._random.randrange(6 * 3600)
        return self._random.randrange(6 * 3600, 20 * 3600)

    def _declaration(self, number: int, cell: Processed, status: str) -> Steps:
        """Two or three steps, the last one with ``status``; they may arrive in another order."""
        random = self._random
        done = self._day_in(cell) + self._time_of_day()
        declared = max(self._first, done - random.randrange(1800, 30 * 3600))
        last = 3 if random.random() < 0.3 else 2
        record = self._record(number, cell, declared)
        delayed = random.random() < 0.03  # an early step that a broken line brings hours later
        for seq in range(1, last + 1):
            final = seq == last
            at = done if final else declared + (seq - 1) * (done - declared) // 2
            arrival = at + (random.randrange(3600, 40 * 3600) if delayed and not final else random.randrange(1, 900))
            processed = done if final and status == "DA_XU_LY" else NONE
            record["seq"] = seq
            record["xu_ly_luc"] = iso_offset(processed, self._utc())
            record["trang_thai"] = status if final else "KHAI_BAO"
            yield self._entry(record, arrival, Step(number, seq, cell.gate, cell.direction, processed))

    def _record(self, number: int, cell: Processed, declared: int) -> Row:
        random = self._random
        return {
            "ma_khai_bao": f"KB{number:08}",
            "seq": 1,
            "cua_khau": cell.gate,
            "chieu": cell.direction,
            "bien_so": people.plate(random.randrange(100_000)),
            "lai_xe": people.name(random.randrange(8_000)),
            "ma_doanh_nghiep": f"4900{random.randrange(700):06}",
            "khai_bao_truc_tuyen": True,
            "khai_bao_luc": iso_offset(declared, self._utc()),
            "xu_ly_luc": "",
            "trang_thai": "KHAI_BAO",
        }

    def _utc(self) -> bool:
        return self._random.random() < 0.25

    def _entry(self, record: Row, arrival: int, step: Step | None) -> Entry[Step | None]:
        arrival = min(arrival, self._last)
        return Entry(arrival, f"{record['ma_khai_bao']}-{record['seq']}", encode(record), step)


def processed_by_day(steps: Iterable[Step | None]) -> Counter[tuple[date, str, str]]:
    """Processed vehicles by Vietnam day, gate and direction, by each declaration's highest ``seq``."""
    in_order = sorted((step for step in steps if step is not None), key=lambda step: step.seq)
    newest = {step.declaration: step for step in in_order}
    done = [step for step in newest.values() if step.processed >= 0]
    return Counter((day_of(step.processed), step.gate, step.direction) for step in done)
