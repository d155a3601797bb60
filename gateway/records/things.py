"""Things of a system: there are exactly as many on the declared days, and each keeps its code while it is there."""

from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from gateway.areas import Offices, Province
from gateway.chance import draw, scattered
from gateway.moments import day_start
from gateway.records.places import check_codes, deal, deal_evenly, parts, places, shares
from gateway.shelf import encode
from gateway.systemfile import SystemFile, Things
from gateway.worldfile import WorldFile, by_day

Row = dict[str, Any]
_BEFORE = 1000  # days before the first declared one on which things may have opened
_EVER = date.max
_COLUMNS = {
    "loai": "kind",
    "nhom": "class_",
    "ma_dia_ban": "area",
    "ma_don_vi": "organisation",
    "trang_thai": "status",
    "cap_do": "level",
}


class _Thing:
    """It is there from ``opened`` until the day before ``closed``. Some of its values change on their days; ``size`` is
    its weight when a quantity is dealt out."""

    def __init__(self, opened: date) -> None:
        self.opened, self.closed = opened, _EVER
        self.row: Row = {}
        self.size = 1.0
        self.changes: dict[str, dict[date, object]] = {"trang_thai": {}, "so_luong": {}}

    def is_there(self, day: date) -> bool:
        return self.opened <= day < self.closed

    def on(self, day: date) -> Row:
        """As it is told on ``day``; a value that is dealt out later is told before, too."""
        row = dict(self.row)
        for name, values in self.changes.items():
            if values:
                row[name] = values[max((of for of in values if of <= day), default=min(values))]
        return row


class ThingFeed:
    """The things of a system; ``world`` is the whole history. Raises ValueError for what cannot be made."""

    def __init__(self, world: WorldFile, name: str, plan: SystemFile, province: Province) -> None:
        self._world, self._province, self._offices = world, province, Offices(world)
        self._dirty, self._things = scattered(world, "things"), list[_Thing]()
        for number, block in enumerate(plan.thing):
            self._random = draw(world, f"{name} thing {number}")
            try:
                self._things += self._block(block)
            except ValueError as error:
                raise ValueError(f"thing {block.code}: {error}") from None
        if len({thing.row["ma"] for thing in self._things}) < len(self._things):
            raise ValueError("two things have one code; each block needs a code of its own")
        self.on = lru_cache(maxsize=4)(self._on)

    def _on(self, day: date) -> list[bytes]:
        """Finished records of those that are there on ``day``, by block and code."""
        rows = [thing.on(day) for thing in self._things if thing.is_there(day)]
        for row in rows:
            row["ma_don_vi"] = self._offices.code(str(row["ma_don_vi"]), day_start(day))
        dirty = [rows[0] | wrong for wrong in self._dirty.get(day, [])] if rows else []
        return [encode(row) for row in rows + dirty]

    def _block(self, plan: Things) -> list[_Thing]:
        if bool(plan.listed) == bool(plan.numbers):
            raise ValueError("it needs numbers or listed things, and not both")
        numbers = by_day(plan.numbers)
        told = by_day(plan.quantity) if isinstance(plan.quantity, dict) else {}
        for day in [*numbers, *told]:
            if not self._world.first_day <= day <= self._world.last_day:
                raise ValueError(f"{day} is not inside the history {self._world.first_day}/{self._world.last_day}")
        things = self._listed(plan) if plan.listed else self._opened(plan, numbers)
        self._describe(plan, things)
        for day, number in numbers.items():
            there = [thing for thing in things if thing.is_there(day)]
            if isinstance(number, dict):
                statuses = [status for status, count in number.items() for _ in range(count)]
                for thing, status in zip(there, statuses, strict=True):
                    thing.changes["trang_thai"][day] = status
        for day, total in told.items():
            there = [thing for thing in things if thing.is_there(day)]
            if total and not there:
                raise ValueError(f"quantity of {day} is {total}, but nothing is there")
            for thing, part in zip(there, parts(total, [thing.size for thing in there]), strict=True):
                thing.changes["so_luong"][day] = part
        for number, item in enumerate(plan.listed):
            row = things[number].row
            own = {name: getattr(item, field) for name, field in _COLUMNS.items() if getattr(item, field) is not None}
            check_codes(self._province, [own.get("ma_dia_ban", "")], [own.get("ma_don_vi", "")])
            row |= own | {"thuoc_tinh": {**row["thuoc_tinh"], **item.attributes}}
        return things

    def _listed(self, plan: Things) -> list[_Thing]:
        things = []
        for item in plan.listed:
            thing = _Thing(item.since or self._world.first_day - timedelta(days=self._random.randrange(1, _BEFORE)))
            thing.closed = item.until + timedelta(days=1) if item.until else _EVER
            things.append(thing)
        return things

    def _opened(self, plan: Things, numbers: dict[date, int | dict[str, int]]) -> list[_Thing]:
        totals = {day: sum(number.values()) if isinstance(number, dict) else number for day, number in numbers.items()}
        first = min(totals)
        things = [_Thing(first - timedelta(days=self._random.randrange(_BEFORE))) for _ in range(totals[first])]
        for (before, least), (after, most) in pairwise(totals.items()):
            days = (after - before).days
            there = [thing for thing in things if thing.is_there(before)]
            replaced = min(plan.replaced, least, most)
            for thing in self._random.sample(there, replaced + max(0, least - most)):
                thing.closed = before + timedelta(days=self._random.randint(1, days))
            opening = replaced + max(0, most - least)
            things += [_Thing(before + timedelta(days=self._random.randint(1, days))) for _ in range(opening)]
        return sorted(things, key=lambda thing: thing.opened)

    def _describe(self, plan: Things, things: list[_Thing]) -> None:
        """Gives every thing its columns, dealt out over all that the block ever has."""
        total, random = len(things), self._random
        columns = {name: getattr(plan, field) for name, field in _COLUMNS.items() if name[:3] != "ma_"}
        dealt = {name: deal(total, shares(weights), random) for name, weights in columns.items()}
        attributes = {name: deal(total, shares(weights), random) for name, weights in plan.attributes.items()}
        where = deal_evenly(total, places(self._province, plan, random), random)
        for number, thing in enumerate(things):
            thing.size = random.uniform(0.6, 1.4)
            last = thing.closed - timedelta(days=1)
            if thing.closed == _EVER:
                last = self._world.last_day + timedelta(days=random.randint(1, _BEFORE))
            area, organisation = where[number]
            thing.row = {
                "ma": plan.listed[number].code if plan.listed else f"{plan.code}-{number + 1:05}",
                "loai": dealt["loai"][number],
                "nhom": dealt["nhom"][number],
                "ma_dia_ban": area,
                "ma_don_vi": organisation,
                "hieu_luc_tu": thing.opened.isoformat(),
                "hieu_luc_den": last.isoformat() if plan.ends_known else "",
                "trang_thai": dealt["trang_thai"][number],
                "so_luong": plan.quantity if isinstance(plan.quantity, int) else None,
                "cap_do": dealt["cap_do"][number],
                "thuoc_tinh": {name: values[number] for name, values in attributes.items()},
            }
