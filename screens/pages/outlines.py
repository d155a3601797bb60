"""The outlines of areas as `ioc db migrate` made them: see warehouse.outlines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from kpis.memo import Once
from screens.charts.area_map import Ring
from screens.database import Snapshot
from screens.directory import areas_through_time


@dataclass(frozen=True)
class Outlines:
    """Of some areas."""

    rings: Mapping[int, Sequence[Ring]]
    """Area id → its rings."""
    is_schematic: bool
    """Whether any of them is a cell, and no boundary."""


def outlines(s: Snapshot, area_ids: Collection[int]) -> Outlines:
    """The outlines of those of the areas that have one."""
    known = s.once.derived(_of_province, s.province.area)
    rows = {area_id: known[area_id] for area_id in area_ids if area_id in known}
    return Outlines({area_id: rings for area_id, (rings, _) in rows.items()}, any(drawn for _, drawn in rows.values()))


def _of_province(once: Once, province: str) -> dict[int, tuple[Sequence[Ring], bool]]:
    """Area id → its rings, and whether it is a cell."""
    rows = once.connection.execute(
        "select area_id, rings, is_schematic from serving.area_outlines where area_id = any(%s)",
        ([area.area_id for area in once(areas_through_time, province)],),
    )
    return {area_id: (rings, is_schematic) for area_id, rings, is_schematic in rows.fetchall()}
