"""Evidence of quality, append-only: what rules said, the verdict, refused records, control totals."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from connectors.specification import Feed
from warehouse.facts import Mapping, as_fact_rows, mapping
from warehouse.ledger import Batch
from warehouse.rows import insert_rows
from warehouse.schema.facts import has_validity, is_by_day, periodic_days, rows_by_day
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]


_MAY_COME_BACK: LiteralString = (
    "q.replay_batch_id is null and q.emptied_at is null and not q.rules ? 'totals:apart'"
    " and not exists (select from quality.decision as d where d.quarantine_id = q.quarantine_id and d.way = 'rejected')"
)
"""Of a row q of quarantine: that a replay takes it. A total would stand alone there, and be a record beside its parts:
only reading the slice again judges it."""


@dataclass(frozen=True)
class RuleRow:
    """A rule's result as it is kept."""

    rule_id: str
    severity: str
    expectation: str
    executed: bool
    passed: bool | None
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


@dataclass(frozen=True)
class Offence:
    """What a refused record broke a rule with: the column, and its value as it came on the wire. It is None where
    nothing came, and always where the field is personal; of a key, its parts are joined by `|`."""

    rule: str
    column: str
    value: str | int | float | None


def record_results(connection: Connection, results: Iterable[tuple[Batch, RuleRow]]) -> None:
    """Keeps what every rule said of each batch, and adds it to the months' totals."""
    listed = list(results)
    insert_rows(connection, "quality.rule_result", ({"batch_id": b.batch_id, **asdict(r)} for b, r in listed))
    connection.execute(
        "insert into quality.month_total as m"
        " (province_id, source, feed, month, rule_id, runs, broken, evaluated, failed)"
        " select b.province_id, b.source, b.feed, date_trunc('month', b.last_day::timestamp)::date, r.rule_id,"
        " count(*), count(*) filter (where not r.passed), sum(r.evaluated), sum(r.failed)"
        " from quality.rule_result as r join ledger.batch as b using (batch_id)"
        " where r.batch_id = any(%s) and r.executed and r.passed is not null group by 1, 2, 3, 4, 5"
        " on conflict (province_id, source, feed, month, rule_id) do update set runs = m.runs + excluded.runs,"
        " broken = m.broken + excluded.broken, evaluated = m.evaluated + excluded.evaluated,"
        " failed = m.failed + excluded.failed",
        [sorted({batch.batch_id for batch, _ in listed})],
    )


def record_verdict(
    connection: Connection, batch: Batch, *, passed: bool, declared: int, executed: int, reasons: Sequence[str]
) -> None:
    """Keeps the gate's word on the batch."""
    connection.execute(
        "insert into quality.verdict (batch_id, passed, declared_rules, executed_rules, reasons)"
        " values (%s, %s, %s, %s, %s)",
        [batch.batch_id, passed, declared, executed, Jsonb(list(reasons))],
    )


def passed(connection: Connection, batches: Iterable[Batch]) -> set[int]:
    """Those of the batches that the gate let through. The verdict crosses from judging to publishing as this row
    only."""
    rows = connection.execute(
        "select batch_id from quality.verdict where passed and batch_id = any(%s)", [[b.batch_id for b in batches]]
    )
    return {batch_id for (batch_id,) in rows}


def refused(
    connection: Connection, batch: Batch, first_row: int, staging: Staging, feed: Feed, area_code: str
) -> Iterator[Refused]:
    """The rejected rows of a batch in order, each with all rules that it broke; the batch begins with `first_row` of
    the staging. `area_code` is the area of records that name none."""
    keys = sql.SQL(", ").join(sql.SQL("s.{}::text").format(sql.Identifier(key)) for key in feed.keys)
    rows = connection.execute(
        sql.SQL(
            "with broken as (select _row, array_agg(distinct rule order by rule) as rules from {rejected}"
            " where _batch = %(batch_id)s group by 1)"
            " select s._row - %(first_row)s + 1, s._page, nullif(concat_ws('|', {keys}), ''), b.rules, i.fact_row"
            " from broken b join {staged} s using (_row) join {rows} i using (_row) order by 1"
        ).format(
            keys=keys,
            rejected=staging.rejected,
            staged=staging.table,
            rows=as_fact_rows(staging, mapping(f"{batch.source}.{batch.feed}", feed)),
        ),
        {
            "province_id": batch.province_id,
            "area_code": area_code,
            "batch_id": batch.batch_id,
            "first_row": first_row,
        },
    )
    for row in rows:
        yield Refused(*row)


def quarantine(
    connection: Connection, batch: Batch, fact: str, records: Iterable[tuple[Refused, Sequence[Offence], Any]]
) -> None:
    """Keeps refused records of a fact with their offences and their redacted wire form (any JSON value)."""
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
            "offences": Jsonb([asdict(offence) for offence in offences]),
        }
        for r, offences, record in records
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
    """(source, feed, first day, last day, pages) of what a batch refused and may still be replayed; None when there is
    no such batch."""
    batch = connection.execute(
        "select source, feed, first_day, last_day from ledger.batch where batch_id = %s", [batch_id]
    ).fetchone()
    if batch is None:
        return None
    rows = connection.execute(
        "select q.record -> 'page', jsonb_agg(q.record -> 'record' order by q.row_number), p.wire_sha256,"
        " p.correlation_id, p.request, p.fetched_at from quality.quarantine q"
        " join landing.page p using (batch_id, page_number)"
        f" where q.batch_id = %s and {_MAY_COME_BACK}"
        " group by p.page_number, 1, 3, 4, 5, 6 order by p.page_number",
        [batch_id],
    ).fetchall()
    return (*batch, [QuarantinedPage(*row) for row in rows])


def count_replayable(connection: Connection, batch_id: int) -> int:
    """How many of the records that a batch refused may still be replayed."""
    row = connection.execute(
        f"select count(*) from quality.quarantine q where q.batch_id = %s and {_MAY_COME_BACK}", [batch_id]
    ).fetchone()
    return int(row[0]) if row else 0


EMPTY = (
    "record_key = null, record = 'null', fact_row = null, emptied_at = clock_timestamp(),"
    " offences = (select jsonb_agg(o - 'value') from jsonb_array_elements(q.offences) o)"
)
"""Removes the content of refused records `q`; which rules they broke stays."""


def mark_replayed(connection: Connection, replayed_batch: int, replay: Batch) -> None:
    """Says of quarantined records which later batch accepted them: those that it did not refuse again."""
    connection.execute(
        "update quality.quarantine q set replay_batch_id = %(replay)s where q.batch_id = %(replayed)s"
        f" and {_MAY_COME_BACK} and not exists (select from quality.quarantine again"
        " where again.batch_id = %(replay)s and again.record = q.record)",
        {"replay": replay.batch_id, "replayed": replayed_batch},
    )


def record_comparisons(connection: Connection, batch: Batch, comparisons: Iterable[TotalComparison]) -> None:
    """Keeps the source's control totals beside the hub's own counts."""
    rows = ({"batch_id": batch.batch_id, **asdict(c), "equal": c.equal} for c in comparisons)
    insert_rows(connection, "quality.reconciliation", rows)


def newest(connection: Connection, staging: Staging, column: str) -> dict[int, Any]:
    """The greatest value of a staged column by batch."""
    query = sql.SQL("select _batch, max({}) from {} group by _batch").format(sql.Identifier(column), staging.table)
    return dict(connection.execute(query).fetchall())


def kept_shares(
    connection: Connection, province_id: int, staging: Staging, feed: Feed, to: Mapping, least: float
) -> dict[int, float]:
    """By batch the smallest share of rows that a snapshot keeps against the one before it, or against the same one as
    the fact holds it; batches with nothing to compare are left out.

    Refused rows are not kept. A snapshot that keeps less than `least` is no measure for those after it.
    """
    if has_validity(to.fact) and not is_by_day(to.fact):
        return _kept_things(connection, province_id, staging, to, least)
    periodic = next((name for name in feed.replace if name in periodic_days(to.fact)), None)
    if periodic is None:
        return _kept_cases(connection, province_id, staging, feed, to)
    names = [sql.Identifier(name) for name in feed.replace if name != periodic]
    day = sql.Identifier(periodic)
    values: dict[str, Any] = {
        "scope": sql.SQL("jsonb_build_array({})").format(sql.SQL(", ").join(names)),
        "given": day,
        # a month's answer may hold rows of many days: it is compared with another month's, not one day with another
        "day": sql.SQL("(date_trunc('month', {}) + interval '1 month - 1 day')::date").format(day)
        if feed.slice == "month"
        else day,
        "staged": _counted(feed, [name for name in feed.keys if name not in ("first_day", "last_day")]),
        "held": _counted(feed, [name for name in to.keys if name not in ("first_day", "last_day")]),
        "own": to.scope,
        "table": staging.table,
        "rejected": staging.rejected,
        "fact": sql.SQL(rows_by_day(to.fact)),
    }
    staged = connection.execute(
        sql.SQL(
            "select {scope}::text, {day}, _batch, {staged} filter (where r._row is null) from {table} s"
            " left join (select distinct _row from {rejected}) r using (_row) where {given} is not null"
            " group by 1, 2, 3 order by 2, 3"
        ).format(**values)
    ).fetchall()
    held = connection.execute(
        sql.SQL(
            "select {scope}::text, {day}, {held} from {fact} f where {own}"
            " and {given} between (select min({given}) from {table}) - 62 and (select max({given}) from {table}) + 31"
            " group by 1, 2 order by 2"
        ).format(**values),
        {"province_id": province_id},
    ).fetchall()
    sizes: dict[str, dict[date, int]] = {}
    for scope, day, rows in held:
        sizes.setdefault(scope, {})[day] = rows
    shares: dict[int, float] = {}
    for scope, day, batch, rows in staged:
        known = sizes.setdefault(scope, {})
        earlier = max((other for other in known if other < day), default=None)
        measures = [known[other] for other in (earlier, day) if other is not None and known.get(other)]
        share = min((rows / measure for measure in measures), default=None)
        if share is not None:
            shares[batch] = min(share, shares.get(batch, share))
        if share is None or share >= least:
            known[day] = rows
    return shares


def _counted(feed: Feed, series: Sequence[str]) -> sql.Composable:
    """How much a snapshot holds: its rows; of values of indicators, which a month tells of any number of its days, the
    slices that have one."""
    if not feed.indicators:
        return sql.SQL("count(*)")
    return sql.SQL("count(distinct row({}))").format(sql.SQL(", ").join(map(sql.Identifier, series)))


def _kept_cases(
    connection: Connection, province_id: int, staging: Staging, feed: Feed, to: Mapping
) -> dict[int, float]:
    """`kept_shares` of cases, which no days bound: against those that the fact holds of the same scope."""
    rows = connection.execute(
        sql.SQL(
            "with held as (select {scope}::text as scope, count(*) as rows from {fact} f where {own} group by 1)"
            " select s._batch, min(s.rows::float / held.rows) from (select {scope}::text as scope, _batch,"
            " count(*) as rows from {table} group by 1, 2) s join held using (scope) group by 1"
        ).format(
            scope=sql.SQL("jsonb_build_array({})").format(sql.SQL(", ").join(map(sql.Identifier, feed.replace))),
            fact=to.table,
            own=to.scope,
            table=staging.table,
        ),
        {"province_id": province_id},
    )
    return dict(rows.fetchall())


def _kept_things(
    connection: Connection, province_id: int, staging: Staging, to: Mapping, least: float
) -> dict[int, float]:
    """`kept_shares` of lists of things: against those that were there on the day before, and on the day itself."""
    staged = connection.execute(
        sql.SQL(
            "select valid_from, _batch, count(*) filter (where r._row is null) from {table} s"
            " left join (select distinct _row from {rejected}) r using (_row) where valid_from is not null"
            " group by 1, 2 order by 1, 2"
        ).format(table=staging.table, rejected=staging.rejected)
    ).fetchall()
    held = sql.SQL(
        "select count(*) filter (where f.valid_from < %(day)s and coalesce(f.valid_to >= %(day)s, true)),"
        " count(*) filter (where f.valid_from <= %(day)s and coalesce(f.valid_to > %(day)s, true)) from {} f where {}"
    ).format(to.table, to.scope)
    shares: dict[int, float] = {}
    before: int | None = None
    for day, batch, rows in staged:
        found = connection.execute(held, {"province_id": province_id, "day": day}).fetchone() or (0, 0)
        measures = [size for size in ([before] if before is not None else found) if size]
        if measures:
            shares[batch] = min(rows / size for size in measures)
        if shares.get(batch, 1.0) >= least:
            before = rows
    return shares
