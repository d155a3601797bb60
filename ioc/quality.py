"""`ioc quality`: what was judged, what was refused and why, and the replay after a fix."""

from typing import Annotated, Any

import typer

from hub.installation import Installation
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import province_named, reader, reader_settings
from ioc.run import ACCOUNT, as_row, print_accounts
from ioc.texts import SEVERITY, say

app = App("Chất lượng dữ liệu / data quality")
BatchId = Annotated[int, typer.Argument(metavar="BATCH", help="Số lô / batch")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Số dòng nhiều nhất / rows at most")]


@app.command()
def runs(
    limit: Limit = 30, province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False
) -> None:
    """Các lô gần đây và sổ cân đối / recent batches and their accounts."""
    rows = _read(
        "select batch_id, source || '.' || feed as feed, first_day, last_day, status, declared, fetched,"
        " loaded, unchanged, superseded, quarantined, removed, finished_at,"
        f" {say('reason_vi', 'reason_en')} as reason from serving.batches"
        " join serving.provinces using (province_id) where province = %s order by batch_id desc limit %s",
        reader_settings(province).province,
        limit,
    )
    labels = {"batch_id": "#", "first_day": say("từ", "from"), "last_day": say("đến", "to"), **ACCOUNT}
    labels.pop("seconds")
    labels |= {"finished_at": say("xong lúc", "done at"), "reason": say("lý do", "reason")}
    if json:
        print_json(rows)
    else:
        print_accounts(say("Lô", "Batches"), labels, rows)


@app.command()
def show(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """Kết quả từng quy tắc của một lô / what every rule said of a batch."""
    rows = _read(
        "select rule as rule_id, severity, executed, passed, evaluated, failed, observed,"
        f" {say('description_vi', 'description_en')} as description"
        " from serving.rule_results where batch_id = %s order by passed, rule",
        batch,
    )
    if not rows:
        _there_is(batch)
        err.print(say(f"Không có kết quả của lô {batch}", f"There are no results of batch {batch}"))
        raise typer.Exit(1)
    labels = {
        "rule_id": say("quy tắc", "rule"),
        "description": say("nội dung", "meaning"),
        "severity": say("mức", "severity"),
        "executed": say("đã chạy", "ran"),
        "passed": say("đạt", "passed"),
        "evaluated": say("đã xét", "looked at"),
        "failed": say("vi phạm", "broke it"),
        "observed": say("đo được", "measured"),
    }
    if not json:
        rows = [{**row, "severity": say(*SEVERITY[row["severity"]])} for row in rows]
    _show(say(f"Lô {batch}", f"Batch {batch}"), labels, rows, json=json)


@app.command()
def incidents(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Các khoảng ngày bị chặn mà chưa lô nào công bố lại / blocked days that nothing has published since."""
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
            "reason": say(one.reason_vi, one.reason_en),
        }
        for one in found
    ]
    labels = {
        "batch_id": "#",
        "feed": say("luồng", "feed"),
        "first_day": say("từ", "from"),
        "last_day": say("đến", "to"),
        "since": say("bị chặn từ", "blocked since"),
        "attempts": say("số lần", "attempts"),
        "reason": say("lý do", "reason"),
    }
    _show(say("Sự cố", "Incidents"), labels, rows, json=json)


@app.command()
def quarantine(
    batch: Annotated[int | None, typer.Option("--batch", help="Chỉ một lô / one batch only")] = None,
    limit: Limit = 50,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Bản ghi bị cách ly và quy tắc đã vi phạm / refused records and the rules that they broke."""
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
        "batch_id": say("lô", "batch"),
        "feed": say("luồng", "feed"),
        "page_number": say("trang", "page"),
        "record_key": say("khoá", "key"),
        "rules": say("vi phạm", "broke"),
        "replay_batch_id": say("đã nạp lại ở lô", "accepted by batch"),
    }
    _show(say("Cách ly", "Quarantine"), labels, rows, json=json)
    if counted > len(rows):
        err.print(
            say(f"{len(rows)} trên {counted}; xem thêm bằng --limit", f"{len(rows)} of {counted}; more by --limit")
        )


@app.command()
def replay(batch: BatchId, json: Annotated[bool, Json] = False) -> None:
    """Nạp lại các bản ghi bị cách ly sau khi đã sửa / load refused records again after a fix."""
    from pipeline.replay import replay as run

    with province_named():
        rows = [as_row(run(Installation.open(), batch))]
    if json:
        print_json(rows)
    else:
        print_accounts(say("Nạp lại", "Replayed"), ACCOUNT, rows)


def _there_is(batch: int) -> None:
    """Raises Abort when there is no such batch."""
    from hub.errors import Abort

    if not _read("select from serving.batches where batch_id = %s", batch):
        raise Abort(
            f"Không có lô {batch}; xem các lô bằng `ioc quality runs`",
            f"There is no batch {batch}; `ioc quality runs` lists them",
        )


def _read(query: str, *values: object) -> list[dict[str, Any]]:
    from psycopg.rows import dict_row

    with reader(Installation.open().settings) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query.encode(), values).fetchall()


def _show(title: str, labels: dict[str, str], rows: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json(rows)
    else:
        print_table(title, labels, rows)
