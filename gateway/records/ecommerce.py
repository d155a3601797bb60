"""Cumulative figures of the e-commerce platforms, day by day between the days that the world declares."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from gateway.chance import draw, jitter, split
from gateway.sections import Ecommerce, Figures
from gateway.shelf import dotted
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
    rows: dict[date, list[dict[str, str]]] = defaultdict(lambda: [{"ten_san": name} for name in plan.platforms])

    def note(day: date, platform: int, name: str, value: int) -> None:
        rows[day][platform][_WIRE[name]] = dotted(value)

    for name in _WIRE:
        for platform, value in enumerate(_on_platforms(plan, figures[0], name)):
            note(figures[0].day, platform, name, value)
    for before, after in pairwise(figures):
        days = (after.day - before.day).days
        for name in _WIRE:
            low, high = _on_platforms(plan, before, name), _on_platforms(plan, after, name)
            for platform, value in enumerate(low):
                steps = split(high[platform] - value, [jitter(random, 1, 0.7) for _ in range(days)])
                for offset, step in enumerate(steps, start=1):
                    value += step  # noqa: PLW2901 - it grows from day to day
                    note(before.day + timedelta(days=offset), platform, name, value)
    declared = {figure.day for figure in figures}
    return {
        day: platforms
        for day, platforms in sorted(rows.items())
        if day in declared or (day + timedelta(days=1)).day == 1 or random.random() >= plan.skipped
    }


def _on_platforms(plan: Ecommerce, figures: Figures, name: str) -> list[int]:
    return split(getattr(figures, name), list(plan.platforms.values()))
