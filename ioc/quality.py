"""`ioc quality`: what was judged, what was refused and why, and the replay after a fix."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import typer

from hub.installation import Installation
from hub.translation import N_
from ioc import anomalies, deliveries, quarantine, ways_out
from ioc.arguments import First, Last, Province
from ioc.command_line import App
from ioc.output import Json, err, print_rows
from ioc.quality_arguments import (
    BatchId,
    CsvFile,
    Deliverer,
    Feed,
    Limit,
    Rule,
    Source,
    Status,
    XlsxFile,
    evidence,
    filters,
    read_rows,
    require_batch,
    tell_more,
    write_files,
)
from ioc.quarantine import find_offenders, value_text
from ioc.reader import number, province_named
from ioc.run import COUNTS, LOAD, as_row, print_accounts
from ioc.texts import SEVERITY, language, say, written

app = App(N_("Data quality"))
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

    asked = filters(source, feed, rule, status, first, last, deliverer, STATUSES, province)
    with evidence(province) as (connection, own, catalogue):
        rows = listed(connection, own, asked, language(), limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
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
    if more:
        tell_more(limit)


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

    asked = filters(source, feed, rule, None, first, last, province=province)
    with evidence(province) as (connection, own, catalogue):
        months = lists.window(connection, own, asked)
        rows = lists.worst_rules(lists.totals(connection, own, asked, months))
        few = lists.feeds_of_few(connection, own, months) if csv or xlsx else set()
    if csv or xlsx:
        leaving = quality_tables.leaving_rules(rows, lists.about_persons(catalogue), few)[:limit]
        write_files(quality_tables.RULES, leaving, say("Worst rules"), csv, xlsx)
    more, rows = len(rows) > limit, rows[:limit]
    told = [{**row, "share": number(row["share"])} for row in rows]
    labels = {name: say(text) for name, text in quality_tables.RULES.items()}
    print_rows(say("Worst rules"), labels, told if json else quality_tables.in_words(told, language()), json=json)
    if more:
        tell_more(limit)


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

    asked = filters(source, feed, rule, None, first, last, deliverer, province=province)
    with evidence(province) as (connection, own, _):
        months = lists.window(connection, own, asked)
        if deliverer:
            rows = lists.deliverer_months(connection, own, asked, months)
            heads = {name: say(name) for name in ("feed", "deliverer", "month", "batches", "records")}
            most = lists.MOST_DELIVERIES
            print_rows(say("Deliveries by month"), heads, rows[:most], json=json)
            if len(rows) > most:
                err.print(say("Only the first {most} rows are shown", most=most))
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
    rows = read_rows(
        "select rule as rule_id, severity, executed, passed, evaluated, failed, observed,"
        f" description_{language()} as description"
        " from serving.rule_results where batch_id = %s order by passed, rule",
        batch,
    )
    if not rows:
        require_batch(batch)
        err.print(say("There are no results of batch {batch}", batch=batch))
        raise typer.Exit(1)
    found = find_offenders("batch_id = %s", batch)
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
                "offenders": _times((value_text(one["value"]), one["count"]) for one in row["offenders"]),
            }
            for row in rows
        ]
    print_rows(say("Batch {batch}", batch=batch), labels, rows, json=json)


@app.command()
def replay(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """Load refused records again after a fix."""
    from pipeline.replay import replay as run

    with province_named():
        rows = [as_row(run(Installation.open(), batch))]
    print_accounts(say("Replayed"), LOAD, rows, json=json)


def _by_column(found: list[dict[str, Any]]) -> dict[str, int]:
    """Records by column, of one rule's offenders; the most frequent first."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one["column"]] = counts.get(one["column"], 0) + one["count"]
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def _times(counts: Iterable[tuple[str, int]]) -> str:
    return "; ".join(f"{what} × {written(count)}" for what, count in counts)


for _one in (
    *(anomalies.anomalies, quarantine.quarantine, quarantine.offenders, deliveries.deliverers),
    *(ways_out.page, ways_out.effects, ways_out.assign, ways_out.waive, ways_out.reject),
):
    app.command()(_one)
