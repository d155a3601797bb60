"""PostgreSQL's SQL as DuckDB's: the same numbers to the last digit, or none."""

from decimal import Decimal

import duckdb
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hub.errors import Abort
from kpis.archive_sql import ArchiveConnection, numeric_quotient, translated

NUMBERS = some.decimals(Decimal("0.0001"), Decimal(10) ** 15, places=4)


@given(dividend=NUMBERS, divisor=some.decimals(Decimal("0.01"), Decimal(10) ** 6, places=2))
def test_a_quotient_is_rounded_as_postgresql_does(
    owner: psycopg.Connection, dividend: Decimal, divisor: Decimal
) -> None:
    row = owner.execute("select trim_scale(%s::numeric) / trim_scale(%s::numeric)", [dividend, divisor]).fetchone()
    assert row is not None
    try:
        assert Decimal(numeric_quotient(str(dividend), str(divisor))) == row[0]
    except ArithmeticError:  # it has more places than the archive keeps, and is no figure there
        assert -int(row[0].normalize().as_tuple().exponent) > 20


@pytest.fixture
def archive() -> ArchiveConnection:
    return ArchiveConnection(duckdb.connect())


@pytest.mark.parametrize(
    "expression",
    [
        "sum(value) / count(distinct kind)",
        "count(*) / 2",
        "sum(level) / 2",
        "sum(value) filter (where kind = any('{a,b}'))",
        "count(*) filter (where kind is null or length(kind) > 1)",
        "count(distinct kind) filter (where value > 0)",
        "min(value)",
    ],
)
def test_an_aggregate_is_the_same(archive: ArchiveConnection, owner: psycopg.Connection, expression: str) -> None:
    rows = "(1.1, 3, 'a'), (2.25, 4, 'b'), (7, 8, 'cc'), (-0.1, 2, null)"
    columns = "value decimal(38, 20), level integer, kind varchar"
    owner.execute(f"create temporary table given ({columns.replace('decimal(38, 20)', 'numeric')})".encode())
    owner.execute(f"insert into given values {rows}".encode())
    archive._connection.execute(f"create table given ({columns}); insert into given values {rows}")
    statement = f"select ({expression})::numeric from given"
    expected = owner.execute(statement.encode()).fetchone()
    assert archive.execute(statement).fetchone() == expected


def test_a_number_that_parts_are_named_by_is_written_alike(archive: ArchiveConnection) -> None:
    for number, text in (("3.000", "3"), ("2.50", "2.5"), ("100.0", "100"), ("0.000", "0")):
        row = archive.execute(f"select x::text from (select {number}::numeric(38, 20) as x) as t").fetchone()
        assert row == (text,)


def test_what_is_not_exact_is_refused() -> None:
    with pytest.raises(Abort, match="not computed exactly"):
        translated("select avg(value) from serving.statistics")
