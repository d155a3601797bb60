"""`ioc incident reminder`: reminders to late units, and their letters."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.periods import VIETNAM
from hub.translation import N_
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, print_json, print_rows, print_text, write_file
from ioc.reader import installation_of, questions, reader, reader_settings
from ioc.texts import say

if TYPE_CHECKING:
    from alerts.reminders import Reminder

app = App(N_("Reminders to late units"))
ReminderId = Annotated[int, typer.Argument(metavar="REMINDER", help=N_("Reminder number"))]
Reason = Annotated[str, typer.Option("--reason", help=N_("Why, in a few words without names of persons"))]
Unit = Annotated[str | None, typer.Option("--unit", help=N_("One unit only"))]
Year = Annotated[int | None, typer.Option("--year", help=N_("Of that year only"))]


@app.command("list")
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


@app.command()
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
    write_file(file, document)
    if json:
        print_json({"reminder_id": reminder, "file": str(file)})


@app.command()
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
