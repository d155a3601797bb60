"""The tables of an explanation, in the page's language."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from kpis.definition import Definition
from kpis.explanation import Explanation
from screens import formats
from screens.database import Snapshot
from screens.directory import breakdown_names
from screens.labels import LABELS
from screens.pages.frame import Visit
from screens.view_models.page import Cell, Table, TableColumn, TableRow

MOST_PAGES, MOST_VALUES, LONGEST_TEXT = 40, 3, 120


def references(v: Visit, found: Explanation) -> Table | None:
    """Reference figures that the formula takes instead of records."""
    rows = [
        [v.label(f"quantity.{r['quantity']}"), r["name"], _plain(r["year"]), _number(r["value"]), r["basis"]]
        for r in found.references
    ]
    return _table(v, "references", ("quantity", "name", "year", "value", "basis"), rows, {"value"}) if rows else None


def batches(v: Visit, s: Snapshot, found: Explanation) -> Table:
    """Batches that brought the rows, each with its account."""
    counts = ("rows", "fetched", "loaded", "unchanged", "superseded", "quarantined")
    rows = [[*_delivery(v, s, b), *(_number(b[name]) for name in counts)] for b in found.batches]
    return _table(v, "batches", (*_DELIVERY, *counts), rows, set(counts), empty="no_batches")


def deliveries(v: Visit, s: Snapshot, found: Explanation) -> Table:
    """The same batches as an account that sees only a part of them may know them: a batch's account counts everybody's
    records, but what days it covers and when it came is no secret."""
    rows = [[*_delivery(v, s, b), b["rows"]] for b in found.batches]
    return _table(v, "batches", (*_DELIVERY, "own_rows"), rows, {"own_rows"}, empty="no_batches")


_DELIVERY = ("batch", "feed", "days", "loaded_at")


def _delivery(v: Visit, s: Snapshot, batch: Mapping[str, Any]) -> list[Cell]:
    days = f"{formats.day(batch['first_day'], v.language)} – {formats.day(batch['last_day'], v.language)}"
    feed = s.catalogue.feed_title(f"{batch['source']}.{batch['feed']}")
    return [str(batch["batch_id"]), feed, days, batch["loaded_at"]]


class RuleCheck(NamedTuple):
    """What one rule found in one batch."""

    batch_id: int
    rule: str
    description: str
    severity: str
    executed: bool
    passed: bool | None
    evaluated: int | None
    failed: int | None


def read_checks(s: Snapshot, found: Explanation) -> list[RuleCheck]:
    """Of the figure's batches, those that were broken first."""
    rows = s.connection.execute(
        f"select batch_id, rule, description_{s.language}, severity, executed, passed, evaluated, failed"
        " from serving.rule_results where batch_id = any(%s) order by passed, batch_id, rule",
        ([b["batch_id"] for b in found.batches],),
    )
    return [RuleCheck(*row) for row in rows]


def _said(one: RuleCheck) -> str:
    """Which verdict a rule gave: none where there was nothing to measure."""
    if not one.executed:
        return "not_run"
    return {True: "passed", False: "broken", None: "unmeasured"}[one.passed]


def checks(v: Visit, read: Sequence[RuleCheck]) -> Table:
    """What every rule found in those batches: how many rows it looked at, and how many broke it."""
    rows: list[list[Cell]] = [
        [
            one.description or one.rule,
            v.label(f"severity.{one.severity}"),
            v.label(f"verdict.{_said(one)}"),
            *(_number(one.evaluated), _number(one.failed), str(one.batch_id), one.rule),
        ]
        for one in read
    ]
    names = ("description", "severity", "verdict", "evaluated", "failed", "batch", "rule")
    return _table(v, "checks", names, rows, {"evaluated", "failed"}, {"rule"}, "no_checks")


def refused(v: Visit, s: Snapshot, found: Explanation, read: Sequence[RuleCheck]) -> Table:
    """Refused records of the figure's days, by the rule that they broke, with the values that broke it most often."""
    counts = found.refused.by_rule if found.refused else {}
    described = {one.rule: one.description for one in read if one.description}
    offending = _offenders(v, s, found) if counts else {}
    rows: list[list[Cell]] = [
        [described.get(rule, rule), records, offending.get(rule), rule]
        for rule, records in sorted(counts.items(), key=lambda p: -p[1])
    ]
    names = ("description", "records", "offenders", "rule")
    return _table(v, "refused", names, rows, {"records"}, {"rule"}, "none_refused")


def _offenders(v: Visit, s: Snapshot, found: Explanation) -> dict[str, str]:
    """Rule → the columns and values that broke it most often, in the batches of the figure's feeds and days: whatever
    area or slice the figure is of, as a record without a valid value may belong to any."""
    rows = s.connection.execute(
        "with offence as (select o ->> 'rule' as rule, o ->> 'column' as named, o ->> 'value' as value,"
        " count(*) as records from serving.quarantine as q join serving.batches as b using (batch_id)"
        " cross join lateral jsonb_array_elements(q.offences) as o where q.province_id = %(own)s"
        " and q.source || '.' || q.feed = any(%(feeds)s) and b.first_day <= %(last)s and b.last_day >= %(first)s"
        " and b.kind = 'fetch' and q.replay_batch_id is null group by 1, 2, 3),"
        " placed as (select *, row_number() over (partition by rule order by records desc, named, value) as place"
        " from offence) select rule, named, value, records from placed where place <= %(most)s order by rule, place",
        {
            "own": s.province.province_id,
            "feeds": list(found.definition.sources),
            "first": min(found.figure.first, found.figure.data_as_of or found.figure.first),
            "last": found.figure.last,
            "most": MOST_VALUES,
        },
    )
    titles = _column_titles(s, found.definition)
    texts: dict[str, list[str]] = {}
    for rule, column, value, records in rows:
        said = f"{titles.get(column, column)} = {_short(value or '') or '–'} × {formats.number(records, v.language)}"
        texts.setdefault(rule, []).append(said)
    return {rule: "; ".join(own) for rule, own in texts.items()}


def _column_titles(s: Snapshot, kpi: Definition) -> dict[str, str]:
    """What people call the columns of a KPI's feeds."""
    sources = s.catalogue.sources
    feeds = [sources[source].feeds.get(feed) for source, feed in kpi.feeds if source in sources]
    return {name: column.label for feed in feeds if feed for name, column in feed.kept.items() if column.label}


def refused_note(v: Visit, found: Explanation) -> str | None:
    """What the figure would be with them."""
    r = found.refused
    if r is None or not r.records:
        return None
    return v.say(
        "{records} records of this period are quarantined, {counting} of which would count. With them the figure"
        " would be {value}.",
        records=formats.number(r.records, v.language),
        counting=formats.number(r.counting, v.language),
        value=formats.with_unit(r.value, found.figure.unit, v.language) if r.value is not None else "–",
    )


def revisions(v: Visit, kpi: Definition, found: Explanation) -> Table:
    """What was published of the same figure before, the newest first."""
    columns = [
        TableColumn(v.say("Revision")),
        TableColumn(v.say("Value"), numeric=True, decimals=2 if kpi.unit in formats.RATES else None),
        *(TableColumn(v.label(key)) for key in ("kpi.status", "explain.cause", "explain.batch", "explain.said_at")),
        TableColumn(v.say("Definition version")),
    ]
    rows = [
        TableRow(
            [
                *(str(r["revision"]), r["value"], v.label(f"status.{r['status']}"), v.label(f"cause.{r['cause']}")),
                *(_plain(r["cause_batch_id"]), r["recorded_at"], str(r["definition_version"])),
            ]
        )
        for r in reversed(found.revisions)
    ]
    return Table(v.say("Revisions"), columns, rows, v.say("This range is computed when asked; no revision is kept"))


def pages(v: Visit, found: Explanation) -> Table:
    """Pages as they came, those that brought most first. Of pages that are not the caller's only the count is known."""
    seen = [p for p in found.pages if p["request"] is not None]
    shown = sorted(seen, key=lambda p: -p["rows"])[:MOST_PAGES]
    rows = [
        [
            *(f"{p['batch_id']} / {p['page_number']}", p["rows"], p["fetched_at"]),
            *(*_call(p["request"]), p["wire_sha256"], p["correlation_id"]),
        ]
        for p in shown
    ]
    names = ("page", "rows_count", "fetched_at", "request", "parameters", "sha256", "correlation")
    table = _table(v, "pages", names, rows, {"rows_count"}, {"request", "sha256", "correlation"}, "no_pages")
    caption = v.say(
        "{shown} of {count} pages, those with most records first",
        shown=len(shown),
        count=formats.number(len(seen), v.language),
    )
    return replace(table, caption=caption)


def rows(v: Visit, s: Snapshot, kpi: Definition, found: Explanation) -> Table:
    """The first records that were counted: key, what the formula looks at, and the page that brought each."""
    if not found.rows:
        return Table(v.say("Records"), [], [], v.say("No record counts"))
    wanted = ["key", *found.formula.columns, "status", "batch_id", "page_number"]
    names = [name for name in dict.fromkeys(wanted) if name in found.rows[0]]
    columns = [TableColumn(_column(v, name), code=name == "key") for name in names]
    caption = v.say("The first {shown} records that count", shown=len(found.rows))
    known = {name: breakdown_names(s, kpi, name) for name in names if name != "key"}
    if "area" in names:
        known["area"] = _area_names(s, found.rows)
    lines = [
        TableRow([known.get(name, {}).get(str(row[name])) or _cell(row[name]) for name in names]) for row in found.rows
    ]
    return Table(caption, columns, lines)


def _area_names(s: Snapshot, found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    ids = sorted({row["area_id"] for row in found if row.get("area_id")})
    return dict(s.connection.execute("select area, name from serving.areas where area_id = any(%s)", (ids,)).fetchall())


def _column(v: Visit, name: str) -> str:
    for key in (f"column.{name}", f"breakdown.{name}"):
        if key in LABELS:
            words = v.label(key)
            return words[:1].upper() + words[1:]
    return name


def _table(
    v: Visit,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    numeric: Collection[str] = (),
    code: Collection[str] = (),
    empty: str | None = None,
) -> Table:
    """A table whose caption, columns and words for having no row are texts of the group `explain`."""
    heads = [TableColumn(v.label(f"explain.{one}"), one in numeric, code=one in code) for one in columns]
    nothing = v.label(f"explain.{empty}") if empty else None
    return Table(v.label(f"explain.{name}"), heads, [TableRow(row) for row in rows], nothing)


def _call(request: str) -> tuple[str, str | None]:
    """A request as method and address, and its parameters as people read them."""
    address, _, query = request.partition("?")
    parameters = "; ".join(f"{name} = {value}" for name, value in parse_qsl(query, keep_blank_values=True))
    return _short(address), _short(parameters) or None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def _number(value: Any) -> Cell:
    return Decimal(str(value)).normalize() if isinstance(value, float) else value


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "✓" if value else "–"
    if value is None or isinstance(value, date | datetime | str):
        return value
    return str(value)
