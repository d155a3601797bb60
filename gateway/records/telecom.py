"""The operators' monthly files, resubmissions included, and the subscribers and revenue in them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise, zip_longest
from typing import NamedTuple

from gateway.areas import Province
from gateway.chance import Row, draw, jitter, planted, split
from gateway.moments import DAY, day_start, iso_offset, last_full_month, month_end, months_between, months_from
from gateway.records.telecom_network import Table, TelecomRow, coverage, stations
from gateway.sections import Subscribers, Telecom
from gateway.shelf import dotted
from gateway.worldfile import WorldFile

_COLUMNS = {
    "thue_bao": "ky;ma_dia_ban;loai;smartphone;so_thue_bao",
    "tram": "ky;ma_vi_tri;ma_dia_ban;cong_nghe",
    "doanh_thu": "ky;dich_vu;doanh_thu_dong",
    "vung_phu": "ky;ma_thon;ten_thon;ma_dia_ban;phu_song",
}


class MonthFile(NamedTuple):
    """One submission of an operator."""

    month: str  # 2023-06
    operator: str
    kind: str
    submission: int
    submitted: int  # moment
    name: str
    content: bytes

    def listing(self) -> Row:
        """Its line in the list of files."""
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
        if made.telecom:
            files += _made(history, made, made.telecom, end, province)
    shown = [file for file in files if file.month <= newest]
    return sorted(shown, key=lambda file: (file.submitted, file.name))


def submitted_until(files: list[MonthFile], now: int) -> list[MonthFile]:
    """The files that are known at ``now`` (a moment)."""
    return files[: bisect_right(files, now, key=lambda file: file.submitted)]


def _made(
    history: tuple[WorldFile, ...], made: WorldFile, plan: Telecom, end: date, province: Province
) -> Iterator[MonthFile]:
    """The files of the months that end in [first_month, end] of the world ``made``."""
    months = list(months_between(plan.first_month, last_full_month(end)))
    for kind, table in (
        ("thue_bao", _subscribers(made, plan, province, months)),
        ("tram", stations(history, made, province, months)),
        ("doanh_thu", _revenue(made, plan, months)),
        ("vung_phu", coverage(history, province, months)),
    ):
        for (month, operator), rows in table.items():
            yield from _submissions(made, plan, kind, month, operator, rows)


def _submissions(
    world: WorldFile, plan: Telecom, kind: str, month: date, operator: str, rows: list[TelecomRow]
) -> Iterator[MonthFile]:
    """One file, or for some two: the first with wrong numbers or missing rows, then the right one."""
    random = draw(world, f"{kind}:{month}:{operator}")
    closing = day_start(month_end(month))
    submitted = closing + 17 * 3600 + random.randrange(3 * 3600)

    def file(number: int, submitted: int, rows: list[TelecomRow]) -> MonthFile:
        ky = f"{month:%Y-%m}"
        lines = [
            ";".join([ky, *(dotted(value) if isinstance(value, int) else value for value in row.values())])
            for row in rows
        ]
        text = "".join(f"{line}\r\n" for line in [_COLUMNS[kind], *lines])
        name = f"{world.area}-{ky}-{operator}-{kind}-{number}.csv"
        return MonthFile(ky, operator, kind, number, submitted, name, text.encode("utf-8-sig"))

    if random.random() >= plan.resubmitted:
        yield file(1, submitted, rows)
        return
    yield file(1, submitted, [_wrong(row) for row in rows if random.random() > 0.03])
    late = 8 * DAY if closing + 9 * DAY < day_start(world.last_day) else 0
    yield file(2, submitted + random.randrange(late, late + 3 * 3600), rows)


def _wrong(row: TelecomRow) -> TelecomRow:
    """The same row with its number, if it has one, too large."""
    return {name: value * 11 // 10 + 3 if isinstance(value, int) else value for name, value in row.items()}


def _subscribers(world: WorldFile, plan: Telecom, province: Province, months: Sequence[date]) -> Table:
    """Subscribers at each month's end by commune; totals shrink going back."""
    random = draw(world, "subscribers")
    weights = [jitter(random, 3.0 if commune.urban else 1.0, 0.5) for commune in province.communes]
    table: Table = defaultdict(list)
    for kind in plan.subscribers:
        shares = [jitter(random, weight, 0.1) for weight in weights]
        for month in reversed(months):
            total = _total(kind, month, months[-1])
            for operator, count in zip(kind.operators, split(total, list(kind.operators.values())), strict=True):
                for flag, amount in zip("10", split(count, [kind.smartphones, 1 - kind.smartphones]), strict=True):
                    parts = split(amount, shares) if amount else []
                    for commune, part in zip(province.communes, parts, strict=False):
                        table[month, operator].append(_subscriber_row(commune.code, kind.kind, part, flag))
    files = sorted(table)
    without_phones = [file for file in files if all(row["loai"] != "co_dinh" for row in table[file])]
    kinds = [kind for kind, _ in planted(world, "subscribers")]
    for number in range(kinds.count("unknown_commune")):
        table[random.choice(files)].append(_subscriber_row(f"{99990 - number}", "di_dong", 17))
    for number in range(kinds.count("negative_number")):  # of a kind that the file lacks, so no key repeats
        table[random.choice(without_phones)].append(_subscriber_row(province.communes[number].code, "co_dinh", -17))
    return table


def _total(kind: Subscribers, month: date, last: date) -> int:
    """Subscribers at the end of ``month``: even growth between the known months, a steady one before them."""
    known = [*((part.month, part.total) for part in kind.earlier), (last, kind.total)]
    if month <= known[0][0]:
        return round(known[0][1] * float((1 - kind.monthly_growth) ** months_from(month, known[0][0])))
    for (low_month, low), (high_month, high) in pairwise(known):
        if month <= high_month:
            part = months_from(low_month, month) / months_from(low_month, high_month)
            return round(low * float((high / low) ** part))
    return kind.total


def _subscriber_row(commune: str, kind: str, count: int, smartphone: str = "0") -> TelecomRow:
    return {"ma_dia_ban": commune, "loai": kind, "smartphone": smartphone, "so_thue_bao": count}


def _revenue(world: WorldFile, plan: Telecom, months: Sequence[date]) -> Table:
    """Revenue of each month by service; a period's cells sum to its total."""
    random = draw(world, "revenue")
    table: Table = defaultdict(list)
    for period in plan.revenue:
        cells = {
            (month, operator, service): jitter(random, share_of_operator * share_of_service, 0.06)
            for month in months
            if period.from_month <= month <= period.to_month
            for operator, share_of_operator in period.operators.items()
            for service, share_of_service in period.services.items()
        }
        amounts = split(period.total_vnd, list(cells.values()))
        for (month, operator, service), amount in zip(cells, amounts, strict=True):
            table[month, operator].append({"dich_vu": service, "doanh_thu_dong": amount})
    return table
