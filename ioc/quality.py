"""`ioc quality`: what was judged, what was refused and why, and the replay after a fix."""

from typing import Annotated, Any

import typer

from hub.installation import Installation
from hub.translation import N_, Text, msg
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, print_rows
from ioc.reader import province_named, reader, reader_settings
from ioc.run import COUNTS, LOAD, as_row, print_accounts
from ioc.texts import SEVERITY, language, say

app = App(N_("Data quality"))
BatchId = Annotated[int, typer.Argument(metavar="BATCH", help=N_("Batch number"))]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help=N_("Rows at most"))]


@app.command()
def runs(
    limit: Limit = 30, province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False
) -> None:
    """Recent batches and their accounts."""
    rows = _read(
        "select batch_id, run_id, source || '.' || feed as feed, first_day, last_day, status, declared, fetched,"
        " loaded, unchanged, superseded, quarantined, removed, finished_at,"
        f" reason_{language()} as reason from serving.batches"
        " join serving.provinces using (province_id) where province = %s order by batch_id desc limit %s",
        reader_settings(province).province,
        limit,
    )
    labels = {
        "batch_id": "#",
        "run_id": say("load"),
        "feed": say("feed"),
        "first_day": say("from"),
        "last_day": say("to"),
        "status": say("result"),
        **COUNTS,
        "finished_at": say("done at"),
        "reason": say("reason"),
    }
    print_accounts(say("Batches"), labels, rows, json=json)


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
    labels = {
        "rule_id": say("rule"),
        "description": say("meaning"),
        "severity": say("severity"),
        "executed": say("ran"),
        "passed": say("passed"),
        "evaluated": say("looked at"),
        "failed": say("broke it"),
        "observed": say("measured"),
    }
    if not json:
        rows = [{**row, "severity": say(SEVERITY[row["severity"]])} for row in rows]
    print_rows(say("Batch {batch}", batch=batch), labels, rows, json=json)


@app.command()
def incidents(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Blocked days that nothing has published since."""
    from alerts.incidents import incidents as opened

    settings = reader_settings(province)
    with reader(settings) as connection:
        found = opened(connection, settings.province)
    rows = [
        {
            "batch_id": one.batch_id,
            "feed": f"{one.source}.{one.feed}",
            "first_day": one.first_day,
            "last_day": one.last_day,
            "since": one.since,
            "attempts": one.attempts,
            "reason": say(Text(one.reason_vi, one.reason_en)),
        }
        for one in found
    ]
    labels = {
        "batch_id": "#",
        "feed": say("feed"),
        "first_day": say("from"),
        "last_day": say("to"),
        "since": say("blocked since"),
        "attempts": say("attempts"),
        "reason": say("reason"),
    }
    print_rows(say("Incidents"), labels, rows, json=json)


@app.command()
def quarantine(
    batch: Annotated[int | None, typer.Option("--batch", help=N_("One batch only"))] = None,
    limit: Limit = 50,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Refused records and the rules that they broke."""
    if batch is not None:
        _there_is(batch)
    rows = _read(
        "select quarantine_id, batch_id, source || '.' || feed as feed, page_number, row_number, record_key, rules,"
        " replay_batch_id, count(*) over () as counted from serving.quarantine"
        " join serving.provinces using (province_id) where province = %s and batch_id = coalesce(%s, batch_id)"
        " order by quarantine_id desc limit %s",
        reader_settings(province).province,
        batch,
        limit,
    )
    counted = max((row.pop("counted") for row in rows), default=0)
    labels = {
        "quarantine_id": "#",
        "batch_id": say("batch"),
        "feed": say("feed"),
        "page_number": say("page"),
        "record_key": say("key"),
        "rules": say("broke"),
        "replay_batch_id": say("accepted by batch"),
    }
    print_rows(say("Quarantine"), labels, rows, json=json)
    if counted > len(rows):
        err.print(say("{shown} of {counted}; more by --limit", shown=len(rows), counted=counted))


@app.command()
def replay(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """Load refused records again after a fix."""
    from pipeline.replay import replay as run

    with province_named():
        rows = [as_row(run(Installation.open(), batch))]
    print_accounts(say("Replayed"), LOAD, rows, json=json)


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
