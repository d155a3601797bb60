"""Quality over time: trends, worst rules, drift, and the lists of runs, rules and refused records, also as files."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from accounts.caller import log_read
from hub.periods import Period, first_of_month
from hub.translation import msg
from screens import quality, quality_tables
from screens.charts.series import Point
from screens.database import Snapshot
from screens.downloads import MEDIA_TYPES, attachment
from screens.evidence import sees_evidence
from screens.freshness import titles
from screens.pages.frame import Visit, Visited, address, province_of
from screens.pages.quality_page_tables import (
    LISTS,
    deliverers_table,
    filtered,
    refused_table,
    rules_table,
    run_href,
    runs_table,
    table_of,
    trail_links,
)
from screens.quality import Filters
from screens.request_errors import not_found, read_day
from screens.scope import sees_all
from screens.view_models.page import Link, Option, Table
from screens.view_models.quality import DimensionTrend, FilterForm, QualityList, QualityPage
from warehouse.quality_dimensions import DIMENSIONS

router = APIRouter(include_in_schema=False)
MOST = 50
Word = Annotated[str, Query(max_length=120)]
_HIDDEN = msg("This holds other units' records, too: only accounts of the whole province see it.")


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
    given = {"source": source, "feed": feed, "rule": rule, "status": status, "deliverer": deliverer}
    words = {name: text.strip() or None for name, text in given.items()}
    return Filters(first=read_day("from", first), last=read_day("to", last), **words)


Asked = Annotated[Filters, Depends(filters)]


@router.get("/quality")
def overview(v: Visited, asked: Asked) -> Response:
    """The five dimensions by month, the rules that are broken most, drift, and the newest runs."""
    with v.reading("explain") as s:
        own, connection = s.province.province_id, s.connection
        months = quality.window(connection, own, asked)
        found = quality.totals(connection, own, asked, months)
        trends = quality.trends(found, months)
        of: dict[tuple[str, str], list[quality.Total]] = {}
        for total in found:
            of.setdefault((total.source, total.dimension), []).append(total)
        by_source = [
            {"source": name, **{d: quality.score(of.get((name, d), ())) for d in DIMENSIONS}}
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
            lists=[
                Link(v.say(title), filtered(f"/quality/{name}", asked))
                for name, title in LISTS.items()
                if name != "quarantine" or s.caller.may("rows")
            ],
            trends=[
                DimensionTrend(name, v.say(quality_tables.DIMENSION[name]), _points(points))
                for name, points in trends.items()
                if sum(value is not None for _, value in points)
            ],
            sources=table_of(v, msg("Share of what held, by source (%)"), heads, by_source),
            rules=rules_table(v, asked, quality.worst_rules(found)[:10]),
            drifts=table_of(
                v,
                msg("Drift: batches unlike those before"),
                drift_heads,
                quality.drifts(connection, own, found, v.language),
                run_href(v),
            ),
            runs=runs_table(v, quality.runs(connection, own, asked, v.language, limit=10)),
            deliverers=deliverers_table(v, quality.deliverer_months(connection, own, asked, months))
            if asked.source or asked.deliverer
            else None,
            note=None if sees_evidence(s) else v.say(_HIDDEN),
            reports=_reports(v, s, months),
        )
        page = v.frame(s, v.say("Data quality"), trail=trail_links(v)[:1], place=province_of(s))
    return v.answer("quality.html", page, model)


def _reports(v: Visit, s: Snapshot, months: Period) -> list[Link]:
    if not (v.known().may("export") and sees_all(s.caller)):
        return []
    last = first_of_month(months.last, 1) - timedelta(days=1)
    days = [("from", months.first), ("to", last), ("province", s.province.code)]
    kinds = {"pdf": v.say(msg("Report (PDF)")), "xlsx": v.say(msg("Report (Excel)"))}
    return [Link(words, address(f"/api/v1/reports/quality.{kind}", days)) for kind, words in kinds.items()]


@router.get("/quality/runs")
def runs(v: Visited, asked: Asked, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Batches with their accounts, the newest first."""
    with v.reading("explain") as s:
        rows = quality.runs(s.connection, s.province.province_id, asked, v.language, before, MOST + 1)
        table = runs_table(v, rows[:MOST])
        following = rows[MOST - 1]["batch_id"] if len(rows) > MOST else None
        return _list(v, s, "runs", asked, table, following, quality_tables.STATUS)


@router.get("/quality/rules")
def rules(v: Visited, asked: Asked) -> Response:
    """Rules that were broken in the asked months, the worst first."""
    with v.reading("explain") as s:
        months = quality.window(s.connection, s.province.province_id, asked)
        found = quality.worst_rules(quality.totals(s.connection, s.province.province_id, asked, months))
        return _list(v, s, "rules", asked, rules_table(v, asked, found), None, {})


@router.get("/quality/quarantine")
def quarantine(v: Visited, asked: Asked, before: Annotated[int | None, Query(ge=1, le=2**62)] = None) -> Response:
    """Refused records, how old they are, who is to see to them, and what became of them. Reading it is logged."""
    caller = v.known("rows")
    with v.reading("explain", is_logged=True) as s:
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "rows", {"list": "quarantine", "query": str(v.request.query_params)})
        rows = quality.refused(s.connection, s.province.province_id, asked, before, MOST + 1)
        table = refused_table(v, rows[:MOST], with_batch=True)
        following = rows[MOST - 1]["quarantine_id"] if len(rows) > MOST else None
        return _list(v, s, "quarantine", asked, table, following, quality_tables.STATE)


@router.get("/quality/{name}.{kind}")
def file(v: Visited, name: str, kind: str, asked: Asked) -> Response:
    """The same lists as files, which leave the hub: of refused records about persons small counts are not in them, nor
    what would tell them. Raises WrongQuestion where there are more rows than a file has."""
    caller = v.known("export")
    if name not in LISTS or kind not in ("csv", "xlsx"):
        raise not_found(msg("file"), f"{name}.{kind}")
    with v.reading("explain", is_logged=True) as s:
        subject = {"file": f"quality/{name}.{kind}", "query": str(v.request.query_params)}
        with v.database.accounts() as keeper:
            log_read(keeper, caller, "export", subject | {"province": s.province.code})
        body = listed(name, kind, s, asked)
    headers = attachment(f"quality-{name}.{kind}", is_simulated=v.database.is_simulated)
    return Response(body, 200, headers, MEDIA_TYPES[kind])


def listed(name: str, kind: str, s: Snapshot, asked: Filters) -> bytes:
    """A list as a file."""
    own, persons = s.province.province_id, quality.about_persons(s.catalogue)
    if name == "runs":
        rows = quality.whole(quality.runs(s.connection, own, asked, s.language, limit=quality.MOST_IN_FILE + 1))
        rows, columns = quality_tables.leaving_runs(rows, persons), quality_tables.RUNS
    elif name == "rules":
        months = quality.window(s.connection, own, asked)
        rows = quality.worst_rules(quality.totals(s.connection, own, asked, months))
        few = quality.feeds_of_few(s.connection, own, months)
        rows, columns = quality_tables.leaving_rules(rows, persons, few), quality_tables.RULES
    else:
        rows = quality.refused_counts(s.connection, own, asked)
        rows, columns = quality_tables.leaving_refused(rows, persons), quality_tables.REFUSED
    return quality_tables.write(kind, columns, rows, s.language, LISTS[name])


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
    here, title = f"/quality/{name}", v.say(LISTS[name])
    files = (
        [Link(kind.upper(), filtered(f"{here}.{kind}", asked)) for kind in ("csv", "xlsx")]
        if v.known().may("export")
        else []
    )
    model = QualityList(
        title,
        _form(v, s, here, asked, [(code, v.say(words)) for code, words in statuses.items()]),
        table,
        files,
        address(filtered(here, asked), [("before", following)]) if following else None,
        None if sees_evidence(s) else v.say(_HIDDEN),
    )
    page = v.frame(s, title, trail=trail_links(v), place=province_of(s), events_href=None)
    return v.answer("quality_list.html", page, model)


def _form(v: Visit, s: Snapshot, action: str, asked: Filters, statuses: Any) -> FilterForm:
    return FilterForm(
        action,
        [
            Option(name, title, name == asked.source)
            for name, title in sorted(titles(s).items(), key=lambda named: named[1])
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
