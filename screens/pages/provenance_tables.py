"""The tables of an explanation, in the page's language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from kpis.definition import Definition
from kpis.explanation import Explanation
from screens import formats, freshness
from screens.database import Snapshot
from screens.directory import breakdown_names
from screens.pages.frame import Visit
from screens.texts import catalogue
from screens.view_models.page import Cell, Column, Row, Table

MOST_PAGES, LONGEST_CALL = 40, 120


def formula(v: Visit, found: Explanation) -> str:
    """Numerator ÷ denominator in words, with what the file says of each."""
    own = found.formula
    said = f"{v.text('explain.numerator')} ÷ {v.text('explain.denominator')}" if own.denominator else ""
    said = said or v.text("explain.numerator")
    if own.scale != 1:
        said += f" × {formats.number(own.scale.normalize(), v.language)}"
    return f"√({said})" if own.root else said


def references(v: Visit, found: Explanation) -> Table | None:
    """Reference figures that the formula takes instead of records."""
    if not found.references:
        return None
    columns = _columns(v, "quantity", "name", "year", "value", "basis", numeric=("value",))
    rows = [
        Row([v.text(f"quantity.{r['quantity']}"), r["name"], _plain(r["year"]), _number(r["value"]), r["basis"]])
        for r in found.references
    ]
    return Table(v.text("explain.references"), columns, rows)


def batches(v: Visit, found: Explanation) -> Table:
    """Batches that brought the rows, each with its account."""
    numeric = ("rows", "fetched", "loaded", "unchanged", "superseded", "quarantined")
    columns = _columns(v, "batch", "feed", "days", "loaded_at", *numeric, numeric=numeric)
    rows = [
        Row(
            [
                str(b["batch_id"]),
                f"{b['source']}.{b['feed']}",
                _days(v, b),
                b["loaded_at"],
                *(_number(b[name]) for name in numeric),
            ]
        )
        for b in found.batches
    ]
    return Table(v.text("explain.batches"), columns, rows, v.text("explain.no_batches"))


def deliveries(v: Visit, s: Snapshot, found: Explanation) -> Table:
    """The same batches as an account that sees only a part of them may know them: a batch's account counts everybody's
    records, but what days it covers and when it came is no secret."""
    titles = {source.source: source.title for source in freshness.sources(s)}
    columns = _columns(v, "batch", "feed", "days", "loaded_at", "own_rows", numeric=("own_rows",))
    rows = [
        Row(
            [
                str(b["batch_id"]),
                f"{titles.get(b['source'], b['source'])} ({b['source']}.{b['feed']})",
                _days(v, b),
                b["loaded_at"],
                b["rows"],
            ]
        )
        for b in found.batches
    ]
    return Table(v.text("explain.batches"), columns, rows, v.text("explain.no_batches"))


def _days(v: Visit, batch: Mapping[str, Any]) -> str:
    return f"{formats.day(batch['first_day'], v.language)} – {formats.day(batch['last_day'], v.language)}"


class Check(NamedTuple):
    """What one rule said of one batch."""

    batch_id: int
    rule: str
    description: str
    severity: str
    executed: bool
    passed: bool
    evaluated: int | None
    failed: int | None


def read_checks(s: Snapshot, found: Explanation) -> list[Check]:
    """Of the figure's batches, those that were broken first."""
    rows = s.connection.execute(
        "select batch_id, rule, description, severity, executed, passed, evaluated, failed from serving.rule_results"
        " where batch_id = any(%s) order by passed, batch_id, rule",
        ([b["batch_id"] for b in found.batches],),
    )
    return [Check(*row) for row in rows]


def checks(v: Visit, read: Sequence[Check]) -> Table:
    """What every rule said of those batches: how many rows it looked at, and how many broke it."""
    counts = ("evaluated", "failed")
    columns = _columns(
        v, "description", "severity", "verdict", *counts, "batch", "rule", numeric=counts, code=("rule",)
    )
    return Table(
        v.text("explain.checks"),
        columns,
        [
            Row(
                [
                    one.description or one.rule,
                    v.text(f"severity.{one.severity}"),
                    v.text("verdict.passed" if one.passed else "verdict.broken" if one.executed else "verdict.not_run"),
                    _number(one.evaluated),
                    _number(one.failed),
                    str(one.batch_id),
                    one.rule,
                ]
            )
            for one in read
        ],
        v.text("explain.no_checks"),
    )


def refused(v: Visit, found: Explanation, read: Sequence[Check]) -> Table:
    """Refused records of the figure's days, by the rule that they broke."""
    counts = found.refused.by_rule if found.refused else {}
    said = {one.rule: one.description for one in read if one.description}
    columns = _columns(v, "description", "records", "rule", numeric=("records",), code=("rule",))
    rows = [Row([said.get(rule, rule), records, rule]) for rule, records in sorted(counts.items(), key=lambda p: -p[1])]
    return Table(v.text("explain.refused"), columns, rows, v.text("explain.none_refused"))


def refused_note(v: Visit, found: Explanation) -> str | None:
    """What the figure would be with them."""
    r = found.refused
    if r is None or not r.records:
        return None
    return v.text(
        "explain.with_refused",
        records=formats.number(r.records, v.language),
        counting=formats.number(r.counting, v.language),
        value=formats.with_unit(r.value, found.figure.unit, v.language) if r.value is not None else "–",
    )


def revisions(v: Visit, kpi: Definition, found: Explanation) -> Table:
    """What was said of the same figure before, the newest first."""
    decimals = 2 if kpi.unit in formats.RATES else None
    columns = [
        Column(v.text("explain.revision")),
        Column(v.text("kpi.value"), numeric=True, decimals=decimals),
        Column(v.text("kpi.status")),
        Column(v.text("explain.cause")),
        Column(v.text("explain.batch")),
        Column(v.text("explain.said_at")),
        Column(v.text("kpi.version")),
    ]
    rows = [
        Row(
            [
                str(r["revision"]),
                r["value"],
                v.text(f"status.{r['status']}"),
                v.text(f"cause.{r['cause']}"),
                _plain(r["cause_batch_id"]),
                r["recorded_at"],
                str(r["definition_version"]),
            ]
        )
        for r in reversed(found.revisions)
    ]
    return Table(v.text("explain.revisions"), columns, rows, v.text("explain.not_kept"))


def pages(v: Visit, found: Explanation) -> Table:
    """Pages as they came, those that brought most first. Of pages that are not the caller's only the count is known."""
    seen = [p for p in found.pages if p["request"] is not None]
    shown = sorted(seen, key=lambda p: -p["rows"])[:MOST_PAGES]
    columns = [
        Column(v.text("explain.page")),
        Column(v.text("explain.rows_count"), numeric=True),
        Column(v.text("explain.fetched_at")),
        Column(v.text("explain.request"), code=True),
        Column(v.text("explain.sha256"), code=True),
        Column(v.text("explain.correlation"), code=True),
    ]
    rows = [
        Row(
            [
                f"{p['batch_id']} / {p['page_number']}",
                p["rows"],
                p["fetched_at"],
                _short(p["request"]),
                p["wire_sha256"],
                p["correlation_id"],
            ]
        )
        for p in shown
    ]
    caption = v.text("explain.pages_of", shown=len(shown), count=formats.number(len(seen), v.language))
    return Table(caption, columns, rows, v.text("explain.no_pages"))


def rows(v: Visit, s: Snapshot, kpi: Definition, found: Explanation) -> Table:
    """The first records that were counted: key, what the formula looks at, and the page that brought each."""
    if not found.rows:
        return Table(v.text("explain.rows"), [], [], v.text("explain.no_rows"))
    wanted = ["key", *found.formula.columns, "status", "batch_id", "page_number"]
    names = [name for name in dict.fromkeys(wanted) if name in found.rows[0]]
    columns = [Column(_column(v, name), code=name == "key") for name in names]
    caption = v.text("explain.rows_of", shown=len(found.rows))
    said = {name: breakdown_names(s, kpi, name) for name in names if name != "key"}
    if "area" in names:
        said["area"] = _area_names(s, found.rows)
    lines = [Row([said.get(name, {}).get(str(row[name])) or _cell(row[name]) for name in names]) for row in found.rows]
    return Table(caption, columns, lines)


def _area_names(s: Snapshot, found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    ids = sorted({row["area_id"] for row in found if row.get("area_id")})
    return dict(s.connection.execute("select area, name from serving.areas where area_id = any(%s)", (ids,)).fetchall())


def _column(v: Visit, name: str) -> str:
    for key in (f"column.{name}", f"breakdown.{name}"):
        if key in catalogue():
            said = v.text(key)
            return said[:1].upper() + said[1:]
    return name


def _columns(v: Visit, *names: str, numeric: Sequence[str] = (), code: Sequence[str] = ()) -> list[Column]:
    return [Column(v.text(f"explain.{name}"), name in numeric, code=name in code) for name in names]


def _short(call: str | None) -> str | None:
    """The call, cut; None for an account that sees its own rows, but not the pages of the whole province."""
    return call if call is None or len(call) <= LONGEST_CALL else f"{call[:LONGEST_CALL]}…"


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
