"""The hub's questions to the serving views, asked of the same tables in the archive: PostgreSQL's SQL as DuckDB's.

Only what gives the same figure to the last digit is translated. Numbers are decimals, never floating point.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from hub.errors import Abort
from hub.translation import msg
from warehouse.archive import NUMERIC, PLACES

_EXACT = (exp.Count, exp.Grouping, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Min, exp.Sum)
"""Aggregates that give the same in both; an average is a floating-point number in DuckDB."""
_WIDE = Context(prec=200)
_FUNCTIONS = r"""
create or replace macro text_of(x) as case when typeof(x) like 'DECIMAL%'
    then regexp_replace(x::varchar, '\.0*$|(\.\d*[1-9])0+$', '\1') else x::varchar end;
create or replace macro quotient(x, y) as numeric_quotient(x::varchar, y::varchar,
    typeof(x) not like 'DECIMAL%' and typeof(y) not like 'DECIMAL%')::decimal(38, 20);
"""


class ArchiveConnection:
    """Answers what the hub asks a connection to the warehouse, from tables in DuckDB's memory."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        with suppress(duckdb.InvalidInputException):  # of another month, or none
            connection.remove_function("numeric_quotient")
        connection.create_function("numeric_quotient", numeric_quotient, ["varchar", "varchar", "boolean"], "varchar")
        connection.execute(_FUNCTIONS)

    def execute(self, statement: str | bytes, values: Mapping[str, Any] | Sequence[Any] = ()) -> "Answer":
        """The answer to a statement with its values, as psycopg takes them."""
        text, names = translated(statement if isinstance(statement, str) else statement.decode())
        given = {name: values[name] for name in names} if isinstance(values, Mapping) else list(values)
        return Answer(self._connection.execute(text, given).fetchall())


class Answer:
    """Rows as a cursor gives them."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)


@lru_cache(maxsize=4096)
def translated(statement: str) -> tuple[str, frozenset[str]]:
    """A statement as DuckDB's, and the names of its values. Raises Abort for what would give another figure."""
    tree = sqlglot.parse_one(statement, dialect="postgres")
    for node in reversed(list(tree.dfs())):  # what is within a node before itself
        if (found := _as_duckdb(node)) is not node:
            node.replace(found)
    return tree.sql("duckdb"), frozenset(one.name for one in tree.find_all(exp.Placeholder) if one.name)


def _as_duckdb(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.AggFunc) and not isinstance(node, _EXACT):
        raise Abort(msg("{function} is not computed exactly from the archive", function=node.sql("postgres")))
    if isinstance(node, exp.Div):
        return exp.Anonymous(this="quotient", expressions=[node.this, node.expression])
    if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        wanted = node.expression.this.unnest()
        if isinstance(wanted, exp.Literal):  # a list as psycopg writes it
            names = [one.strip('"') for one in wanted.name.strip("{}").split(",")]
            wanted = exp.Array(expressions=[exp.Literal.string(one) for one in names])
        return exp.Anonymous(this="list_contains", expressions=[wanted, node.this])
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.TEXT:
        return exp.Anonymous(this="text_of", expressions=[node.this])
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.DECIMAL:  # columns have exact types as they are
        if not isinstance(node.this, exp.Column):
            return exp.Cast(this=node.this, to=exp.DataType.build(NUMERIC))
        return exp.alias_(node.this, node.this.name) if isinstance(node.parent, exp.Select) else node.this
    return node


def numeric_quotient(dividend: str, divisor: str, of_integers: bool = False) -> str:
    """The quotient to the places to which PostgreSQL rounds it: so that it has 16 digits at least, counted in groups of
    four, or as many places as its operands; of integers its whole part. Numbers are texts, since DuckDB would take
    them from Python by way of floating point. Raises ArithmeticError where the archive's numbers have fewer places."""
    one, other = Decimal(dividend), Decimal(divisor)
    if of_integers:
        return str(one // other)
    (weight, first), (other_weight, other_first) = _weight(one), _weight(other)
    groups = weight - other_weight - (first <= other_first)
    own = (-int(number.normalize(_WIDE).as_tuple().exponent) for number in (one, other))
    places = max(16 - 4 * groups, *own, 0)
    quotient = _WIDE.divide(one, other).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _WIDE)
    if -int(quotient.normalize(_WIDE).as_tuple().exponent) > PLACES:
        raise ArithmeticError(f"{quotient} has too many places")
    return str(quotient)


def _weight(number: Decimal) -> tuple[int, int]:
    """The place of the first group of four digits, from 0 for those right before the point, and its value."""
    if not number:
        return 0, 0
    weight = number.adjusted() // 4
    return weight, int(number.copy_abs().scaleb(-4 * weight, _WIDE))
