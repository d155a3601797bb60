"""One SQL statement for one question: a formula over its serving view, whole and by breakdowns in a single pass.

Rows are chosen in a subquery of their own: next to grouping sets, PostgreSQL uses no index on the columns of a view
whose tables have row-level security.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql

from kpis.definition import QUANTITIES, Formula
from kpis.identity import same_record
from warehouse.serving_views import TWIN, find_view

WITHIN = sql.SQL("r.area_id = any((select serving.areas_within(%(area_id)s::integer))::integer[])")
"""The condition on a row `r` to lie in the asked area. What is within it is read once, and not for each row."""
RANGE = "range"
START = "start"
END = "end"
FIRST, LAST = "first", "last"


@dataclass(frozen=True)
class Scope:
    """Which rows of a view are asked for, and how they are split."""

    view: str
    province_id: int
    area_id: int | None
    """Root of a subtree of areas; None asks for all rows, those without an area included."""
    where: Mapping[str, Sequence[str]]
    by: Sequence[str]
    with_refused: bool = False
    """Also count the records that rules refused, as if they had been accepted: rows with a quarantine_id, in the place
    of the older versions that the facts hold."""
    sources: Sequence[str] = ()
    """The sources whose rows are asked for, where the view's rows say of which they are; none asks for all."""
    subtrees: bool = False
    """Split by area, a record counts in its area and in each that contains it: only the parts are right then."""


def range_query(formula: Formula, scope: Scope) -> sql.Composed:
    """Numerators and denominators of what happened from FIRST to LAST, see `bound`."""
    return sql.SQL(
        "select {range} as moment, null::date as as_of, {figures}\nfrom (select r.*{kept}) as r"
        "\ngroup by grouping sets ({sets})"
    ).format(
        range=sql.Literal(RANGE),
        figures=_figures(formula, scope),
        kept=_kept_in_range(formula, scope),
        sets=_grouping_sets(scope, []),
    )


def ranges_query(formula: Formula, scope: Scope, names: Iterable[str]) -> sql.Composed:
    """The same of each named range, from FIRST_n to LAST_n, the n-th of them counted from 0; a range without rows is
    left out."""
    asked = sql.SQL(", ").join(
        sql.SQL("({}, {}::date, {}::date)").format(
            sql.Literal(name), sql.Placeholder(f"{FIRST}_{n}"), sql.Placeholder(f"{LAST}_{n}")
        )
        for n, name in enumerate(names)
    )
    return sql.SQL(
        "with asked (moment, range_first, range_last) as (values {asked})"
        "\nselect moment, null::date as as_of, {figures}\nfrom (select asked.moment, r.*"
        "\nfrom asked join {view} as r on r.{day} between asked.range_first and asked.range_last\nwhere {rows}) as r"
        "\ngroup by grouping sets ({sets})"
    ).format(
        asked=asked,
        figures=_figures(formula, scope),
        view=_placed(formula, scope),
        day=sql.Identifier(str(formula.day)),
        rows=_rows(formula, scope),
        sets=_grouping_sets(scope, ["moment"]),
    )


def moments_query(formula: Formula, scope: Scope, names: Iterable[str]) -> sql.Composed:
    """Numerators and denominators at the end of each named day, see `bound`."""
    return sql.SQL(
        "with {newest},\npart as (select moment, {figures}\nfrom (select newest.moment, r.*{kept}) as r"
        "\ngroup by grouping sets ({sets}))"
        "\nselect * from (select moment, min(as_of) as as_of from newest where as_of is not null group by moment) as s"
        "\nleft join part using (moment)"
    ).format(
        newest=_newest(formula, scope, names),
        figures=_figures(formula, scope),
        kept=_kept_at_moments(formula, scope),
        sets=_grouping_sets(scope, ["moment"]),
    )


def rows_query(formula: Formula, scope: Scope, names: Iterable[str], columns: sql.Composable) -> sql.Composed:
    """These columns of each row `r` that counts: from FIRST to LAST for a flow, else at each named day, so that a row
    comes again when it counts on two."""
    if formula.kind in ("flow", "distinct"):
        return sql.SQL("select {}{}").format(columns, _kept_in_range(formula, scope))
    return sql.SQL("with {}\nselect {}{}").format(
        _newest(formula, scope, names), columns, _kept_at_moments(formula, scope)
    )


def reachable_rows(formula: Formula, scope: Scope) -> sql.Composed:
    """The condition on a row `r` to be one that a figure of the days FIRST to LAST looks at, whatever else is asked: of
    a stock also the newest snapshots on FIRST and on the day before, with which it may be compared."""
    first, last = sql.Placeholder(FIRST), sql.Placeholder(LAST)
    own = [*_own_rows(scope), *_series(formula)]
    if formula.valid:
        since, end = (sql.Identifier("r", column) for column in formula.valid)
        own.append(sql.SQL("{} <= {} and coalesce({} >= {}, true)").format(since, last, end, first))
        return sql.SQL("({})").format(sql.SQL(" and ").join(own))
    day = sql.Identifier("r", str(formula.day))
    if formula.kind in ("flow", "distinct"):
        own.append(sql.SQL("{} between {} and {}").format(day, first, last))
        return sql.SQL("({})").format(sql.SQL(" and ").join(own))
    columns = [sql.Identifier("r", column) for column in formula.delivered_per]
    newest = sql.SQL(" union ").join(
        sql.SQL("select {} from {} as r where {} group by {}").format(
            sql.SQL(", ").join([sql.SQL("max({})").format(day), *columns]),
            _view(formula, scope),
            sql.SQL(" and ").join([*own, sql.SQL("{} <= {}").format(day, moment)]),
            sql.SQL(", ").join(columns) if columns else sql.SQL("()"),
        )
        for moment in (sql.SQL("{} - 1").format(first), first, last)
    )
    key = sql.SQL(", ").join([day, *columns])
    return sql.SQL("({} and ({}) in ({}))").format(sql.SQL(" and ").join(own), key, newest)


def bound(scope: Scope, days: Mapping[str, date]) -> dict[str, Any]:
    """The values of a query's placeholders; `days` are FIRST and LAST, or those of its names."""
    own: dict[str, Any] = {"province_id": scope.province_id, "area_id": scope.area_id, **days}
    return own | {f"where_{column}": list(wanted) for column, wanted in scope.where.items()}


def _kept_in_range(formula: Formula, scope: Scope) -> sql.Composable:
    return sql.SQL("\nfrom {view} as r\nwhere {rows}\nand r.{day} between {first} and {last}").format(
        view=_placed(formula, scope),
        rows=_rows(formula, scope),
        day=sql.Identifier(str(formula.day)),
        first=sql.Placeholder(FIRST),
        last=sql.Placeholder(LAST),
    )


def _newest(formula: Formula, scope: Scope, names: Iterable[str]) -> sql.Composable:
    """The days asked for, and of each the snapshots that hold on it."""
    moments = sql.SQL(", ").join(
        sql.SQL("({}, {}::date)").format(sql.Literal(name), sql.Placeholder(name)) for name in names
    )
    newest = _validity(formula)[0] if formula.valid else _snapshots(formula, scope)[0]
    return sql.SQL("asked (moment, day) as (values {}),\nnewest as ({})").format(moments, newest)


def _kept_at_moments(formula: Formula, scope: Scope) -> sql.Composable:
    joined = _validity(formula)[1] if formula.valid else _snapshots(formula, scope)[1]
    return sql.SQL("\nfrom newest join {view} as r on {joined}\nwhere {rows}").format(
        view=_placed(formula, scope), joined=joined, rows=_rows(formula, scope)
    )


def _validity(formula: Formula) -> tuple[sql.Composable, sql.Composable]:
    first, end = (sql.Identifier("r", column) for column in formula.valid or ())
    joined = sql.SQL("{first} <= as_of and ({end} is null or {end} > as_of)").format(first=first, end=end)
    return sql.SQL("select moment, day as as_of from asked"), joined


def _snapshots(formula: Formula, scope: Scope) -> tuple[sql.Composable, sql.Composable]:
    """The newest snapshot on or before each asked day, of each that delivers them; and its rows."""
    day = sql.Identifier("r", str(formula.day))
    own = [*_own_rows(scope), *_series(formula)]
    joined = [*own, sql.SQL("{} = as_of").format(day)]
    if not formula.delivered_per:
        newest: sql.Composable = sql.SQL(
            "select a.moment, (select {day} from {view} as r where {own} and {day} <= a.day"
            " order by {day} desc limit 1) as as_of from asked as a"
        ).format(day=day, view=_view(formula, scope), own=sql.SQL(" and ").join(own))
        return newest, sql.SQL(" and ").join(joined)
    names = [sql.Identifier(f"per_{column}") for column in formula.delivered_per]
    columns = [sql.Identifier("r", column) for column in formula.delivered_per]
    pairs = list(zip(columns, names, strict=True))
    newest = sql.SQL(
        "select a.moment, max({day}) as as_of, {listed} from asked as a"
        " join {view} as r on {own} and {day} <= a.day group by a.moment, {columns}"
    ).format(
        day=day,
        listed=sql.SQL(", ").join(sql.SQL("{} as {}").format(column, name) for column, name in pairs),
        view=_view(formula, scope),
        own=sql.SQL(" and ").join([*own, *_filters(scope, formula.delivered_per)]),
        columns=sql.SQL(", ").join(columns),
    )
    joined += [sql.SQL("{} = {}").format(column, name) for column, name in pairs]
    return newest, sql.SQL(" and ").join(joined)


def _figures(formula: Formula, scope: Scope) -> sql.Composable:
    area = _area_id(scope) if "area" in scope.by else sql.SQL("null::integer")
    whole = sql.SQL("grouping({}) <> 0").format(_by(scope)[0]) if scope.by else sql.SQL("true")
    figures = sql.SQL("{whole} as whole, count(*) as records, {numerator}, {denominator}, {area} as part_area").format(
        whole=whole,
        numerator=_figure(formula.numerator, "numerator"),
        denominator=_figure(formula.denominator, "denominator"),
        area=area,
    )
    keys = [sql.SQL("{}::text as {}").format(c, sql.Identifier(f"by_{n}")) for n, c in enumerate(_by(scope))]
    return sql.SQL(", ").join([figures, *keys])


def _figure(formula: str | None, name: str) -> sql.Composable:
    """A column of the answer; what is no SQL over the view's rows is null here."""
    counted = sql.SQL("null") if formula is None or formula in QUANTITIES else own_sql(formula)
    return sql.SQL("({})::numeric as {}").format(counted, sql.Identifier(name))


def _rows(formula: Formula, scope: Scope) -> sql.Composable:
    conditions = [asked_rows(scope), *_series(formula), sql.SQL("({})").format(own_sql(formula.where))]
    if scope.area_id is not None:
        conditions.append(WITHIN)
    return sql.SQL("\nand ").join(conditions)


def asked_rows(scope: Scope) -> sql.Composable:
    """The condition on a row `r` to be of the asked province and slice, in whichever area."""
    return sql.SQL("\nand ").join([*_own_rows(scope), *_filters(scope, list(scope.where))])


def _own_rows(scope: Scope) -> list[sql.Composable]:
    """The conditions on a row `r` to be of the province, and of the sources."""
    own: list[sql.Composable] = [sql.SQL("r.province_id = %(province_id)s")]
    if scope.sources:
        own.append(sql.SQL("r.source = any({})").format(sql.Literal(list(scope.sources))))
    return own


def _series(formula: Formula) -> list[sql.Composable]:
    """The condition on a row `r` of statistics to be of the indicators that count."""
    if not formula.indicators:
        return []
    return [sql.SQL("r.indicator = any({})").format(sql.Literal(list(formula.indicators)))]


def _filters(scope: Scope, columns: Sequence[str]) -> list[sql.Composable]:
    return [
        sql.SQL("{}::text = any({})").format(sql.Identifier("r", column), sql.Placeholder(f"where_{column}"))
        for column in columns
        if column in scope.where
    ]


def _grouping_sets(scope: Scope, always: list[str]) -> sql.Composable:
    common: list[sql.Composable] = [sql.Identifier(column) for column in always]
    sets = [common]
    if scope.by:
        sets.append([*common, *_by(scope), *([_area_id(scope)] if "area" in scope.by else [])])
    return sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(one)) for one in sets)


def _by(scope: Scope) -> list[sql.Composable]:
    area = "within" if scope.subtrees else "area"
    return [sql.Identifier("r", area if column == "area" else column) for column in scope.by]


def _area_id(scope: Scope) -> sql.Composable:
    return sql.Identifier("r", "within_id" if scope.subtrees else "area_id")


def _placed(formula: Formula, scope: Scope) -> sql.Composable:
    """The view; where subtrees are asked, each row once for every area that it lies in."""
    if not scope.subtrees:
        return _view(formula, scope)
    return sql.SQL(
        "(select v.*, b.area as within, b.area_id as within_id from {} as v"
        " left join serving.areas as a on a.area_id = v.area_id"
        " left join serving.areas as b on b.area_id = any(a.ancestor_ids))"
    ).format(_view(formula, scope))


def _view(formula: Formula, scope: Scope) -> sql.Composable:
    view = sql.Identifier("serving", scope.view)
    if not scope.with_refused:
        return view
    columns = sql.SQL(", ").join(map(sql.Identifier, find_view(scope.view).columns))
    return sql.SQL(
        "(with refused as materialized (\nselect {columns}, quarantine_id, state = 'newer' as replaces"
        "\nfrom {refused}\nwhere state = 'refused' or state = 'newer' and {known})"
        "\nselect {columns}, null::bigint as quarantine_id\nfrom {view} as v"
        "\nwhere not exists (select from refused as n where n.replaces and {same})"
        "\nunion all select {columns}, quarantine_id from refused)"
    ).format(
        columns=columns,
        known=_known(formula, scope),
        view=view,
        refused=sql.Identifier("serving", TWIN + scope.view),
        same=same_record(scope.view, "n", "v"),
    )


def _known(formula: Formula, scope: Scope) -> sql.Composable:
    """Whether a row says all that decides whether it counts: a newer version that does not takes no other's place."""
    known = sql.SQL("{} is not null and ({}) is not null").format(
        sql.Identifier(formula.columns[0]), own_sql(formula.where)
    )
    return known if scope.area_id is None else sql.SQL("{} and area_id is not null").format(known)


def own_sql(text: str) -> sql.SQL:
    """SQL of a definition, which is ours: only values that a person gives are bound."""
    return sql.SQL(text.replace("%", "%%"))
