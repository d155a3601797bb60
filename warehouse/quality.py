"""Evidence of quality, append-only: what rules said, the verdict, refused records, control totals."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from connectors.specification import Feed
from warehouse.facts import Mapping, as_fact_rows, mapping
from warehouse.ledger import Batch
from warehouse.rows import insert_rows
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class RuleRow:
    """A rule's result as it is kept."""

    rule_id: str
    severity: str
    expectation: str
    executed: bool
    passed: bool
    evaluated: int
    failed: int
    observed: str | None
    description_vi: str
    description_en: str


@dataclass(frozen=True)
class TotalComparison:
    """A control total beside the hub's own count."""

    measure: str
    breakdown: str
    first_day: date
    last_day: date
    source_value: float
    hub_value: float | None
    severity: str
    correlation_id: str

    @property
    def equal(self) -> bool:
        return self.hub_value == self.source_value


@dataclass(frozen=True)
class Refused:
    """A refused record: where it came, which rules it broke, which row of its fact it would have been."""

    row: int
    page: int
    key: str | None
    rules: list[str]
    fact_row: dict[str, Any]


def record_results(connection: Connection, batch: Batch, results: Iterable[RuleRow]) -> None:
    """Keeps what every rule said of the batch."""
    insert_rows(connection, "quality.rule_result", ({"batch_id": batch.batch_id, **asdict(r)} for r in results))


def record_verdict(
    connection: Connection, batch: Batch, *, passed: bool, declared: int, executed: int, reasons: Sequence[str]
) -> None:
    """Keeps the gate's word on the batch."""
    connection.execute(
        "insert into quality.verdict (batch_id, passed, declared_rules, executed_rules, reasons)"
        " values (%s, %s, %s, %s, %s)",
        [batch.batch_id, passed, declared, executed, Jsonb(list(reasons))],
    )


def passed(connection: Connection, batch: Batch) -> bool:
    """Whether the gate let the batch through. The verdict crosses from judging to publishing as this row only."""
    row = connection.execute("select passed from quality.verdict where batch_id = %s", [batch.batch_id]).fetchone()
    return bool(row and row[0])


def refused(connection: Connection, batch: Batch, staging: Staging, feed: Feed, area_code: str) -> Iterator[Refused]:
    """The rejected rows of a batch in order, each with all rules that it broke. `area_code` is the area of records
    that name none."""
    keys = sql.SQL(", ").join(sql.SQL("s.{}::text").format(sql.Identifier(key)) for key in feed.keys)
    rows = connection.execute(
        sql.SQL(
            "with broken as (select _row, array_agg(distinct rule order by rule) as rules from {rejected} group by 1)"
            " select s._row, s._page, nullif(concat_ws('|', {keys}), ''), b.rules, i.fact_row"
            " from broken b join {staged} s using (_row) join {rows} i using (_row) order by 1"
        ).format(
            keys=keys,
            rejected=staging.rejected,
            staged=staging.table,
            rows=as_fact_rows(staging, mapping(f"{batch.source}.{batch.feed}", feed)),
        ),
        {"province_id": batch.province_id, "area_code": area_code},
    )
    for row in rows:
        yield Refused(*row)


def quarantine(connection: Connection, batch: Batch, fact: str, records: Iterable[tuple[Refused, Any]]) -> None:
    """Keeps refused records of a fact with their redacted wire form (any JSON value)."""
    rows = (
        {
            "batch_id": batch.batch_id,
            "page_number": r.page,
            "row_number": r.row,
            "record_key": r.key,
            "rules": Jsonb(r.rules),
            "record": Jsonb(record),
            "fact": fact,
            "fact_row": Jsonb(r.fact_row),
        }
        for r, record in records
    )
    insert_rows(connection, "quality.quarantine", rows)


@dataclass(frozen=True)
class QuarantinedPage:
    """Refused records of one page of a batch, with how that page came."""

    stated: dict[str, Any]
    records: list[dict[str, Any]]
    wire_sha256: str
    correlation_id: str
    request: str
    fetched_at: datetime


def replayable(connection: Connection, batch_id: int) -> tuple[str, str, date, date, list[QuarantinedPage]] | None:
    """(source, feed, first day, last day, pages) of what a batch refused and no replay has accepted; None when there
    is no such batch."""
    batch = connection.execute(
        "select source, feed, first_day, last_day from ledger.batch where batch_id = %s", [batch_id]
    ).fetchone()
    if batch is None:
        return None
    rows = connection.execute(
        "select q.record -> 'page', jsonb_agg(q.record -> 'record' order by q.row_number), p.wire_sha256,"
        " p.correlation_id, p.request, p.fetched_at from quality.quarantine q"
        " join landing.page p using (batch_id, page_number)"
        " where q.batch_id = %s and q.replay_batch_id is null group by p.page_number, 1, 3, 4, 5, 6"
        " order by p.page_number",
        [batch_id],
    ).fetchall()
    return (*batch, [QuarantinedPage(*row) for row in rows])


def mark_replayed(connection: Connection, replayed_batch: int, replay: Batch) -> None:
    """Says of quarantined records which later batch accepted them: those that it did not refuse again."""
    connection.execute(
        "update quality.quarantine q set replay_batch_id = %(replay)s where q.batch_id = %(replayed)s"
        " and q.replay_batch_id is null and not exists (select from quality.quarantine again"
        " where again.batch_id = %(replay)s and again.record = q.record)",
        {"replay": replay.batch_id, "replayed": replayed_batch},
    )


def record_comparisons(connection: Connection, batch: Batch, comparisons: Iterable[TotalComparison]) -> None:
    """Keeps the source's control totals beside the hub's own counts."""
    rows = ({"batch_id": batch.batch_id, **asdict(c), "equal": c.equal} for c in comparisons)
    insert_rows(connection, "quality.reconciliation", rows)


def newest(connection: Connection, staging: Staging, column: str) -> Any:
    """The greatest value of a staged column."""
    row = connection.execute(sql.SQL("select max({}) from {}").format(sql.Identifier(column), staging.table)).fetchone()
    return row[0] if row else None


def kept_share(connection: Connection, batch: Batch, staging: Staging, feed: Feed, to: Mapping) -> float | None:
    """The smallest share of rows that a snapshot keeps against the one before it, or against the same one as the
    fact holds it; None when there is nothing to compare with."""
    periodic = next(name for name in feed.replace if name == "day" or name.endswith("_day"))
    names = [sql.Identifier(name) for name in feed.replace if name != periodic]
    query = sql.SQL(
        "with staged as (select {scope}{day} as day, count(*)::float as rows from {table}"
        " where {day} is not null group by {scope}{day}),"
        " held as (select {scope}{day} as day, count(*)::float as rows from {fact} where province_id = %s"
        " and {day} between (select min(day) from staged) - 62 and (select max(day) from staged)"
        " group by {scope}{day}),"
        " series as (select *, true as is_new from staged union all select *, false from held"
        " where not exists (select from staged where staged.day = held.day{same})),"
        " steps as (select is_new, rows / lag(rows) over ({partition}order by day) as share from series"
        " union all select true, staged.rows / held.rows from staged join held on held.day = staged.day{same})"
        " select min(share) from steps where is_new"
    ).format(
        scope=sql.SQL("").join(sql.SQL("{}, ").format(name) for name in names),
        day=sql.Identifier(periodic),
        table=staging.table,
        fact=to.table,
        same=sql.SQL("").join(sql.SQL(" and held.{0} = staged.{0}").format(name) for name in names),
        partition=sql.SQL("partition by {} ").format(sql.SQL(", ").join(names)) if names else sql.SQL(""),
    )
    row = connection.execute(query, [batch.province_id]).fetchone()
    return float(row[0]) if row and row[0] is not None else None
