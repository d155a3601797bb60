"""The ministries' systems and how far the province is connected to them."""

from collections.abc import Sequence
from datetime import date

from gateway.chance import Row, scattered
from gateway.sections import Connection
from gateway.worldfile import WorldFile


class Connections:
    """The state of any day in [first_day, last_day]."""

    def __init__(self, world: WorldFile, systems: Sequence[Connection]) -> None:
        self._systems = systems
        self._first, self._last = world.first_day, world.last_day
        self._dirty = scattered(world, "lgsp", commune="")

    def on(self, day: date) -> list[Row]:
        """The rows of ``day``; none when the world does not show it."""
        if not self._first <= day <= self._last:
            return []
        return [_row(system, _status(system, day)) for system in self._systems] + self._dirty.get(day, [])


def _status(system: Connection, day: date) -> str:
    if system.live_from and system.live_from <= day:
        return "CHINH_THUC"
    return "THU_NGHIEM" if system.trial_from and system.trial_from <= day else "CHUA"


def _row(system: Connection, status: str) -> Row:
    return {
        "ma_he_thong": system.code,
        "ten": system.name,
        "bo_nganh": system.ministry,
        "bat_buoc": system.required,
        "trang_thai": status,
    }
