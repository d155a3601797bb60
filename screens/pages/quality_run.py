"""One batch: its account, what rules said, what was refused, what was decided about that, and its landed pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response

from accounts.account_roles import AUDITORS, PAGE_READERS
from accounts.caller import log_read
from hub.errors import Abort, RequestError
from hub.texts import shown
from hub.translation import msg
from screens import formats, quality, quality_tables
from screens.database import Snapshot
from screens.directory import kpis
from screens.downloads import attachment
from screens.formats import period
from screens.pages.forms import Form, check_session
from screens.pages.frame import Visit, Visited, province_of
from screens.pages.quality_page_tables import (
    batch_name,
    first_rows,
    refused_table,
    table_of,
    trail_links,
)
from screens.quality import Filters, Rows
from screens.request_errors import not_found
from screens.view_models.page import Link, Option
from screens.view_models.quality import DecisionForm, LandedPage, RunPage
from warehouse import decisions, trail
from warehouse.landing import Landing
from warehouse.quality_dimensions import VALUES

router = APIRouter(include_in_schema=False)
MOST_ROWS = 500
"""Of a batch's refused records, and of its pages, that are shown."""
MOST_SHOWN = 20_000
"""Characters of a landed page that are shown; the bytes are all there."""
Batch = Annotated[int, Path(ge=1, le=2**62)]
Number = Annotated[int, Path(ge=1, le=2**30)]


@router.get("/quality/runs/{batch}")
def run(v: Visited, batch: Batch) -> Response:
    """One batch with its account, what rules said, what was refused and its pages. Reading it is logged."""
    return _run(v, batch)


@router.post("/quality/runs/{batch}/decisions")
def decide(v: Visited, batch: Batch, given: Form) -> Response:
    """Waives or rejects open refused records of a batch, or says who is to see to them."""
    caller = v.known("explain")
    check_session(v, given)
    way = given.get("way", "")
    if caller.role not in (PAGE_READERS if way == "assigned" else AUDITORS):
        raise RequestError(msg("This is for auditors"), 403, "forbidden")
    with v.reading("explain") as s:
        _find(s, batch)
    one = given.get("record", "")
    records = [int(one)] if one.isascii() and one.isdigit() and len(one) < 19 else None
    actor, reason, specs = (
        trail.account_actor(caller.login),
        given.get("reason", ""),
        v.database.settings.catalogue.sources,
    )
    try:
        if one and records is None:
            raise Abort(msg("There is no refused record {record!r}", record=one[:20]))
        with v.database.accounts() as keeper:
            if way not in ("waived", "rejected", "assigned"):
                raise Abort(msg("Choose what to do with the records"))
            assignee = given.get("assignee", "").strip() if way == "assigned" else None
            decisions.decide(keeper, way, batch, records, reason, specs, actor, assignee)  # type: ignore[arg-type]
    except Abort as error:
        return _run(v, batch, error.text(v.language), given)
    return RedirectResponse(f"/quality/runs/{batch}", status_code=303)


@router.get("/quality/runs/{batch}/pages/{number}")
def landed(v: Visited, batch: Batch, number: Number) -> Response:
    """A landed page, redacted; that it was opened is an entry of the trail."""
    content, row = _open_page(v, batch, number)
    text = shown(content.decode("utf-8", "replace"))
    with v.reading("explain") as s:
        title = v.say("Page {number} of batch {batch}", number=str(number), batch=str(batch))
        page = v.frame(
            s,
            title,
            trail=[*trail_links(v), Link(batch_name(v, batch), f"/quality/runs/{batch}")],
            place=province_of(s),
            events_href=None,
        )
    facts = [
        (v.say("Request"), row["request"]),
        (v.label("explain.fetched_at"), formats.moment(row["fetched_at"], v.language)),
        (v.say("Records"), formats.number(row["records"], v.language)),
        ("SHA-256", row["landed_sha256"]),
    ]
    href = f"/quality/runs/{batch}/pages/{number}/content"
    model = LandedPage(title, facts, text[:MOST_SHOWN], len(text) > MOST_SHOWN, href)
    return v.answer("landed_page.html", page, model)


@router.get("/quality/runs/{batch}/pages/{number}/content")
def landed_bytes(v: Visited, batch: Batch, number: Number) -> Response:
    """Its bytes."""
    content, _ = _open_page(v, batch, number)
    headers = attachment(f"batch-{batch}-page-{number}.json", is_simulated=v.database.is_simulated)
    return Response(content, 200, headers, "application/octet-stream")


def _open_page(v: Visit, batch: int, number: int) -> tuple[bytes, dict[str, Any]]:
    """The redacted bytes and the manifest's row, once the trail tells that they are read.

    Raises RequestError 403 for other roles, 404 for a page that the caller does not see or the landing has no more.
    """
    caller = v.known("rows")
    if caller.role not in PAGE_READERS or caller.is_machine:
        raise RequestError(msg("Landed pages are for auditors and engineers"), 403, "forbidden")
    with v.reading("explain", is_logged=True) as s:
        rows = quality.read(
            s.connection,
            "select request, fetched_at, records, landed_sha256 from serving.pages where province_id = %(own)s"
            " and batch_id = %(batch)s and page_number = %(number)s",
            {"own": s.province.province_id, "batch": batch, "number": number},
        )
        province = s.province.code
    if not rows or v.database.settings.landing is None:
        raise not_found(msg("page"), f"{batch}/{number}")
    sha256 = rows[0]["landed_sha256"]
    try:
        content = Landing(v.database.settings.landing).read(sha256)
    except Abort:
        raise RequestError(msg("This page is no longer kept, or cannot be read from here"), 404, "not-found") from None
    with v.database.accounts() as keeper:
        actor = trail.account_actor(caller.login)
        trail.write(keeper, "read", f"page/{batch}/{number}", province=province, actor=actor, after={"sha256": sha256})
    return content, rows[0]


def _run(v: Visit, batch: int, error: str | None = None, given: dict[str, str] | None = None) -> Response:
    caller = v.known("rows")
    with v.reading("explain", is_logged=True) as s:
        row, own = _find(s, batch), s.province.province_id
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "rows", {"batch": batch, "province": s.province.code})
        asked = {"batch": batch, "limit": MOST_ROWS + 1}
        checks = quality.read(
            s.connection,
            f"select description_{v.language} as description, rule, severity, executed, passed, evaluated, failed,"
            " observed from serving.rule_results where batch_id = %(batch)s order by passed, rule",
            asked,
        )
        refused = quality.read(
            s.connection,
            "select q.* from serving.quarantine as q where q.batch_id = %(batch)s"
            " order by q.state <> 'open', q.quarantine_id limit %(limit)s",
            asked,
        )
        pages = quality.read(
            s.connection,
            "select page_number, records, fetched_at, request, landed_sha256 from serving.pages"
            " where batch_id = %(batch)s order by page_number limit %(limit)s",
            asked,
        )
        names = {name: v.words(definition.name) for name, definition in kpis(s).items()}
        effects = [
            {"kpi": names.get(e["kpi"], e["kpi"]), "period": period(e["first_day"], e["last_day"], v.language)}
            for e in quality.effects(s.connection, own, s.catalogue, batch)
        ]
        doubts = row["is_provisional"] and any(one["rule"] == VALUES and one["passed"] is False for one in checks)
        for check in checks:
            verdict = {True: "passed", False: "broken", None: "unmeasured"}[check["passed"]]
            check["verdict"] = v.label(f"verdict.{verdict if check['executed'] else 'not_run'}")
            check["severity"] = v.label(f"severity.{check['severity']}")
        title = batch_name(v, batch)
        page = v.frame(s, title, trail=trail_links(v), place=province_of(s), events_href=None)
    opens = caller.role in PAGE_READERS
    model = RunPage(
        title=title,
        facts=_account(v, row),
        reason=row["reason"],
        rules=table_of(
            v,
            msg("Rules"),
            {
                "description": msg("Rule"),
                "verdict": msg("Result"),
                "severity": msg("Severity"),
                "evaluated": msg("Rows looked at"),
                "failed": msg("Rows that broke it"),
                "observed": msg("Measured"),
                "rule": msg("Code"),
            },
            checks,
        ),
        refused=first_rows(v, refused_table(v, refused, with_batch=False), MOST_ROWS),
        effects=table_of(
            v,
            msg("Figures that are provisional while this batch is"),
            {"kpi": msg("Indicator"), "period": msg("Reporting period")},
            effects,
            empty=msg("No published figure is provisional because of it."),
        ),
        pages=first_rows(
            v,
            table_of(
                v,
                msg("Landed pages"),
                {
                    "page_number": msg("Page"),
                    "records": msg("Records"),
                    "fetched_at": msg("Received at"),
                    "request": msg("Request"),
                    "landed_sha256": msg("SHA-256"),
                },
                pages,
                f"/quality/runs/{batch}/pages/{{page_number}}" if opens else None,
            ),
            MOST_ROWS,
        ),
        form=_decision_form(v, caller.role, batch, refused[:MOST_ROWS], error, given or {})
        or (_confirmation_form(v, batch, error, given or {}) if doubts and caller.role in AUDITORS else None),
    )
    return v.answer("quality_run.html", page, model, 422 if error else 200)


def _find(s: Snapshot, batch: int) -> dict[str, Any]:
    """The batch, with its account. Raises RequestError 404 for one that the caller does not see."""
    rows = quality.runs(s.connection, s.province.province_id, Filters(), s.language, batch + 1, 1)
    if not rows or rows[0]["batch_id"] != batch:
        raise not_found(msg("batch"), batch)
    return rows[0]


def _account(v: Visit, row: dict[str, Any]) -> list[tuple[str, str]]:
    shown_row = quality_tables.in_words([row], v.language)[0]
    facts = [
        (v.say("Feed"), row["feed"]),
        (v.say("Days"), period(row["first_day"], row["last_day"], v.language)),
        (v.say("Status"), shown_row["status"] + (f" · {v.say('Provisional')}" if row["is_provisional"] else "")),
    ]
    counts = ("fetched", "loaded", "unchanged", "superseded", "quarantined")
    return [*facts, *((v.say(quality_tables.RUNS[name]), formats.number(row[name], v.language)) for name in counts)]


def _decision_form(
    v: Visit, role: str, batch: int, refused: Rows, error: str | None, given: dict[str, str]
) -> DecisionForm | None:
    still = [row for row in refused if row["state"] == "open"]
    ways = [("waived", msg("Waive")), ("rejected", msg("Reject for good"))] if role in AUDITORS else []
    if role in PAGE_READERS:
        ways.append(("assigned", msg("Assign to")))
    if not still or not ways:
        return None
    named = [Option("", v.say("All open records of this batch"))]
    named += [Option(str(row["quarantine_id"]), f"#{row['quarantine_id']} {row['record_key'] or ''}") for row in still]
    return DecisionForm(
        f"/quality/runs/{batch}/decisions",
        [Option(way, v.say(text), way == given.get("way")) for way, text in ways],
        [Option(one.value, one.label, one.value == given.get("record", "")) for one in named],
        error,
        given.get("reason", ""),
        given.get("assignee", ""),
    )


def _confirmation_form(v: Visit, batch: int, error: str | None, given: dict[str, str]) -> DecisionForm:
    """To say of values that are unlike those before that they are true."""
    return DecisionForm(
        f"/quality/runs/{batch}/decisions",
        [Option("waived", v.say("Confirm the values"))],
        [Option("", v.say("The whole batch"))],
        error,
        given.get("reason", ""),
        is_confirmation=True,
    )
