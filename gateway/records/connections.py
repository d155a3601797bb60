"""The ministries' systems and how far the province is connected to them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta

from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.sections import Connection
from gateway.worldfile import WorldFile

Row = dict[str, object]


class Connections:
    """The state of any day in [first_day, last_day]."""

    def __init__(self, world: WorldFile, systems: Sequence[Connection]) -> None:
        self._systems = systems
        self._first, self._last = world.first_day, world.last_day
        kinds = world.dirt.get("lgsp", {})
        check_kinds("lgsp", kinds, ("no_code", "unknown_status"))
        random = draw(world, "dirty lgsp")
        days = [self._first + timedelta(days=n) for n in range(1, (self._last - self._first).days)]
        wanted = [kind for kind, count in kinds.items() for _ in range(count)]
        self._dirty: dict[date, list[Row]] = defaultdict(list)
        for kind, day in zip(wanted, random.sample(days, len(wanted)), strict=True):
            code, status = ("", "CHUA") if kind == "no_code" else ("HT-LA", "TAM_DUNG")
            self._dirty[day].append(_row(code, "Hệ thống lạ", "Không rõ", False, status))

    def on(self, day: date) -> list[Row]:
        if not self._first <= day <= self._last:
            return []
        rows = [
            _row(system.code, system.name, system.ministry, system.required, _status(system, day))
            for system in self._systems
        ]
        return rows + self._dirty[day]


def _status(system: Connection, day: date) -> str:
    if system.live_from and system.live_from <= day:
        return "CHINH_THUC"
    return "THU_NGHIEM" if system.trial_from and system.trial_from <= day else "CHUA"


def _row(code: str, name: str, ministry: str, required: bool, status: str) -> Row:
    return {"ma_he_thong": code, "ten": name, "bo_nganh": ministry, "bat_buoc": required, "trang_thai": status}
