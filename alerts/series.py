"""The series that anomalies are looked for in: what each feed said of each day, what each KPI was each month.

One query a feed over the serving view of the KPIs that count its records: they say by which day it is counted, how it
is broken down, and, where the records are figures themselves, which one is summed. Nothing is kept beside the facts: a
day that is loaded again is judged anew.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from psycopg import sql
from psycopg.types.multirange import Multirange

from expectations.baseline import Numbers, Series
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.query import own_sql
from warehouse.serving import Connection, Province

DELIVERERS = ("organisation", "operator", "platform", "gate")
"""Breakdowns by who delivers; the others are by codes."""
MOST_PARTS = 40
"""The deliverers and codes with the most records; the others are too small to judge alone."""
BACK = 800
"""Days before the first judged one that teach what is usual: two years with their Tết."""
_SUM = re.compile(r"sum\((\w+)\)")
_ONE_DAY = timedelta(days=1)


class FeedKey(NamedTuple):
    """A feed by its names."""

    source: str
    feed: str


@dataclass(frozen=True)
class Counted:
    """How the records of a feed are counted by day."""

    view: str
    where: str
    """SQL of the records that are counted: all of the view, or those of the feed where the view has others', too."""
    day: str
    amount: str | None
    """The column that is summed; None where records are counted."""
    is_stock: bool
    is_monthly: bool
    breakdowns: tuple[str, ...]


def feed_counts(catalogue: Catalogue) -> dict[FeedKey, Counted]:
    """By feed how it is counted: as most of the KPIs do that read it alone; a feed that none counts by a day has none.
    Breakdowns by what became of a case are left out: new cases differ from old ones in them every day."""
    found: dict[FeedKey, list[Definition]] = defaultdict(list)
    for definition in catalogue.definitions.values():
        if len(definition.feeds) == 1 and definition.day is not None:
            found[FeedKey(*definition.feeds[0])].append(definition)
    return {key: _counted(catalogue, key, own) for key, own in found.items() if key.source in catalogue.sources}


def _counted(catalogue: Catalogue, key: FeedKey, definitions: Sequence[Definition]) -> Counted:
    (view, day), _ = Counter((one.reads, str(one.day)) for one in definitions).most_common(1)[0]
    own = [one for one in definitions if (one.reads, one.day) == (view, day)]
    sums = [found[1] for one in own if (found := _SUM.fullmatch(one.numerator)) and not one.indicators]
    feed = catalogue.sources[key.source].feeds.get(key.feed)
    names = {name for one in own for name in one.breakdowns} - {name for one in own for name in one.outcomes}
    return Counted(
        view,
        _own_rows(catalogue, key, view, own),
        day,
        sums[0] if sums else None,
        own[0].kind in ("stock", "cumulative"),
        feed is not None and feed.slice == "month",
        tuple(sorted(names - {"area"})),
    )


def _own_rows(catalogue: Catalogue, key: FeedKey, view: str, own: Sequence[Definition]) -> str:
    """The condition on a row of the view to be of the feed, as far as KPIs and rows say it. Values of indicators, in
    many units, are counted and not added up."""
    if own[0].row_sources:
        return f"source = '{key.source}'"
    is_shared = any(one.reads == view and key not in one.feeds for one in catalogue.definitions.values())
    return " or ".join(sorted({f"({one.where})" for one in own})) if is_shared else "true"


def feed_series(
    connection: Connection, province: Province, key: FeedKey, counted: Counted, first: date | None, last: date | None
) -> Series | None:
    """What a feed said of the days until `last` (the last that is loaded), from two years before `first` on; None where
    nothing is loaded."""
    row = connection.execute(
        "select covered, provisional from serving.freshness where province_id = %s and source = %s and feed = %s",
        (province.province_id, *key),
    ).fetchone()
    if row is None or not row[0]:
        return None
    covered: Multirange[date] = row[0]
    newest = (covered[-1].upper or date.max) - _ONE_DAY
    end = min(last or newest, newest)
    start = max((first or end) - timedelta(days=BACK), covered[0].lower or date.min)
    days = _days(start, end, counted.is_monthly)
    if not days:
        return None
    places = {day: place for place, day in enumerate(days)}
    values = _read(connection, province, counted, days, places)
    total = values.pop(("", ""), np.full(len(days), 0.0 if not counted.is_stock else np.nan))
    read = np.array([any(day in span for span in covered) for day in days])
    total[~read] = np.nan
    if counted.is_stock:
        total[total == 0] = np.nan  # not every day of a stock is published
    bad = [*(row[1] or ()), *_blocked(connection, province, key)]
    parts: dict[str, Numbers] = {}
    mixes: dict[str, dict[str, Numbers]] = {}
    for (column, value), counts in values.items():
        if column in DELIVERERS:
            parts[f"{column}={value}"] = counts
        else:
            mixes.setdefault(column, {})[value] = counts
    return Series(
        days,
        "stock" if counted.is_stock else "flow",
        total,
        parts,
        {column: codes for column, codes in mixes.items() if len(codes) > 1},
        np.array([not any(day in span for span in bad) for day in days]),
        counted.is_monthly,
    )


def kpi_series(connection: Connection, province: Province, last: date | None) -> dict[str, Series]:
    """By KPI its published values of whole months, of the whole province; only official ones train."""
    rows = connection.execute(
        "select kpi, last_day, value, status from serving.kpi_observations where province_id = %(province)s"
        " and area = %(area)s and breakdown = '' and is_latest and value is not null"
        " and first_day = date_trunc('month', last_day)"
        " and last_day = (date_trunc('month', last_day) + interval '1 month - 1 day')::date"
        " and (%(last)s::date is null or last_day <= %(last)s) order by kpi, last_day",
        {"province": province.province_id, "area": province.area, "last": last},
    ).fetchall()
    found: dict[str, dict[date, tuple[float, bool]]] = defaultdict(dict)
    for kpi, day, value, status in rows:
        found[kpi][day] = (float(value), status == "official")
    return {kpi: _of_months(months) for kpi, months in found.items()}


def _of_months(months: Mapping[date, tuple[float, bool]]) -> Series:
    days = _days(min(months), max(months), monthly=True)
    known = [months.get(day, (np.nan, False)) for day in days]
    values, trains = np.array([value for value, _ in known]), np.array([official for _, official in known])
    return Series(days, "flow", values, trains=trains, is_monthly=True)


def _days(first: date, last: date, monthly: bool) -> list[date]:
    days = [first + n * _ONE_DAY for n in range((last - first).days + 1)]
    return [day for day in days if (day + _ONE_DAY).day == 1] if monthly else days


def _read(
    connection: Connection, province: Province, counted: Counted, days: Sequence[date], places: Mapping[date, int]
) -> dict[tuple[str, str], Numbers]:
    """By breakdown and value (both empty for the whole) what each day has."""
    names = [sql.Identifier(name) for name in counted.breakdowns]
    day = sql.Identifier(counted.day)
    amount = sql.SQL("count(*)")
    if counted.amount is not None:
        amount = sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(counted.amount))  # type: ignore[assignment]
    sets = [sql.SQL("({})").format(day), *(sql.SQL("({}, {})").format(day, name) for name in names)]
    of_set = [
        sql.SQL("when grouping({name}) = 0 then array[{text}, coalesce({name}::text, '')]").format(
            name=name, text=sql.Literal(text)
        )
        for name, text in zip(names, counted.breakdowns, strict=True)
    ]
    which = sql.SQL("case {} end").format(sql.SQL(" ").join(of_set)) if of_set else sql.SQL("null::text[]")
    rows = connection.execute(
        sql.SQL(
            "select {day}, {which}, ({amount})::float8 from {view} where province_id = %s and {day} between %s and %s"
            " and ({where}) group by grouping sets ({sets})"
        ).format(
            day=day,
            which=which,
            amount=amount,
            view=sql.Identifier("serving", counted.view),
            where=own_sql(counted.where),
            sets=sql.SQL(", ").join(sets),
        ),
        (province.province_id, days[0], days[-1]),
    )
    found: dict[tuple[str, str], Numbers] = defaultdict(lambda: np.zeros(len(days)))
    for when, named, value in rows:
        if when in places:
            found[tuple(named) if named else ("", "")][places[when]] += value
    return _largest(found)


def _largest(found: Mapping[tuple[str, str], Numbers]) -> dict[tuple[str, str], Numbers]:
    """The values of each breakdown that have the most."""
    by_column: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (column, value), counts in found.items():
        by_column[column].append((float(counts.sum()), value))
    kept = {(column, value) for column, own in by_column.items() for _, value in sorted(own)[-MOST_PARTS:]}
    return {key: counts for key, counts in found.items() if key in kept}


def _blocked(connection: Connection, province: Province, key: FeedKey) -> list[Any]:
    """The days whose newest batch is blocked, as ranges."""
    row = connection.execute(
        "select range_agg(daterange(first_day, last_day, '[]')) from (select distinct on (first_day, last_day)"
        " first_day, last_day, status from serving.batches where province_id = %s and source = %s and feed = %s"
        " and kind = 'fetch' and status in ('published', 'blocked')"
        " order by first_day, last_day, batch_id desc) as newest where status = 'blocked'",
        (province.province_id, *key),
    ).fetchone()
    return list(row[0]) if row and row[0] else []
