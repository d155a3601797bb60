"""What is told as a snapshot of a day or month: accounts, platforms, postal network, connections, threats."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate, pairwise

from msgspec.structs import asdict

from gateway.areas import Province
from gateway.chance import Row, draw, jitter, planted, scattered, split, world_days
from gateway.moments import month_end, months_between
from gateway.shelf import dotted
from gateway.worldfile import Connection, Ecommerce, Figures, Points, Post, Threats, WorldFile, by_day

Table = Mapping[date, list[Row]]
_SETTLED_AFTER = 10  # days until all threats that are ever handled are handled


class Accounts:
    """Cumulative digital accounts of any day. Each commune grows from one declared day to the next, never declining."""

    def __init__(self, world: WorldFile, opened: Figures, province: Province) -> None:
        declared = by_day(opened)
        self._days = list(declared)
        self._communes = [commune.code for commune in province.communes]
        random = draw(world, "accounts")
        weights = {
            kind: [jitter(random, 3.0 if commune.urban else 1.0, 0.5) for commune in province.communes]
            for kind in declared[self._days[0]]
        }
        self._opened = {
            day: {kind: split(figures[kind], shares) for kind, shares in weights.items()}
            for day, figures in declared.items()
        }
        self._grown = {before: _growth(world, before, after) for before, after in pairwise(self._days)}
        self._dirty = scattered(world, "accounts", self._communes[0])

    def on(self, day: date) -> list[Row]:
        """The rows of ``day``; none when it lies outside the declared days."""
        index = bisect_right(self._days, day) - 1
        if index < 0 or day > self._days[-1]:
            return []
        before, after = self._days[index], self._days[min(index + 1, len(self._days) - 1)]
        share = self._grown[before][(day - before).days] if after != before else 0.0
        rows: list[Row] = []
        for kind, low in self._opened[before].items():
            high = self._opened[after][kind]
            account, _, platform = kind.partition("/")
            for commune, least, most in zip(self._communes, low, high, strict=True):
                row: Row = {"loai": account, "nen_tang": platform, "ma_dia_ban": commune}
                rows.append(row | {"so_tai_khoan": least + int((most - least) * share)})
        return rows + self._dirty.get(day, [])


def _growth(world: WorldFile, first: date, last: date) -> list[float]:
    """For each day from ``first`` to ``last`` the part of the growth that is done: 0 to 1 in uneven steps."""
    random = draw(world, f"accounts from {first}")
    steps = [jitter(random, 1, 0.6) for _ in range((last - first).days)]
    return [done / sum(steps) for done in accumulate(steps, initial=0.0)]


def platform_days(world: WorldFile, plan: Ecommerce) -> dict[date, list[dict[str, str]]]:
    """The records of the e-commerce platforms by published day; a day that is not in it was skipped.

    Nothing declines: each figure grows from one declared day to the next in uneven steps.
    """
    random = draw(world, "ecommerce")
    declared, shares = by_day(plan.figures), list(plan.platforms.values())
    rows: dict[date, list[dict[str, str]]] = defaultdict(lambda: [{"ten_san": name} for name in plan.platforms])
    first = list(declared)[0]  # noqa: RUF015 - an empty table is a mistake of the world file
    for name, total in declared[first].items():
        for row, value in zip(rows[first], split(total, shares), strict=True):
            row[name] = dotted(value)
    for before, after in pairwise(declared):
        days = (after - before).days
        for name in declared[first]:
            low, high = (split(declared[day][name], shares) for day in (before, after))
            for platform, (least, most) in enumerate(zip(low, high, strict=True)):
                steps = split(most - least, [jitter(random, 1, 0.7) for _ in range(days)])
                for offset, value in enumerate(accumulate(steps, initial=least)):
                    if offset:
                        rows[before + timedelta(days=offset)][platform][name] = dotted(value)
    return {
        day: platforms
        for day, platforms in sorted(rows.items())
        if day in declared or (day + timedelta(days=1)).day == 1 or random.random() >= plan.skipped
    }


class PostFigures:
    """The postal network: points at each month's end, and the month's revenue, by the last day of their month.

    The months at the world's edges have no dirty row.
    """

    def __init__(self, world: WorldFile, plan: Post, province: Province) -> None:
        self.points = _points(world, plan, province)
        self.revenue = _revenue(world, plan)


def _points(world: WorldFile, plan: Post, province: Province) -> Table:
    """Points are numbered in the order in which they opened: one in each commune, then where people are."""
    months = dict(_monthly(by_day(plan.points)))
    random = draw(world, "post points")
    kinds, shares = list(plan.kinds), list(plan.kinds.values())
    weights = [3.0 if commune.urban else 1.0 for commune in province.communes]
    first_ones = random.sample(province.communes, len(province.communes))
    rows: list[Row] = []
    ranks = []
    for number in range(max(month.served + month.unserved for month in months.values())):
        later, rank = random.choices(province.communes, weights)[0], random.random()
        kind, commune = random.choices(kinds, shares)[0], first_ones[number] if number < len(first_ones) else later
        ranks.append(rank)
        rows.append({"ma_diem": f"BC{number + 1:05}", "loai": kind, "ma_dia_ban": commune.code})
    extra = sorted(range(len(first_ones), len(rows)), key=ranks.__getitem__)  # a commune's first point stays served
    table: dict[date, list[Row]] = {}
    for month, points in months.items():
        there = points.served + points.unserved
        unserved = set([number for number in extra if number < there][: points.unserved])
        if len(unserved) < points.unserved:
            raise ValueError(f"world: post.points of {month} has more unserved points than communes allow")
        table[month_end(month)] = [
            {**row, "co_nguoi_phuc_vu": number not in unserved} for number, row in enumerate(rows[:there])
        ]
    return table


def _monthly(declared: Mapping[date, Points]) -> Iterator[tuple[date, Points]]:
    """Every month from the first declared one to the last, on a line in between."""
    for (first, before), (last, after) in pairwise(declared.items()):
        months = list(months_between(first, last))[:-1]
        for step, month in enumerate(months):
            part = step / len(months)
            served = round(before.served + (after.served - before.served) * part)
            unserved = round(before.unserved + (after.unserved - before.unserved) * part)
            yield month, Points(served=served, unserved=unserved)
    yield list(declared.items())[-1]


def _revenue(world: WorldFile, plan: Post) -> Table:
    """Each month by operator; a period's cells sum to its total."""
    table: dict[date, list[Row]] = defaultdict(list)
    for period in plan.revenue:
        random = draw(world, f"post revenue from {period.from_month}")
        cells = {
            (month, operator): jitter(random, share * (1.25 if month.month in (1, 12) else 1.0), 0.05)
            for month in months_between(period.from_month, period.to_month)
            for operator, share in plan.operators.items()
        }
        for (month, operator), amount in zip(cells, split(period.total_vnd, list(cells.values())), strict=True):
            row: Row = {"doanh_nghiep": operator, "doanh_thu_dong": amount}
            table[month_end(month)].append(row | {"so_buu_gui": amount // plan.vnd_per_item[operator]})
    return table


def connections(world: WorldFile, systems: Sequence[Connection]) -> Table:
    """The ministries' systems and how far the province is connected to them, on each day of the world."""
    dirty = scattered(world, "lgsp")
    return {day: [_connection(system, day) for system in systems] + dirty.get(day, []) for day in world_days(world)}


def _connection(system: Connection, day: date) -> Row:
    row = asdict(system)
    live, trial = row.pop("live_from"), row.pop("trial_from")
    status = "CHINH_THUC" if live and live <= day else "THU_NGHIEM" if trial and trial <= day else "CHUA"
    return row | {"trang_thai": status}


def threats(world: WorldFile, plans: Sequence[Threats]) -> list[tuple[date, str, int, int]]:
    """(day, level, found, handled in the end) of the threats that the security centre found, by day.

    A row with a negative number takes the place of a right one.
    """
    kinds = [kind for kind, _ in planted(world, "threats")]
    random, days = draw(world, "dirty threats"), world_days(world)
    spoilt = set(random.sample(days[1:-1], kinds.count("negative_number")))
    strange = random.sample(days[1:-1], kinds.count("unknown_level"))
    found = [(day, "THAP", -4, -4) for day in spoilt] + [(day, "RAT_CAO", 1, 0) for day in strange]
    for plan in plans:
        random = draw(world, f"security from {plan.from_day}")  # its own, so that a day of two worlds is the same
        span = [day for day in days if plan.from_day <= day <= plan.to_day]
        for level, total in plan.levels.items():
            right = [day for day in span if level != "THAP" or day not in spoilt]
            counts = split(total, [jitter(random, 1, 0.8) for _ in right])
            for day, count in zip(right, counts, strict=True):
                found.append((day, level, count, min(count, round(count * jitter(random, plan.handled, 0.1)))))
    return sorted(found)


def threats_between(found: Sequence[tuple[date, str, int, int]], first: date, last: date, today: date) -> list[Row]:
    """As the centre shows them on ``today``: handling takes days."""
    return [
        {
            "ngay": day.isoformat(),
            "muc_do": level,
            "so_luong": count,
            "da_xu_ly": int(handled * min(1.0, (today - day).days / _SETTLED_AFTER)),
        }
        for day, level, count, handled in found
        if first <= day <= last and day < today
    ]
