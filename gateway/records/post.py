"""The postal network: points at each month's end, and the month's revenue."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from gateway.areas import Province
from gateway.draw import draw
from gateway.records.dirt import check_kinds
from gateway.records.months import months_between, next_month
from gateway.records.parts import jitter, split
from gateway.sections import Points, Post
from gateway.worldfile import WorldFile

Row = dict[str, object]
Rows = list[Row]


class PostFigures(NamedTuple):
    """Rows by the last day of their month."""

    points: dict[date, Rows]
    revenue: dict[date, Rows]


def post_figures(world: WorldFile, plan: Post, province: Province) -> PostFigures:
    """All months of the world; the first month of a world has no dirty row."""
    return PostFigures(points=_points(world, plan, province), revenue=_revenue(world, plan))


def _points(world: WorldFile, plan: Post, province: Province) -> dict[date, Rows]:
    """Points are numbered in the order in which they opened: one in each commune, then where people are."""
    months = list(_monthly(plan.points))
    random = draw(world, "post points")
    kinds, shares = list(plan.kinds), list(plan.kinds.values())
    weights = [3.0 if commune.urban else 1.0 for commune in province.communes]
    first_ones = random.sample(province.communes, len(province.communes))
    rows: Rows = []
    ranks = []
    for number in range(max(month.served + month.unserved for month in months)):
        later, rank = random.choices(province.communes, weights)[0], random.random()
        ranks.append(rank)
        rows.append(
            {
                "ma_diem": f"BC{number + 1:05}",
                "loai": random.choices(kinds, shares)[0],
                "ma_dia_ban": (first_ones[number] if number < len(first_ones) else later).code,
            }
        )
    extra = sorted(range(len(first_ones), len(rows)), key=ranks.__getitem__)  # a commune's first point stays served
    table: dict[date, Rows] = {}
    for month in months:
        there = month.served + month.unserved
        unserved = set([number for number in extra if number < there][: month.unserved])
        if len(unserved) < month.unserved:
            raise ValueError(f"world: post.points of {month.month} has more unserved points than communes allow")
        table[_month_end(month.month)] = [
            {**row, "co_nguoi_phuc_vu": number not in unserved} for number, row in enumerate(rows[:there])
        ]
    stray: Row = {"ma_diem": "BC90001", "loai": "DAI_LY", "ma_dia_ban": first_ones[0].code, "co_nguoi_phuc_vu": True}
    dirty = {"unknown_commune": {**stray, "ma_dia_ban": "99999"}, "unknown_kind": {**stray, "loai": "XE_LUU_DONG"}}
    _plant(world, "post_points", table, dirty)
    return table


def _revenue(world: WorldFile, plan: Post) -> dict[date, Rows]:
    """Each month by operator; a period's cells sum to its total."""
    table: dict[date, Rows] = defaultdict(list)
    for period in plan.revenue:
        random = draw(world, f"post revenue from {period.from_month}")
        cells = [
            (month, operator, jitter(random, share * (1.25 if month.month in (1, 12) else 1.0), 0.05))
            for month in months_between(period.from_month, period.to_month)
            for operator, share in plan.operators.items()
        ]
        amounts = split(period.total_vnd, [weight for _, _, weight in cells])
        for (month, operator, _), amount in zip(cells, amounts, strict=True):
            row: Row = {"doanh_nghiep": operator, "doanh_thu_dong": amount}
            table[_month_end(month)].append(row | {"so_buu_gui": amount // plan.vnd_per_item[operator]})
    stray: Row = {"doanh_nghiep": "BUU_CHINH_LA", "doanh_thu_dong": 1_000_000, "so_buu_gui": 40}
    _plant(world, "post_revenue", table, {"unknown_operator": stray})
    return dict(table)


def _plant(world: WorldFile, feed: str, table: dict[date, Rows], dirty: dict[str, Row]) -> None:
    """Adds the world's dirty rows of ``feed``, a month each; none at an edge, which another world may show too."""
    kinds = world.dirt.get(feed, {})
    check_kinds(feed, kinds, tuple(dirty))
    days = [day for day in table if world.first_day < day < world.last_day]
    wanted = [kind for kind, count in kinds.items() for _ in range(count)]
    for kind, day in zip(wanted, draw(world, f"dirty {feed}").sample(days, len(wanted)), strict=True):
        table[day].append(dirty[kind])


def _monthly(declared: list[Points]) -> Iterator[Points]:
    """Every month from the first declared one to the last, on a line in between."""
    for before, after in pairwise(declared):
        months = list(months_between(before.month, after.month))[:-1]
        for step, month in enumerate(months):
            part = step / len(months)
            yield Points(
                month=month,
                served=round(before.served + (after.served - before.served) * part),
                unserved=round(before.unserved + (after.unserved - before.unserved) * part),
            )
    yield declared[-1]


def _month_end(month: date) -> date:
    return next_month(month) - timedelta(days=1)
