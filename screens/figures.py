"""Figures as they are published: one KPI over periods, all KPIs of one period, the parts of a figure.

What is published comes from the kept observations. A range, slice or area of which none is kept is computed in the same
snapshot, within the caller's rights, and says so; with `as_of` only what was published then is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from psycopg.rows import namedtuple_row

from screens.coverage import coverages, freshness_of, quality_of
from screens.database import Snapshot
from screens.faults import Fault, wrong
from screens.formats import HERE
from screens.models import Freshness, Quality
from screens.reading import Kpi, Place, breakdown_names, find_place, is_own, kpis, own_place, places_of, whole
from warehouse.kpis.availability import judge, lateness_passed
from warehouse.kpis.compute import compute
from warehouse.kpis.errors import WrongQuestion
from warehouse.kpis.figure import Change, Figure, Reason, breakdown_text
from warehouse.kpis.periods import Period, previous, year_ago
from warehouse.kpis.series import with_changes
from warehouse.kpis.targets import attainment, find_target

Where = Mapping[str, Sequence[str]]
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Observed:
    """A figure, where it is of, and what is known about it."""

    kpi: Kpi
    figure: Figure
    place: Place
    breakdown: str
    """Slice such as channel=online; empty for the whole."""
    origin: Literal["published", "computed"]
    recorded_at: datetime | None
    """Since when a published value is the hub's word."""
    cause: str | None
    """Why a published value was said: first, data, time, definition, recompute."""
    quality: Quality
    freshness: Freshness


class _Key(NamedTuple):
    kpi: str
    first: date
    last: date
    area_id: int
    breakdown: str


def observations(
    s: Snapshot,
    kpi: Kpi,
    asked: Sequence[Period],
    area: str | None = None,
    where: Where | None = None,
    as_of: date | None = None,
) -> list[Observed]:
    """The KPI's own figure of each period, each beside the period before it and the same one a year ago.

    `area` is a code as of each period's last day, by default where the caller is at home; `where` keeps values of
    breakdowns, by default the caller's organisations where it is limited to some. Raises Fault 403 for an area that
    the caller knows by name only, 404 for one that there is not, 422 for a slice that cannot be.
    """
    return _observe(s, [(kpi, period, asked_place(s, area, period.last)) for period in asked], where, as_of)


def board(s: Snapshot, period: Period, area: str | None = None, as_of: date | None = None) -> list[Observed]:
    """Every KPI that the caller sees, of one period and area: what one screen shows, in the order of the catalogue."""
    place = asked_place(s, area, period.last)
    return _observe(s, [(kpi, period, place) for kpi in kpis(s).values()], None, as_of)


def parts(
    s: Snapshot, kpi: Kpi, period: Period, breakdown: str, area: str | None = None, as_of: date | None = None
) -> list[Observed]:
    """The published parts of the figure by one breakdown, without changes; by `area`: the areas below the asked one.

    Empty where none is kept; parts of slices of an area are not. The order is that of the values' codes.
    """
    place = asked_place(s, area, period.last)
    condition, values = "o.area_id = %(area)s and o.breakdown like %(like)s", {"like": f"{breakdown}=%"}
    if breakdown == "area":
        condition = (
            "o.breakdown = '' and o.area_id <> %(area)s and o.area_id in (select a.area_id from serving.areas as a"
            " where a.ancestor_ids @> array[%(area)s::integer])"
        )
    rows = _kept_rows(
        s,
        condition + " and o.kpi = %(kpi)s and o.first_day = %(first)s and o.last_day = %(last)s",
        values | {"area": place.area_id, "kpi": kpi.kpi, "first": period.first, "last": period.last},
        as_of,
    )
    places = _places(s, {key.area_id for key in rows})
    return [
        _published(s, kpi, period, places[key.area_id], key.breakdown, row)
        for key, row in rows.items()
        if key.area_id in places and row.value is not None
    ]


def computed(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    area: str | None = None,
    where: Where | None = None,
    measure: str | None = None,
    by: Sequence[str] = (),
    compare: bool = True,
) -> Observed:
    """The figure straight from the facts, of any range, slice and measure; `by` fills `figure.rows`.

    Raises Fault as `observations`, and 403 where the caller sees only a part of what would be counted.
    """
    place = asked_place(s, area, period.last)
    slice_ = own_where(s, kpi, where)
    if refusal := _cannot_compute(s, kpi, place, slice_):
        raise Fault(403, "outside-rights", refusal.vi, refusal.en)
    return _computed(s, kpi, period, place, slice_, measure, by, compare)


class Said(NamedTuple):
    """One revision of a published value."""

    revision: int
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    status: str
    cause: str
    definition_version: int
    data_as_of: date | None
    recorded_at: datetime
    superseded_at: datetime | None


def revisions(s: Snapshot, kpi: Kpi, period: Period, area: str | None = None, where: Where | None = None) -> list[Said]:
    """Everything that was said of a period, oldest first; empty where it is not kept."""
    place = asked_place(s, area, period.last)
    rows = s.connection.execute(
        "select revision, value, numerator, denominator, status, cause, definition_version, data_as_of, recorded_at,"
        " superseded_at from serving.kpi_observations where province_id = %s and kpi = %s and first_day = %s"
        " and last_day = %s and area_id = %s and breakdown = %s order by revision",
        (
            *(s.province.province_id, kpi.kpi, period.first, period.last, place.area_id),
            breakdown_text(own_where(s, kpi, where)),
        ),
    )
    return [Said(*row) for row in rows]


def check_where(s: Snapshot, kpi: Kpi, where: Where) -> None:
    """Raises Fault 422 for a breakdown or a value that the KPI has not, as far as the caller may know."""
    for name, values in where.items():
        if name == "area":
            raise wrong("where", "địa bàn hỏi bằng area=, không bằng where", "ask for an area by area=, not by where")
        if name not in kpi.breakdowns:
            known = ", ".join(other for other in kpi.breakdowns if other != "area") or "–"
            raise wrong("where", f"{kpi.kpi} chỉ có phân tổ: {known}", f"{kpi.kpi} has the breakdowns: {known}")
        names = breakdown_names(s, kpi, name)
        for value in values:
            if value not in names:
                known = ", ".join([*names][:12]) + (", …" if len(names) > 12 else "")
                raise wrong(
                    "where", f"{name} không có {value!r}; có: {known}", f"{name} has no {value!r}; there is {known}"
                )


def asked_place(s: Snapshot, area: str | None, day: date) -> Place:
    """The asked area on that day, else where the caller is at home. Raises Fault 403 for one that only contains it."""
    place = own_place(s, day) if area is None else find_place(s, area, day)
    if not is_own(s, place):
        raise Fault(
            403,
            "outside-rights",
            f"Tài khoản này không xem được số liệu của cả {place.name}; hãy bỏ area hoặc chọn địa bàn của mình",
            f"this account does not see the figures of all of {place.name}; leave area out, or take one of your own",
        )
    return place


def _places(s: Snapshot, ids: Iterable[int]) -> dict[int, Place]:
    known: dict[int, Place] = s.cache.setdefault("places_by_id", {})
    missing = [area_id for area_id in ids if area_id not in known]
    if missing:
        known.update({place.area_id: place for place in places_of(s, missing)})
    return known


def own_where(s: Snapshot, kpi: Kpi, where: Where | None) -> dict[str, Sequence[str]]:
    """The asked slice, within the caller's organisations."""
    asked = {name: tuple(values) for name, values in (where or {}).items()}
    check_where(s, kpi, asked)
    if s.caller.organisations is not None and "organisation" in kpi.breakdowns and "organisation" not in asked:
        asked["organisation"] = tuple(sorted(s.caller.organisations))
    return dict(asked)


def _observe(
    s: Snapshot, asked: Sequence[tuple[Kpi, Period, Place]], where: Where | None, as_of: date | None
) -> list[Observed]:
    wheres = {kpi.kpi: own_where(s, kpi, where) for kpi, _, _ in asked}
    keys: set[_Key] = set()
    for kpi, period, place in asked:
        for one in (period, previous(period), year_ago(period)):
            own = _same_place(s, place, one)
            if own is not None:
                keys.add(_Key(kpi.kpi, one.first, one.last, own.area_id, breakdown_text(wheres[kpi.kpi])))
    kept = _kept(s, keys, as_of)
    return [_one(s, kpi, period, place, wheres[kpi.kpi], kept, as_of) for kpi, period, place in asked]


def _one(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    place: Place,
    where: Where,
    kept: Mapping[_Key, Any],
    as_of: date | None,
) -> Observed:
    text = breakdown_text(where)
    row = kept.get(_Key(kpi.kpi, period.first, period.last, place.area_id, text))
    if row is not None and row.value is not None:
        found = _published(s, kpi, period, place, text, row, where)
        changes = [_change(s, found.figure, place, other, text, kept) for other in (previous(period), year_ago(period))]
        return replace(found, figure=replace(found.figure, previous=changes[0], year_ago=changes[1]))
    if as_of is not None:
        reason = Reason(
            f"Đến ngày {as_of:%d/%m/%Y} chưa công bố số liệu này", f"nothing was published of this by {as_of}"
        )
        return _missing(s, kpi, period, place, where, reason)
    if refusal := _cannot_compute(s, kpi, place, where):
        return _missing(s, kpi, period, place, where, refusal)
    available = judge(kpi.definition.formula(kpi.definition.measure), coverages(s)[kpi.kpi], period)
    if available.missing:
        return _missing(s, kpi, period, place, where, available.missing, row)
    try:
        return _computed(s, kpi, period, place, where, None, (), compare=row is None)
    except WrongQuestion as error:
        return _missing(s, kpi, period, place, where, Reason("Không tính được câu hỏi này", str(error)))


def _computed(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    place: Place,
    where: Where,
    measure: str | None,
    by: Sequence[str],
    compare: bool,
) -> Observed:
    area = None if place.level == "province" else place.area
    question: dict[str, Any] = {"area": area, "where": where, "now": s.now, "sources": s.sources}
    figure = compute(
        s.connection, kpi.kpi, period.first, period.last, s.province.code, measure=measure, by=by, **question
    )
    if compare and figure.value is not None:
        figure = with_changes(s.connection, figure, **question)
    return Observed(
        kpi,
        figure,
        place,
        breakdown_text(where),
        "computed",
        None,
        None,
        quality_of(s, kpi, period),
        freshness_of(s, kpi),
    )


def _cannot_compute(s: Snapshot, kpi: Kpi, place: Place, where: Where) -> Reason | None:
    """Why the facts that the caller sees do not make the figure; None when they are all of it."""
    if place.level != "province" and "area" not in kpi.breakdowns:
        return Reason("Chỉ tiêu này chỉ có cho toàn tỉnh", "this KPI is known for the whole province only")
    own = s.caller.organisations
    if own is not None and not (where.get("organisation") and set(where["organisation"]) <= set(own)):
        return Reason(
            "Chỉ tiêu này không có riêng theo đơn vị của tài khoản",
            "this KPI is not known for the account's organisations alone",
        )
    if not is_own(s, place):
        return Reason("Tài khoản không xem được toàn bộ địa bàn", "the account does not see all of this area")
    return None


def _published(
    s: Snapshot, kpi: Kpi, period: Period, place: Place, text: str, row: Any, where: Where | None = None
) -> Observed:
    target = None
    if place.level == "province":
        target = find_target(s.province.code, kpi.kpi, kpi.definition.measure, text, period.last.year)
    measure, unit = _said_as(s, kpi, row.definition_version)
    figure = Figure(
        kpi=kpi.kpi,
        measure=measure,
        first=period.first,
        last=period.last,
        province=s.province.code,
        area=None if place.level == "province" else place.area,
        where=where or {},
        unit=unit,
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        status=row.status,
        reason=_why(s, kpi, period) if row.status == "provisional" else None,
        data_as_of=row.data_as_of,
        loaded_at=coverages(s)[kpi.kpi].loaded_at,
        definition_version=row.definition_version,
        target=target,
        revision=row.revision,
        attainment=attainment(kpi.good, row.value, target),
    )
    return Observed(
        kpi,
        figure,
        place,
        text,
        "published",
        row.recorded_at,
        row.cause,
        quality_of(s, kpi, period),
        freshness_of(s, kpi),
    )


def _missing(
    s: Snapshot, kpi: Kpi, period: Period, place: Place, where: Where, reason: Reason, row: Any = None
) -> Observed:
    found = Figure(
        kpi=kpi.kpi,
        measure=kpi.definition.measure,
        first=period.first,
        last=period.last,
        province=s.province.code,
        area=None if place.level == "province" else place.area,
        where=where,
        unit=kpi.unit,
        value=None,
        numerator=None,
        denominator=None,
        status="missing",
        reason=reason,
        data_as_of=row.data_as_of if row else None,
        loaded_at=coverages(s)[kpi.kpi].loaded_at,
        definition_version=kpi.version,
        revision=row.revision if row else None,
    )
    return Observed(
        kpi,
        found,
        place,
        breakdown_text(where),
        "published",
        row.recorded_at if row else None,
        row.cause if row else None,
        quality_of(s, kpi, period),
        freshness_of(s, kpi),
    )


def _why(s: Snapshot, kpi: Kpi, period: Period) -> Reason | None:
    """Why a published value is provisional, by the same rules as when it was said."""
    available = judge(kpi.definition.formula(kpi.definition.measure), coverages(s)[kpi.kpi], period)
    return (
        available.provisional
        or lateness_passed(kpi.definition, period.last, s.now, s.sources)
        or Reason("Chưa được công bố chính thức", "not yet said to be official")
    )


def _change(s: Snapshot, figure: Figure, place: Place, other: Period, text: str, kept: Mapping[_Key, Any]) -> Change:
    """How far a published figure is from the one that is published of another period."""
    unit = "percentage points" if figure.unit == "%" else figure.unit
    own = _same_place(s, place, other)
    if own is None:
        reason = Reason("Khi đó chưa có hoặc không còn địa bàn này", "this area was not there then")
        return Change(other.first, other.last, None, None, unit, None, reason)
    row = kept.get(_Key(figure.kpi, other.first, other.last, own.area_id, text))
    if row is None or row.value is None or figure.value is None:
        reason = Reason("Chưa có số liệu của kỳ đó", "nothing is published of that period")
        return Change(other.first, other.last, None, None, unit, None, reason)
    difference = figure.value - row.value
    change = Change(other.first, other.last, row.value, difference, unit, None, denominator=row.denominator)
    if figure.unit == "%":
        return change
    if row.value == 0:
        return replace(change, reason=Reason("Kỳ so sánh bằng 0", "it was 0 then: there is nothing to grow from"))
    return replace(change, percent=_HUNDRED * difference / row.value)


def _same_place(s: Snapshot, place: Place, period: Period) -> Place | None:
    """The same place at the end of another period: the province as it was, any other area only if it was there."""
    if place.level == "province":
        return whole(s, period.last) if s.caller.area is None else place
    there = place.valid_from <= period.last and (place.valid_to is None or period.last < place.valid_to)
    return place if there else None


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


def _kept(s: Snapshot, keys: set[_Key], as_of: date | None) -> dict[_Key, Any]:
    """The newest word on each key, in one query."""
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
    return {key: row for key, row in _kept_rows(s, condition, values, as_of).items() if key in keys}


def _kept_rows(s: Snapshot, condition: str, values: Mapping[str, Any], as_of: date | None) -> dict[_Key, Any]:
    until = None if as_of is None else datetime.combine(as_of + timedelta(days=1), time(), HERE)
    with s.connection.cursor(row_factory=namedtuple_row) as cursor:
        rows: list[Any] = cursor.execute(
            "select distinct on (o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown) o.kpi, o.first_day,"
            " o.last_day, o.area_id, o.breakdown, o.revision, o.value, o.numerator, o.denominator, o.status,"
            " o.data_as_of, o.definition_version, o.cause, o.recorded_at from serving.kpi_observations as o"
            f" where o.province_id = %(own)s and {condition}"
            " and (%(until)s::timestamptz is null or o.recorded_at < %(until)s)"
            " order by o.kpi, o.first_day, o.last_day, o.area_id, o.breakdown, o.revision desc".encode(),
            {"own": s.province.province_id, "until": until, **values},
        ).fetchall()
    return {_Key(row.kpi, row.first_day, row.last_day, row.area_id, row.breakdown): row for row in rows}
