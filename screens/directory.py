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
from screens.database import Snapshot
from screens.request_errors import not_found
from warehouse.serving import AREAS, Area, Connection, breakdown_values, unlisted_values

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


_OF_PROVINCE = (
    " (a.ancestor_ids && array(select r.area_id from serving.areas as r where r.area = %(province)s"
    " and r.level = 'province') or a.area_id in (select u.area_id from serving.area_successors as s"
    " join serving.areas as o on o.area_id = s.area_id and o.ancestor_ids && array(select r.area_id"
    " from serving.areas as r where r.area = %(province)s and r.level = 'province')"
    " join serving.areas as n on n.area_id = s.successor_id cross join unnest(n.ancestor_ids) as u (area_id)))"
)


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
    values: dict[str, Any] = {"province": s.province.area, "day": day, "level": level, "skip": after, "most": limit}
    condition = ""
    if parent is not None:
        values["parent"] = find_place(s, parent, day).area_id
        condition = " and a.ancestor_ids @> array[%(parent)s::integer] and a.area_id <> %(parent)s"
    return _rows(
        s,
        f"{AREAS} where a.valid_from <= %(day)s and (a.valid_to is null or a.valid_to > %(day)s) and {_OF_PROVINCE}"
        f" and a.level <> 'unknown' and (%(level)s::text is null or a.level = %(level)s){condition}"
        " order by array_position(array['province', 'district', 'commune'], a.level), a.sort_key, a.area_id"
        " offset %(skip)s limit %(most)s",
        values,
        Area,
    )


def reform_days(s: Snapshot, first: date, last: date) -> list[date]:
    """The days after `first`, up to `last`, on which areas of the province became others."""
    rows = s.connection.execute(
        "select distinct a.valid_to from serving.areas as a where a.valid_to > %(first)s and a.valid_to <= %(last)s"
        f" and a.level <> 'unknown' and {_OF_PROVINCE} order by 1".encode(),
        {"province": s.province.area, "first": first, "last": last},
    )
    return [day for (day,) in rows]


def find_place(s: Snapshot, code: str, day: date) -> Area:
    """The area of the province that bears that code on that day. Raises RequestError 404 naming near codes."""
    known = s.cache.setdefault("places", {})
    if (code, day) not in known:
        values = {"province": s.province.area, "day": day, "code": code}
        valid = "a.valid_from <= %(day)s and (a.valid_to is null or a.valid_to > %(day)s)"
        found = _rows(
            s,
            f"{AREAS} where a.area = %(code)s and {valid} and {_OF_PROVINCE} order by a.level = 'unknown'",
            values,
            Area,
        )
        if not found and code == s.province.area:
            found = [whole(s, day)]
        if not found:
            codes = s.connection.execute(f"select a.area from serving.areas as a where {valid}".encode(), values)
            raise not_found(msg("area (on {day})", day=day), code, [c for (c,) in codes])
        known[code, day] = found[0]
    place: Area = known[code, day]
    return place


def places_of(s: Snapshot, area_ids: Sequence[int]) -> list[Area]:
    """The areas of those keys, those that the caller may know."""
    return _rows(s, f"{AREAS} where a.area_id = any(%(ids)s)", {"ids": list(area_ids)}, Area)


def whole(s: Snapshot, day: date) -> Area:
    """The province's own area on that day, or the nearest one. Raises RequestError 404 where areas are not loaded."""
    nearest: dict[date, Area] = s.cache.setdefault("whole_on", {})
    if day not in nearest:
        known = _wholes(s)
        if not known:
            raise not_found(msg("area"), s.province.area)
        nearest[day] = min(known, key=lambda own: (own.valid_from > day, abs((own.valid_from - day).days)))
    return nearest[day]


def _wholes(s: Snapshot) -> list[Area]:
    """The province's own area in each of its times."""
    if "wholes" not in s.cache:
        condition = "a.area = %(province)s and a.level = 'province'"
        s.cache["wholes"] = _rows(s, f"{AREAS} where {condition}", {"province": s.province.area}, Area)
    found: list[Area] = s.cache["wholes"]
    return found


def own_place(s: Snapshot, day: date) -> Area:
    """Where the caller is at home: the area that its account is limited to, else the province."""
    if s.caller.area is None:
        return whole(s, day)
    if "own_place" not in s.cache:
        s.cache["own_place"] = places_of(s, [s.caller.area])
    found: list[Area] = s.cache["own_place"]
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
    rows = s.connection.execute(
        "select distinct first_day, last_day from serving.kpi_observations where province_id = %s"
        " order by last_day desc, first_day",
        (s.province.province_id,),
    )
    return [KeptPeriod(*written(first, last), first, last) for first, last in rows]


def newest_days(s: Snapshot) -> Period:
    """The days of the newest period, today where nothing is published."""
    newest = newest_period(s)
    return Period(newest.first, newest.last) if newest else Period(s.now.date(), s.now.date())


def newest_period(s: Snapshot, freq: str | None = None) -> KeptPeriod | None:
    """The newest period of that kind with an official value, else with any; of any kind: the longest that ends last.

    Of values of where the caller is at home: of all areas and slices there are a hundred times as many.
    """
    row = s.connection.execute(
        "select first_day, last_day from serving.kpi_observations where province_id = %(own)s and value is not null"
        " and area_id = any(%(home)s) and (breakdown = '' or %(sliced)s)"
        " and (%(months)s::integer is null or last_day - first_day between %(months)s * 28 - 1 and %(months)s * 31)"
        " order by status <> 'official', last_day desc, first_day limit 1",
        {
            "own": s.province.province_id,
            "home": [place.area_id for place in _wholes(s)] if s.caller.area is None else [s.caller.area],
            "sliced": s.caller.organisations is not None,
            "months": None if freq is None else _MONTHS[freq],
        },
    ).fetchone()
    return None if row is None else KeptPeriod(*written(*row), *row)


_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


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
