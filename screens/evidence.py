"""What the checks said: runs and rule results, the newest first. Only whoever sees a whole province sees them."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import dict_row

from screens.database import Snapshot

Rows = list[dict[str, Any]]


def runs(
    s: Snapshot,
    source: str | None = None,
    feed: str | None = None,
    status: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> Rows:
    """Attempts to load, each with its account; `before` is the batch after which the list goes on."""
    return _rows(
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


def results(
    s: Snapshot,
    batch: int | None = None,
    source: str | None = None,
    passed: bool | None = None,
    before: tuple[int, str] | None = None,
    limit: int = 100,
) -> Rows:
    """What every rule said of every batch; `before` is the batch and rule after which the list goes on."""
    return _rows(
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


def _rows(s: Snapshot, query: str, values: Mapping[str, Any]) -> Rows:
    with s.connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), {"own": s.province.province_id, **values}).fetchall()
