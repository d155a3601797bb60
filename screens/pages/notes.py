"""Notes on figures are written and withdrawn from the page of their KPI."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response

from hub.errors import Abort, RequestError, WrongQuestion
from hub.periods import Period
from hub.translation import msg
from kpis.notes import notes, withdraw_note, write_note
from screens.database import Snapshot
from screens.directory import find_kpi, whole
from screens.notes import may_withdraw
from screens.pages.choice import Choice, choose
from screens.pages.forms import Form, check_session
from screens.pages.frame import Arrived, Visited, address
from screens.pages.kpi import show_kpi
from screens.pages.note_forms import note_form
from screens.request_errors import not_found, read_day
from screens.scope import ask
from warehouse.serving import Area
from warehouse.trail import account_actor

router = APIRouter(include_in_schema=False)
_NOT_YOURS = msg("Your account may not write or withdraw notes on this figure; ask an administrator")


@router.get("/kpis/{kpi_id}/notes")
def read(v: Arrived, kpi_id: str) -> Response:
    """To the KPI's page: links of one that has refused a note lead here."""
    return RedirectResponse(address(f"/kpis/{kpi_id}", v.request.query_params.multi_items()) + "#notes", 303)


@router.post("/kpis/{kpi_id}/notes")
def write(v: Visited, kpi_id: str, given: Form) -> Response:
    """Adds a note on the KPI where it is shown; what is wrong with it is said above the form."""
    caller = v.known()
    check_session(v, given)
    first, last = (read_day(name, given.get(name)) for name in ("first", "last"))
    with v.reading() as s:
        choice = choose(v, s)
        subject = ask(s, find_kpi(s, kpi_id), choice.period, choice.area, choice.slices)
        form = note_form(s, subject, choice)
        if form is None:
            raise RequestError(_NOT_YOURS, 403, "forbidden")
        place = _place(s, subject.place, first, last)
    try:
        if first is None or last is None:
            raise Abort(msg("Say the days that the note explains"))
        if place is None:
            raise Abort(msg("{place} was not there on all of these days; choose others", place=subject.place.name))
        with v.database.accounts() as keeper:
            text, actor = given.get("text", ""), account_actor(caller.login)
            write_note(keeper, s.province, kpi_id, place.area_id, Period(first, last), text, actor)
    except (Abort, WrongQuestion) as error:
        said = {name: given.get(name, "") for name in ("first", "last", "text")}
        return show_kpi(v, kpi_id, refused=replace(form, error=error.text(v.language), **said))
    return _back(kpi_id, choice)


@router.post("/kpis/{kpi_id}/notes/{number}/withdraw")
def withdraw(v: Visited, kpi_id: str, number: Annotated[int, Path(ge=1, le=2**62)], given: Form) -> Response:
    """Withdraws a note: by its author, or an administrator."""
    caller = v.known()
    check_session(v, given)
    with v.reading() as s:
        kpi, choice = find_kpi(s, kpi_id), choose(v, s)
        found = next((one for one in notes(s.connection, s.province, [kpi.id]) if one.note_id == number), None)
        if found is None:
            raise not_found(msg("note"), number)
        if not may_withdraw(s, found):
            raise RequestError(_NOT_YOURS, 403, "forbidden")
    with v.database.accounts() as keeper:
        withdraw_note(keeper, s.province, number, account_actor(caller.login))
    return _back(kpi.id, choice)


def _place(s: Snapshot, shown: Area, first: date | None, last: date | None) -> Area | None:
    """The shown area on the note's days; None where it was not there on all of them: another area can bear its code."""
    if first is None or last is None:
        return None
    if shown.level == "province":
        return whole(s, last)
    return shown if shown.valid_from <= first and (shown.valid_to is None or last < shown.valid_to) else None


def _back(kpi_id: str, choice: Choice) -> Response:
    return RedirectResponse(choice.to(f"/kpis/{kpi_id}", pinned=True) + "#notes", status_code=303)
