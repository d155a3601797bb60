"""What the checks found: runs and rule results, the newest first, and the quality of a figure's records.

Runs, results and refusals are shown only to whoever sees a whole province."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from psycopg import sql
from psycopg.rows import dict_row

from hub.periods import Period
from kpis.availability import feeds
from kpis.definition import Definition
from kpis.figure import Quality
from kpis.memo import Once
from kpis.small_cells import FEWEST
from screens.database import Snapshot
from screens.quality import PARTS, about_persons, is_few, leaving_account
from warehouse.deliverers import Delivery, deliveries
from warehouse.serving import Connection, Province

Rows = list[dict[str, Any]]


def runs(
    s: Snapshot,
    source: str | None = None,
    feed: str | None = None,
    status: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Rows:
    """Attempts to load, each with its account; `before` is the batch after which the list goes on. To a machine small
    counts of records about persons are not told."""
    rows = _rows(
        s,
        "select batch_id, source, feed, first_day, last_day, kind, status, declared, fetched, loaded, unchanged,"
        " superseded, quarantined, removed, case when %(language)s = 'vi' then reason_vi else reason_en end as reason,"
        " passed, declared_rules, executed_rules, started_at, finished_at"
        " from serving.batches where province_id = %(own)s and (%(source)s::text is null or source = %(source)s)"
        " and (%(feed)s::text is null or feed = %(feed)s) and (%(status)s::text is null or status = %(status)s)"
        " and (%(before)s::bigint is null or batch_id < %(before)s) order by batch_id desc limit %(limit)s",
        {
            "language": s.language,
            "source": source,
            "feed": feed,
            "status": status,
            "before": before,
            "limit": limit,
        },
    )
    persons = about_persons(s.catalogue) if s.leaves else set()
    return [leaving_account(row) if f"{row['source']}.{row['feed']}" in persons else row for row in rows]


def results(
    s: Snapshot,
    batch: int | None = None,
    source: str | None = None,
    passed: bool | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 100,
) -> Rows:
    """What every rule said of every batch; `before` is the batch and rule after which the list goes on. To a machine
    what was observed of records about persons is not told, such as when the newest was changed, nor how many broke a
    rule where such a number of the batch is small, nor how many were judged where the batch's own are."""
    rows = _rows(
        s,
        "select batch_id, source, feed, rule, severity, expectation, executed, passed, evaluated, failed, observed,"
        " case when %(language)s = 'vi' then description_vi else description_en end as description"
        " from serving.rule_results where province_id = %(own)s"
        " and (%(batch)s::bigint is null or batch_id = %(batch)s)"
        " and (%(source)s::text is null or source = %(source)s)"
        " and (%(passed)s::boolean is null or passed = %(passed)s)"
        " and (%(after)s::bigint is null or batch_id < %(after)s or batch_id = %(after)s and rule > %(rule)s)"
        " order by batch_id desc, rule limit %(limit)s",
        {
            "language": s.language,
            "batch": batch,
            "source": source,
            "passed": passed,
            "after": before[0] if before else None,
            "rule": before[1] if before else "",
            "limit": limit,
        },
    )
    if not s.leaves:
        return rows
    small = _batches_of_few(s.connection, sorted({row["batch_id"] for row in rows}))
    persons = about_persons(s.catalogue)
    tiny = _tiny_batches(s.connection, sorted({row["batch_id"] for row in rows}))
    told: Rows = []
    for row in rows:
        hidden: set[str] = set()
        if f"{row['source']}.{row['feed']}" in persons:
            hidden = {"observed"}
            if row["batch_id"] in tiny or (is_few(row["evaluated"]) and row["evaluated"] > 1):
                hidden |= {"evaluated", "failed"}
            elif row["batch_id"] in small:
                hidden |= {"failed"}
        told.append(row | dict.fromkeys(hidden))
    return told


def _batches_of_few(connection: Connection, batches: Sequence[int]) -> set[int]:
    """Those of which a rule was broken by fewer than FEWEST records."""
    rows = connection.execute(
        "select distinct batch_id from serving.rule_results where batch_id = any(%s) and failed > 0 and failed < %s"
        " and (severity = 'reject' or evaluated > 1)",
        [list(batches), FEWEST],
    )
    return {batch for (batch,) in rows}


def _tiny_batches(connection: Connection, batches: Sequence[int]) -> set[int]:
    """Those of whose account some number is less than FEWEST, as leaving_account hides it."""
    counted = sql.SQL(" or ").join(
        sql.SQL("{0} between 1 and {1}").format(sql.Identifier(name), FEWEST - 1) for name in (*PARTS, "fetched")
    )
    query = sql.SQL("select batch_id from serving.batches where batch_id = any(%s) and ({})").format(counted)
    return {batch for (batch,) in connection.execute(query, [list(batches)])}


def deliverers(s: Snapshot, source: str | None = None) -> list[Delivery]:
    """Who has delivered what, when, and who was to; empty for whoever may not see the evidence. How many records of a
    feed about persons is not told outside, where they are few."""
    if not sees_evidence(s):
        return []
    found, persons = deliveries(s.connection, s.province, source), about_persons(s.catalogue) if s.leaves else set()
    return [
        one._replace(records=None) if f"{one.source}.{one.feed}" in persons and is_few(one.records) else one
        for one in found
    ]


def sees_evidence(s: Snapshot) -> bool:
    """Whether batches, checks and refusals are the caller's to see: they hold everybody's records."""
    return s.caller.area is None and s.caller.organisations is None


def quality_of(s: Snapshot, kpi: Definition, period: Period) -> Quality:
    """How the checks went of what stands behind the KPI in that period; unknown to whoever may not see the evidence."""
    known = s.once.derived(_checked, s.province, sees_evidence(s))
    if not known.held.isdisjoint(kpi.sources):
        return "blocked"
    if known.refusing is None or not known.covered.issuperset(kpi.sources):
        return "unknown"
    for feed in kpi.sources:
        for first, last in known.refusing.get(feed, ()):
            if first <= period.last and last >= period.first:
                return "refused"
    return "passed"


class _Checked(NamedTuple):
    """What the checks found of the feeds of a province, by `source.feed`."""

    held: set[str]
    """Those of which a newer delivery was held back."""
    covered: set[str]
    """Those of which something was published."""
    refusing: Mapping[str, Sequence[tuple[date, date]]] | None
    """Days of which records lie in quarantine; None to whoever may not see the evidence."""


def _checked(once: Once, province: Province, with_refusals: bool) -> _Checked:
    loaded = feeds(once, province).items()
    return _Checked(
        {name for name, feed in loaded if feed.last_attempt == "blocked"},
        {name for name, feed in loaded if feed.covered},
        once(_refusing, province.province_id) if with_refusals else None,
    )


def _refusing(connection: Connection, province_id: int) -> dict[str, list[tuple[date, date]]]:
    """Feed → days of its published batches of which records still lie in quarantine."""
    days: dict[str, list[tuple[date, date]]] = {}
    for feed, first, last in connection.execute(
        "select distinct b.source || '.' || b.feed, b.first_day, b.last_day from serving.batches as b"
        " where b.province_id = %s and b.quarantined > 0 and b.status = 'published' and exists (select from"
        " serving.quarantine as q where q.batch_id = b.batch_id and q.state = 'open')",
        (province_id,),
    ):
        days.setdefault(feed, []).append((first, last))
    return days


def _rows(s: Snapshot, query: str, values: Mapping[str, Any]) -> Rows:
    with s.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), {"own": s.province.province_id, **values}).fetchall()
