"""Digital accounts by commune, day by day between the days that the world declares."""

from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from gateway.areas import Province
from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.records.parts import jitter, split
from gateway.sections import CitizenApp, Opened
from gateway.worldfile import WorldFile

_KINDS = {  # (loai, nen_tang) and the figure's name in the world file
    ("CONG_DAN_SO", ""): "citizen_app",
    ("THANH_TOAN", ""): "payment",
    ("MUA_BAN", "postmart"): "postmart",
    ("MUA_BAN", "voso"): "voso",
}
_DIRT = ("unknown_commune", "negative_number")
Row = dict[str, object]


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
        self._grown = {before.day: _growth(world, before.day, after.day) for before, after in pairwise(self._opened)}
        self._dirty = self._dirty_rows(world)

    def on(self, day: date) -> list[Row]:
        """The rows of ``day``; none when it lies outside the declared days."""
        index = bisect_right(self._days, day) - 1
        if index < 0 or day > self._days[-1]:
            return []
        before = self._opened[index]
        after = self._opened[min(index + 1, len(self._opened) - 1)]
        share = self._grown[before.day][(day - before.day).days] if after is not before else 0.0
        rows: list[Row] = []
        for kind, platform in _KINDS:
            low, high = self._by_commune(before, (kind, platform)), self._by_commune(after, (kind, platform))
            rows += [
                _row(kind, platform, commune, least + int((most - least) * share))
                for commune, least, most in zip(self._communes, low, high, strict=True)
            ]
        return rows + self._dirty[day]

    def _by_commune(self, opened: Opened, kind: tuple[str, str]) -> list[int]:
        return split(getattr(opened, _KINDS[kind]), self._weights[kind])

    def _dirty_rows(self, world: WorldFile) -> dict[date, list[Row]]:
        """A row a day, under keys that no right row has."""
        kinds = world.dirt.get("accounts", {})
        check_kinds("accounts", kinds, _DIRT)
        random = draw(world, "dirty accounts")
        days = [world.first_day + timedelta(days=n) for n in range(1, (world.last_day - world.first_day).days)]
        wanted = [kind for kind, count in kinds.items() for _ in range(count)]
        rows: dict[date, list[Row]] = defaultdict(list)
        for kind, day in zip(wanted, random.sample(days, len(wanted)), strict=True):
            unknown = kind == "unknown_commune"
            rows[day].append(
                _row("CONG_DAN_SO", "", "99999", 12) if unknown else _row("THANH_TOAN", "voso", self._communes[0], -5)
            )
        return rows


def _growth(world: WorldFile, first: date, last: date) -> list[float]:
    """For each day from ``first`` to ``last`` the part of the growth that is done: 0 to 1 in uneven steps."""
    random = draw(world, f"accounts from {first}")
    steps = [jitter(random, 1, 0.6) for _ in range((last - first).days)]
    done, parts = 0.0, [0.0]
    for step in steps:
        done += step
        parts.append(done / sum(steps))
    return parts


def _row(kind: str, platform: str, commune: str, accounts: int) -> Row:
    return {"loai": kind, "nen_tang": platform, "ma_dia_ban": commune, "so_tai_khoan": accounts}
