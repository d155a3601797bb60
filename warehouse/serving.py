"""What is read from the serving views besides figures: provinces, areas, breakdown values, waivers, coverage."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import psycopg
from psycopg.types.multirange import Multirange

from hub.errors import WrongQuestion
from hub.suggestions import nearest
from hub.translation import msg

if TYPE_CHECKING:
    from warehouse.deliverers import Delivery

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Province:
    """A province of this hub; `area` is the official code of its area."""

    province_id: int
    code: str
    area: str
    name: str


@dataclass(frozen=True)
class Area:
    """An area in its time: a code alone can mean two."""

    area_id: int
    area: str
    """Official code."""
    name: str
    level: Literal["province", "district", "commune", "unknown"]
    """Unknown: a code that no area of the province bears, or all of these together."""
    valid_from: date
    valid_to: date | None
    """First day on which it no longer was; None while it is."""
    parent_id: int | None
    parent: str | None
    ancestor_ids: list[int]
    """Itself among them."""
    latitude: float | None
    longitude: float | None
    area_km2: float | None


AREAS = (
    "select a.area_id, a.area, a.name, a.level, a.valid_from, a.valid_to, a.parent_id, p.area as parent,"
    " a.ancestor_ids, a.latitude, a.longitude, a.area_km2 from serving.areas as a"
    " left join serving.areas as p on p.area_id = a.parent_id"
)
"""The areas `a`, as the members of Area."""


class Waiver(NamedTuple):
    """Refused records of a slice that somebody decided to leave out of official figures."""

    source: str
    feed: str
    first: date
    last: date
    way: Literal["waived", "rejected"]
    records: int | None
    """None for fewer than 5, and for accounts that do not see a whole province."""
    actor: str | None
    """Who decided; None for accounts that do not see a whole province, as the reason."""
    reason: str | None


@dataclass(frozen=True)
class Coverage:
    """What all feeds of a KPI together deliver: spans of covered days, and when the newest batch came."""

    spans: list[tuple[date, date]]
    """First and last days, inclusive, in order, without overlap."""
    settled: list[tuple[date, date]]
    """Of these the days whose late records have come, too."""
    loaded_at: datetime | None
    absent: list[str]
    """Feeds of which nothing was ever published."""
    provisional: Sequence[tuple[date, date]] = ()
    """Days of which one of the feeds refused so many records, or left out so many values, that figures are."""
    missing: Sequence["Delivery"] = ()
    """What of the covered periods somebody was to deliver and has not, by period."""
    waived: Sequence[Waiver] = ()
    """Refused records of the feeds that somebody decided to leave out of official figures."""


def waivers(connection: Connection, province: Province) -> list[Waiver]:
    """Of the slices that count, by day; through the serving views."""
    rows = connection.execute(
        "select source, feed, first_day, last_day, way, records, actor, reason from serving.waivers"
        " where province_id = %s order by first_day, source, feed, decided_at",
        [province.province_id],
    )
    return [Waiver(*row) for row in rows]


def provinces(connection: Connection) -> list[Province]:
    """The hub's provinces, by code; through the serving views."""
    rows = connection.execute("select province_id, province, area, name from serving.provinces order by 2")
    return [Province(*row) for row in rows.fetchall()]


def find_province(connection: Connection, code: str) -> Province:
    """The province with that organisation code. Raises WrongQuestion naming those that exist."""
    known = provinces(connection)
    for one in known:
        if one.code == code:
            return one
    near = nearest(code, [one.code for one in known])
    raise WrongQuestion(msg("This hub has no province {code!r}; {near}", code=code, near=near))


def province_area(connection: Connection, province: Province, day: date) -> Area | None:
    """The province's own area on that day, or the one nearest to it; None where areas are not loaded."""
    row = connection.execute(
        f"{AREAS} where a.area = %s and a.level = 'province'"
        " order by a.valid_from > %s, abs(a.valid_from - %s) limit 1".encode(),
        (province.area, day, day),
    ).fetchone()
    return Area(*row) if row else None


def province_ids(connection: Connection, province: Province) -> list[int]:
    """The keys of the province's own area over time: it goes on under its code through a reform."""
    rows = connection.execute(
        "select area_id from serving.areas where area = %s and level = 'province' order by 1", [province.area]
    )
    return [area_id for (area_id,) in rows]


def find_area(connection: Connection, province: Province, code: str, day: date) -> Area:
    """The area that bears that code on that day and lies in the province, or took over a part of it: a province that
    was merged goes on in areas of another. Raises WrongQuestion naming what is near."""
    condition = (
        "a.valid_from <= %(day)s and (a.valid_to is null or a.valid_to > %(day)s)"
        " and (a.ancestor_ids && array(select area_id from own) or a.area_id in (select s.successor_id"
        " from serving.area_successors as s join serving.areas as b using (area_id)"
        " where b.ancestor_ids && array(select area_id from own)))"
    )
    own = "with own as (select area_id from serving.areas where area = %(province)s and level = 'province')"
    values = {"province": province.area, "day": day, "code": code}
    row = connection.execute(
        f"{own} {AREAS} where a.area = %(code)s and {condition}"
        " order by a.level = 'unknown', a.sort_key limit 1".encode(),
        values,
    ).fetchone()
    if row is not None:
        return Area(*row)
    codes = connection.execute(
        f"{own} select a.area from serving.areas as a where {condition} order by length(a.area), a.sort_key".encode(),
        values,
    )
    near = nearest(code, [other for (other,) in codes])
    raise WrongQuestion(
        msg(
            "Province {province_code} has no area {code!r} on {day}; {near}",
            province_code=province.code,
            code=code,
            day=day,
            near=near,
        ),
        "area",
    )


def area_ids_within(connection: Connection, area: Area) -> set[int]:
    """The area and all below it."""
    row = connection.execute("select serving.areas_within(%s)", (area.area_id,)).fetchone()
    return set(row[0] or ()) if row else set()


Heirs = dict[int, list[tuple[int, str | None, Decimal, bool]]]
"""Area → those that its figures go to: key, code, share, and whether that is an estimate."""


def containing(connection: Connection, area_ids: Collection[int]) -> Heirs:
    """Each area's whole figures, for itself and for every area that contains it."""
    around: Heirs = {}
    for area_id, other_id, code in connection.execute(
        "select a.area_id, c.area_id, c.area from serving.areas as a cross join unnest(a.ancestor_ids) as up (area_id)"
        " join serving.areas as c on c.area_id = up.area_id where a.area_id = any(%s)",
        (list(area_ids),),
    ):
        around.setdefault(area_id, []).append((other_id, code, Decimal(1), False))
    return around


def successors(connection: Connection, area_ids: Collection[int]) -> Heirs:
    """Area of before → those of today that it went to: id, code, share, and whether that is an estimate."""
    heirs: Heirs = {}
    for area_id, successor_id, code, share, is_estimated in connection.execute(
        "select area_id, successor_id, successor, share, is_estimated from serving.area_successors"
        " where area_id = any(%s) order by area_id, successor_id",
        (list(area_ids),),
    ):
        heirs.setdefault(area_id, []).append((successor_id, code, Decimal(str(share)), is_estimated))
    return heirs


def populations(connection: Connection, year: int, area_ids: Collection[int]) -> dict[int, Decimal]:
    """People by area in a year; areas without a figure are left out.

    An area of today has in earlier years the people of those that it was made of, where all of them are known.
    """
    rows = connection.execute(
        "with known as (select area_id, population::numeric from serving.populations where year = %(year)s)"
        " select area_id, population from known where area_id = any(%(areas)s) union all"
        " select s.successor_id, sum(population * share::numeric) from serving.area_successors as s"
        " left join known using (area_id) where s.successor_id = any(%(areas)s)"
        " and s.successor_id not in (select area_id from known) group by s.successor_id"
        " having bool_and(population is not null)",
        {"year": year, "areas": list(area_ids)},
    )
    return dict(rows.fetchall())


def surfaces(connection: Connection, area_ids: Collection[int]) -> dict[int, Decimal]:
    """Square kilometres by area; areas without a figure are left out."""
    rows = connection.execute(
        "select area_id, area_km2::numeric from serving.areas where area_km2 is not null and area_id = any(%s)",
        (list(area_ids),),
    )
    return dict(rows.fetchall())


def plans(connection: Connection, province: Province, kpi: str, year: int) -> dict[str, Decimal]:
    """Slice such as `account=payment` → what was planned for the year."""
    rows = connection.execute(
        "select breakdown, plan::numeric from serving.kpi_plans where province_id = %s and kpi = %s and year = %s",
        (province.province_id, kpi, year),
    )
    return dict(rows.fetchall())


def area_names(connection: Connection, area_ids: Collection[int]) -> dict[int, tuple[str, date]]:
    """Name and first day of each area."""
    rows = connection.execute(
        "select area_id, name, valid_from from serving.areas where area_id = any(%s)", (list(area_ids),)
    )
    return {area_id: (name, valid_from) for area_id, name, valid_from in rows}


def breakdown_values(
    connection: Connection, province: Province, view: str, breakdown: str, sources: Sequence[str] = ()
) -> dict[str, tuple[str, str]]:
    """Value → its names (vi, en) in a serving view, for a breakdown other than area; of a view over records of any
    subject in those of these `sources`."""
    rows = connection.execute(
        "select value, name_vi, name_en from serving.breakdown_values"
        " where breakdown = %s and (province_id is null or province_id = %s) and (views is null or %s = any(views))"
        " and (source is null or source = any(%s)) order by is_listed, value",
        (breakdown, province.province_id, view, list(sources)),
    )
    return {value: (vi or value, en or value) for value, vi, en in rows.fetchall()}


def unlisted_values(connection: Connection, province: Province, breakdown: str) -> set[str]:
    """The values of a breakdown that only records name: the reference data do not list them."""
    rows = connection.execute(
        "select value from serving.breakdown_values where breakdown = %s and province_id = %s and not is_listed",
        (breakdown, province.province_id),
    )
    return {value for (value,) in rows}


def told_days(
    connection: Connection, province: Province, sources: Sequence[str], indicators: Sequence[str]
) -> list[tuple[date, date]]:
    """The days for which each of these indicators has a value, as spans in order."""
    row = connection.execute(
        "select range_intersect_agg(days), count(*) from (select range_agg(daterange(first_day, last_day, '[]'))"
        " as days from serving.statistics where province_id = %s and source = any(%s) and indicator = any(%s)"
        " group by indicator) as told",
        (province.province_id, list(sources), list(indicators)),
    ).fetchone()
    return _days(row[0]) if row and row[1] == len(set(indicators)) else []


def newest_told(
    connection: Connection, province: Province, sources: Sequence[str], indicators: Sequence[str], day: date
) -> set[date]:
    """The newest days, on or before `day`, of which each of these indicators has a value."""
    rows = connection.execute(
        "select max(last_day) from serving.statistics where province_id = %s and source = any(%s)"
        " and indicator = any(%s) and last_day <= %s group by indicator",
        (province.province_id, list(sources), list(indicators), day),
    )
    return {newest for (newest,) in rows}


Days = Multirange[date] | None


def together(feeds: Iterable[tuple[str, Days, Days, Days, datetime | None]]) -> Coverage:
    """What feeds cover together: each with its covered days, those that are settled, those whose figures are
    provisional for what was refused, and when its newest batch came."""
    rows = list(feeds)
    return Coverage(
        spans=_of_all(covered for _, covered, *_ in rows),
        settled=_of_all(settled for _, _, settled, *_ in rows),
        loaded_at=max((loaded_at for *_, loaded_at in rows if loaded_at), default=None),
        absent=[feed for feed, covered, *_ in rows if not covered],
        provisional=sorted({days for *_, provisional, _ in rows for days in _days(provisional)}),
    )


def _of_all(days: Iterable[Days]) -> list[tuple[date, date]]:
    spans: list[tuple[date, date]] | None = None
    for one in days:
        spans = _days(one) if spans is None else _common(spans, _days(one))
    return spans or []


def _days(ranges: Days) -> list[tuple[date, date]]:
    return [(span.lower, span.upper - timedelta(days=1)) for span in ranges or [] if span.lower and span.upper]


def _common(one: list[tuple[date, date]], other: list[tuple[date, date]]) -> list[tuple[date, date]]:
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other]
    return sorted(pair for pair in pairs if pair[0] <= pair[1])
