"""Vehicle declarations at the border gates, as the steps in which they reach the platform."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from gateway import people
from gateway.draw import draw
from gateway.moments import DAY, day_of, day_start, iso_offset
from gateway.records.dirt import check_kinds
from gateway.sections import Processed, Vehicles
from gateway.shelf import Entry
from gateway.worldfile import WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("unknown_gate", "unknown_direction", "impossible_time")
NONE = -1


class Step(NamedTuple):
    """What the platform's totals need of one step; ``processed`` is NONE unless the vehicle was."""

    declaration: int
    seq: int
    gate: str
    direction: str
    processed: int


class VehicleMaker:
    """Makes the declarations that meet the plan."""

    def __init__(self, world: WorldFile, plan: Vehicles) -> None:
        self._world, self._plan = world, plan
        self._random = draw(world, "vehicles")
        self._first = day_start(min(cell.from_day for cell in plan.processed))
        self._last = day_start(world.last_event_day) + DAY - 1

    def steps(self) -> Iterator[Entry[Step | None]]:
        """All steps of all declarations, each with its arrival at the platform."""
        random, plan = self._random, self._plan
        kinds = self._world.dirt.get("vehicles", {})
        check_kinds("vehicles", kinds, _DIRT)
        weights = [cell.vehicles for cell in plan.processed]
        number = self._world.numbers_from - 1
        for cell in plan.processed:
            for _ in range(cell.vehicles):
                number += 1
                done = self._day_in(cell) + self._time_of_day()
                yield from self._declaration(number, cell.gate, cell.direction, "DA_XU_LY", done)
        others = ["HUY"] * plan.cancelled + ["KHAI_BAO"] * plan.still_declared
        for status in others:
            number += 1
            cell = random.choices(plan.processed, weights)[0]
            done = self._day_in(cell) + self._time_of_day()
            yield from self._declaration(number, cell.gate, cell.direction, status, done)
        for kind in (kind for kind, count in kinds.items() for _ in range(count)):
            number += 1
            cell = random.choices(plan.processed, weights)[0]
            yield from self._dirty(number, cell.gate, cell.direction, kind, self._day_in(cell) + 40_000)

    def _day_in(self, cell: Processed) -> int:
        return day_start(cell.from_day) + self._random.randrange((cell.to_day - cell.from_day).days + 1) * DAY

    def _time_of_day(self) -> int:
        """Gates work from 6 to 20; a few vehicles pass at night, when it is another day in UTC."""
        if self._random.random() < 0.04:
            return self._random.randrange(6 * 3600)
        return self._random.randrange(6 * 3600, 20 * 3600)

    def _declaration(
        self, number: int, gate: str, direction: str, status: str, done: int
    ) -> Iterator[Entry[Step | None]]:
        """Two or three steps, the last one with ``status`` at ``done``; they may arrive in another order."""
        random = self._random
        declared = max(self._first, done - random.randrange(1800, 30 * 3600))
        repeated = random.random() < 0.3
        last = 3 if repeated else 2
        record = self._record(number, gate, direction, declared)
        delayed = random.random() < 0.03  # an early step that a broken line brings hours later
        for seq in range(1, last + 1):
            final = seq == last
            at = done if final else declared + (seq - 1) * (done - declared) // 2
            arrival = at + (random.randrange(3600, 40 * 3600) if delayed and not final else random.randrange(1, 900))
            processed = done if final and status == "DA_XU_LY" else NONE
            record["seq"] = seq
            record["xu_ly_luc"] = iso_offset(processed, self._utc())
            record["trang_thai"] = status if final else "KHAI_BAO"
            step = Step(number, seq, gate, direction, processed)
            yield self._entry(record, arrival, step)

    def _dirty(self, number: int, gate: str, direction: str, kind: str, done: int) -> Iterator[Entry[Step | None]]:
        record = self._record(number, gate, direction, done - 7200)
        record |= {"seq": 2, "xu_ly_luc": iso_offset(done, utc=False), "trang_thai": "DA_XU_LY"}
        if kind == "unknown_gate":
            record["cua_khau"] = "CUA_KHAU_LA"
        elif kind == "unknown_direction":
            record["chieu"] = "QUA"
        else:
            record["xu_ly_luc"] = f"{self._world.last_day.year}-02-30T10:00:00+07:00"
        yield self._entry(record, done + 60, None)

    def _record(self, number: int, gate: str, direction: str, declared: int) -> dict[str, object]:
        random = self._random
        return {
            "ma_khai_bao": f"KB{number:08}",
            "seq": 1,
            "cua_khau": gate,
            "chieu": direction,
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

    def _entry(self, record: dict[str, object], arrival: int, step: Step | None) -> Entry[Step | None]:
        arrival = min(arrival, self._last)
        return Entry(arrival, f"{record['ma_khai_bao']}-{record['seq']}", _encode(record), step)


def processed_by_day(steps: Iterable[Step | None]) -> dict[tuple[date, str, str], int]:
    """Processed vehicles by Vietnam day, gate and direction, by each declaration's highest ``seq``."""
    newest: dict[int, Step] = {}
    for step in steps:
        if step is not None and (step.declaration not in newest or step.seq > newest[step.declaration].seq):
            newest[step.declaration] = step
    totals: dict[tuple[date, str, str], int] = {}
    for step in newest.values():
        if step.processed >= 0:
            key = (day_of(step.processed), step.gate, step.direction)
            totals[key] = totals.get(key, 0) + 1
    return totals
