"""Cells around points: each place is in the cell of the point that is nearest to it, and nowhere else."""

from math import cos, hypot, radians

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from warehouse.areas import areas
from warehouse.cells import cells

PLACES = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda at: (106 + at[0] / 50, 21 + at[1] / 50))


@given(st.lists(PLACES, min_size=1, max_size=25, unique=True), st.lists(PLACES, max_size=10), PLACES)
def test_a_place_is_in_the_cell_of_the_nearest_point(
    points: list[tuple[float, float]], others: list[tuple[float, float]], place: tuple[float, float]
) -> None:
    drawn = cells(dict(enumerate(points)), others)
    assert set(drawn) == set(range(len(points)))
    shrink = cos(radians(sum(y for _, y in points) / len(points)))
    for key, cell in drawn.items():
        if cell.buffer(-1e-6).contains(shapely.Point(place)):
            away = [hypot((x - place[0]) * shrink, y - place[1]) for x, y in [*points, *others]]
            assert away[key] <= min(away) + 1e-6


@given(st.lists(PLACES, min_size=1, max_size=25))
def test_cells_do_not_overlap_and_leave_no_hole_whatever_the_points(points: list[tuple[float, float]]) -> None:
    """Communes that are given the same point are moved apart."""
    drawn = list(cells(dict(enumerate(points))).values())
    whole = shapely.union_all(drawn)
    assert all(cell.area > 0 for cell in drawn)
    assert sum(cell.area for cell in drawn) == pytest.approx(whole.area, rel=1e-6)
    assert sum(shapely.Polygon(ring).area for part in shapely.get_parts(whole) for ring in part.interiors) < 1e-9


def test_a_province_is_about_as_large_as_its_communes_are_together() -> None:
    own = [one for one in areas() if one.level == "commune" and one.parent == "20" and one.valid_to is None]
    others = [
        (one.longitude, one.latitude)
        for one in areas()
        if one.level == "commune" and one.parent != "20" and one.valid_to is None
    ]
    drawn = cells({one.code: (one.longitude, one.latitude) for one in own}, others)
    degree = 111.32
    km2 = sum(cell.area for cell in drawn.values()) * degree**2 * cos(radians(21.85))
    assert km2 == pytest.approx(sum(one.area_km2 or 0 for one in own), rel=0.15)
