"""Why a figure is what it is: definition and SQL, batches and their checks, pages, refusals, revisions, rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from hub.periods import Period, whole_months
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.definition import PLAN, POPULATION, Definition, Formula
from kpis.figure import Figure
from kpis.history import revisions
from kpis.identity import identities, key_text
from kpis.memo import Once
from kpis.query import END, FIRST, LAST, START, Scope, bound, moments_query, range_query, rows_query
from kpis.question import Calculation, Question, resolve
from kpis.refused_records import Refusals, refusals
from kpis.slices import Slices, parse_slices
from kpis.values import start_day
from warehouse.serving import Connection

Table = list[dict[str, Any]]
"""Rows of a serving view, column → value."""


@dataclass(frozen=True)
class Explanation:
    """Everything that a figure rests on, down to the pages on which its records came."""

    figure: Figure
    definition: Definition
    valid_to: date | None
    """First day that the next version governs, as the last of a range; None while there is none."""
    formula: Formula
    statements: dict[str, str]
    """The SQL that runs, values filled in: one statement, or one each for `numerator` and `denominator`."""
    references: Table
    """Reference figures that the formula takes instead of records: quantity, name, value, basis."""
    batches: Table
    """Batches that brought the rows, with their account, the gate's verdict and the rules that were broken; of whoever
    does not see the whole province only their intervals, when they were loaded, and how many of its own rows."""
    pages: Table
    """Pages on which the rows came, each with how many of them."""
    refused: Refusals | None
    """None where no day of the range can be counted."""
    revisions: Table
    """What was published of this period before; empty when its values are not kept."""
    rows: Table
    """The first of the rows, in the order of their keys."""


def explain(
    connection: Connection,
    question: Question,
    rows: int = 0,
    now: datetime | None = None,
    *,
    catalogue: Catalogue,
    once: Once | None = None,
) -> Explanation:
    """Explains the figure that `compute` gives for the same question; `rows` asks for so many of its fact rows.

    Reads schema serving only. Raises WrongQuestion for anything that cannot be asked.
    """
    once = once or Once(connection)
    asked = resolve(once, question, catalogue)
    definition, formula, first = asked.definition, asked.formula, question.period.first

    def figure(with_refused: bool) -> Figure:
        own = replace(question, with_refused=with_refused)
        return compute(connection, own, catalogue=catalogue, now=now, definition=definition, once=once)

    found, days = figure(False), _days(asked)
    explained = Explanation(
        found,
        definition,
        _valid_to(connection, definition),
        formula,
        statements={},
        references=_references(connection, asked),
        batches=[],
        pages=[],
        refused=None,
        revisions=revisions(connection, asked),
        rows=[],
    )
    if days is None:
        return explained
    scopes = _scopes(asked)
    every = scopes[-1]
    pages = _pages(connection, formula, every, days)
    since = first if START in days or FIRST in days else found.data_as_of or first
    return replace(
        explained,
        statements=_statements(connection, formula, scopes, days),
        batches=_batches(connection, pages),
        pages=pages,
        refused=refusals(connection, formula, every, days, since, figure(True)),
        rows=_rows(connection, formula, every, days, rows) if rows else [],
    )


def batches_behind(once: Once, question: Question, catalogue: Catalogue) -> list[int]:
    """The batches that brought the records of a figure, by number; none where no day of the range can be counted."""
    asked = resolve(once, question, catalogue)
    days, scope = _days(asked), _scopes(asked)[-1]
    if days is None:
        return []
    query = sql.SQL("select distinct batch_id from ({rows}) as r where batch_id is not null order by 1").format(
        rows=rows_query(asked.formula, scope, days, sql.SQL("r.batch_id"))
    )
    return [batch_id for (batch_id,) in once.connection.execute(query, bound(scope, days))]


def _valid_to(connection: Connection, definition: Definition) -> date | None:
    row = connection.execute(
        "select valid_to from serving.kpi_definitions where kpi = %s and version = %s",
        (definition.id, definition.version),
    ).fetchone()
    return row[0] if row else None


def _days(asked: Calculation) -> dict[str, date] | None:
    """The days that the question's query is bound to; None when figures are monthly and no month is whole."""
    counted: Period | None = asked.asked
    if asked.formula.grain == "month":
        counted = whole_months(asked.asked.first, asked.asked.last)
    if counted is None:
        return None
    if asked.formula.kind in ("flow", "distinct"):
        return {FIRST: counted.first, LAST: counted.last}
    start = start_day(asked.formula, asked.measure, asked.asked)
    return {END: counted.last} | ({START: start} if start else {})


def _scopes(asked: Calculation) -> list[Scope]:
    """The rows that are counted; where the numerator is a share, first those of it, then those of the denominator."""
    wheres = [asked.slices]
    for name, value in asked.formula.share.items():
        own = asked.slices if name in asked.slices else {**asked.slices, name: (value,)}
        wheres = [own, {other: values for other, values in asked.slices.items() if other != name}]
    area_id = asked.area.area_id if asked.area else None
    definition = asked.definition
    return [
        Scope(definition.reads, asked.province.province_id, area_id, one, (), sources=definition.row_sources)
        for one in wheres
    ]


def _statements(
    connection: Connection, formula: Formula, scopes: list[Scope], days: Mapping[str, date]
) -> dict[str, str]:
    names = ["numerator", "denominator"] if len(scopes) > 1 else ["figure"]
    cursor = psycopg.ClientCursor(connection)
    texts = {}
    for name, scope in zip(names, scopes, strict=True):
        query = range_query(formula, scope) if FIRST in days else moments_query(formula, scope, days)
        texts[name] = cursor.mogrify(query, bound(scope, days))
    return texts


def _table(connection: Connection, query: sql.SQL | sql.Composed, values: Mapping[str, Any]) -> Table:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()


def _pages(connection: Connection, formula: Formula, scope: Scope, days: Mapping[str, date]) -> Table:
    query = sql.SQL(
        "with own as materialized (select batch_id, page_number, count(*) as rows from ({rows}) as r group by 1, 2)"
        " select batch_id, page_number, own.rows, p.source, p.feed, p.wire_sha256, p.landed_sha256, p.correlation_id,"
        " p.fetched_at, p.request from own left join serving.pages as p using (batch_id, page_number) order by 1, 2"
    ).format(rows=rows_query(formula, scope, days, sql.SQL("r.batch_id, r.page_number")))
    return _table(connection, query, bound(scope, days))


def _batches(connection: Connection, pages: Table) -> Table:
    rows: dict[int, int] = {}
    for page in pages:
        rows[page["batch_id"]] = rows.get(page["batch_id"], 0) + page["rows"]
    query = sql.SQL(
        "select d.batch_id, d.source, d.feed, d.first_day, d.last_day, b.kind, d.loaded_at, b.fetched,"
        " b.loaded, b.unchanged, b.superseded, b.quarantined, b.passed, b.declared_rules, b.executed_rules,"
        " case when b.batch_id is not null then coalesce((select jsonb_agg(jsonb_build_object('rule', r.rule,"
        " 'severity', r.severity, 'failed', r.failed) order by r.rule) from serving.rule_results as r"
        " where r.batch_id = b.batch_id and not r.passed), '[]') end as broken_rules"
        " from serving.deliveries as d left join serving.batches as b using (batch_id)"
        " where d.batch_id = any(%(batches)s) order by d.batch_id"
    )
    return [{**batch, "rows": rows[batch["batch_id"]]} for batch in _table(connection, query, {"batches": list(rows)})]


def _rows(connection: Connection, formula: Formula, scope: Scope, days: Mapping[str, date], count: int) -> Table:
    key = sql.SQL("{} as key, r.*").format(key_text(scope.view))
    order = [sql.Identifier(name) for name in (*identities()[scope.view].columns, "batch_id", "page_number")]
    query = sql.SQL("select * from ({}) as r order by {} limit %(most)s").format(
        rows_query(formula, scope, days, key), sql.SQL(", ").join(order)
    )
    return _table(connection, query, bound(scope, days) | {"most": count})


def _references(connection: Connection, asked: Calculation) -> Table:
    """What is known of the quantities that the formula takes, for the year of the range's last day."""
    found: Table = []
    year, own = asked.asked.last.year, asked.province.province_id
    for quantity in sorted(asked.formula.quantities):
        if quantity == PLAN:
            query = sql.SQL(
                "select breakdown as name, year, plan as value, basis from serving.kpi_plans"
                " where province_id = %(own)s and kpi = %(kpi)s and year = %(year)s order by 1"
            )
            values: dict[str, Any] = {"own": own, "kpi": asked.definition.id, "year": year}
        else:
            query = sql.SQL(
                "select a.name, p.year, p.population as value, p.basis from serving.populations as p"
                " join serving.areas as a using (area_id) where area_id = %(area)s and year = %(year)s"
                if quantity == POPULATION
                else "select name, null as year, area_km2 as value, null as basis from serving.areas"
                " where area_id = %(area)s"
            )
            values = {"area": asked.place.area_id if asked.place else None, "year": year}
        rows = [{"quantity": quantity, **row} for row in _table(connection, query, values)]
        found += [row for row in rows if quantity != PLAN or _asked(asked.slices, row["name"])]
    return found


def _asked(slices: Slices, breakdown: str) -> bool:
    """Whether a plan's slice is part of the asked one."""
    stated = parse_slices(breakdown)
    return all(set(stated[name]) <= set(values) for name, values in slices.items() if name in stated)
