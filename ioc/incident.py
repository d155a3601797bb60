"""`ioc incident`: what went wrong, who looks after it, and who was told."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import Abort
from hub.periods import VIETNAM
from hub.translation import N_, msg
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, print_json, print_rows, print_text
from ioc.reader import installation_of, questions, reader, reader_settings
from ioc.texts import language, say

if TYPE_CHECKING:
    from alerts.incidents import Incident, State
    from alerts.reminders import Reminder

app = App(N_("Incidents, and who was told of them"))
IncidentId = Annotated[int, typer.Argument(metavar="INCIDENT", help=N_("Incident number"))]
ReminderId = Annotated[int, typer.Argument(metavar="REMINDER", help=N_("Reminder number"))]
Reason = Annotated[str, typer.Option("--reason", help=N_("Why, in a few words without names of persons"))]
Resolved = Annotated[bool, typer.Option("--resolved", help=N_("Those that are resolved"))]
Unit = Annotated[str | None, typer.Option("--unit", help=N_("One unit only"))]
Year = Annotated[int | None, typer.Option("--year", help=N_("Of that year only"))]
STATUS = {
    "waiting": msg("waiting"),
    "sent": msg("sent"),
    "refused": msg("refused"),
    "unlisted": msg("recipient no longer listed"),
}


@app.command("list")
def list_incidents(
    resolved: Resolved = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Open incidents, the newest first."""
    from alerts.incidents import incidents
    from warehouse.serving import find_province

    settings = reader_settings(province)
    with reader(settings) as connection:
        found = incidents(connection, find_province(connection, settings.province), resolved=resolved)
    labels = {
        "incident_id": "#",
        "kind": say("kind"),
        "state": say("state"),
        "assignee": say("assigned to"),
        "what": say("what happened"),
        "kpis": say("KPIs"),
        "opened_at": say("opened"),
    }
    print_rows(say("Incidents"), labels, [_row(one, json=json) for one in found], json=json)


def _row(one: "Incident", *, json: bool) -> dict[str, Any]:
    from alerts.incidents import STATE_NAMES
    from alerts.kinds import BY_ID

    kind = BY_ID.get(one.kind)
    return {
        "incident_id": one.incident_id,
        "kind": one.kind if json or kind is None else say(kind.name),
        "cause": one.cause,
        "feed": ".".join(filter(None, (one.source, one.feed))) or None,
        "state": one.state if json else say(STATE_NAMES[one.state]),
        "assignee": one.assignee,
        "what": say(one.what),
        "reason": None if one.detail is None else say(one.detail),
        "kpis": one.kpis,
        "opened_at": one.opened_at,
        "gone_at": one.gone_at,
    }


@app.command()
def show(
    incident: IncidentId, province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False
) -> None:
    """An incident, its effect, what to do, and its history."""
    from alerts.incidents import STATE_NAMES, find
    from alerts.kinds import BY_ID
    from warehouse.serving import find_province

    settings = reader_settings(province)
    with questions(), reader(settings) as connection:
        one, steps = find(connection, find_province(connection, settings.province), incident)
    kind = BY_ID.get(one.kind)
    about = _row(one, json=json) | {
        "effect": None if kind is None else say(kind.effect),
        "remedy": None if kind is None else say(kind.remedy),
    }
    history = [
        {
            "happened_at": step.happened_at,
            "state": step.state if json else say(STATE_NAMES[step.state]),
            "actor": step.actor,
            "assignee": step.assignee,
            "reason": step.reason,
        }
        for step in steps
    ]
    if json:
        print_json(about | {"history": history})
        return
    for label, value in (
        (say("what happened"), about["what"]),
        (say("reason"), about["reason"]),
        (say("effect"), about["effect"]),
        (say("KPIs"), ", ".join(one.kpis)),
        (say("to do"), about["remedy"]),
    ):
        if value:
            print_text(f"{label}: {value}")
    labels = {
        "happened_at": say("when"),
        "state": say("state"),
        "actor": say("who"),
        "assignee": say("assigned to"),
        "reason": say("reason"),
    }
    print_rows(say("Incident {incident}", incident=incident), labels, history, json=False)


@app.command()
def acknowledge(
    incident: IncidentId, province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False
) -> None:
    """Take note of an incident: others see that somebody looks after it."""
    _advance(incident, "acknowledged", province, json=json)


@app.command()
def assign(
    incident: IncidentId,
    to: Annotated[str, typer.Option("--to", help=N_("Account or office"))],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Assign an incident to somebody."""
    _advance(incident, "assigned", province, json=json, assignee=to)


@app.command()
def resolve(
    incident: IncidentId,
    reason: Reason,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Close an incident; it is not opened again before its cause was gone once."""
    _advance(incident, "resolved", province, json=json, reason=reason)


def _advance(incident: int, state: "State", province: str | None, *, json: bool, **said: str) -> None:
    from alerts.incidents import STATE_NAMES, advance
    from warehouse.database import connect, warehouse_url
    from warehouse.trail import process_actor

    settings = reader_settings(province)
    with questions(), connect(warehouse_url(settings), "loader") as connection:
        advance(connection, incident, settings.province, state, process_actor(), **said)
    if json:
        print_json({"incident_id": incident, "state": state})
    else:
        print_text(say("Incident {incident}: {state}", incident=incident, state=STATE_NAMES[state]))


@app.command()
def alerts(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """The newest alerts: what was sent to whom, what waits, and why."""
    from alerts.recipients import recipients
    from warehouse.serving import find_province

    installation = installation_of(province)
    code = installation.settings.province
    known = {one.key: one.address for one in recipients(installation, code)}
    with reader(installation.settings) as connection:
        found = connection.execute(
            "select created_at, channel, recipient, subject, status, attempts, settled_at,"
            f" last_error_{language()}, alert_id::text from serving.alerts where province_id = %s"
            " order by created_at desc, alert_id limit 100".encode(),
            [find_province(connection, code).province_id],
        ).fetchall()
    labels = {
        "created_at": say("made at"),
        "recipient": say("recipient"),
        "subject": say("subject"),
        "status": say("state"),
        "attempts": say("attempts"),
        "settled_at": say("done at"),
        "last_error": say("last error"),
    }
    rows = [
        dict(zip(("created_at", "channel", *list(labels)[1:], "alert_id"), row, strict=True))
        | {"recipient": known.get(row[2], row[2]), "status": row[4] if json else say(STATUS[row[4]])}
        for row in found
    ]
    print_rows(say("Alerts"), labels, rows, json=json)


reminder = App(N_("Reminders to late units"))
app.add_typer(reminder, name="reminder")


@reminder.command("list")
def list_reminders(
    unit: Unit = None,
    year: Year = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Reminders, counted by unit and year, with what they lead to."""
    from alerts.reminders import reminders
    from alerts.settings import AlertSettings
    from warehouse.serving import find_province

    installation = installation_of(province)
    settings = AlertSettings.of(installation)
    with reader(installation.settings) as connection:
        found = reminders(connection, find_province(connection, installation.settings.province), unit=unit, year=year)
    labels = {
        "reminder_id": "#",
        "unit": say("unit"),
        "what": say("what was due"),
        "due_at": say("due by"),
        "year": say("year"),
        "number": say("number in the year"),
        "leads_to": say("leads to"),
        "withdrawn_reason": say("withdrawn because"),
    }
    print_rows(say("Reminders"), labels, [_reminder_row(one, settings, json=json) for one in found], json=json)


def _reminder_row(one: "Reminder", settings: Any, *, json: bool) -> dict[str, Any]:
    from alerts.texts import consequence

    follows = consequence(one.number, settings)
    row = {
        "reminder_id": one.reminder_id,
        "unit": one.unit if json else say(one.name),
        "what": say(one.what),
        "due_at": one.due_at,
        "deadline": one.deadline,
        "year": one.year,
        "number": one.number,
        "leads_to": None if follows is None else say(follows),
        "withdrawn_reason": one.withdrawn_reason,
    }
    return row | {"evidence": one.evidence} if json else row


@reminder.command()
def letter(
    reminder: ReminderId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("File to write: letter.docx"))],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Write the letter to the unit; number, signature and seal are left blank."""
    from alerts.letter import write_letter
    from alerts.reminders import find
    from alerts.settings import AlertSettings
    from warehouse.serving import find_province

    installation = installation_of(province)
    settings = AlertSettings.of(installation)
    with questions(), reader(installation.settings) as connection:
        own = find_province(connection, installation.settings.province)
        day = (installation.settings.now or datetime.now(VIETNAM)).astimezone(VIETNAM).date()
        document = write_letter(own, find(connection, own, reminder), settings, installation.settings.agency, day)
    try:
        file.write_bytes(document)
    except OSError as error:
        raise Abort(msg("{file} cannot be written: {strerror}", file=file, strerror=error.strerror)) from None
    if json:
        print_json({"reminder_id": reminder, "file": str(file)})
    else:
        print_text(say("Wrote {file}", file=file))


@reminder.command()
def withdraw(
    reminder: ReminderId,
    reason: Reason,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Take a reminder back: it stays listed and no longer counts."""
    from alerts.reminders import withdraw as take_back
    from warehouse.database import connect, warehouse_url
    from warehouse.serving import find_province
    from warehouse.trail import process_actor

    settings = reader_settings(province)
    with questions(), connect(warehouse_url(settings), "loader") as connection:
        own = find_province(connection, settings.province)
        take_back(connection, own, reminder, process_actor(), reason)
    if json:
        print_json({"reminder_id": reminder, "withdrawn": True})
    else:
        print_text(say("Reminder {reminder} no longer counts", reminder=reminder))
