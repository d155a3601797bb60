"""`ioc government`: what the Government's operations centre was told, and what it answered."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ioc.arguments import First, Last, Province, check_range
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import installation_of, installation_with_gateway, number, questions, reader, reader_settings
from ioc.texts import language, say

if TYPE_CHECKING:
    from government.outbox import Message, Standing
    from government.sending import Sending

app = App("Gửi chỉ tiêu cho Chính phủ / indicators to the Government")

_STATE = {
    "accepted": ("đã nhận", "accepted"),
    "refused": ("bị từ chối", "refused"),
    "sending": ("đang gửi, chưa có trả lời", "on its way, no answer yet"),
    "waiting": ("chờ gửi", "waiting"),
    "unchanged": ("không khác số đã nhận, không gửi", "same as accepted, nothing to send"),
    "missing": ("chưa có số liệu, không gửi", "no figure, nothing to send"),
    "early": ("số liệu chưa đến tháng cuối kỳ, chưa gửi", "data do not reach the last month, nothing to send yet"),
    "unsent": ("sẽ gửi lần tới", "goes with the next sending"),
}


@app.command()
def send(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Gửi những gì đang chờ; mã thoát 3 khi bị từ chối / send what waits; exit 3 when something is refused."""
    from government.sending import send as send_all

    with questions():
        _tell(send_all(installation_with_gateway(province)), json=json)


@app.command()
def resend(
    first: Annotated[date, First],
    last: Annotated[date, Last],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ liệt kê / list only, send nothing")] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Gửi lại y nguyên những gì đã được nhận, của các kỳ kết thúc trong khoảng ngày, khi bên nhận mất dữ liệu
    / send what was accepted again, unchanged, of periods that end in the days, when the receiver lost it.

    Gửi thừa vô hại: thư bên nhận vẫn còn giữ thì không đổi gì. / What the receiver still knows changes nothing there.
    """
    from government.outbox import accepted
    from government.sending import resend as send_again

    check_range(first, last)
    with questions():
        if not dry_run:
            _tell(send_again(installation_with_gateway(province), first, last), json=json)
            return
        settings = reader_settings(province)
        with reader(settings) as connection:
            messages = accepted(connection, settings.province, first, last)
    _show(say("Sẽ gửi lại", "Would be sent again"), [_message(message) for message in messages], json=json)


def _tell(sending: "Sending", *, json: bool) -> None:
    """What became of messages; exit code 1 when some got no answer, 3 when some were refused."""
    rows = [
        _message(sent.message)
        | {
            "state": "refused" if sent.receipt is None else "accepted",
            "receipt": sent.receipt,
            "refusal": reason_text(sent.reasons),
        }
        for sent in sending.answered
    ]
    _show(say("Đã gửi", "Sent"), rows, json=json)
    for error in sending.unanswered:
        err.print(f"✗ {error.text(language())}", style="red", markup=False, highlight=False)
    if sending.unanswered:
        err.print(say("Chưa gửi hết; hãy gửi lại.", "Not all was sent; send again."))
        raise typer.Exit(1)
    if sending.refused:
        raise typer.Exit(3)


@app.command()
def status(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Từng chỉ tiêu và kỳ: đã gửi gì, trả lời ra sao; mã thoát 3 khi có từ chối
    / each indicator and period: what was sent, what was answered; exit 3 when something was refused."""
    from government.outbox import indicators, standings
    from kpis.catalogue import Catalogue

    with questions():
        installation = installation_of(province)
        settings = installation.settings
        kpis = indicators(Catalogue.of(installation), settings.government_kpis)
        with reader(settings) as connection:
            rows = [_as_row(row) for row in standings(connection, settings.province, kpis)]
    _show(say("Gửi cho Chính phủ", "Told to the Government"), rows, json=json)
    if any(row["state"] == "refused" for row in rows):
        raise typer.Exit(3)


def _message(message: "Message") -> dict[str, Any]:
    return {
        "kpi": message.kpi,
        "period": message.body["ky"],
        "version": message.version,
        "value": message.body["chi_tieu"][0]["gia_tri"],
    }


def _as_row(one: "Standing") -> dict[str, Any]:
    return {
        "kpi": one.kpi,
        "period": f"{one.last_day:%Y-%m}",
        "version": one.version,
        "value": number(one.value),
        "state": one.state,
        "receipt": one.receipt,
        "refusal": reason_text(one.refusal),
        "last_error": one.last_error_vi if language() == "vi" else one.last_error_en,
        "attempts": one.attempts,
        "since": one.since,
    }


def reason_text(reasons: list[dict[str, str]] | None) -> str | None:
    """Why a message was refused, in one line."""
    return "; ".join(": ".join(filter(None, (r["ma"], r["ly_do"]))) for r in reasons or ()) or None


def _show(title: str, rows: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json(rows)
        return
    labels = {
        "kpi": say("chỉ tiêu", "indicator"),
        "period": say("kỳ", "period"),
        "version": say("phiên bản", "version"),
        "value": say("giá trị", "value"),
        "state": say("trạng thái", "state"),
        "receipt": say("mã nhận", "receipt"),
        "refusal": say("lý do từ chối", "refused because"),
        "last_error": say("lỗi lần cuối", "last error"),
        "since": say("từ", "for"),
    }
    shown = [
        row | {"state": say(*_STATE[row["state"]]) if "state" in row else None, "since": _age(row.get("since"))}
        for row in rows
    ]
    print_table(title, {key: label for key, label in labels.items() if any(row.get(key) for row in shown)}, shown)


def _age(since: datetime | None) -> str | None:
    """How long it has been so: minutes, hours or days."""
    if since is None:
        return None
    hours = (datetime.now(since.tzinfo) - since).total_seconds() / 3600
    if hours < 1:
        return say(f"{hours * 60:.0f} phút", f"{hours * 60:.0f} min")
    if hours < 48:
        return say(f"{hours:.0f} giờ", f"{hours:.0f} h")
    return say(f"{hours / 24:.0f} ngày", f"{hours / 24:.0f} days")
