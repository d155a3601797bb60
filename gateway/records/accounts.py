"""Digital accounts by commune, day by day between the days that the world declares."""

from bisect import bisect_right
from datetime import date
from itertools import accumulate, pairwise

from gateway.areas import Province
from gateway.chance import Row, draw, jitter, scattered, split
from gateway.sections import CitizenApp, Opened
from gateway.worldfile import WorldFile

_KINDS = {  # (loai, nen_tang) and the figure's name in the world file
    ("CONG_DAN_SO", ""): "citizen_app",
    ("THANH_TOAN", ""): "payment",
    ("MUA_BAN", "postmart"): "postmart",
    ("MUA_BAN", "voso"): "voso",
}


class AccountFigures:
    """Cumulative accounts of any day. Each commune grows from one declared day to the next and never declines."""

    def __init__(self, world: WorldFile, plan: CitizenApp, province: Province) -> None:
        self._opened = sorted(plan.opened, key=lambda opened: opened.day)
        self._days = [opened.day for opened in self._opened]
        self._communes = [commune.code for commune in province.communes]
        random = draw(world, "accounts")
        self._weights = {
            kind: [jitter(random, 3.0 if commune.urban else 1.0, 0.5) for commune in province.communes]
            for kind in _KINDS
        }
        self._grown = {before: _growth(world, before, after) for before, after in pairwise(self._days)}
        self._dirty = scattered(world, "accounts", self._communes[0])

    def on(self, day: date) -> list[Row]:
        """The rows of ``day``; none when it lies outside the declared days."""
        index = bisect_right(self._days, day) - 1
        if index < 0 or day > self._days[-1]:
            return []
        before, after = self._opened[index], self._opened[min(index + 1, len(self._opened) - 1)]
        share = self._grown[before.day][(day - before.day).days] if after is not before else 0.0
        rows: list[Row] = []
        for kind in _KINDS:
            low, high = self._by_commune(before, kind), self._by_commune(after, kind)
            for commune, least, most in zip(self._communes, low, high, strict=True):
                row: Row = {"loai": kind[0], "nen_tang": kind[1], "ma_dia_ban": commune}
                rows.append(row | {"so_tai_khoan": least + int((most - least) * share)})
        return rows + self._dirty.get(day, [])

    def _by_commune(self, opened: Opened, kind: tuple[str, str]) -> list[int]:
        return split(getattr(opened, _KINDS[kind]), self._weights[kind])


def _growth(world: WorldFile, first: date, last: date) -> list[float]:
    """For each day from ``first`` to ``last`` the part of the growth that is done: 0 to 1 in uneven steps."""
    random = draw(world, f"accounts from {first}")
    steps = [jitter(random, 1, 0.6) for _ in range((last - first).days)]
    return [done / sum(steps) for done in accumulate(steps, initial=0.0)]
