"""`ioc quality`: what was judged, what was refused and why, and the replay after a fix."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from json import dumps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.installation import Installation
from hub.translation import N_, msg
from ioc import refused
from ioc.arguments import First, Last, Province, check_source
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_rows, print_table
from ioc.quality_arguments import (
    BatchId,
    CsvFile,
    Deliverer,
    Feed,
    Limit,
    Rule,
    Source,
    State,
    Status,
    XlsxFile,
    evidence,
    filters,
    write_files,
)
from ioc.reader import installation_of, number, province_named, reader, reader_settings
from ioc.run import COUNTS, LOAD, as_row, print_accounts
from ioc.texts import ANOMALY, SEVERITY, language, say, written
from screens import formats

if TYPE_CHECKING:
    from warehouse.deliverers import Delivery

app = App(N_("Data quality"))
for _one in (refused.page, refused.effects, refused.assign, refused.waive, refused.reject):
    app.command()(_one)
OneBatch = Annotated[int | None, typer.Option("--batch", help=N_("One batch only"))]
PERIODS = 12
"""So many are shown where no days are asked for."""
MOST_VALUES = 3
"""Of each broken rule so many values are shown beside it."""


@app.command()
def runs(
    limit: Limit = 30,
    source: Source = None,
    feed: Feed = None,
    rule: Rule = None,
    status: Status = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    deliverer: Deliverer = None,
    csv: CsvFile = None,
    xlsx: XlsxFile = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Recent batches and their accounts

    With --rule those that broke it. A file leaves the hub: small counts about persons are not in it.
    """
    from screens import quality_tables
    from screens.quality import STATUSES, about_persons
    from screens.quality import runs as listed

    asked = filters(source, feed, rule, status, first, last, deliverer, STATUSES)
    with evidence(province) as (connection, own, catalogue):
        rows = listed(connection, own, asked, language(), limit=limit)
    labels = {
        "batch_id": "#",
        "run_id": say("load"),
        "feed": say("feed"),
        "first_day": say("from"),
        "last_day": say("to"),
        "status": say("result"),
        "is_provisional": say("provisional"),
        **COUNTS,
        "finished_at": say("done at"),
        "reason": say("reason"),
    }
    if csv or xlsx:
        leaving = quality_tables.leaving_runs(rows, about_persons(catalogue))
        write_files(quality_tables.RUNS, leaving, say("Batches"), csv, xlsx)
    print_accounts(say("Batches"), labels, rows, json=json)


@app.command()
def rules(
    source: Source = None,
    feed: Feed = None,
    rule: Rule = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    limit: Limit = 30,
    csv: CsvFile = None,
    xlsx: XlsxFile = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """The rules that were broken, the worst first, over the months of the days

    Without days the twelve months to the newest batch.
    """
    from screens import quality as lists
    from screens import quality_tables

    asked = filters(source, feed, rule, None, first, last)
    with evidence(province) as (connection, own, catalogue):
        months = lists.window(connection, own, asked)
        rows = lists.worst_rules(lists.totals(connection, own, asked, months))[:limit]
    if csv or xlsx:
        leaving = quality_tables.leaving_rules(rows, lists.about_persons(catalogue))
        write_files(quality_tables.RULES, leaving, say("Worst rules"), csv, xlsx)
    told = [{**row, "share": number(row["share"])} for row in rows]
    labels = {name: say(text) for name, text in quality_tables.RULES.items()}
    print_rows(say("Worst rules"), labels, told if json else quality_tables.in_words(told, language()), json=json)


@app.command()
def trend(
    source: Source = None,
    feed: Feed = None,
    rule: Rule = None,
    deliverer: Deliverer = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Completeness, validity, uniqueness, timeliness and consistency by month, in percent

    With --deliverer instead in how many batches that one delivered, and how many records.
    """
    from screens import quality as lists
    from screens.quality_tables import DIMENSION

    asked = filters(source, feed, rule, None, first, last, deliverer)
    with evidence(province) as (connection, own, _):
        months = lists.window(connection, own, asked)
        if deliverer:
            rows = lists.deliverer_months(connection, own, asked, months)
            heads = {name: say(name) for name in ("feed", "deliverer", "month", "batches", "records")}
            print_rows(say("Deliveries by month"), heads, rows, json=json)
            return
        found = lists.trends(lists.totals(connection, own, asked, months), months)
    by_month: dict[date, dict[str, Any]] = {}
    for name, points in found.items():
        for month, value in points:
            by_month.setdefault(month, {"month": month})[name] = number(value)
    labels = {"month": say("month"), **{name: say(text) for name, text in DIMENSION.items()}}
    print_rows(say("Data quality"), labels, list(by_month.values()), json=json)


@app.command()
def show(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """What every rule said of a batch."""
    rows = _read(
        "select rule as rule_id, severity, executed, passed, evaluated, failed, observed,"
        f" description_{language()} as description"
        " from serving.rule_results where batch_id = %s order by passed, rule",
        batch,
    )
    if not rows:
        _there_is(batch)
        err.print(say("There are no results of batch {batch}", batch=batch))
        raise typer.Exit(1)
    found = _offenders("batch_id = %s", batch)
    for row in rows:
        own = [one for one in found if one["rule"] == row["rule_id"]]
        row["columns"] = _by_column(own)
        row["offenders"] = [{key: one[key] for key in ("column", "value", "count")} for one in own[:MOST_VALUES]]
    labels = {
        "rule_id": say("rule"),
        "description": say("meaning"),
        "severity": say("severity"),
        "executed": say("ran"),
        "passed": say("passed"),
        "evaluated": say("looked at"),
        "failed": say("broke it"),
        "observed": say("measured"),
        "columns": say("columns"),
        "offenders": say("most frequent values"),
    }
    if not json:
        rows = [
            {
                **row,
                "severity": say(SEVERITY[row["severity"]]),
                "columns": _times(row["columns"].items()),
                "offenders": _times((_value_text(one["value"]), one["count"]) for one in row["offenders"]),
            }
            for row in rows
        ]
    print_rows(say("Batch {batch}", batch=batch), labels, rows, json=json)


@app.command()
def anomalies(
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    source: Annotated[str | None, typer.Option("--source", help=N_("One source only"))] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """What is not as usual for such a day: volumes, silent deliverers, repeated answers, codes, arrival, KPIs

    Without days those of the last week that each feed is loaded for. An anomaly blocks nothing by itself.
    """
    from alerts.anomalies import anomalies as unusual
    from kpis.catalogue import Catalogue

    if source is not None:
        _check_source(source, province)
    installation = installation_of(province)
    settings = installation.settings
    now = settings.now or datetime.now(UTC)
    with reader(settings) as connection:
        found = unusual(connection, settings.province, Catalogue.of(installation, settings.province), now, first, last)
    rows = [
        {
            "cause": one.cause,
            "subject": one.subject if json else say(ANOMALY[one.subject]),
            "source": one.source,
            "feed": one.feed,
            "kpi": one.kpi,
            "part": one.part,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "seen": one.seen,
            "low": one.low,
            "high": one.high,
            "text": say(one.text),
        }
        for one in found
        if source is None or one.source == source
    ]
    labels = {
        "subject": say("what"),
        "first_day": say("from"),
        "last_day": say("to"),
        "text": say("anomaly"),
    }
    print_rows(say("Anomalies"), labels, rows, json=json)


@app.command()
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
        _there_is(batch)
    asked = filters(source, feed, rule, state, first, last, deliverer, lists.STATES)
    with evidence(province) as (connection, own, catalogue):
        rows = lists.refused(connection, own, asked, limit=limit + 1, batch=batch)
        counted = lists.refused_counts(connection, own, asked) if csv or xlsx else []
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
        err.print(say("There are more than {shown}; more by --limit", shown=limit))


@app.command()
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
        _there_is(batch)
    if source is not None:
        _check_source(source, province)
    rows = _offenders(
        "province = %s and case when %s::bigint is null then kind = 'fetch' and q.replay_batch_id is null"
        " else batch_id = %s end and q.source = coalesce(%s, q.source)"
        " and (%s::integer is null or quarantined_at > now() - make_interval(days => %s))",
        *(reader_settings(province).province, batch, batch, source, days, days),
        limit=limit,
    )
    labels = {
        "feed": say("feed"),
        "rule": say("rule"),
        "column": say("column"),
        "value": say("value"),
        "count": say("records"),
    }
    if not json:
        rows = [{**row, "value": _value_text(row["value"])} for row in rows]
    print_rows(say("Most frequent values"), labels, rows, json=json)


@app.command()
def deliverers(
    source: Annotated[str | None, typer.Argument(metavar="SOURCE", help=N_("One source only"))] = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Who has delivered what, when, of feeds that several deliver together

    Without days a table shows the last 12 periods of each feed.
    """
    from warehouse.deliverers import deliveries, matrices
    from warehouse.serving import find_province

    if source is not None:
        _check_source(source, province)
    settings = reader_settings(province)
    with reader(settings) as connection:
        found = deliveries(connection, find_province(connection, settings.province), source, first, last)
    if json:
        print_json([_as_row(one) for one in found])
        return
    if not found:
        err.print(say("No feed that several deliver together has been loaded"))
    for matrix in matrices(found, None if first or last else PERIODS):
        labels = {"name": say("deliverer")} | {
            str(period.first): formats.period(period.first, period.last, language()) for period in matrix.periods
        }
        rows = [
            {"name": say(name), **dict(zip(list(labels)[1:], map(_delivered, cells), strict=True))}
            for name, cells in matrix.rows
        ]
        print_table(f"{matrix.source}.{matrix.feed}", labels, rows)


def _as_row(one: "Delivery") -> dict[str, Any]:
    own = ("source", "feed", "deliverer", "name_vi", "name_en", "is_expected", "is_missing", "records", "delivered_at")
    return {"first_day": one.first, "last_day": one.last, **{name: getattr(one, name) for name in own}}


def _delivered(cell: "Delivery | None") -> str:
    if cell is None:
        return "—"
    return say("missing") if cell.is_missing else "✓"


@app.command()
def replay(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """Load refused records again after a fix."""
    from pipeline.replay import replay as run

    with province_named():
        rows = [as_row(run(Installation.open(), batch))]
    print_accounts(say("Replayed"), LOAD, rows, json=json)


def _offenders(where: str, *values: object, limit: int | None = None) -> list[dict[str, Any]]:
    """Feed, rule, column, value and number of records, the most frequent first, of the refused records that `where`
    keeps."""
    return _read(
        "select q.source || '.' || q.feed as feed, o ->> 'rule' as rule, o ->> 'column' as column, o ->> 'value' as"
        " value, count(*) as count from serving.quarantine as q join serving.batches using (batch_id, province_id)"
        " join serving.provinces using (province_id) cross join lateral jsonb_array_elements(q.offences) as o"
        f" where {where} group by 1, 2, 3, 4 order by 5 desc, 1, 2, 3, 4 limit %s",
        *values,
        limit,
    )


def _by_column(found: list[dict[str, Any]]) -> dict[str, int]:
    """Records by column, of one rule's offenders; the most frequent first."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one["column"]] = counts.get(one["column"], 0) + one["count"]
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _times(counts: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{what} × {written(count)}" for what, count in counts)


def _value_text(value: object) -> str:
    """A wire value in words; "–" for none, and for one of a person."""
    return "–" if value is None else value if isinstance(value, str) else dumps(value)


def _lines(row: dict[str, Any]) -> list[dict[str, Any]]:
    """A refused record as a line for each of its offences; one line where an earlier version kept none."""
    lines = [
        {"rules": one["rule"], "column": one["column"], "value": _value_text(one["value"])}
        for one in row["offences"] or ()
    ]
    return [{**row, **lines[0]}, *lines[1:]] if lines else [row]


def _check_source(name: str, province: str | None) -> None:
    from connectors.catalogue import faults_of, sources_of

    installation = installation_of(province)
    own = installation.settings.province
    check_source(name, sources_of(installation, own), own, faults_of(installation))


def _there_is(batch: int) -> None:
    """Raises Abort when there is no such batch."""
    from hub.errors import Abort

    if not _read("select from serving.batches where batch_id = %s", batch):
        raise Abort(
            msg("There is no batch {batch}; `ioc quality runs` lists them", batch=batch),
        )


def _read(query: str, *values: object) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with reader(Installation.open().settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()
