"""Keep the values of standard periods as observations that follow the facts, revision by revision.

What is to be done is read from the ledger: published batches of the KPI's feeds that its observations do not reflect
yet. All of one KPI happens in one transaction, so a kill leaves it undone as a whole, and the next run does it.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from connectors.errors import Abort
from warehouse.database import connect
from warehouse.kpis.compute import compute
from warehouse.kpis.definition import Definition, find_definition, load_definitions
from warehouse.kpis.figure import Figure
from warehouse.kpis.periods import Period, standard_periods
from warehouse.reading import Connection, Province, coverage, find_province, province_area


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did for one KPI."""

    kpi: str
    periods: int
    """Periods that were computed again."""
    revisions: int
    """Of these, how many said something new."""


def refresh(url: str, province: str, kpis: Iterable[str] | None = None, now: datetime | None = None) -> list[Refreshed]:
    """Bring the observations of a province up to date with the facts, KPI by KPI; again at once changes nothing.

    Raises Abort when a definition was changed without raising its version, WrongQuestion for an unknown name.
    """
    wanted = list(load_definitions().values()) if kpis is None else [find_definition(kpi) for kpi in kpis]
    with connect(url, "loader") as connection:
        own = find_province(connection, province)
        for definition in wanted:
            record(connection, definition)
        connection.commit()
        return [_refresh_one(connection, own, definition, now) for definition in wanted]


def _refresh_one(connection: Connection, province: Province, definition: Definition, now: datetime | None) -> Refreshed:
    with _alone(connection, f"kpi/{province.province_id}/{definition.id}"), connection.transaction():
        batches = _new_batches(connection, province, definition)
        periods = _touched(connection, province, definition, batches)
        cause = max((batch for batch, _, _ in batches.values()), default=None)
        revisions = 0
        for period in periods:
            figure = compute(connection, definition.id, period.first, period.last, province.code, now=now)
            revisions += _observe(connection, province, figure, cause)
        for (source, feed), (batch_id, _, _) in batches.items():
            connection.execute(
                "insert into kpi.refresh (province_id, kpi_id, source, feed, batch_id) values (%s, %s, %s, %s, %s)"
                " on conflict (province_id, kpi_id, source, feed)"
                " do update set batch_id = excluded.batch_id, refreshed_at = excluded.refreshed_at",
                (province.province_id, definition.id, source, feed, batch_id),
            )
    return Refreshed(definition.id, len(periods), revisions)


@contextmanager
def _alone(connection: Connection, key: str) -> Iterator[None]:
    """One refresh of a KPI at a time. The lock is the session's and is taken before the transaction, whose snapshot
    then holds what the run before has written; a kill releases it."""
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", (key,))
    connection.commit()
    isolation, connection.isolation_level = connection.isolation_level, IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        if not connection.closed:
            connection.isolation_level = isolation
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", (key,))
            connection.commit()


def record(connection: Connection, definition: Definition) -> None:
    """Keep the definition beside the values that it gives.

    Raises Abort when another one was kept under the same version: what was said must stay explained.
    """
    connection.execute(
        "insert into kpi.definition (kpi_id, version, sha256, body) values (%s, %s, %s, %s) on conflict do nothing",
        (definition.id, definition.version, definition.sha256, Jsonb(definition.body)),
    )
    row = connection.execute(
        "select sha256 from kpi.definition where kpi_id = %s and version = %s", (definition.id, definition.version)
    ).fetchone()
    if row and row[0] != definition.sha256:
        raise Abort(
            f"{definition.id}.toml is not what this hub has used as version {definition.version}:"
            f" raise version to {definition.version + 1}."
        )


def _new_batches(
    connection: Connection, province: Province, definition: Definition
) -> dict[tuple[str, str], tuple[int, date, date]]:
    """Feed → its newest published batch that is not reflected yet, and the days that its news can change.

    Batches of one feed are published in the order of their ids, those of different feeds are not: each feed is
    followed on its own.
    """
    rows = connection.execute(
        "select b.source, b.feed, max(b.batch_id), min(least(b.changed_from, b.first_day)), max(b.last_day)"
        " from unnest(%s::text[], %s::text[]) as f (source, feed)"
        " join ledger.batch as b on b.province_id = %s and b.source = f.source and b.feed = f.feed"
        " left join kpi.refresh as r on r.province_id = b.province_id and r.kpi_id = %s"
        " and r.source = b.source and r.feed = b.feed"
        " where b.status = 'published' and b.batch_id > coalesce(r.batch_id, 0) group by b.source, b.feed",
        (
            [source for source, _ in definition.feeds],
            [feed for _, feed in definition.feeds],
            province.province_id,
            definition.id,
        ),
    ).fetchall()
    return {(source, feed): (batch, first, last) for source, feed, batch, first, last in rows}


def _touched(
    connection: Connection,
    province: Province,
    definition: Definition,
    batches: dict[tuple[str, str], tuple[int, date, date]],
) -> Sequence[Period]:
    """Periods whose figure can differ: from the first changed day on to the last covered one, and those whose
    provisional figure may have become official since."""
    covered = coverage(connection, province, definition.feeds)
    if not covered.spans:
        return []
    begin, reach = covered.spans[0][0], covered.spans[-1][1]
    waiting = connection.execute(
        "select first_day, last_day from serving.kpi_observations where province_id = %s and kpi = %s and is_latest"
        " and breakdown = '' and status = 'provisional' and last_day <= %s",
        (province.province_id, definition.id, reach),
    ).fetchall()
    periods = {Period(*row) for row in waiting}
    if batches:
        changed = max(begin, min(first for _, first, _ in batches.values()))
        periods.update(standard_periods(changed, reach))
    return sorted(periods)


def _observe(connection: Connection, province: Province, figure: Figure, cause: int | None) -> bool:
    """Add a revision if the figure says something else than the last one; whether it did."""
    area = province_area(connection, province, figure.last)
    if area is None:
        raise Abort(f"Area {province.area} of province {province.code} is not loaded; run `ioc db migrate`.")
    key: tuple[Any, ...] = (province.province_id, figure.kpi, figure.first, figure.last, area.area_id)
    said: tuple[Any, ...] = (figure.value, figure.numerator, figure.denominator, figure.status)
    last = connection.execute(
        "select revision, value, numerator, denominator, status from kpi.observation where province_id = %s"
        " and kpi_id = %s and first_day = %s and last_day = %s and area_id = %s and breakdown = ''"
        " order by revision desc limit 1",
        key,
    ).fetchone()
    if last and last[1:] == said:
        return False
    connection.execute(
        "insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, value, numerator,"
        " denominator, status, revision, data_as_of, definition_version, cause_batch_id)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (*key, *said, last[0] + 1 if last else 1, figure.data_as_of, figure.definition_version, cause),
    )
    return True
