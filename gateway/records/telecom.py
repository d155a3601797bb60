"""The operators' monthly files, resubmissions included."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple

from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso_offset
from gateway.records import telecom_network as network
from gateway.records import telecom_tables as tables
from gateway.records.months import last_full_month, months_between, next_month
from gateway.records.parts import dotted
from gateway.sections import Telecom
from gateway.worldfile import WorldFile


class MonthFile(NamedTuple):
    """One submission of an operator."""

    month: str  # 2023-06
    operator: str
    kind: str
    submission: int
    submitted: int  # moment
    name: str
    content: bytes

    def listing(self) -> dict[str, object]:
        return {
            "doanh_nghiep": self.operator,
            "loai": self.kind,
            "lan_nop": self.submission,
            "nop_luc": iso_offset(self.submitted, utc=False),
            "kich_thuoc": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
            "duong_dan": f"/vienthong/v1/tep/{self.name}",
        }


def month_files(history: tuple[WorldFile, ...], world: WorldFile, province: Province) -> list[MonthFile]:
    """All files of all months that ``world`` shows, by time of submission.

    A month's files come on its last day: the newest month is known as soon as it is over. A month that two worlds of
    a history show belongs to the later one, which makes its files.
    """
    newest = f"{last_full_month(world.last_day):%Y-%m}"
    files: list[MonthFile] = []
    worlds = [file for file in history if file.first_day >= world.first_day]
    for made, after in zip_longest(worlds, worlds[1:]):
        end = after.telecom.first_month - timedelta(days=1) if after and after.telecom else made.last_day
        files += [file for file in _made(history, made, end, province) if file.month <= newest]
    return sorted(files, key=lambda file: (file.submitted, file.name))


def _made(history: tuple[WorldFile, ...], made: WorldFile, end: date, province: Province) -> Iterator[MonthFile]:
    """The files of the months that end in [first_month, end] of the world ``made``."""
    plan = made.telecom
    if plan is None:
        return
    months = list(months_between(plan.first_month, last_full_month(end)))
    for kind, table in (
        ("thue_bao", tables.subscribers(made, plan, province, months)),
        ("tram", network.stations(history, made, province, months)),
        ("doanh_thu", tables.revenue(made, plan, months)),
        ("vung_phu", network.coverage(history, province, months)),
    ):
        for (month, operator), rows in table.items():
            yield from _submissions(made, plan, kind, month, operator, rows)


def submitted_until(files: list[MonthFile], now: int) -> list[MonthFile]:
    """The files that are known at ``now`` (a moment)."""
    return files[: bisect_right(files, now, key=lambda file: file.submitted)]


def _submissions(
    world: WorldFile, plan: Telecom, kind: str, month: date, operator: str, rows: list[tables.Row]
) -> Iterator[MonthFile]:
    """One file, or for some two: the first with wrong numbers or missing rows, then the right one."""
    random = draw(world, f"{kind}:{month}:{operator}")
    closing = day_start(next_month(month)) - DAY
    submitted = closing + 17 * 3600 + random.randrange(3 * 3600)
    number = 1
    if random.random() < plan.resubmitted:
        wrong = [_wrong(row) for row in rows if random.random() > 0.03]
        yield _file(world, kind, month, operator, number, submitted, wrong)
        number = 2
        late = 8 * DAY if closing + 9 * DAY < day_start(world.last_day) else 0
        submitted += random.randrange(late, late + 3 * 3600)
    yield _file(world, kind, month, operator, number, submitted, rows)


def _wrong(row: tables.Row) -> tables.Row:
    """The same row with its number, if it has one, too large."""
    return {name: value * 11 // 10 + 3 if isinstance(value, int) else value for name, value in row.items()}


def _file(
    world: WorldFile, kind: str, month: date, operator: str, number: int, submitted: int, rows: list[tables.Row]
) -> MonthFile:
    ky = f"{month:%Y-%m}"
    header = ";".join(["ky", *tables.COLUMNS[kind]])
    lines = [
        ";".join([ky, *(dotted(value) if isinstance(value, int) else value for value in row.values())]) for row in rows
    ]
    text = "".join(f"{line}\r\n" for line in [header, *lines])
    name = f"{world.area}-{ky}-{operator}-{kind}-{number}.csv"
    return MonthFile(ky, operator, kind, number, submitted, name, text.encode("utf-8-sig"))
