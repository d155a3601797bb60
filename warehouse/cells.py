"""Cells around points: what stands for the outlines of communes where an installation has none.

A commune's cell is all that is nearer to its point than to any other commune's, also those of other provinces, so that
a province ends about where it does. Where it has no neighbours (a border of the country, the sea) it ends as far
behind its outermost points as communes lie apart. Cells are no boundaries, and pages say so.
"""

from collections.abc import Hashable, Mapping, Sequence
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

K = TypeVar("K", bound=Hashable)
Point = tuple[float, float]
"""Longitude and latitude."""
_APART = 0.004
"""Degrees by which points are moved apart that are given for several communes: some 400 m."""
_HOLLOW = 0.3
"""How closely the hull follows the points: 0 as closely as it can, 1 is convex."""


def cells(points: Mapping[K, Point], others: Sequence[Point] = ()) -> dict[K, "BaseGeometry"]:
    """The cell of each point, among them and the `others`, which get none."""
    import shapely  # noqa: PLC0415 - a second to import, and needed once an installation
    from shapely.affinity import scale  # noqa: PLC0415

    middle = sum(latitude for _, latitude in points.values()) / len(points)
    shrink = cos(radians(middle))
    own = [(x * shrink, y) for x, y in _apart(list(points.values()))]
    around = [(x * shrink, y) for x, y in set(others) - set(points.values())]
    reach = shapely.concave_hull(shapely.MultiPoint(own), ratio=_HOLLOW).buffer(_spacing(own), quad_segs=3)
    if around:
        near = shapely.points(around)
        around = [at for at, is_near in zip(around, shapely.dwithin(near, reach, 1.0), strict=True) if is_near]
    sites = shapely.MultiPoint([*own, *around])
    drawn = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=reach.envelope, ordered=True))
    return {
        key: scale(shapely.intersection(cell, reach), 1 / shrink, 1, origin=(0, 0))
        for key, cell in zip(points, drawn, strict=False)
    }


def _apart(points: Sequence[Point]) -> list[Point]:
    """The points, those that are alike on a small circle around where they are."""
    alike: dict[Point, list[int]] = {}
    for place, point in enumerate(points):
        alike.setdefault(point, []).append(place)
    moved = list(points)
    for (x, y), places in alike.items():
        for turn, place in enumerate(places if len(places) > 1 else ()):
            angle = 2 * pi * turn / len(places)
            moved[place] = (x + _APART * cos(angle), y + _APART * sin(angle))
    return moved


def _spacing(points: Sequence[Point]) -> float:
    """How far a point is from the nearest other one, of half of them."""
    import shapely  # noqa: PLC0415
    from shapely import STRtree  # noqa: PLC0415

    if len(points) < 2:
        return 0.05
    found = shapely.points(points)
    _, distances = STRtree(found).query_nearest(found, exclusive=True, all_matches=False, return_distance=True)
    return float(sorted(distances)[len(distances) // 2])
