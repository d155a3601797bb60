"""The postal network: points at each month's end, and the month's revenue. Rows by the last day of their month."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from gateway.areas import Province
from gateway.chance import Row, draw, jitter, scattered, split
from gateway.moments import month_end, months_between
from gateway.sections import Points, Post
from gateway.worldfile import WorldFile

Rows = Mapping[date, list[Row]]


class PostFigures:
    """All months of the world; the months at its edges have no dirty row."""

    def __init__(self, world: WorldFile, plan: Post, province: Province) -> None:
        self.points = _points(world, plan, province)
        self.revenue = _revenue(world, plan)


def _points(world: WorldFile, plan: Post, province: Province) -> Rows:
    """Points are numbered in the order in which they opened: one in each commune, then where people are."""
    months = list(_monthly(plan.points))
    random = draw(world, "post points")
    kinds, shares = list(plan.kinds), list(plan.kinds.values())
    weights = [3.0 if commune.urban else 1.0 for commune in province.communes]
    first_ones = random.sample(province.communes, len(province.communes))
    rows: list[Row] = []
    ranks = []
    for number in range(max(month.served + month.unserved for month in months)):
        later, rank = random.choices(province.communes, weights)[0], random.random()
        kind, commune = random.choices(kinds, shares)[0], first_ones[number] if number < len(first_ones) else later
        ranks.append(rank)
        rows.append({"ma_diem": f"BC{number + 1:05}", "loai": kind, "ma_dia_ban": commune.code})
    extra = sorted(range(len(first_ones), len(rows)), key=ranks.__getitem__)  # a commune's first point stays served
    table = {}
    for month in months:
        there = month.served + month.unserved
        unserved = set([number for number in extra if number < there][: month.unserved])
        if len(unserved) < month.unserved:
            raise ValueError(f"world: post.points of {month.month} has more unserved points than communes allow")
        table[month_end(month.month)] = [
            {**row, "co_nguoi_phuc_vu": number not in unserved} for number, row in enumerate(rows[:there])
        ]
    return _with_dirt(world, "post_points", table, first_ones[0].code)


def _revenue(world: WorldFile, plan: Post) -> Rows:
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
    return _with_dirt(world, "post_revenue", table)


def _with_dirt(world: WorldFile, feed: str, table: Rows, commune: str = "") -> Rows:
    found = scattered(world, feed, commune, table)
    return {day: rows + found.get(day, []) for day, rows in table.items()}


def _monthly(declared: list[Points]) -> Iterator[Points]:
    """Every month from the first declared one to the last, on a line in between."""
    for before, after in pairwise(declared):
        months = list(months_between(before.month, after.month))[:-1]
        for step, month in enumerate(months):
            part = step / len(months)
            served = round(before.served + (after.served - before.served) * part)
            unserved = round(before.unserved + (after.unserved - before.unserved) * part)
            yield Points(month=month, served=served, unserved=unserved)
    yield declared[-1]
