"""The operators' monthly files, resubmissions included: subscribers, stations, revenue and coverage.

Stations and coverage are made for the last month of the last world and led back from there, so worlds of one history
agree.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import sha256
from itertools import pairwise, zip_longest
from random import Random
from typing import NamedTuple

from gateway.areas import Province, commune_codes
from gateway.chance import Row, draw, jitter, planted, split
from gateway.moments import DAY, day_start, iso_offset, last_full_month, month_end, months_between, months_from
from gateway.people import WORDS
from gateway.shelf import dotted
from gateway.worldfile import Built, Coverage, Stations, Subscribers, Telecom, WorldFile, by_day

TelecomRow = dict[str, str | int]
"""A row of an operator's file without its month. Integers are amounts and get their dots when written; codes are text.
"""
Table = dict[tuple[date, str], list[TelecomRow]]
"""By month and operator."""


class MonthFile(NamedTuple):
    """One submission of an operator."""

    month: str  # 2023-06
    operator: str
    kind: str
    submission: int
    submitted: int  # moment
    name: str
    content: bytes

    def listing(self, folder: str) -> Row:
        """Its line in the list of files."""
        return {
            "doanh_nghiep": self.operator,
            "loai": self.kind,
            "lan_nop": self.submission,
            "nop_luc": iso_offset(self.submitted, utc=False),
            "kich_thuoc": len(self.content),
            "sha256": sha256(self.content).hexdigest(),
            "duong_dan": f"{folder}/{self.name}",
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

    ky, header = f"{month:%Y-%m}", ";".join(["ky", *rows[0]])

    def file(number: int, submitted: int, rows: list[TelecomRow]) -> MonthFile:
        lines = [
            ";".join([ky, *(dotted(value) if isinstance(value, int) else value for value in row.values())])
            for row in rows
        ]
        text = "".join(f"{line}\r\n" for line in [header, *lines])
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
    for number in range(kinds.count("negative_number")):  # of a kind that the file lacks, so no key repeats
        table[random.choice(without_phones)].append(_subscriber_row(province.communes[number].code, "co_dinh", -17))
    return table


def _total(kind: Subscribers, month: date, last: date) -> int:
    """Subscribers at the end of ``month``: even growth between the known months, a steady one before them."""
    known = [*by_day(kind.earlier).items(), (last, kind.total)]
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


class Station(NamedTuple):
    """Codes as on the wire."""

    operator: str
    site: str
    commune: str
    technology: str


def stations(history: tuple[WorldFile, ...], world: WorldFile, province: Province, months: Sequence[date]) -> Table:
    """Sites are masts; a shared one carries the stations of two operators."""
    last = history[-1]
    if last.telecom is None:
        return {}
    random = draw(last, "stations")
    built = _built(random, last.telecom.stations, province)
    growth = [part for file in history if file.telecom for part in file.telecom.stations.built]
    found = [
        (month, station)
        for month, there in _months_back(random, built, growth, months[0], last_full_month(last.last_day))
        if month in months
        for station in there
    ]
    dirty, first_operator = draw(world, "dirty stations"), next(iter(last.telecom.stations.operators))
    for number, _ in enumerate(planted(world, "stations")):
        stray = Station(first_operator, f"LSN9{number:03}", province.communes[0].code, "6G")
        found.append((dirty.choice(months), stray))
    table: Table = defaultdict(list)
    in_order = sorted(found, key=lambda item: (item[1].site, item[1].technology))
    for month, (operator, site, commune, technology) in in_order:
        table[month, operator].append({"ma_vi_tri": site, "ma_dia_ban": commune, "cong_nghe": technology})
    return table


def _built(random: Random, want: Stations, province: Province) -> list[Station]:
    """The stations of the last month. Raises ValueError when there are more masts than stations."""
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
    built: list[Station] = []
    bare = list(masts)  # masts that have no station yet get theirs first
    for technology, count in sorted(want.technologies.items(), key=lambda item: -item[1]):
        first, bare = bare[:count], bare[count:]
        taken = set(first)
        rest = [mast for mast in masts if mast not in taken]
        built += [Station(*mast, technology) for mast in first + random.sample(rest, count - len(first))]
    if bare:
        raise ValueError("world: telecom.stations has more masts than stations")
    return built


def _months_back(
    random: Random, built: list[Station], growth: list[Built], first: date, last: date
) -> Iterator[tuple[date, list[Station]]]:
    """The stations at the end of each month, from ``last`` back to ``first``: what a month built is not there before.

    A site goes with its only station. Raises ValueError when no such site is left.
    """
    there = list(built)
    for month in reversed(list(months_between(first, last))):
        yield month, there
        part = next((part for part in growth if part.from_month <= month <= part.to_month), None)
        if part is None:
            continue
        position, length = months_from(part.from_month, month), months_from(part.from_month, part.to_month) + 1

        def of_month(total: int, position: int = position, length: int = length) -> int:
            return split(total, [1.0] * length)[position]

        quota = {name: of_month(count) for name, count in part.technologies.items()}
        on_site = Counter(station.site for station in there)
        gone: set[Station] = set()
        for _ in range(of_month(part.sites)):
            alone = [s for s in there if on_site[s.site] == 1 and quota.get(s.technology, 0) and s not in gone]
            if not alone:
                raise ValueError(f"world: telecom.stations.built of {month} has more sites than single stations")
            station = random.choice(alone)
            gone.add(station)
            quota[station.technology] -= 1
        for technology in [name for name, count in quota.items() for _ in range(count)]:
            others = [s for s in there if s.technology == technology and on_site[s.site] > 1 and s not in gone]
            station = random.choice(others)
            gone.add(station)
            on_site[station.site] -= 1
        there = [station for station in there if station not in gone]


def coverage(history: tuple[WorldFile, ...], province: Province, months: Sequence[date]) -> Table:
    """Every village every month, the states led back from the last month of the history."""
    last = history[-1].telecom
    if last is None:
        return {}
    want, communes = last.coverage, province.communes
    random = draw(history[-1], "coverage")
    # two provinces' village codes collide when one takes its prefixes from the other's communes
    prefixes = commune_codes(want.codes_of) if want.codes_of else [commune.code for commune in communes]
    per_commune = split(want.villages, [jitter(random, 1.0, 0.4) for _ in communes])
    villages = [
        {"ma_thon": f"{prefixes[n % len(prefixes)]}{number:03}", "ten_thon": _village(random), "ma_dia_ban": place.code}
        for n, place in enumerate(communes)
        for number in range(1, per_commune[n] + 1)
    ]
    states = ["trang"] * want.none + ["yeu"] * want.weak
    states += ["tot"] * (want.villages - len(states))
    random.shuffle(states)
    earlier = [file.telecom.coverage for file in history[:-1] if file.telecom]
    joint = history[-1].first_day.replace(day=1)
    table: Table = {}
    for month in reversed(list(months_between(months[0], want.month))):
        if month in months:
            table[month, want.operator] = [
                {**village, "phu_song": state} for village, state in zip(villages, states, strict=True)
            ]
        known = earlier[-1] if earlier and month <= joint else None
        none, weak = _month_before(month, states.count("trang"), states.count("yeu"), want, known)
        _shift(random, states, "yeu", "trang", none - states.count("trang"))
        _shift(random, states, "tot", "yeu", weak - states.count("yeu"))
    return dict(sorted(table.items()))


def _month_before(month: date, none: int, weak: int, want: Coverage, earlier: Coverage | None) -> tuple[int, int]:
    """Villages without and with weak coverage a month before ``month``, which has ``none`` and ``weak`` of them."""
    if earlier is None:
        return none + want.improved_monthly, weak
    left = months_from(earlier.month, month)
    if left <= 0:
        return none, weak
    return none + round((earlier.none - none) / left), weak + round((earlier.weak - weak) / left)


def _shift(random: Random, states: list[str], source: str, target: str, count: int) -> None:
    """Moves ``count`` villages from one state to the other, or back when it is negative."""
    if count < 0:
        source, target = target, source
    for index in random.sample([n for n, state in enumerate(states) if state == source], abs(count)):
        states[index] = target


def _village(random: Random) -> str:
    return f"Thôn {random.choice(WORDS['village_words'])} {random.choice(WORDS['village_names'])}"
