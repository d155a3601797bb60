"""What is read from the serving views besides figures: provinces, areas, breakdown values, how far data reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from warehouse.kpis.errors import WrongQuestion, nearest

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
    """An area as of some day."""

    area_id: int
    code: str
    name: str


@dataclass(frozen=True)
class Coverage:
    """What all feeds of a KPI together deliver: spans of covered days, and when the newest batch came."""

    spans: list[tuple[date, date]]
    """First and last days, inclusive, in order, without overlap."""
    loaded_at: datetime | None
    absent: list[str]
    """Feeds of which nothing was ever published."""


def find_province(connection: Connection, code: str) -> Province:
    """The province with that organisation code. Raises WrongQuestion naming those that exist."""
    rows = connection.execute("select province_id, province, area, name from serving.provinces order by 2").fetchall()
    for row in rows:
        if row[1] == code:
            return Province(*row)
    raise WrongQuestion(f"This hub has no province {code!r}; {nearest(code, [row[1] for row in rows])}")


def province_area(connection: Connection, province: Province, day: date) -> Area | None:
    """The province's own area on that day, or the one nearest to it; None where areas are not loaded."""
    row = connection.execute(
        "select area_id, area, name from serving.areas where area = %s and level = 'province'"
        " order by valid_from > %s, abs(valid_from - %s) limit 1",
        (province.area, day, day),
    ).fetchone()
    return Area(*row) if row else None


def find_area(connection: Connection, province: Province, code: str, day: date) -> Area:
    """The area of the province that bears that code on that day. Raises WrongQuestion naming what is near."""
    whole = province_area(connection, province, day)
    row = connection.execute(
        "select area_id, area, name from serving.areas"
        " where area = %s and valid_from <= %s and (valid_to is null or valid_to > %s)"
        " and ancestor_ids @> %s::integer[]",
        (code, day, day, [whole.area_id if whole else -1]),
    ).fetchone()
    if row:
        return Area(*row)
    known = connection.execute(
        "select area from serving.areas where valid_from <= %s and (valid_to is null or valid_to > %s)"
        " and ancestor_ids @> %s::integer[] order by length(area), sort_key",
        (day, day, [whole.area_id if whole else -1]),
    ).fetchall()
    raise WrongQuestion(
        f"Province {province.code} has no area {code!r} on {day}; {nearest(code, [r[0] for r in known])}"
    )


def populations(connection: Connection, year: int, area_ids: Sequence[int]) -> dict[int, int]:
    """People by area in a year; areas without a figure are left out."""
    rows = connection.execute(
        "select area_id, population from serving.populations where year = %s and area_id = any(%s)",
        (year, list(area_ids)),
    )
    return dict(rows.fetchall())


def area_names(connection: Connection, codes: Sequence[str], day: date) -> dict[str, str]:
    """Code → name of the areas that bear these codes on that day."""
    rows = connection.execute(
        "select area, name from serving.areas where area = any(%s)"
        " and valid_from <= %s and (valid_to is null or valid_to > %s)",
        (list(codes), day, day),
    )
    return dict(rows.fetchall())


def breakdown_values(connection: Connection, province: Province, breakdown: str) -> dict[str, tuple[str, str]]:
    """Value → its names (vi, en), for a breakdown other than area."""
    rows = connection.execute(
        "select value, name_vi, name_en from serving.breakdown_values"
        " where breakdown = %s and (province_id is null or province_id = %s) order by value",
        (breakdown, province.province_id),
    )
    return {value: (vi or value, en or value) for value, vi, en in rows.fetchall()}


def coverage(connection: Connection, province: Province, feeds: Sequence[tuple[str, str]]) -> Coverage:
    """What the feeds (source, feed) cover together, from published batches alone."""
    rows = connection.execute(
        "select f.source || '.' || f.feed, s.covered, s.loaded_at"
        " from unnest(%s::text[], %s::text[]) as f (source, feed)"
        " left join serving.freshness as s on s.province_id = %s and s.source = f.source and s.feed = f.feed",
        ([f[0] for f in feeds], [f[1] for f in feeds], province.province_id),
    ).fetchall()
    spans: list[tuple[date, date]] | None = None
    for _, covered, _ in rows:
        own = [(span.lower, span.upper - timedelta(days=1)) for span in covered or []]
        spans = own if spans is None else _common(spans, own)
    return Coverage(
        spans=spans or [],
        loaded_at=max((loaded_at for _, _, loaded_at in rows if loaded_at), default=None),
        absent=[feed for feed, covered, _ in rows if not covered],
    )


def _common(one: list[tuple[date, date]], other: list[tuple[date, date]]) -> list[tuple[date, date]]:
    pairs = [(max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other]
    return sorted(pair for pair in pairs if pair[0] <= pair[1])
