"""Quality over time: trends, worst rules, drift, runs with their accounts, refused records and their ways out."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import RedirectResponse, Response

from accounts.account_roles import AUDITORS, PAGE_READERS
from accounts.caller import log_read
from hub.errors import Abort, RequestError
from hub.periods import VIETNAM, first_of_month
from hub.texts import shown
from hub.translation import Wording, msg
from screens import formats, quality, quality_tables
from screens.charts.series import Point
from screens.database import Snapshot
from screens.directory import kpis
from screens.evidence import sees_evidence
from screens.formats import period
from screens.freshness import sources
from screens.pages.forms import Form, check_session
from screens.pages.frame import Visit, Visited, address
from screens.quality import Filters, Rows
from screens.request_errors import invalid_parameter, not_found
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from screens.view_models.quality import (
    DecisionForm,
    DimensionTrend,
    FilterForm,
    LandedPage,
    QualityList,
    QualityPage,
    RunPage,
)
from warehouse import decisions, trail
from warehouse.landing import Landing
from warehouse.quality_dimensions import DIMENSIONS

router = APIRouter(include_in_schema=False)
MOST, MOST_IN_FILE, MOST_SHOWN, MOST_OFFENCES = 50, 100_000, 20_000, 3
Batch = Annotated[int, Path(ge=1, le=2**62)]
Number = Annotated[int, Path(ge=1, le=2**30)]
Word = Annotated[str, Query(max_length=120)]
_HIDDEN = msg("This holds other units' records, too: only accounts of the whole province see it.")
_LISTS: dict[str, Wording] = {
    "runs": msg("Runs"),
    "rules": msg("Worst rules"),
    "quarantine": msg("Refused records"),
}


def filters(
    source: Word = "",
    feed: Word = "",
    rule: Word = "",
    status: Word = "",
    deliverer: Word = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
) -> Filters:
    """Dependency: what a list is limited to; an empty field of the form is no limit."""
    days: list[date | None] = []
    for name, text in (("from", first), ("to", last)):
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError:
            raise invalid_parameter(name, msg("{text!r} is no day; write YYYY-MM-DD", text=text)) from None
    given = {"source": source, "feed": feed, "rule": rule, "status": status, "deliverer": deliverer}
    words = {name: text.strip() or None for name, text in given.items()}
    return Filters(first=days[0], last=days[1], **words)


Asked = Annotated[Filters, Depends(filters)]


@router.get("/quality")
def overview(v: Visited, asked: Asked) -> Response:
    """The five dimensions by month, the rules that are broken most, drift, and the newest runs."""
    with v.reading("explain") as s:
        own, connection = s.province.province_id, s.connection
        months = quality.window(connection, own, asked)
        found = quality.totals(connection, own, asked, months)
        trends = quality.trends(found, months)
        by_source = [
            {
                "source": name,
                **{d: quality.score([t for t in found if t.source == name and t.dimension == d]) for d in DIMENSIONS},
            }
            for name in sorted({t.source for t in found})
        ]
        heads = {"source": msg("Source"), **quality_tables.DIMENSION}
        drift_heads = {
            "batch_id": msg("Batch"),
            "feed": msg("Feed"),
            "description": msg("Rule"),
            "observed": msg("Measured"),
        }
        model = QualityPage(
            filters=_form(v, s, "/quality", asked, ()),
            lists=[Link(v.say(title), _to(f"/quality/{name}", asked)) for name, title in _LISTS.items()],
            trends=[
                DimensionTrend(name, v.say(quality_tables.DIMENSION[name]), _points(points))
                for name, points in trends.items()
                if sum(value is not None for _, value in points)
            ],
            sources=_table(v, msg("Share of what held, by source (%)"), heads, by_source),
            rules=_rules_table(v, asked, quality.worst_rules(found)[:10]),
            drifts=_table(
                v,
                msg("Drift: batches unlike those before"),
                drift_heads,
                quality.drifts(connection, own, found, v.language),
                "/quality/runs/{batch_id}",
            ),
            runs=_runs_table(v, quality.runs(connection, own, asked, v.language, limit=10)),
            deliverers=_deliverers(v, quality.deliverer_months(connection, own, asked, months))
            if asked.source or asked.deliverer
            else None,
            note=None if sees_evidence(s) else v.say(_HIDDEN),
        )
        page = v.frame(s, v.say("Data quality"), trail=_trail(v)[:1])
    return v.answer("quality.html", page, model)


@router.get("/quality/runs")
def runs(v: Visited, asked: Asked, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Batches with their accounts, the newest first."""
    with v.reading("explain") as s:
        rows = quality.runs(s.connection, s.province.province_id, asked, v.language, before, MOST + 1)
        table = _runs_table(v, rows[:MOST])
        following = rows[MOST - 1]["batch_id"] if len(rows) > MOST else None
        return _list(v, s, "runs", asked, table, following, quality_tables.STATUS)


@router.get("/quality/rules")
def rules(v: Visited, asked: Asked) -> Response:
    """Rules that were broken in the asked months, the worst first."""
    with v.reading("explain") as s:
        months = quality.window(s.connection, s.province.province_id, asked)
        found = quality.worst_rules(quality.totals(s.connection, s.province.province_id, asked, months))
        return _list(v, s, "rules", asked, _rules_table(v, asked, found), None, {})


@router.get("/quality/quarantine")
def quarantine(v: Visited, asked: Asked, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Refused records, how old they are, who is to see to them, and what became of them. Reading it is logged."""
    caller = v.known("rows")
    with v.reading("explain", is_logged=True) as s:
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "rows", {"list": "quarantine", "query": str(v.request.query_params)[:500]})
        rows = quality.refused(s.connection, s.province.province_id, asked, before, MOST + 1)
        table = _refused_table(v, rows[:MOST], with_batch=True)
        following = rows[MOST - 1]["quarantine_id"] if len(rows) > MOST else None
        return _list(v, s, "quarantine", asked, table, following, quality_tables.STATE)


@router.get("/quality/{name}.{kind}")
def file(v: Visited, name: str, kind: str, asked: Asked) -> Response:
    """The same lists as files, which leave the hub: of refused records about persons small counts are not in them."""
    caller = v.known("export")
    if name not in _LISTS or kind not in ("csv", "xlsx"):
        raise not_found(msg("file"), f"{name}.{kind}")
    with v.reading("explain", is_logged=True) as s:
        subject = {"file": f"quality/{name}.{kind}", "query": str(v.request.query_params)[:500]}
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "export", subject | {"province": s.province.code})
        body = listed(name, kind, s, asked)
    media = "text/csv; charset=utf-8" if kind == "csv" else quality_tables.XLSX
    return Response(body, 200, _attached(v, f"quality-{name}.{kind}"), media)


def listed(name: str, kind: str, s: Snapshot, asked: Filters) -> bytes:
    """A list as a file."""
    own, persons = s.province.province_id, quality.about_persons(s.catalogue)
    if name == "runs":
        rows = quality.runs(s.connection, own, asked, s.language, limit=MOST_IN_FILE)
        rows, columns = quality_tables.leaving_runs(rows, persons), quality_tables.RUNS
    elif name == "rules":
        months = quality.window(s.connection, own, asked)
        rows = quality.worst_rules(quality.totals(s.connection, own, asked, months))
        rows, columns = quality_tables.leaving_rules(rows, persons), quality_tables.RULES
    else:
        rows = quality.refused_counts(s.connection, own, asked)
        rows, columns = quality_tables.leaving_refused(rows, persons), quality_tables.REFUSED
    return quality_tables.write(kind, columns, rows, s.language, _LISTS[name])


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
            if way == "assigned":
                who = given.get("assignee", "").strip()
                decisions.assign(keeper, who, batch, records, reason, specs, actor)
            elif way in ("waived", "rejected"):
                decisions.settle(keeper, way, batch, records, reason, specs, actor)  # type: ignore[arg-type]
            else:
                raise Abort(msg("Choose what to do with the records"))
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
        page = v.frame(s, title, trail=[*_trail(v), Link(_named(v, batch), f"/quality/runs/{batch}")], events_href=None)
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
    return Response(content, 200, _attached(v, f"batch-{batch}-page-{number}.json"), "application/octet-stream")


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
        asked = {"batch": batch, "feed": row["feed"]}
        checks = quality.read(
            s.connection,
            f"select description_{v.language} as description, rule, severity, executed, passed, evaluated, failed,"
            " observed from serving.rule_results where batch_id = %(batch)s order by passed, rule",
            asked,
        )
        refused = quality.read(
            s.connection,
            "select q.* from serving.quarantine as q where q.batch_id = %(batch)s"
            " order by q.state <> 'open', q.quarantine_id limit 500",
            asked,
        )
        pages = quality.read(
            s.connection,
            "select page_number, records, fetched_at, request, landed_sha256 from serving.pages"
            " where batch_id = %(batch)s order by page_number limit 500",
            asked,
        )
        names = {name: v.words(definition.name) for name, definition in kpis(s).items()}
        effects = [
            {"kpi": names.get(e["kpi"], e["kpi"]), "period": period(e["first_day"], e["last_day"], v.language)}
            for e in quality.effects(s.connection, own, s.catalogue, batch)
        ]
        for check in checks:
            verdict = {True: "passed", False: "broken", None: "unmeasured"}[check["passed"]]
            check["verdict"] = v.label(f"verdict.{verdict if check['executed'] else 'not_run'}")
            check["severity"] = v.label(f"severity.{check['severity']}")
        title = _named(v, batch)
        page = v.frame(s, title, trail=_trail(v), events_href=None)
    opens = caller.role in PAGE_READERS
    model = RunPage(
        title=title,
        facts=_account(v, row),
        reason=row["reason"],
        rules=_table(
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
        refused=_refused_table(v, refused, with_batch=False),
        effects=_table(
            v,
            msg("Figures that are provisional while this batch is"),
            {"kpi": msg("Indicator"), "period": msg("Reporting period")},
            effects,
            empty=msg("No published figure is provisional because of it."),
        ),
        pages=_table(
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
        form=_decision_form(v, caller.role, batch, refused, error, given or {}),
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


def _points(months: Sequence[tuple[date, Decimal | None]]) -> list[Point]:
    return [Point(month, first_of_month(month, 1) - timedelta(days=1), value) for month, value in months]


def _list(
    v: Visit,
    s: Snapshot,
    name: str,
    asked: Filters,
    table: Table,
    following: int | None,
    statuses: Any,
) -> Response:
    here, title = f"/quality/{name}", v.say(_LISTS[name])
    files = (
        [Link(kind.upper(), _to(f"{here}.{kind}", asked)) for kind in ("csv", "xlsx")]
        if v.known().may("export")
        else []
    )
    model = QualityList(
        title,
        _form(v, s, here, asked, [(code, v.say(words)) for code, words in statuses.items()]),
        table,
        files,
        address(_to(here, asked), [("before", following)]) if following else None,
        None if sees_evidence(s) else v.say(_HIDDEN),
    )
    return v.answer("quality_list.html", v.frame(s, title, trail=_trail(v), events_href=None), model)


def _form(v: Visit, s: Snapshot, action: str, asked: Filters, statuses: Any) -> FilterForm:
    return FilterForm(
        action,
        [
            Option(one.source, one.title, one.source == asked.source)
            for one in sorted(sources(s), key=lambda o: o.title)
        ],
        [Option(code, words, code == asked.status) for code, words in statuses],
        [
            ("feed", v.say("Feed"), asked.feed or ""),
            ("rule", v.say("Rule"), asked.rule or ""),
            ("deliverer", v.say("Deliverer"), asked.deliverer or ""),
        ],
        str(asked.first or ""),
        str(asked.last or ""),
    )


def _to(path: str, asked: Filters) -> str:
    given = {**vars(asked), "from": asked.first, "to": asked.last}
    return address(path, [(name, value) for name, value in given.items() if name not in ("first", "last")])


def _trail(v: Visit) -> list[Link]:
    return [Link(v.say("Freshness of the data"), "/freshness"), Link(v.say("Data quality"), "/quality")]


def _named(v: Visit, batch: int) -> str:
    return v.say("Batch {batch}", batch=str(batch))


def _runs_table(v: Visit, rows: Rows) -> Table:
    for row in rows:
        row["is_provisional"] = v.say("yes") if row["is_provisional"] else v.say("no")
    return _table(v, _LISTS["runs"], quality_tables.RUNS, rows, "/quality/runs/{batch_id}")


def _rules_table(v: Visit, asked: Filters, rows: Rows) -> Table:
    made = _table(v, _LISTS["rules"], {"rule": msg("Rule"), **quality_tables.RULES}, rows)
    hrefs = []
    for row in rows:
        source, _, feed = row["feed"].partition(".")
        limits = Filters(source, feed, row["rule"], None, asked.first, asked.last, asked.deliverer)
        hrefs.append(_to("/quality/runs", limits))
    lines = [TableRow(line.cells, href) for line, href in zip(made.rows, hrefs, strict=True)]
    return Table(made.caption, made.columns, lines, made.empty)


def _refused_table(v: Visit, rows: Rows, *, with_batch: bool) -> Table:
    told, now = [], datetime.now(VIETNAM)
    for row in rows:
        offences = [f"{o['column']} = {'–' if o['value'] is None else o['value']}" for o in row["offences"] or ()]
        told.append(
            row
            | {
                "batch_id": str(row["batch_id"]),
                "quarantine_id": f"#{row['quarantine_id']}",
                "rules": ", ".join(row["rules"]),
                "offences": "; ".join(offences[:MOST_OFFENCES]),
                "age": formats.age(row["quarantined_at"], now, v.language),
                "decision": _decision(v, row),
            }
        )
    columns = {
        **({"batch_id": msg("Batch"), "feed": msg("Feed")} if with_batch else {}),
        "quarantine_id": msg("Record"),
        "record_key": msg("Key"),
        "rules": msg("Rule"),
        "offences": msg("Value"),
        "age": msg("Age"),
        "assignee": msg("Assigned to"),
        "state": msg("State"),
        "decision": msg("Decision"),
    }
    return _table(v, _LISTS["quarantine"], columns, told, "/quality/runs/{batch_id}" if with_batch else None)


def _decision(v: Visit, row: dict[str, Any]) -> str:
    if row["replay_batch_id"]:
        return _named(v, row["replay_batch_id"])
    if row["decided_at"] is None:
        return ""
    if row["state"] == "superseded":
        return _named(v, row["decision_reason"].removeprefix("batch/"))
    who = row["decided_by"].partition(":")[2]
    return f"{who}, {formats.moment(row['decided_at'], v.language)}: {row['decision_reason']}"


def _deliverers(v: Visit, rows: Rows) -> Table:
    told = [row | {"month": period(row["month"], row["month"], v.language)} for row in rows]
    columns = {
        "deliverer": msg("Deliverer"),
        "feed": msg("Feed"),
        "month": msg("Month"),
        "batches": msg("Batches"),
        "records": msg("Records"),
    }
    return _table(v, msg("Deliveries by month"), columns, told)


_NUMBERS = {"fetched", "loaded", "unchanged", "superseded", "quarantined", "runs", "broken", "evaluated", "failed"}
_NUMBERS |= {"share", "records", "batches", *DIMENSIONS}


def _table(
    v: Visit,
    caption: Wording,
    columns: quality_tables.Columns,
    rows: Rows,
    href: str | None = None,
    empty: Wording | None = None,
) -> Table:
    """Rows under titles; `href` leads on from the first cell, with the row's values in it."""
    heads = [
        TableColumn(v.say(text), name in _NUMBERS, code=name in ("rule", "landed_sha256"))
        for name, text in columns.items()
    ]
    lines = [
        TableRow([_cell(name, row[name]) for name in columns], href.format(**raw) if href else None)
        for raw, row in zip(rows, quality_tables.in_words(rows, v.language), strict=True)
    ]
    return Table(v.say(caption), heads, lines, v.say(empty) if empty else None)


def _cell(name: str, value: Any) -> Any:
    return str(value) if value is not None and name.endswith(("_id", "_number")) else value


def _attached(v: Visit, name: str) -> dict[str, str]:
    prefix = "simulated-" if v.database.settings.now else ""
    return {"Content-Disposition": f'attachment; filename="{prefix}{name}"', "Cache-Control": "private, no-store"}
