"""The outlines of the areas that maps show: from a file of the installation, else cells around the communes' points.

They are made when reference data are loaded, of both eras, and only when what they are made of has changed: a page
reads them as they are drawn. Districts and provinces are what their communes are together, so that no line is drawn
twice in two places. docs/decisions/0044.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from hub.errors import Abort
from hub.translation import msg
from warehouse import outline_files
from warehouse.cells import cells

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

MOST_CORNERS = 5000
"""Of all communes of a province in one era: what a page of 150 KiB has room for."""
_FINEST, _COARSER = 0.0002, 1.5
"""Degrees that a simplified outline may be off at first (20 m), and how much more with each attempt."""
_DECIMALS = 4
"""Of degrees: 10 m, a tenth of a pixel on the map of a province."""
_MADE = "1"
"""Another number makes all outlines anew: for another way to make them."""
_NAMED = 10
"""So many missing areas are named."""


class Place(NamedTuple):
    """An area of the reference data."""

    area_id: int
    code: str
    level: str
    name: str
    valid_from: date
    ancestor_ids: list[int]
    longitude: float
    latitude: float


Shapes = dict[int, "BaseGeometry"]
"""Area id → outline."""
Rings = list[list[list[float]]]
"""Rings of corners: longitude and latitude."""


def load(connection: psycopg.Connection, folder: Path) -> None:
    """Make the outlines of the provinces' areas, within the caller's transaction, where they are not made of the same.
    Raises Abort for a file with faults."""
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        places = cursor.execute(
            "select area_id, code, level, name, valid_from, ancestor_ids, longitude, latitude from warehouse.dim_area"
            " where level in ('province', 'district', 'commune') and longitude is not null and latitude is not null"
            " order by area_id"
        ).fetchall()
    provinces = {
        area_id
        for (area_id,) in connection.execute(
            "with own as (select a.area_id from warehouse.dim_area as a join warehouse.dim_province as p"
            " on p.area_code = a.code where a.level = 'province') select area_id from own union"
            " select s.successor_id from warehouse.area_successor as s join own using (area_id)"
        )
    }
    file = outline_files.find(folder)
    digest = hashlib.sha256(repr((_MADE, sorted(provinces), places)).encode())
    digest.update(file.read_bytes() if file else b"")
    basis = digest.hexdigest()
    if connection.execute("select array_agg(distinct basis) from warehouse.area_outline").fetchone() == ([basis],):
        return
    given = _of_areas(outline_files.read(file), places) if file else {}
    made: dict[int, tuple[BaseGeometry, bool]] = {}
    for province in sorted(provinces):
        for since in sorted({one.valid_from for one in places}):  # the newest outline of a province is kept
            of_time = [one for one in places if one.valid_from == since or one.level == "province"]
            made |= {area_id: (shape, real) for area_id, shape, real in _made(province, of_time, given, file)}
    connection.execute("delete from warehouse.area_outline")
    with connection.cursor().copy(
        "copy warehouse.area_outline (area_id, rings, is_schematic, basis) from stdin"
    ) as copy:
        for area_id, (shape, is_real) in made.items():
            copy.write_row([area_id, Jsonb(rings_of(shape)), not is_real, basis])


def _of_areas(named: Mapping[outline_files.Named, "BaseGeometry"], places: Sequence[Place]) -> Shapes:
    """The outlines of a file by the areas that its codes mean."""
    newest = {one.code: one.area_id for one in sorted(places, key=lambda one: one.valid_from)}
    exact = {(one.code, one.valid_from): one.area_id for one in places}
    ids = {(code, since): exact.get((code, since)) if since else newest.get(code) for code, since in named}
    return {area_id: named[key] for key, area_id in ids.items() if area_id is not None}


def _made(
    province: int, places: Sequence[Place], given: Shapes, file: Path | None
) -> Iterator[tuple[int, "BaseGeometry", bool]]:
    """The outlines of a province and of the areas in it at one time, and whether they are those of the file."""
    from shapely import union_all  # noqa: PLC0415 - see warehouse.cells

    inside = [one for one in places if province in one.ancestor_ids]
    communes = {one.area_id: one for one in inside if one.level == "commune"}
    if not communes:
        return
    real = bool(_given(communes, given, file))
    if real:
        drawn = _simplified({area_id: given[area_id] for area_id in communes})
    else:
        others = [(one.longitude, one.latitude) for one in places if one.level == "commune"]
        points = {area_id: (one.longitude, one.latitude) for area_id, one in communes.items()}
        drawn = {area_id: _rounded(shape) for area_id, shape in cells(points, others).items()}
    yield from ((area_id, shape, real) for area_id, shape in drawn.items())
    districts = {one.area_id: one for one in inside if one.level == "district"}
    own = _simplified({area_id: given[area_id] for area_id in _given(districts, given, file)}) if not real else {}
    for area_id in districts:
        parts = [shape for commune, shape in drawn.items() if area_id in communes[commune].ancestor_ids]
        yield area_id, own.get(area_id) or union_all(parts), real or area_id in own
    yield province, union_all(list(drawn.values())), real


def _given(areas: Mapping[int, Place], given: Shapes, file: Path | None) -> Sequence[int]:
    """The areas if the file has them, nothing if it has none of them: true outlines and cells do not fit together.
    Raises Abort where it has some of them only."""
    missing = [one for area_id, one in areas.items() if area_id not in given]
    if not missing:
        return list(areas)
    if len(missing) == len(areas):
        return []
    names = ", ".join(f"{one.code} {one.name}" for one in missing[:_NAMED])
    raise Abort(
        msg(
            "{path} lacks {count} of {all} areas of one level and time ({since}): {names}. Complete it, or leave"
            " them all out; an area of before has `valid_from` beside its code",
            path=file,
            count=len(missing),
            all=len(areas),
            since=missing[0].valid_from,
            names=names + ("…" if len(missing) > _NAMED else ""),
        )
    )


def _simplified(shapes: Shapes) -> Shapes:
    """The shapes with few enough corners; what two of them share stays shared."""
    from shapely import coverage_simplify, get_num_coordinates, set_precision  # noqa: PLC0415 - see warehouse.cells

    if not shapes:
        return {}
    whole, tolerance = list(set_precision(list(shapes.values()), 10.0**-6)), _FINEST
    drawn = list(coverage_simplify(whole, tolerance))
    while get_num_coordinates(drawn).sum() > MOST_CORNERS and tolerance < 1:
        tolerance *= _COARSER
        drawn = list(coverage_simplify(whole, tolerance))
    return {area_id: _rounded(shape) for area_id, shape in zip(shapes, drawn, strict=True)}


def _rounded(shape: "BaseGeometry") -> "BaseGeometry":
    """The shape with its corners where they are written: those that two shapes share are still shared."""
    from shapely import make_valid, transform  # noqa: PLC0415 - see warehouse.cells

    return make_valid(transform(shape, lambda corners: corners.round(_DECIMALS)))


def rings_of(shape: "BaseGeometry") -> Rings:
    """The rings of its polygons, each as corners of longitude and latitude, the first of which is not repeated."""
    from shapely import get_parts, get_rings  # noqa: PLC0415 - see warehouse.cells

    rings = get_rings([part for part in get_parts(get_parts(shape)) if part.geom_type == "Polygon"])
    return [[[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in ring.coords[:-1]] for ring in rings]
