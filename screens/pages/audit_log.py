"""Who did what: the audit trail, for auditors and administrators."""

from collections.abc import Collection
from dataclasses import replace
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from accounts.caller import Caller, log_read
from audit.trail_log import COLUMNS, TrailEntry, TrailFilter, entries, write_table
from screens.downloads import MEDIA_TYPES, attachment
from screens.pages.frame import Visit, Visited, address
from screens.quality import WITHHELD, about_persons, leaving_account
from screens.request_errors import forbidden, read_day
from screens.view_models.evidence import AuditPage
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from warehouse.trail import Act

router = APIRouter(include_in_schema=False)
READERS = ("auditor", "admin")
"""Roles whose accounts may read the trail; the database holds to it, too (access.audits)."""
_ON_A_PAGE = 100
_KINDS = ("csv", "xlsx")
_WITHOUT_FIGURES: Collection[Act] = (
    *("load", "replay", "waiver", "definition", "reference", "account", "key", "export", "read", "setting", "report"),
    *("incident", "reminder", "note", "retention", "deletion", "archive", "migration"),
)
"""Acts whose entries tell no figure, nor how many of its slices changed."""
_OF_A_KPI = ("kpi", "government")
"""What the subject of an entry about one KPI begins with."""


@router.get("/audit")
def audit_log(
    v: Visited,
    subject: str = "",
    actor: str = "",
    act: str = "",
    first: str = "",
    last: str = "",
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """A page of the trail, the newest first."""
    _may_audit(v)
    asked = _filter(subject, actor, act, first, last)
    with v.reading() as s:
        found = entries(s.connection, asked, _ON_A_PAGE, before)
        page = v.frame(s, v.say("Audit trail"), whose=None, events_href=None)
    query = [("subject", subject), ("actor", actor), ("act", act), ("first", first), ("last", last)]
    rows = [one.row() for one in found]
    table = Table(
        v.say("Audit trail"),
        [TableColumn(v.say(label), code=name in ("before", "after")) for name, label in COLUMNS.items()],
        [TableRow([str(row["entry_id"]), *(row[name] for name in list(COLUMNS)[1:])]) for row in rows],
        v.say("No entry that you may see fits."),
    )
    older = address("/audit", [*query, ("before", found[-1].entry_id)]) if len(found) == _ON_A_PAGE else None
    model = AuditPage(
        table,
        [Option("", v.say("all acts"), not act), *(Option(one, one, one == act) for one in get_args(Act))],
        subject,
        actor,
        first,
        last,
        [Link(kind.upper(), address(f"/audit/log.{kind}", query)) for kind in _KINDS],
        older,
    )
    return v.answer("audit.html", page, model)


@router.get("/audit/log.{kind}")
def audit_file(
    v: Visited, kind: str, subject: str = "", actor: str = "", act: str = "", first: str = "", last: str = ""
) -> Response:
    """The same as a file. That it was taken is kept before it is given."""
    caller = _may_audit(v)
    asked = _filter(subject, actor, act, first, last)
    with v.reading("export") as s:
        persons = about_persons(s.catalogue)
        kpis = {one.id for one in s.catalogue.definitions.values() if one.about_persons}
        body = write_table(s.connection, asked, f".{kind}", v.say, lambda entry: _leaving(entry, persons, kpis))
        province = s.province.code
    with v.database.accounts() as keeper:
        log_read(keeper, caller, "export", {"file": f"audit.{kind}", "province": province, **asked.as_json()})
    headers = attachment(f"audit-trail.{kind}", is_simulated=v.database.is_simulated)
    return Response(body, 200, headers, MEDIA_TYPES[kind])


def _leaving(entry: TrailEntry, persons: Collection[str], kpis: Collection[str]) -> TrailEntry:
    """An entry as it may leave the hub: of counts of records those that are no small cell, and nothing of an act that
    tells figures, nor how many changed, but of KPIs that are known not to be about persons, as the `kpis` are. Only of
    entries about a feed it is known whether that is one of the `persons`."""
    kind, *feed = entry.subject.split("/")[:3]
    if entry.act not in _WITHOUT_FIGURES and not (kind in _OF_A_KPI and feed[0] not in kpis):
        return replace(entry, before=entry.before and WITHHELD, after=entry.after and WITHHELD)
    if entry.subject.startswith(("feed/", "quarantine/")) and ".".join(feed) not in persons:
        return entry
    return replace(entry, before=_without_few(entry.before), after=_without_few(entry.after))


def _without_few(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_few(one) for one in value]
    if isinstance(value, dict):
        return leaving_account({name: _without_few(one) for name, one in value.items()}, WITHHELD)
    return value


def _may_audit(v: Visit) -> Caller:
    caller = v.known()
    if caller.role not in READERS:
        raise forbidden("audit")
    return caller


def _filter(subject: str, actor: str, act: str, first: str, last: str) -> TrailFilter:
    """Raises RequestError 422 for a day that is none."""
    days = read_day("first", first), read_day("last", last)
    return TrailFilter(subject or None, actor or None, act or None, *days)
