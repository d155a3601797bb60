"""`ioc note`: notes by which persons explain figures."""

from datetime import date
from typing import Annotated

import typer

from hub.translation import N_, msg
from ioc.arguments import AreaCode, First, Last, Period, Province, asked_days
from ioc.command_line import App
from ioc.output import Json, print_json, print_rows, print_text
from ioc.reader import installation_of, questions, reader, reader_settings
from ioc.texts import say

app = App(N_("Notes on figures"))
Kpi = Annotated[str, typer.Argument(help=N_("KPI, see `ioc kpi list`"))]


@app.command("list")
def list_notes(
    kpi: Annotated[str | None, typer.Option("--kpi", help=N_("One KPI only"))] = None,
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help=N_("Those that were withdrawn, too"))] = False,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Notes in the order of their days; of those that were withdrawn by whom."""
    from kpis.notes import notes
    from warehouse.serving import find_province

    settings = reader_settings(province)
    with reader(settings) as connection:
        own = find_province(connection, settings.province)
        found = notes(connection, own, None if kpi is None else [kpi], withdrawn=withdrawn)
    labels = {
        "note_id": "#",
        "kpi": say("KPI"),
        "area": say("area"),
        "first": say("from"),
        "last": say("to"),
        "text": say("note"),
        "author": say("who"),
        "written_at": say("written at"),
        "withdrawn_at": say("withdrawn at"),
        "withdrawn_by": say("withdrawn by"),
    }
    print_rows(say("Notes on figures"), labels, [vars(one) for one in found], json=json)


@app.command()
def add(
    kpi: Kpi,
    text: Annotated[str, typer.Argument(help=N_("What explains the figures, without names of persons"))],
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    period: Annotated[str | None, Period] = None,
    area: Annotated[str | None, AreaCode] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Write a note on a KPI's figures of an area, or of the whole province; everyone who sees them reads it."""
    from hub.errors import WrongQuestion
    from kpis.catalogue import Catalogue
    from kpis.notes import write_note
    from warehouse.database import connect, warehouse_url
    from warehouse.serving import find_area, find_province

    installation = installation_of(province)
    settings = installation.settings
    with questions(), connect(warehouse_url(settings), "loader") as connection:
        definition, days = Catalogue.of(installation, settings.province).find(kpi), asked_days(first, last, period)
        own = find_province(connection, settings.province)
        place = find_area(connection, own, area or own.area, days.last)
        if days.first < place.valid_from:
            raise WrongQuestion(msg("{place} was not there on all of these days; choose others", place=place.name))
        number = write_note(connection, own, definition.id, place.area_id, days, text)
    if json:
        print_json({"note_id": number})
    else:
        print_text(say("Note {note} is written", note=str(number)))


@app.command()
def withdraw(
    note: Annotated[int, typer.Argument(metavar="NOTE", help=N_("Note number"))],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Withdraw a note: nobody is shown its text any more."""
    from kpis.notes import withdraw_note
    from warehouse.database import connect, warehouse_url
    from warehouse.serving import find_province

    settings = reader_settings(province)
    with questions(), connect(warehouse_url(settings), "loader") as connection:
        withdraw_note(connection, find_province(connection, settings.province), note)
    if json:
        print_json({"note_id": note, "withdrawn": True})
    else:
        print_text(say("Note {note} is withdrawn", note=str(note)))
