"""The catalogue as a caller may see it: fields, KPIs, areas, organisations, periods. Names of fields
come in the asked language, those of KPIs in both.

Shared by the API and the pages; each function reads in the snapshot that it is given. Figures are in `answers`, how
sources keep their word in `freshness`, the evidence in `evidence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeVar

from psycopg.rows import class_row

from hub.periods import Period
from hub.translation import msg
from kpis.definition import Definition
from kpis.memo import Once
from screens.database import Snapshot
from screens.request_errors import not_found
from warehouse.serving import AREAS, Area, Connection, Province, breakdown_values, unlisted_values

Level = Literal["province", "district", "commune"]
R = TypeVar("R")


@dataclass(frozen=True)
class Domain:
    """A field of the reports. A caller of some fields sees only those."""

    field: str
    name: str
    position: int
    kpis: Sequence[Definition]
    """Empty for a field that no source feeds yet."""


@dataclass(frozen=True)
class Organisation:
    """An organisation of the province."""

    organisation: str
    name: str
    tier: str | None
    """None where only records name it: the reference data do not list it."""


@dataclass(frozen=True)
class KeptPeriod:
    """A period of which values are published."""

    period: str
    """As people write it: 2023-06, 2023-Q2, 2023-H1, 2023, 2023-05-ytd."""
    freq: Literal["month", "quarter", "half", "year", "ytd"]
    first: date
    last: date


def domains(s: Snapshot) -> list[Domain]:
    """The fields that the caller sees, in the order of the reports, with their KPIs."""
    kpis_of: dict[str, list[Definition]] = {}
    for kpi in kpis(s).values():
        kpis_of.setdefault(str(kpi.field), []).append(kpi)
    rows = s.connection.execute(
        "select field, name_vi, name_en, position from serving.fields where position > 0 order by position, field"
    )
    return [
        Domain(field, vi if s.language == "vi" else en, position, kpis_of.get(field, []))
        for field, vi, en, position in rows
    ]


def kpis(s: Snapshot) -> Mapping[str, Definition]:
    """The KPIs that the caller sees, by id, in the newest versions of their definitions and in their order."""
    seen = s.once(_seen)
    return {id_: definition for id_, definition in s.catalogue.definitions.items() if id_ in seen}


def _seen(connection: Connection) -> set[str]:
    return {kpi for (kpi,) in connection.execute("select kpi from serving.kpi_fields").fetchall()}


def find_kpi(s: Snapshot, kpi: str) -> Definition:
    """Raises RequestError 404 naming near ones among those that the caller sees."""
    found = kpis(s).get(kpi)
    if found is None:
        raise not_found(msg("KPI"), kpi, list(kpis(s)))
    return found


def areas(
    s: Snapshot,
    level: Level | None = None,
    parent: str | None = None,
    as_of: date | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Area]:
    """Listed areas of the province that the caller may know by name, valid on `as_of` (today by default), in the
    order of their Vietnamese names; below `parent`, a code as of that day, at any depth.

    A province that was merged goes on in areas of another. Raises RequestError 404 for a parent that there is not.
    """
    day = as_of or s.now.date()
    within = None if parent is None else find_place(s, parent, day).area_id
    found = [
        area
        for area in s.once(areas_through_time, s.province.area)
        if _is_valid(area, day)
        and area.level != "unknown"
        and (level is None or area.level == level)
        and (within is None or (within in area.ancestor_ids and area.area_id != within))
    ]
    return found[after : None if limit is None else after + limit]


def reform_days(s: Snapshot, first: date, last: date) -> list[date]:
    """The days after `first`, up to `last`, on which areas of the province became others."""
    listed = [area for area in s.once(areas_through_time, s.province.area) if area.level != "unknown"]
    return sorted({area.valid_to for area in listed if area.valid_to and first < area.valid_to <= last})


def find_place(s: Snapshot, code: str, day: date) -> Area:
    """The area of the province that bears that code on that day. Raises RequestError 404 naming near codes."""
    known = [area for area in s.once(areas_through_time, s.province.area) if area.area == code and _is_valid(area, day)]
    if known:
        return min(known, key=lambda area: area.level == "unknown")
    if code == s.province.area:
        return whole(s, day)
    codes = s.connection.execute(
        "select area from serving.areas where valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)",
        {"day": day},
    )
    raise not_found(msg("area (on {day})", day=day), code, [other for (other,) in codes])


def places_of(s: Snapshot, area_ids: Sequence[int]) -> list[Area]:
    """The areas of those keys, those that the caller may know."""
    known = s.once.derived(_by_id, s.province.area)
    others = [area_id for area_id in area_ids if area_id not in known]
    found = [known[area_id] for area_id in area_ids if area_id in known]
    return found + (s.once(_places, tuple(sorted(others))) if others else [])


def whole(s: Snapshot, day: date) -> Area:
    """The province's own area on that day, or the nearest one. Raises RequestError 404 where areas are not loaded."""
    known = _wholes(s)
    if not known:
        raise not_found(msg("area"), s.province.area)
    return min(known, key=lambda own: (own.valid_from > day, abs((own.valid_from - day).days)))


def _wholes(s: Snapshot) -> list[Area]:
    """The province's own area in each of its times."""
    known = s.once(areas_through_time, s.province.area)
    return [area for area in known if area.area == s.province.area and area.level == "province"]


def _is_valid(area: Area, day: date) -> bool:
    return area.valid_from <= day and (area.valid_to is None or area.valid_to > day)


def areas_through_time(connection: Connection, province: str) -> list[Area]:
    """The areas of the province in all their times that the caller may know by name, and those that its own went to; in
    the order of their levels and Vietnamese names. There are some hundreds."""
    own = "array(select r.area_id from serving.areas as r where r.area = %(province)s and r.level = 'province')"
    with connection.cursor(row_factory=class_row(Area)) as cursor:
        return cursor.execute(
            f"{AREAS} where a.ancestor_ids && {own} or a.area_id in (select u.area_id from serving.area_successors as s"
            f" join serving.areas as o on o.area_id = s.area_id and o.ancestor_ids && {own}"
            " join serving.areas as n on n.area_id = s.successor_id cross join unnest(n.ancestor_ids) as u (area_id))"
            " order by array_position(array['province', 'district', 'commune'], a.level), a.sort_key,"
            " a.area_id".encode(),
            {"province": province},
        ).fetchall()


def _by_id(once: Once, province: str) -> dict[int, Area]:
    return {area.area_id: area for area in once(areas_through_time, province)}


def _places(connection: Connection, area_ids: tuple[int, ...]) -> list[Area]:
    with connection.cursor(row_factory=class_row(Area)) as cursor:
        return cursor.execute(f"{AREAS} where a.area_id = any(%s)".encode(), (list(area_ids),)).fetchall()


def own_place(s: Snapshot, day: date) -> Area:
    """Where the caller is at home: the area that its account is limited to, else the province."""
    if s.caller.area is None:
        return whole(s, day)
    found = places_of(s, [s.caller.area])
    if not found:
        raise not_found(msg("area"), s.caller.area)
    return found[0]


def is_own(s: Snapshot, place: Area) -> bool:
    """Whether the caller sees all of the area, and not only something that lies in it.

    What contains its own area it knows by name; of the other era it knows only communes that are wholly its own.
    """
    return s.caller.area is None or s.caller.area in place.ancestor_ids or place.level == "commune"


def organisations(s: Snapshot, after: str | None = None, limit: int | None = None) -> list[Organisation]:
    """The province's organisations that the caller sees, by code."""
    return _rows(
        s,
        "select organisation, name, tier from serving.organisations where province_id = %(own)s"
        " and (%(after)s::text is null or organisation > %(after)s) order by organisation limit %(most)s",
        {"own": s.province.province_id, "after": after, "most": limit},
        Organisation,
    )


def breakdown_names(s: Snapshot, kpi: Definition, breakdown: str) -> dict[str, str]:
    """Value → its name, for a breakdown other than area, or for another coded column of the KPI's records."""
    place = 0 if s.language == "vi" else 1
    known = s.once(breakdown_values, s.province, kpi.reads, breakdown, kpi.row_sources)
    return {value: names[place] for value, names in known.items()}


def unlisted(s: Snapshot, breakdown: str) -> set[str]:
    """The values of a breakdown that only records name: the reference data do not list them."""
    return s.once(unlisted_values, s.province, breakdown)


def periods(s: Snapshot) -> list[KeptPeriod]:
    """The periods of which the caller sees a published value, the newest first."""
    return [KeptPeriod(*written(first, last), first, last) for first, last in s.once(_kept_days, s.province)]


def _kept_days(connection: Connection, province: Province) -> list[tuple[date, date]]:
    """First and last day of each period of which something is published."""
    return connection.execute(
        "select distinct first_day, last_day from serving.kpi_observations where province_id = %s"
        " order by last_day desc, first_day",
        (province.province_id,),
    ).fetchall()


def newest_days(s: Snapshot) -> Period:
    """The days of the newest period, today where nothing is published."""
    newest = newest_period(s)
    return Period(newest.first, newest.last) if newest else Period(s.now.date(), s.now.date())


def newest_period(s: Snapshot, freq: str | None = None) -> KeptPeriod | None:
    """The newest period of that kind with an official value, else with any; of any kind: the longest that ends last.

    Of values of where the caller is at home: of all areas and slices there are a hundred times as many.
    """
    home = [place.area_id for place in _wholes(s)] if s.caller.area is None else [s.caller.area]
    is_sliced = s.caller.organisations is not None
    found = s.once(_newest, s.province.province_id, tuple(home), is_sliced, None if freq is None else _MONTHS[freq])
    return None if found is None else KeptPeriod(*written(*found), *found)


_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def _newest(
    connection: Connection, province_id: int, home: tuple[int, ...], is_sliced: bool, months: int | None
) -> tuple[date, date] | None:
    """First and last day of the newest period of so many months of values of `home`, of its slices if `is_sliced`."""
    return connection.execute(
        "select first_day, last_day from serving.kpi_observations where province_id = %(own)s and value is not null"
        " and area_id = any(%(home)s) and (breakdown = '' or %(sliced)s)"
        " and (%(months)s::integer is null or last_day - first_day between %(months)s * 28 - 1 and %(months)s * 31)"
        " order by status <> 'official', last_day desc, first_day limit 1",
        {"own": province_id, "home": list(home), "sliced": is_sliced, "months": months},
    ).fetchone()


def written(first: date, last: date) -> tuple[str, Literal["month", "quarter", "half", "year", "ytd"]]:
    """How people write a period of whole months, and its kind."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months == 12:
        return f"{first.year}", "year"
    if months == 6 and first.month in (1, 7):
        return f"{first.year}-H{(first.month + 5) // 6}", "half"
    if months == 3 and first.month % 3 == 1:
        return f"{first.year}-Q{(first.month + 2) // 3}", "quarter"
    if months == 1:
        return f"{first.year}-{first.month:02}", "month"
    return f"{last.year}-{last.month:02}-ytd", "ytd"


def _rows(s: Snapshot, query: str, values: Mapping[str, Any], kind: type[R]) -> list[R]:
    with s.connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def number(value: Decimal | None) -> int | float | None:
    """A number as machines read it: whole ones as such."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def plain(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a view, numbers as machines read them."""
    return [
        {name: number(value) if isinstance(value, Decimal) else value for name, value in row.items()} for row in rows
    ]
