"""One SQL statement for one question: a formula over its serving view, whole and by breakdowns in a single pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from psycopg import sql

from warehouse.kpis.definition import POPULATION, Formula
from warehouse.reading import Connection

RANGE = "range"
START = "start"
END = "end"


@dataclass(frozen=True)
class Scope:
    """Which rows of a view are asked for, and how they are split."""

    view: str
    province_id: int
    area_id: int | None
    """Root of a subtree of areas; None asks for all rows, those without an area included."""
    where: Mapping[str, Sequence[str]]
    by: Sequence[str]


@dataclass(frozen=True)
class Part:
    """Numerator and denominator of one group at one moment."""

    key: tuple[str | None, ...]
    area_id: int | None
    records: int
    numerator: Decimal | None
    denominator: Decimal | None


@dataclass(frozen=True)
class Reading:
    """A formula read at one moment: the whole, its parts, and the day that the oldest snapshot in it is of."""

    as_of: date | None
    whole: Part
    parts: list[Part]


def read_range(connection: Connection, formula: Formula, scope: Scope, first: date, last: date) -> Reading:
    """What happened from `first` to `last`, both inclusive."""
    statement = sql.SQL(
        "select {range} as moment, null::date as as_of, {figures} from {view} as r"
        " where {rows} and r.{day} between %(first)s and %(last)s group by grouping sets ({sets})"
    ).format(
        range=sql.Literal(RANGE),
        figures=_figures(formula, scope),
        view=_view(scope),
        rows=_rows(formula, scope),
        day=sql.Identifier(str(formula.day)),
        sets=_grouping_sets(scope, []),
    )
    return _read(connection, statement, scope, {"first": first, "last": last})[RANGE]


def read_moments(
    connection: Connection, formula: Formula, scope: Scope, days: Mapping[str, date]
) -> dict[str, Reading]:
    """The state at the end of each named day; a day without any snapshot on or before it is left out."""
    moments = sql.SQL(", ").join(
        sql.SQL("({}, {}::date)").format(sql.Literal(name), sql.Placeholder(name)) for name in days
    )
    newest, joined = _validity(formula) if formula.valid else _snapshots(formula, scope)
    statement = sql.SQL(
        "with asked (moment, day) as (values {moments}), newest as ({newest}),"
        " part as (select moment, {figures} from newest join {view} as r on {joined}"
        " where {rows} group by grouping sets ({sets}))"
        " select * from (select moment, min(as_of) as as_of from newest where as_of is not null group by moment) as s"
        " left join part using (moment)"
    ).format(
        moments=moments,
        newest=newest,
        figures=_figures(formula, scope),
        view=_view(scope),
        joined=joined,
        rows=_rows(formula, scope),
        sets=_grouping_sets(scope, ["moment"]),
    )
    return _read(connection, statement, scope, days)


def _validity(formula: Formula) -> tuple[sql.Composable, sql.Composable]:
    first, end = (sql.Identifier("r", column) for column in formula.valid or ())
    joined = sql.SQL("{first} <= as_of and ({end} is null or {end} > as_of)").format(first=first, end=end)
    return sql.SQL("select moment, day as as_of from asked"), joined


def _snapshots(formula: Formula, scope: Scope) -> tuple[sql.Composable, sql.Composable]:
    """The newest snapshot on or before each asked day, of each that delivers them; and its rows."""
    day = sql.Identifier("r", str(formula.day))
    own = [sql.SQL("r.province_id = %(province_id)s")]
    joined = [*own, sql.SQL("{} = as_of").format(day)]
    if not formula.per:
        newest: sql.Composable = sql.SQL(
            "select a.moment, (select {day} from {view} as r where {own} and {day} <= a.day"
            " order by {day} desc limit 1) as as_of from asked as a"
        ).format(day=day, view=_view(scope), own=sql.SQL(" and ").join(own))
        return newest, sql.SQL(" and ").join(joined)
    names = [sql.Identifier(f"per_{column}") for column in formula.per]
    columns = [sql.Identifier("r", column) for column in formula.per]
    pairs = list(zip(columns, names, strict=True))
    newest = sql.SQL(
        "select a.moment, max({day}) as as_of, {listed} from asked as a"
        " join {view} as r on {own} and {day} <= a.day group by a.moment, {columns}"
    ).format(
        day=day,
        listed=sql.SQL(", ").join(sql.SQL("{} as {}").format(column, name) for column, name in pairs),
        view=_view(scope),
        own=sql.SQL(" and ").join([*own, *_filters(scope, formula.per)]),
        columns=sql.SQL(", ").join(columns),
    )
    joined += [sql.SQL("{} = {}").format(column, name) for column, name in pairs]
    return newest, sql.SQL(" and ").join(joined)


def _figures(formula: Formula, scope: Scope) -> sql.Composable:
    counted = formula.denominator not in (None, POPULATION)
    area = sql.SQL("r.area_id") if "area" in scope.by else sql.SQL("null::integer")
    whole = sql.SQL("grouping({}) <> 0").format(_by(scope)[0]) if scope.by else sql.SQL("true")
    figures = sql.SQL("{whole} as whole, count(*) as records, {numerator}, {denominator}, {area} as part_area").format(
        whole=whole,
        numerator=sql.SQL("({})::numeric as numerator").format(_own(formula.numerator)),
        denominator=sql.SQL("({})::numeric as denominator").format(_own(str(formula.denominator)))
        if counted
        else sql.SQL("null::numeric as denominator"),
        area=area,
    )
    keys = [sql.SQL("{}::text as {}").format(c, sql.Identifier(f"by_{n}")) for n, c in enumerate(_by(scope))]
    return sql.SQL(", ").join([figures, *keys])


def _rows(formula: Formula, scope: Scope) -> sql.Composable:
    conditions = [
        sql.SQL("r.province_id = %(province_id)s"),
        sql.SQL("({})").format(_own(formula.where)),
        *_filters(scope, list(scope.where)),
    ]
    if scope.area_id is not None:
        conditions.append(
            sql.SQL(
                "r.area_id in (select area_id from serving.areas where ancestor_ids @> array[%(area_id)s::integer])"
            )
        )
    return sql.SQL(" and ").join(conditions)


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
        sets.append([*common, *_by(scope), *([sql.SQL("r.area_id")] if "area" in scope.by else [])])
    return sql.SQL(", ").join(sql.SQL("({})").format(sql.SQL(", ").join(one)) for one in sets)


def _by(scope: Scope) -> list[sql.Composable]:
    return [sql.Identifier("r", column) for column in scope.by]


def _view(scope: Scope) -> sql.Composable:
    return sql.Identifier("serving", scope.view)


def _own(text: str) -> sql.SQL:
    """SQL of a definition, which is ours: only values that a person gives are bound."""
    return sql.SQL(text.replace("%", "%%"))


def _read(
    connection: Connection, statement: sql.Composed, scope: Scope, days: Mapping[str, date]
) -> dict[str, Reading]:
    values: dict[str, Any] = {"province_id": scope.province_id, "area_id": scope.area_id, **days}
    values |= {f"where_{column}": list(wanted) for column, wanted in scope.where.items()}
    readings: dict[str, Reading] = {}
    nothing = Part((None,) * len(scope.by), None, 0, Decimal(0), Decimal(0))
    for moment, as_of, whole, records, numerator, denominator, area_id, *key in connection.execute(statement, values):
        reading = readings.setdefault(moment, Reading(as_of, nothing, []))
        if whole is None:
            continue
        if records == 0:
            numerator, denominator = Decimal(0), denominator and Decimal(0)  # noqa: PLW2901 - a sum of no rows
        part = Part(tuple(key), area_id, records, numerator, denominator)
        if whole:
            readings[moment] = Reading(as_of, part, reading.parts)
        else:
            reading.parts.append(part)
    for reading in readings.values():
        reading.parts.sort(key=lambda part: tuple((value is None, value or "") for value in part.key))
    return readings
