"""Monthly workbooks with a row a health facility, made of the statistics of a system: what its file declares is what
the rows of a month add up to, and what the row of totals says."""

from collections import defaultdict
from datetime import date, datetime
from hashlib import sha256
from io import BytesIO
from typing import NamedTuple

import msgspec
from xlsxwriter import Workbook as Book

from gateway.areas import Province
from gateway.chance import Row, draw, scattered
from gateway.moments import day_start, iso_offset, month_end, parse_iso_day
from gateway.records.statistics import StatisticMaker
from gateway.shelf import dotted
from gateway.systemfile import SystemFile
from gateway.worldfile import WorldFile

SHEET = "BaoCao"
FIGURES = {
    "visits": "Lượt khám",
    "inpatients": "Nội trú",
    "infectious_cases": "Ca truyền nhiễm",
    "doctor_posts": "Bác sĩ biên chế",
    "doctors": "Bác sĩ hiện có",
}
"""Indicator → column."""
_FACILITY = ("Mã cơ sở", "Tên cơ sở", "Mã huyện", "Mã xã", "Loại")
_COLUMNS = (*_FACILITY, *FIGURES.values())
_RESUBMITTED = 0.25
_CREATED = datetime(2023, 1, 1)  # whenever it is made, a file has the same bytes


class Workbook(NamedTuple):
    """One submission of a month."""

    month: str  # 2023-06
    submission: int
    submitted: int  # moment
    name: str
    facilities: int
    content: bytes

    def listing(self, folder: str) -> Row:
        """Its line in the list of files."""
        return {
            "loai": "kham_chua_benh",
            "ky": self.month,
            "lan_nop": self.submission,
            "nop_luc": iso_offset(self.submitted, utc=False),
            "so_co_so": self.facilities,
            "kich_thuoc": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
            "duong_dan": f"{folder}/{self.name}",
        }


def workbooks(world: WorldFile, name: str, plan: SystemFile, province: Province) -> list[Workbook]:
    """The files of all months, by time of submission: on the evening of a month's last day, some of them first with
    wrong numbers. ``world`` is the whole history. Raises ValueError for what cannot be made."""
    months: dict[date, dict[tuple[str, str, str], Row]] = defaultdict(dict)
    described = _Facilities(plan, province)
    for entry in StatisticMaker(world, name, plan, province).rows():
        told = msgspec.json.decode(entry.body)
        if told["ma_chi_so"] not in FIGURES:
            raise ValueError(f"{told['ma_chi_so']} is none of {', '.join(FIGURES)}")
        month, facility = parse_iso_day(told["den"]), (told["loai"], told["nhom"], told["ma_dia_ban"])
        if month != month_end(month):
            raise ValueError(f"indicator {told['ma_chi_so']}: a workbook is of a whole month, {month} is inside one")
        row = months[month].setdefault(facility, described.row(*facility))
        row[FIGURES[told["ma_chi_so"]]] = told["gia_tri"]
    for day, dirt in scattered(world, "facilities").items():
        for wrong in dirt:
            some = next(iter(months[month_end(day)].values()))
            months[month_end(day)]["", "", str(day)] = some | dict.fromkeys(FIGURES.values(), 0) | wrong
    made = []
    for month, facilities in sorted(months.items()):
        random, rows = draw(world, f"{name} {month}"), list(facilities.values())
        submitted = day_start(month) + 17 * 3600 + random.randrange(3600)
        versions = [[_wrong(row) for row in rows], rows] if random.random() < _RESUBMITTED else [rows]
        for number, version in enumerate(versions, 1):
            file = f"{world.area}-{month:%Y-%m}-{number}.xlsx"
            content = _book(plan.title, month, version, world.province)
            made.append(Workbook(f"{month:%Y-%m}", number, submitted + number * 3600, file, len(rows), content))
    return made


class _Facilities:
    """The facilities of a province: one of each kind and class in a commune, or in the first town of a district."""

    def __init__(self, plan: SystemFile, province: Province) -> None:
        self._names = plan.facilities
        self._communes = {commune.code: commune for commune in province.communes}
        self._towns = {commune.district: commune for commune in reversed(province.communes) if commune.urban}

    def row(self, kind: str, of: str, area: str) -> Row:
        """What identifies it, and 0 of everything. Raises ValueError for a kind without a name."""
        if kind not in self._names:
            raise ValueError(f"facilities has no name for the kind {kind!r}")
        place = self._communes.get(area) or self._towns[area]
        own = (f"{kind}{of}-{area}", self._names[kind].format(commune=place.name, of=of), place.district, place.code)
        return dict(zip(_COLUMNS, (*own, kind, *(0 for _ in FIGURES)), strict=True))


def _wrong(row: Row) -> Row:
    """The same row with its numbers too large."""
    return {name: value * 11 // 10 + 3 if isinstance(value, int) else value for name, value in row.items()}


def _book(title: str, month: date, rows: list[Row], province: str) -> bytes:
    """As people make it: merged titles, some numbers as text, an empty column at the end, a row of totals."""
    file = BytesIO()
    with Book(file, {"in_memory": True}) as book:
        book.set_properties({"created": _CREATED})
        sheet, bold = book.add_worksheet(SHEET), book.add_format({"bold": True, "border": 1})
        width = len(_COLUMNS)  # the place of the empty column, too
        titles = [f"SỞ Y TẾ ({province})", title.upper(), f"Tháng {month:%m} năm {month:%Y}"]
        for number, text in enumerate(titles):
            sheet.merge_range(number, 0, number, width, text, bold)
        sheet.write_row(3, 0, _COLUMNS, bold)
        sheet.write_blank(3, width, None, bold)
        for number, row in enumerate(rows, 4):
            for place, value in enumerate(row.values()):
                if isinstance(value, int) and not (value >= 1000 and number % 3 == 0):
                    sheet.write_number(number, place, value)
                else:
                    sheet.write_string(number, place, dotted(value) if isinstance(value, int) else str(value))
        last = len(rows) + 4
        sheet.merge_range(last, 0, last, len(_FACILITY) - 1, "Tổng cộng", bold)
        for place, name in enumerate(FIGURES.values(), len(_FACILITY)):
            sheet.write_number(last, place, sum(int(str(row[name])) for row in rows), bold)
    return file.getvalue()
