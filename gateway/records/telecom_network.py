"""Where the telecom network stands: stations and the coverage of villages, month by month through a history.

Both are made for the last month of the last world and led back from there, so worlds of one history agree.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from random import Random
from typing import NamedTuple

from gateway.areas import Province, commune_codes
from gateway.chance import draw, jitter, planted, split
from gateway.moments import last_full_month, months_between, months_from
from gateway.people import WORDS
from gateway.sections import Built, Coverage, Stations
from gateway.worldfile import WorldFile

TelecomRow = dict[str, str | int]
"""A row of an operator's file without its month. Integers are amounts and get their dots when written; codes are text.
"""
Table = dict[tuple[date, str], list[TelecomRow]]
"""By month and operator."""


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
    for month, (operator, site, commune, technology) in found:
        table[month, operator].append({"ma_vi_tri": site, "ma_dia_ban": commune, "cong_nghe": technology})
    for rows in table.values():
        rows.sort(key=lambda row: (row["ma_vi_tri"], row["cong_nghe"]))
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
