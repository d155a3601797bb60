"""The kept observations as figures: what is said of a period, how far it moved, and why something is not said."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from psycopg.rows import namedtuple_row

from hub.periods import Period, previous, year_ago
from kpis.availability import judge, lateness_passed
from kpis.figure import Change, Figure, Reason
from kpis.series import change
from kpis.targets import attainment, find_target
from screens.coverage import coverages
from screens.database import Snapshot
from screens.formats import HERE
from screens.reading import Kpi, Place
from screens.scope import Where, same_place

_NOT_THERE = Reason("Khi đó chưa có hoặc không còn địa bàn này", "this area was not there then")
_NOT_PUBLISHED = Reason("Chưa có số liệu của kỳ đó", "nothing is published of that period")
Row = Any
"""A row of serving.kpi_observations."""


class Key(NamedTuple):
    """What a value is kept under, in a province."""

    kpi: str
    first: date
    last: date
    area_id: int
    breakdown: str


Rows = Mapping[Key, Row]


class Then(NamedTuple):
    """A place in another period."""

    period: Period
    area_id: int | None
    """None where it was not there."""


class Around(NamedTuple):
    """What the figures of a period and place stand beside: of all KPIs it is the same."""

    previous: Then
    year_ago: Then


def around(s: Snapshot, period: Period, place: Place) -> Around:
    """The place in the period right before, and a year ago."""
    return Around(*(_then(s, place, other) for other in (previous(period), year_ago(period))))


def _then(s: Snapshot, place: Place, period: Period) -> Then:
    there = same_place(s, place, period)
    return Then(period, there.area_id if there else None)


def read_all(s: Snapshot, keys: set[Key], as_of: date | None) -> dict[Key, Row]:
    """The newest word on each key, in one query; with `as_of` the newest of that day's end."""
    condition = (
        "o.kpi = any(%(kpis)s) and o.first_day = any(%(firsts)s) and o.last_day = any(%(lasts)s)"
        " and o.area_id = any(%(areas)s) and o.breakdown = any(%(slices)s)"
    )
    values = {
        "kpis": sorted({key.kpi for key in keys}),
        "firsts": sorted({key.first for key in keys}),
        "lasts": sorted({key.last for key in keys}),
        "areas": sorted({key.area_id for key in keys}),
        "slices": sorted({key.breakdown for key in keys}),
    }
    return {key: row for key, row in _read(s, condition, values, as_of).items() if key in keys}


def read_parts(
    s: Snapshot, kpi: Kpi, period: Period, breakdown: str, area_id: int, as_of: date | None
) -> dict[Key, Row]:
    """The newest word on each part by that breakdown; by `area`: on each area below the given one."""
    condition, values = "o.area_id = %(area)s and starts_with(o.breakdown, %(named)s)", {"named": f"{breakdown}="}
    if breakdown == "area":
        condition = (
            "o.breakdown = '' and o.area_id <> %(area)s and o.area_id in (select a.area_id from serving.areas as a"
            " where a.ancestor_ids @> array[%(area)s::integer])"
        )
    return _read(
        s,
        condition + " and o.kpi = %(kpi)s and o.first_day = %(first)s and o.last_day = %(last)s",
        values | {"area": area_id, "kpi": kpi.kpi, "first": period.first, "last": period.last},
        as_of,
    )


def _read(s: Snapshot, condition: str, values: Mapping[str, Any], as_of: date | None) -> dict[Key, Row]:
    until = None if as_of is None else datetime.combine(as_of + timedelta(days=1), time(), HERE)
    with s.connection.cursor(row_factory=namedtuple_row) as cursor:
        rows: list[Row] = cursor.execute(
            "select distinct on (o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown) o.kpi, o.first_day,"
            " o.last_day, o.area_id, o.breakdown, o.revision, o.value, o.numerator, o.denominator, o.status, o.reason,"
            " o.reason_vi, o.data_as_of, o.definition_version, o.cause, o.recorded_at"
            " from serving.kpi_observations as o"
            f" where o.province_id = %(own)s and {condition}"
            " and (%(until)s::timestamptz is null or o.recorded_at < %(until)s)"
            " order by o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown, o.revision desc".encode(),
            {"own": s.province.province_id, "until": until, **values},
        ).fetchall()
    return {Key(row.kpi, row.first_day, row.last_day, row.area_id, row.breakdown): row for row in rows}


def said(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    place: Place,
    text: str,
    row: Row,
    where: Where | None = None,
    beside: Around | None = None,
    rows: Rows = MappingProxyType({}),
) -> Figure:
    """The figure of a kept value. `text` is its slice; the figure bears it only where it was asked for, as `where`.

    With `beside` it stands beside the period before it and the same a year ago, as far as `rows` hold them.
    """
    target = None
    if place.level == "province":
        target = find_target(s.province.code, kpi.kpi, kpi.definition.measure, text, period.last.year)
    measure, unit = _said_as(s, kpi, row.definition_version)
    changes = {}
    if beside is not None:
        own = kpi, unit, text, row.value
        changes = {
            "previous": _change(*own, beside.previous, rows),
            "year_ago": _change(*own, beside.year_ago, rows),
        }
    return _figure(
        s,
        kpi,
        period,
        place,
        row,
        where=where or {},
        measure=measure,
        unit=unit,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        status=row.status,
        reason=_why(s, kpi, period) if row.status == "provisional" else None,
        definition_version=row.definition_version,
        target=target,
        attainment=attainment(kpi.good, row.value, target),
        **changes,
    )


def not_said(
    s: Snapshot, kpi: Kpi, period: Period, place: Place, where: Where, reason: Reason, row: Row | None = None
) -> Figure:
    """The figure without a value, and why; `row` where it is kept that there is none."""
    return _figure(
        s,
        kpi,
        period,
        place,
        row,
        where=where,
        measure=kpi.definition.measure,
        unit=kpi.unit,
        value=None,
        numerator=None,
        denominator=None,
        status="missing",
        reason=reason,
        definition_version=kpi.version,
    )


def _figure(s: Snapshot, kpi: Kpi, period: Period, place: Place, row: Row | None, **said: Any) -> Figure:
    return Figure(
        kpi=kpi.kpi,
        first=period.first,
        last=period.last,
        province=s.province.code,
        area=None if place.level == "province" else place.area,
        data_as_of=row.data_as_of if row else None,
        loaded_at=coverages(s)[kpi.kpi].loaded_at,
        revision=row.revision if row else None,
        **said,
    )


def _change(kpi: Kpi, unit: str, text: str, value: Decimal, then: Then, rows: Rows) -> Change:
    """How far a published value is from what is published of another period."""
    other = then.period
    if then.area_id is None:
        return change(value, unit, other, None, _NOT_THERE)
    row = rows.get(Key(kpi.kpi, other.first, other.last, then.area_id, text))
    if row is None or row.value is None:
        return change(value, unit, other, None, _NOT_PUBLISHED)
    return change(value, unit, other, row.value, denominator=row.denominator)


def _why(s: Snapshot, kpi: Kpi, period: Period) -> Reason | None:
    """Why a published value is provisional, by the same rules as when it was said."""
    available = judge(kpi.definition.formula(kpi.definition.measure), coverages(s)[kpi.kpi], period)
    return (
        available.provisional
        or lateness_passed(kpi.definition, period.last, s.now, s.sources)
        or Reason("Chưa được công bố chính thức", "not yet said to be official")
    )


def _said_as(s: Snapshot, kpi: Kpi, version: int) -> tuple[str, str]:
    """Measure and unit by the version of the definition under which a value was said."""
    if version == kpi.version:
        return kpi.definition.measure, kpi.unit
    known: dict[tuple[str, int], tuple[str, str]] = s.cache.setdefault("versions", {})
    if (kpi.kpi, version) not in known:
        row = s.connection.execute(
            "select body ->> 'measure', unit from serving.kpi_definitions where kpi = %s and version = %s",
            (kpi.kpi, version),
        ).fetchone()
        known[kpi.kpi, version] = (row[0], row[1]) if row and row[0] else (kpi.definition.measure, kpi.unit)
    return known[kpi.kpi, version]
