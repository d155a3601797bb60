"""The rows of the operators' files: by month and operator, without the month column ``ky``.

Integers in a row are amounts and get their dots when written; codes are text.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from gateway.areas import Province
from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.records.months import months_from
from gateway.records.parts import jitter, split
from gateway.sections import Subscribers, Telecom
from gateway.worldfile import WorldFile

Row = dict[str, str | int]
Table = dict[tuple[date, str], list[Row]]

COLUMNS = {
    "thue_bao": ("ma_dia_ban", "loai", "smartphone", "so_thue_bao"),
    "tram": ("ma_vi_tri", "ma_dia_ban", "cong_nghe"),
    "doanh_thu": ("dich_vu", "doanh_thu_dong"),
    "vung_phu": ("ma_thon", "ten_thon", "ma_dia_ban", "phu_song"),
}


def subscribers(world: WorldFile, plan: Telecom, province: Province, months: Sequence[date]) -> Table:
    """Subscribers at each month's end by commune; totals shrink going back."""
    random = draw(world, "subscribers")
    weights = [jitter(random, 3.0 if commune.urban else 1.0, 0.5) for commune in province.communes]
    table: Table = defaultdict(list)
    for kind in plan.subscribers:
        shares = [jitter(random, weight, 0.1) for weight in weights]
        for month in reversed(months):
            total = _total(kind, month, months[-1])
            for operator, count in zip(kind.operators, split(total, list(kind.operators.values())), strict=True):
                smart, plain = split(count, [kind.smartphones, 1 - kind.smartphones])
                for flag, amount in (("1", smart), ("0", plain)):
                    if amount:
                        table[month, operator] += [
                            _subscriber_row(commune.code, kind.kind, part, flag)
                            for commune, part in zip(province.communes, split(amount, shares), strict=True)
                        ]
    kinds = world.dirt.get("subscribers", {})
    check_kinds("subscribers", kinds, ("unknown_commune", "negative_number"))
    files = sorted(table)
    without_phones = [file for file in files if all(row["loai"] != "co_dinh" for row in table[file])]
    for number in range(kinds.get("unknown_commune", 0)):
        table[random.choice(files)].append(_subscriber_row(f"{99990 - number}", "di_dong", 17))
    for number in range(kinds.get("negative_number", 0)):  # of a kind that the file lacks, so no key repeats
        table[random.choice(without_phones)].append(_subscriber_row(province.communes[number].code, "co_dinh", -17))
    return table


def _total(kind: Subscribers, month: date, last: date) -> int:
    """Subscribers at the end of ``month``: even growth between the known months, a steady one before them."""
    known = [*((part.month, part.total) for part in kind.earlier), (last, kind.total)]
    factor: float = (1 - kind.monthly_growth) ** months_from(month, known[0][0])
    if month <= known[0][0]:
        return round(known[0][1] * factor)
    for (low_month, low), (high_month, high) in pairwise(known):
        if month <= high_month:
            factor = (high / low) ** (months_from(low_month, month) / months_from(low_month, high_month))
            return round(low * factor)
    return kind.total


def _subscriber_row(commune: str, kind: str, count: int, smartphone: str = "0") -> Row:
    return {"ma_dia_ban": commune, "loai": kind, "smartphone": smartphone, "so_thue_bao": count}


def revenue(world: WorldFile, plan: Telecom, months: Sequence[date]) -> Table:
    """Revenue of each month by service; a period's cells sum to its total."""
    random = draw(world, "revenue")
    table: Table = defaultdict(list)
    for period in plan.revenue:
        cells = [
            (month, operator, service, jitter(random, share_of_operator * share_of_service, 0.06))
            for month in months
            if period.from_month <= month <= period.to_month
            for operator, share_of_operator in period.operators.items()
            for service, share_of_service in period.services.items()
        ]
        amounts = split(period.total_vnd, [cell[3] for cell in cells])
        for (month, operator, service, _), amount in zip(cells, amounts, strict=True):
            table[month, operator].append({"dich_vu": service, "doanh_thu_dong": amount})
    return table
