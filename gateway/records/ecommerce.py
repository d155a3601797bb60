"""Cumulative figures of the e-commerce platforms, day by day between the days that the world declares."""

from datetime import date, timedelta
from itertools import pairwise

from gateway.draw import draw
from gateway.records.parts import dotted, jitter, split
from gateway.sections import Ecommerce, Figures
from gateway.worldfile import WorldFile

_WIRE = {
    "listings": "so_san_pham",
    "transactions": "so_giao_dich_thanh_cong",
    "orders": "so_don_hang",
    "revenue_vnd": "doanh_thu_vnd",
    "buyers": "so_tai_khoan_mua",
    "trained": "so_ho_sxnn_dao_tao",
}


def platform_days(world: WorldFile, plan: Ecommerce) -> dict[date, list[dict[str, str]]]:
    """The platforms' records by published day; a day that is not in it was skipped.

    Nothing declines: each figure grows from one declared day to the next in uneven steps.
    """
    random = draw(world, "ecommerce")
    figures = sorted(plan.figures, key=lambda figure: figure.day)
    values: dict[date, dict[str, list[int]]] = {figures[0].day: _on_platforms(plan, figures[0])}
    for before, after in pairwise(figures):
        days = (after.day - before.day).days
        low, high = _on_platforms(plan, before), _on_platforms(plan, after)
        for name in _WIRE:
            for number in range(len(plan.platforms)):
                steps = split(high[name][number] - low[name][number], [jitter(random, 1, 0.7) for _ in range(days)])
                value = low[name][number]
                for offset, step in enumerate(steps, start=1):
                    value += step
                    day = values.setdefault(before.day + timedelta(days=offset), {})
                    day.setdefault(name, []).append(value)
    declared = {figure.day for figure in figures}
    return {
        day: [
            {"ten_san": platform, **{wire: dotted(columns[name][number]) for name, wire in _WIRE.items()}}
            for number, platform in enumerate(plan.platforms)
        ]
        for day, columns in sorted(values.items())
        if day in declared or (day + timedelta(days=1)).day == 1 or random.random() >= plan.skipped
    }


def _on_platforms(plan: Ecommerce, figures: Figures) -> dict[str, list[int]]:
    shares = list(plan.platforms.values())
    return {name: split(getattr(figures, name), shares) for name in _WIRE}
