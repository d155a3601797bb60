"""`ioc quality quarantine` and `ioc quality offenders`: refused records, and the values for which they were refused."""

from datetime import date
from json import dumps
from typing import Annotated, Any

import typer

from hub.translation import N_
from ioc.arguments import First, Last, Province
from ioc.output import Json, print_rows
from ioc.quality_arguments import (
    CsvFile,
    Deliverer,
    Feed,
    Limit,
    Rule,
    Source,
    State,
    XlsxFile,
    evidence,
    filters,
    read_rows,
    require_batch,
    require_source,
    tell_more,
    write_files,
)
from ioc.reader import reader_settings
from ioc.texts import language, say

OneBatch = Annotated[int | None, typer.Option("--batch", help=N_("One batch only"))]


def quarantine(
    batch: OneBatch = None,
    limit: Limit = 50,
    source: Source = None,
    feed: Feed = None,
    rule: Rule = None,
    state: State = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    deliverer: Deliverer = None,
    csv: CsvFile = None,
    xlsx: XlsxFile = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Refused records, the rules that they broke, with which values, and their way out

    A file counts them by batch and rule: it leaves the hub, and holds no single record.
    """
    from screens import quality as lists
    from screens import quality_tables

    if batch is not None:
        require_batch(batch)
    asked = filters(source, feed, rule, state, first, last, deliverer, lists.STATES, province)
    with evidence(province) as (connection, own, catalogue):
        rows = lists.refused(connection, own, asked, limit=limit + 1, batch=batch)
        counted = lists.refused_counts(connection, own, asked, batch) if csv or xlsx else []
    if csv or xlsx:
        leaving = quality_tables.leaving_refused(counted, lists.about_persons(catalogue))
        write_files(quality_tables.REFUSED, leaving, say("Quarantine"), csv, xlsx)
    more, rows = len(rows) > limit, rows[:limit]
    labels = {
        "quarantine_id": "#",
        "batch_id": say("batch"),
        "feed": say("feed"),
        "page_number": say("page"),
        "record_key": say("key"),
        "rules": say("broke"),
        "column": say("column"),
        "value": say("value"),
        "quarantined_at": say("refused at"),
        "assignee": say("assigned to"),
        "state": say("state"),
        "decided_by": say("decided by"),
        "decision_reason": say("reason"),
        "replay_batch_id": say("accepted by batch"),
    }
    if not json:
        rows = [line for row in quality_tables.in_words(rows, language()) for line in _lines(row)]
    print_rows(say("Quarantine"), labels, rows, json=json)
    if more:
        tell_more(limit)


def offenders(
    batch: OneBatch = None,
    source: Annotated[str | None, typer.Option("--source", help=N_("One source only"))] = None,
    days: Annotated[
        int | None,
        typer.Option("--days", min=1, max=36_500, help=N_("Only what was refused in so many days until now")),
    ] = None,
    limit: Limit = 50,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """The values for which records are refused, the most frequent first

    Without --batch those of records that no replay has accepted, as often as they came on the wire.
    """
    if batch is not None:
        require_batch(batch)
    require_source(source, province)
    rows = find_offenders(
        "province = %s and case when %s::bigint is null then kind = 'fetch' and q.replay_batch_id is null"
        " else batch_id = %s end and q.source = coalesce(%s, q.source)"
        " and (%s::integer is null or quarantined_at > now() - make_interval(days => %s))",
        *(reader_settings(province).province, batch, batch, source, days, days),
        limit=limit + 1,
    )
    more, rows = len(rows) > limit, rows[:limit]
    labels = {
        "feed": say("feed"),
        "rule": say("rule"),
        "column": say("column"),
        "value": say("value"),
        "count": say("records"),
    }
    if not json:
        rows = [{**row, "value": value_text(row["value"])} for row in rows]
    print_rows(say("Most frequent values"), labels, rows, json=json)
    if more:
        tell_more(limit)


def find_offenders(where: str, *values: object, limit: int | None = None) -> list[dict[str, Any]]:
    """Feed, rule, column, value and number of records, the most frequent first, of the refused records that `where`
    keeps."""
    return read_rows(
        "select q.source || '.' || q.feed as feed, o ->> 'rule' as rule, o ->> 'column' as column, o ->> 'value' as"
        " value, count(*) as count from serving.quarantine as q join serving.batches using (batch_id, province_id)"
        " join serving.provinces using (province_id) cross join lateral jsonb_array_elements(q.offences) as o"
        f" where {where} group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4 limit %s",
        *values,
        limit,
    )


def value_text(value: object) -> str:
    """A wire value in words; "–" for none, and for one of a person."""
    return "–" if value is None else value if isinstance(value, str) else dumps(value)


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """A refused record as a line for each of its offences; one line where an earlier version kept none."""
    lines = [
        {"rules": one["rule"], "column": one["column"], "value": value_text(one["value"])}
        for one in row["offences"] or ()
    ]
    return [{**row, **lines[0]}, *lines[1:]] if lines else [row]
