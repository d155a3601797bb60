"""Incidents: what is wrong now, who looks after it, and the steps that a person may take."""

from typing import cast

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from accounts.account_roles import ENGINEERS, SEE_INCIDENTS
from alerts.incidents import STATES, Incident, State, Step, advance, find, incidents
from alerts.kinds import BY_ID
from hub.errors import Abort, RequestError, WrongQuestion
from hub.translation import msg
from screens.database import Snapshot
from screens.directory import kpis
from screens.evidence import sees_evidence
from screens.pages.forms import Form, check_session
from screens.pages.frame import Visited, province_of
from screens.request_errors import not_found
from screens.view_models.evidence import IncidentPage, IncidentsPage
from screens.view_models.page import Link
from warehouse.trail import account_actor

router = APIRouter(include_in_schema=False)
_HERE = "/incidents"


@router.get(_HERE)
def show_incidents(v: Visited, state: str = "open") -> Response:
    """The open ones, or with state=resolved the others."""
    are_resolved = state == "resolved"
    with v.reading() as s:
        _check_rights(s)
        found = incidents(s.connection, s.province, resolved=are_resolved)
        page = v.frame(
            s, v.say("Incidents"), trail=[Link(v.say("Freshness of the data"), "/freshness")], place=province_of(s)
        )
    other = _HERE if are_resolved else f"{_HERE}?state=resolved"
    return v.answer("incidents.html", page, IncidentsPage(found, BY_ID, are_resolved, other))


@router.get(_HERE + "/{number}")
def show_incident(v: Visited, number: int) -> Response:
    """One of them, with its history, and what the reader may do."""
    with v.reading() as s:
        _check_rights(s)
        incident, steps = _find(s, number)
        known = kpis(s)
        touched = [(v.words(known[kpi].name), f"/kpis/{kpi}") for kpi in incident.kpis if kpi in known]
        trail = [Link(v.say("Freshness of the data"), "/freshness"), Link(v.say("Incidents"), _HERE)]
        page = v.frame(
            s, v.say("Incident {number}", number=number), trail=trail, place=province_of(s), events_href=None
        )
        may_handle = s.caller.role in ENGINEERS and incident.state != "resolved"
    return v.answer("incident.html", page, IncidentPage(incident, BY_ID.get(incident.kind), touched, steps, may_handle))


@router.post(_HERE + "/{number}")
def act(v: Visited, number: int, given: Form) -> Response:
    """A person's step; what is missing is said above the form."""
    caller = v.known()
    check_session(v, given)
    with v.reading() as s:
        _check_rights(s)
        _find(s, number)
    if caller.role not in ENGINEERS or caller.is_machine:
        raise RequestError(msg("Your role may see incidents and not change them"), 403, "forbidden")
    if given.get("state") not in STATES[1:]:
        raise RequestError(msg("Choose what to do"), 422, "invalid-parameters")
    try:
        with v.database.accounts() as keeper:
            advance(
                keeper,
                number,
                s.province.code,
                cast(State, given["state"]),
                account_actor(caller.login),
                assignee=given.get("assignee"),
                reason=given.get("reason"),
            )
    except Abort as error:
        raise RequestError(error.message, 422, "invalid-parameters") from None
    return RedirectResponse(f"{_HERE}/{number}", status_code=303)


def _find(s: Snapshot, number: int) -> tuple[Incident, list[Step]]:
    try:
        return find(s.connection, s.province, number)
    except WrongQuestion:
        raise not_found(msg("incident"), number) from None


def _check_rights(s: Snapshot) -> None:
    """Raises RequestError 403 for whoever does not see the evidence of a whole province, or by role no incidents."""
    if s.caller.role not in SEE_INCIDENTS or not sees_evidence(s):
        raise RequestError(msg("Your account does not see incidents; ask an administrator"), 403, "forbidden")
