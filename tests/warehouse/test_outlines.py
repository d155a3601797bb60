"""The outlines of the areas of both eras, as migrating makes them."""

import json
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely
from shapely.geometry import mapping

from hub.errors import Abort
from tests.warehouse.test_outline_files import SQUARE, collection, feature, write
from warehouse import cells, outlines

SHOWN = """
    select a.level, a.valid_from::text, count(*), count(o.area_id), coalesce(bool_and(o.is_schematic), true)
    from warehouse.dim_area as a left join warehouse.area_outline as o using (area_id)
    where a.level <> 'unknown' and exists (
        select from warehouse.dim_area as p
        where p.area_id = any(a.ancestor_ids) and p.code = %s and p.level = 'province'
    ) group by 1, 2 order by 1, 2
"""
OLD, NEW = "2020-01-01", "2025-07-01"


def shown(owner: psycopg.Connection, province: str) -> list[tuple[Any, ...]]:
    return owner.execute(SHOWN.encode(), [province]).fetchall()


def shapes(owner: psycopg.Connection, level: str, since: str, province: str = "20") -> dict[str, Any]:
    rows = owner.execute(
        "select a.code, o.rings, d.code from warehouse.area_outline as o join warehouse.dim_area as a using (area_id)"
        " left join warehouse.dim_area as d on d.area_id = a.parent_id where a.level = %s and a.valid_from = %s"
        " and exists (select from warehouse.dim_area as p where p.area_id = any(a.ancestor_ids) and p.code = %s)",
        [level, since, province],
    ).fetchall()
    return {
        code: (reduce(shapely.symmetric_difference, map(shapely.Polygon, rings)), parent)  # a ring may be a hole
        for code, rings, parent in rows
    }


def test_every_area_of_a_province_has_a_cell_in_both_eras(owner: psycopg.Connection) -> None:
    assert shown(owner, "20") == [
        ("commune", OLD, 194, 194, True),
        ("commune", NEW, 65, 65, True),
        ("district", OLD, 11, 11, True),
        ("province", OLD, 1, 1, True),
    ]


def test_a_province_that_was_merged_has_the_cells_of_the_one_that_took_it_over(owner: psycopg.Connection) -> None:
    assert [(level, count == drawn) for level, _, count, drawn, _ in shown(owner, "84")] == [
        ("commune", True),
        ("district", True),
        ("province", True),
    ]
    assert ("commune", NEW, 124, 124, True) in shown(owner, "86")
    assert all(drawn == 0 for *_, drawn, _ in shown(owner, "01")), "nothing is made of provinces that the hub has not"


def test_a_district_is_what_its_communes_are_together(owner: psycopg.Connection) -> None:
    communes, districts = shapes(owner, "commune", OLD), shapes(owner, "district", OLD)
    for code, (district, _) in districts.items():
        own = shapely.union_all([cell for cell, parent in communes.values() if parent == code])
        assert own.symmetric_difference(district).area < 1e-4 * district.area, code
    overlaps = [one.intersection(other).area for (one, _), (other, _) in combinations(districts.values(), 2)]
    assert max(overlaps) < 1e-7


def test_outlines_are_made_again_only_of_something_else(
    owner: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "cells", lambda *_: pytest.fail("they are there"))
    outlines.load(owner, tmp_path)
    monkeypatch.setattr(outlines, "_MADE", "another way")
    monkeypatch.setattr(outlines, "cells", cells.cells)
    outlines.load(owner, tmp_path)
    assert owner.execute("select count(distinct basis) from warehouse.area_outline").fetchone() == (1,)


def of_today(owner: psycopg.Connection, wiggle: float = 0.0) -> list[dict[str, Any]]:
    """The communes of today as a file may have them: their cells, moved a bit and with many corners."""
    made = []
    for code, (cell, _) in shapes(owner, "commune", NEW).items():
        fine = shapely.segmentize(cell, 0.002) if wiggle else cell
        moved = shapely.transform(fine, lambda at: at + wiggle * (at[:, ::-1] * 9000 % 1))
        made.append({"properties": {"code": code}, "geometry": mapping(moved)})
    return made


def test_outlines_of_a_file_are_drawn_where_it_has_all_communes_of_a_time(
    owner: psycopg.Connection, tmp_path: Path
) -> None:
    write(tmp_path, collection(*of_today(owner), feature("99999", SQUARE)))
    outlines.load(owner, tmp_path)
    assert shown(owner, "20") == [
        ("commune", OLD, 194, 194, True),
        ("commune", NEW, 65, 65, False),
        ("district", OLD, 11, 11, True),
        ("province", OLD, 1, 1, False),
    ]


def test_a_file_that_lacks_some_of_them_is_refused_by_name(owner: psycopg.Connection, tmp_path: Path) -> None:
    write(tmp_path, collection(*of_today(owner)[:-2]))
    with pytest.raises(Abort, match=r"lacks 2 of 65 areas of one level and time \(2025-07-01\): \d{5} \w+"):
        outlines.load(owner, tmp_path)


def test_districts_of_a_file_stand_beside_cells_of_communes(owner: psycopg.Connection, tmp_path: Path) -> None:
    districts = [
        {"properties": {"code": code}, "geometry": mapping(shape)}
        for code, (shape, _) in shapes(owner, "district", OLD).items()
    ]
    write(tmp_path, collection(*districts))
    outlines.load(owner, tmp_path)
    assert ("district", OLD, 11, 11, False) in shown(owner, "20")
    assert ("commune", OLD, 194, 194, True) in shown(owner, "20")


def test_simplified_outlines_have_few_corners_and_no_slivers_between_them(
    owner: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, collection(*of_today(owner, wiggle=0.0006)))
    before = sum(
        len(ring) for one in json.loads(file.read_text())["features"] for ring in one["geometry"]["coordinates"]
    )
    monkeypatch.setattr(outlines, "MOST_CORNERS", 900)
    outlines.load(owner, tmp_path)
    drawn = [shape for shape, _ in shapes(owner, "commune", NEW).values()]
    assert before > 5000
    assert shapely.get_num_coordinates(drawn).sum() <= 900
    whole = shapely.union_all(drawn)
    holes = sum(shapely.Polygon(ring).area for part in shapely.get_parts(whole) for ring in part.interiors)
    overlaps = sum(shape.area for shape in drawn) - whole.area
    assert holes < 1e-4 * whole.area and overlaps < 1e-4 * whole.area
