"""The rows of the operators' files: by month and operator, without the month column ``ky``.

Integers in a row are amounts and get their dots when written; codes are text.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from random import Random

from gateway.areas import Province
from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.records.parts import jitter, split
from gateway.worldfile import Telecom, WorldFile

Row = dict[str, str | int]
Table = dict[tuple[date, str], list[Row]]

COLUMNS = {
    "thue_bao": ("ma_dia_ban", "loai", "smartphone", "so_thue_bao"),
    "tram": ("ma_vi_tri", "ma_dia_ban", "cong_nghe"),
    "doanh_thu": ("dich_vu", "doanh_thu_dong"),
    "vung_phu": ("ma_thon", "ten_thon", "ma_dia_ban", "phu_song"),
}
_VILLAGE_WORDS = [
    "Nà",
    "Pàn",
    "Khuổi",
    "Bản",
    "Cốc",
    "Lũng",
    "Phai",
    "Kéo",
    "Thâm",
    "Nặm",
    "Pác",
    "Tồng",
    "Làng",
    "Phiêng",
]
_VILLAGE_NAMES = [
    "Mò",
    "Lầu",
    "Thẳm",
    "Cáp",
    "Sòn",
    "Hang",
    "Chuông",
    "Luông",
    "Đồn",
    "Mới",
    "Phầy",
    "Cưởm",
    "Khoang",
    "Táng",
    "Slầy",
]


def subscribers(world: WorldFile, plan: Telecom, province: Province, months: Sequence[date]) -> Table:
    """Subscribers at each month's end by commune; totals shrink going back."""
    random = draw(world, "subscribers")
    weights = [jitter(random, 3.0 if commune.urban else 1.0, 0.5) for commune in province.communes]
    table: Table = defaultdict(list)
    for kind in plan.subscribers:
        shares = [jitter(random, weight, 0.1) for weight in weights]
        for back, month in enumerate(reversed(months)):
            total = round(kind.total * (1 - kind.monthly_growth) ** back)
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


def _subscriber_row(commune: str, kind: str, count: int, smartphone: str = "0") -> Row:
    return {"ma_dia_ban": commune, "loai": kind, "smartphone": smartphone, "so_thue_bao": count}


def stations(world: WorldFile, plan: Telecom, province: Province, months: Sequence[date]) -> Table:
    """Sites are masts; a shared one carries the stations of two operators."""
    random, want = draw(world, "stations"), plan.stations
    operators, shares = list(want.operators), list(want.operators.values())
    masts = []
    for number in range(1, want.sites + 1):
        site = f"LSN{number:04}"
        commune = random.choice(province.communes).code
        owner = random.choices(operators, shares)[0]
        masts.append((owner, site, commune))
        if number <= want.shared_sites:
            masts.append((random.choice([name for name in operators if name != owner]), site, commune))
    random.shuffle(masts)
    built: list[tuple[str, str, str, str]] = []
    bare = list(masts)  # masts that have no station yet get theirs first
    for technology, count in sorted(want.technologies.items(), key=lambda item: -item[1]):
        first = bare[:count]
        taken = set(first)
        rest = [mast for mast in masts if mast not in taken]
        built += [(*mast, technology) for mast in first + random.sample(rest, count - len(first))]
        bare = bare[count:]
    if bare:
        raise ValueError("world: telecom.stations has more masts than stations")
    newest = random.sample(range(len(built)), want.built_monthly * (len(months) - 1))
    since = {index: 1 + order // want.built_monthly for order, index in enumerate(newest)}
    table: Table = defaultdict(list)
    for position, month in enumerate(months):
        for index, (operator, site, commune, technology) in enumerate(built):
            if since.get(index, 0) <= position:
                table[month, operator].append({"ma_vi_tri": site, "ma_dia_ban": commune, "cong_nghe": technology})
    kinds = world.dirt.get("stations", {})
    check_kinds("stations", kinds, ("unknown_technology",))
    for number in range(kinds.get("unknown_technology", 0)):
        row: Row = {"ma_vi_tri": f"LSN9{number:03}", "ma_dia_ban": province.communes[0].code, "cong_nghe": "6G"}
        table[random.choice(months), operators[0]].append(row)
    for rows in table.values():
        rows.sort(key=lambda row: (row["ma_vi_tri"], row["cong_nghe"]))
    return table


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


def coverage(world: WorldFile, plan: Telecom, province: Province, months: Sequence[date]) -> Table:
    """Every village every month; some improve from none to weak and from weak to good."""
    random, want = draw(world, "coverage"), plan.coverage
    per_commune = split(want.villages, [jitter(random, 1.0, 0.4) for _ in province.communes])
    villages = [
        (f"{commune.code}{number:03}", _village_name(random), commune.code)
        for commune, count in zip(province.communes, per_commune, strict=True)
        for number in range(1, count + 1)
    ]
    states = ["trang"] * want.none + ["yeu"] * want.weak
    states += ["tot"] * (want.villages - len(states))
    random.shuffle(states)
    table: Table = {}
    for month in reversed(months):  # going back, villages lose coverage
        table[month, want.operator] = [
            {"ma_thon": code, "ten_thon": name, "ma_dia_ban": commune, "phu_song": state}
            for (code, name, commune), state in zip(villages, states, strict=True)
        ]
        for better, worse in (("yeu", "trang"), ("tot", "yeu")):
            for index in random.sample([n for n, s in enumerate(states) if s == better], want.improved_monthly):
                states[index] = worse
    return dict(sorted(table.items()))


def _village_name(random: Random) -> str:
    return f"Thôn {random.choice(_VILLAGE_WORDS)} {random.choice(_VILLAGE_NAMES)}"
