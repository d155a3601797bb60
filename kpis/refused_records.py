"""What rules refused of a figure's records, and what the figure would be with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import sql

from kpis.definition import Formula
from kpis.figure import Figure
from kpis.identity import same_record
from kpis.query import WITHIN, Scope, asked_rows, bound, own_sql, rows_query
from warehouse.serving import Connection
from warehouse.serving_views import TWIN, find_view


@dataclass(frozen=True)
class Refusals:
    """Refused records of the figure's days, area and slice that were not accepted since, each in its newest version."""

    records: int
    counting: int
    """Those that would count: of published batches, kept by the formula, and newer than what the facts hold."""
    held: int
    """Those of which the facts hold the same version or a newer one, which counts already."""
    blocked: int
    """Those of blocked batches, whose other records are not in the facts either."""
    unplaced: int
    """Those that might count, but lack what would tell: their day, their area, or a value that the formula asks."""
    by_rule: dict[str, int]
    """Rule → records that broke it; one record may have broken several."""
    value: Decimal | None
    """What the figure would be had those that would count been accepted."""
    numerator: Decimal | None
    denominator: Decimal | None


def refusals(
    connection: Connection, formula: Formula, scope: Scope, days: Mapping[str, date], since: date, figure: Figure
) -> Refusals:
    """Refused records whose day lies between `since` and the last of `days`; `figure` is the one with them counted.

    `scope` is the question's own, `days` are those that its query is bound to.
    """
    last = max(days.values())
    counts: dict[str | None, int] = {}
    by_rule: dict[str, int] = {}
    found = connection.execute(_query(formula, scope, days), bound(scope, days) | {"since": since, "until": last})
    for kind, rule, records in found:
        if rule is None:
            counts[kind] = records
        else:
            by_rule[rule] = records
    return Refusals(
        records=sum(counts.values()),
        counting=counts.get("counting", 0),
        held=counts.get("held", 0),
        blocked=counts.get("blocked", 0),
        unplaced=counts.get("unplaced", 0),
        by_rule=by_rule,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
    )


def _query(formula: Formula, scope: Scope, days: Mapping[str, Any]) -> sql.Composed:
    """Rows (kind, null, records) and (null, rule, records)."""
    counting = rows_query(formula, _with_refused(scope), days, sql.SQL("distinct r.quarantine_id"))
    return sql.SQL(
        "with counting as materialized (select quarantine_id from ({counting}) as k where quarantine_id is not null),"
        " refused as materialized (select q.rules, case when c.quarantine_id is not null then 'counting'"
        " when r.state in ('held', 'blocked') then r.state when {unplaced} then 'unplaced' else 'other' end as kind"
        " from {twin} as r join serving.quarantine as q using (quarantine_id)"
        " left join counting as c using (quarantine_id)"
        " where {asked} and {inside} and (c.quarantine_id is not null or {unplaced} or {in_time}"
        " or r.state = 'newer' and exists (select from {view} as h where {same} and {held_in_time})))"
        " select kind, null as rule, count(*) from refused group by kind"
        " union all select null, rule, count(*) from refused, jsonb_array_elements_text(rules) as rule group by rule"
        " order by 1, 3 desc, 2"
    ).format(
        counting=counting,
        unplaced=_unplaced(formula, scope),
        twin=sql.Identifier("serving", TWIN + scope.view),
        asked=asked_rows(scope),
        inside=_inside(scope),
        in_time=_in_time(formula),
        view=sql.Identifier("serving", scope.view),
        same=same_record(scope.view, "h", "r"),
        held_in_time=_in_time(formula, "h"),
    )


def _with_refused(scope: Scope) -> Scope:
    return replace(scope, with_refused=True)


def _inside(scope: Scope) -> sql.Composable:
    """Rows of the asked area, and those that do not say of which they are."""
    if scope.area_id is None:
        return sql.SQL("true")
    return sql.SQL("(r.area_id is null or {})").format(WITHIN)


def _in_time(formula: Formula, row: str = "r") -> sql.Composable:
    if formula.valid:
        first, end = (sql.Identifier(row, column) for column in formula.valid)
        return sql.SQL("({first} <= %(until)s and ({end} is null or {end} > %(until)s))").format(first=first, end=end)
    return sql.SQL("{} between %(since)s and %(until)s").format(sql.Identifier(row, formula.columns[0]))


def _unplaced(formula: Formula, scope: Scope) -> sql.Composable:
    """Without a day, though it would count on one, or its day may be what could not be read; without a value on which
    it depends whether it counts; or without an area, where one is asked for."""
    unplaced = sql.SQL(
        "({day} is null and (({where}) is not false or q.rules ? 'types') or ({where}) is null and {in_time})"
    ).format(day=sql.Identifier("r", formula.columns[0]), where=own_sql(formula.where), in_time=_in_time(formula))
    if scope.area_id is None or "area_id" not in find_view(scope.view).columns:
        return unplaced
    return sql.SQL("({} or r.area_id is null and {})").format(unplaced, _in_time(formula))
