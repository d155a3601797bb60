"""The outlines of areas as `ioc db migrate` made them: see warehouse.outlines."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from screens.charts.area_map import Ring
from screens.database import Snapshot


@dataclass(frozen=True)
class Outlines:
    """Of some areas."""

    rings: Mapping[int, Sequence[Ring]]
    """Area id → its rings."""
    is_schematic: bool
    """Whether any of them is a cell, and no boundary."""


def outlines(s: Snapshot, area_ids: Collection[int]) -> Outlines:
    """The outlines of those of the areas that have one."""
    rows = s.connection.execute(
        "select area_id, rings, is_schematic from serving.area_outlines where area_id = any(%s)", (list(area_ids),)
    ).fetchall()
    return Outlines({area_id: rings for area_id, rings, _ in rows}, any(is_schematic for *_, is_schematic in rows))
