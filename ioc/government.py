"""`ioc government`: what the Government's operations centre was told, and what it answered."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.translation import N_, msg
from ioc.arguments import First, Last, Province, check_past
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_table
from ioc.reader import installation_of, installation_with_gateway, number, questions, reader, reader_settings
from ioc.texts import language, say

if TYPE_CHECKING:
    from government.outbox import OutboxMessage
    from government.sending import Sending
    from government.standings import Standing

app = App(N_("Indicators to the Government"))

_STATE = {
    "accepted": msg("accepted"),
    "refused": msg("refused"),
    "sending": msg("on its way, no answer yet"),
    "waiting": msg("waiting"),
    "unchanged": msg("same as accepted, nothing to send"),
    "missing": msg("no figure, nothing to send"),
    "early": msg("data do not reach the last month, nothing to send yet"),
    "unsent": msg("goes with the next sending"),
}


@app.command()
def send(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Send what waits; exit 3 when something is refused."""
    from government.sending import send as send_all

    with questions():
        _tell(send_all(installation_with_gateway(province)), json=json)


@app.command()
def resend(
    first: Annotated[date, First],
    last: Annotated[date, Last],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("List only, send nothing"))] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Send what was accepted again, unchanged, of periods that end in the days, when the receiver lost it

    What the receiver still knows changes nothing there.
    """
    from government.outbox import accepted
    from government.sending import resend as send_again

    check_past(first, last)
    with questions():
        if not dry_run:
            _tell(send_again(installation_with_gateway(province), first, last), json=json)
            return
        settings = reader_settings(province)
        with reader(settings) as connection:
            messages = accepted(connection, settings.province, first, last)
    _show(say("Would be sent again"), [_message(message) for message in messages], json=json)


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
    _show(say("Sent"), rows, json=json)
    for error in sending.unanswered:
        err.print(f"✗ {error.text(language())}", style="red", highlight=False)
    if sending.unanswered:
        err.print(say("Not all was sent; send again."))
        raise typer.Exit(1)
    if sending.refused:
        raise typer.Exit(3)


@app.command()
def status(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Each indicator and period: what was sent, what was answered; exit 3 when something was refused."""
    from government.outbox import indicators
    from government.standings import standings
    from kpis.catalogue import Catalogue

    with questions():
        installation = installation_of(province)
        settings = installation.settings
        kpis = indicators(Catalogue.of(installation), settings.government_kpis)
        with reader(settings) as connection:
            rows = [_as_row(row) for row in standings(connection, settings.province, kpis)]
    _show(say("Told to the Government"), rows, json=json)
    if any(row["state"] == "refused" for row in rows):
        raise typer.Exit(3)


def _message(message: "OutboxMessage") -> dict[str, Any]:
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
        "kpi": say("indicator"),
        "period": say("period"),
        "version": say("version"),
        "value": say("value"),
        "state": say("state"),
        "receipt": say("receipt"),
        "refusal": say("refused because"),
        "last_error": say("last error"),
        "since": say("for"),
    }
    shown = [
        row | {"state": say(_STATE[row["state"]]) if "state" in row else None, "since": _age(row.get("since"))}
        for row in rows
    ]
    print_table(title, {key: label for key, label in labels.items() if any(row.get(key) for row in shown)}, shown)


def _age(since: datetime | None) -> str | None:
    """How long it has been so: minutes, hours or days."""
    if since is None:
        return None
    hours = (datetime.now(since.tzinfo) - since).total_seconds() / 3600
    if hours < 1:
        return say("{minutes:.0f} min", minutes=hours * 60)
    if hours < 48:
        return say("{hours:.0f} h", hours=hours)
    return say("{days:.0f} days", days=hours / 24)
