"""The operators' monthly files, resubmissions included."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import NamedTuple

from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso_offset
from gateway.records import telecom_tables as tables
from gateway.records.parts import dotted
from gateway.worldfile import Telecom, WorldFile


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


def month_files(world: WorldFile, plan: Telecom, province: Province) -> list[MonthFile]:
    """All files of all months, by time of submission.

    A month's files come on its last day: the newest month is known as soon as it is over.
    """
    months = list(_months(plan.first_month, world.last_day))
    files: list[MonthFile] = []
    for kind, table in (
        ("thue_bao", tables.subscribers(world, plan, province, months)),
        ("tram", tables.stations(world, plan, province, months)),
        ("doanh_thu", tables.revenue(world, plan, months)),
        ("vung_phu", tables.coverage(world, plan, province, months)),
    ):
        for (month, operator), rows in table.items():
            files += _submissions(world, plan, kind, month, operator, rows)
    return sorted(files, key=lambda file: (file.submitted, file.name))


def submitted_until(files: list[MonthFile], now: int) -> list[MonthFile]:
    """The files that are known at ``now`` (a moment)."""
    return files[: bisect_right(files, now, key=lambda file: file.submitted)]


def _submissions(
    world: WorldFile, plan: Telecom, kind: str, month: date, operator: str, rows: list[tables.Row]
) -> Iterator[MonthFile]:
    """One file, or for some two: the first with wrong numbers or missing rows, then the right one."""
    random = draw(world, f"{kind}:{month}:{operator}")
    closing = day_start(_next_month(month)) - DAY
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


def _months(first: date, last: date) -> Iterator[date]:
    """First days of the months that end in [first, last]."""
    month = first
    while _next_month(month) - timedelta(days=1) <= last:
        yield month
        month = _next_month(month)


def _next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
