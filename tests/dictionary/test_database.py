"""The dictionary beside a migrated database: the same columns, and queries that run."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql

from accounts import bi_logins, directory
from dictionary.descriptions import tables, views
from dictionary.examples import Example, example_of, examples_of
from tests.accounts.world import fill
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect

Connection = psycopg.Connection[Any]
MARCH = (date(2019, 3, 1), date(2019, 3, 31))
EXAMPLES = [(view, one) for view in views() for one in examples_of(view, CATALOGUE.definitions)]


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    made = postgres.database()
    with connect(made, "owner") as owner:
        fill(owner)
        facts = Facts(owner)
        facts.publish("dvc.dossiers", MARCH)
        received = {"received_at": "2019-03-05T08:00:00+07:00"}
        facts.add("fact_dossier", [received | {"channel_code": "online"}] * 2 + [received])
        facts.publish("press.articles", MARCH)
        published = {"published_at": "2019-03-05T08:00:00+07:00"}
        facts.add("fact_article", [published | {"sentiment": one} for one in ("positive", "negative", None)])
    return made


@pytest.fixture(scope="module")
def login(postgres: Postgres, url: str) -> Iterator[Connection]:
    """A BI login with the rights of an account that sees the whole hub."""
    with connect(url, "owner") as owner:
        name = f"reader_{owner.info.dbname}"
        assert bi_logins.prepare(owner, name, "s3cret-of-the-reader") is None
        directory.set_db_role(owner, directory.find(owner, "whole-hub"), name)
        owner.commit()
        with connect(postgres.named(owner.info.dbname, name, "s3cret-of-the-reader"), "owner") as connection:
            connection.autocommit = True
            yield connection
        owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))


def described(url: str, schema: str) -> dict[str, dict[str, str | None]]:
    """Table or view → column → comment, as the database's catalogue has them."""
    found: dict[str, dict[str, str | None]] = {}
    with connect(url, "owner") as owner:
        for relation, column, comment in owner.execute(
            "select c.relname, a.attname, col_description(c.oid, a.attnum) from pg_class c"
            " join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where c.relnamespace = %s::regnamespace and c.relkind in ('v', 'r', 'p')",
            [schema],
        ):
            found.setdefault(relation, {})[column] = comment
    return found


def test_every_column_of_the_database_has_a_comment(url: str) -> None:
    schemas = ("warehouse", "ledger", "landing", "quality", "kpi", "access", "serving", "serving_bi")
    bare = [
        f"{schema}.{relation}.{column}"
        for schema in schemas
        for relation, columns in described(url, schema).items()
        for column, comment in columns.items()
        if not comment and not relation.startswith("alembic")
    ]
    assert bare == []


def test_the_pages_say_of_views_and_tables_what_the_database_has(url: str) -> None:
    serving = described(url, "serving")
    assert {name: dict(view.comments) for name, view in views().items()} == {
        name: columns for name, columns in serving.items() if not name.startswith("refused_")
    }
    warehouse = described(url, "warehouse")
    for name, table in tables().items():
        assert {column.name: column.comment for column in table.columns} == warehouse[name]


def test_every_view_has_an_example() -> None:
    assert {view for view, _ in EXAMPLES} == set(views())


@pytest.mark.parametrize(("view", "example"), EXAMPLES, ids=lambda one: one if isinstance(one, str) else "")
def test_an_example_runs_as_a_bi_login(login: Connection, view: str, example: Example) -> None:
    assert f"serving_bi.{view}" in example.sql
    login.execute(example.sql.encode())


def test_the_formula_of_a_kpi_as_a_query_gives_its_parts(login: Connection) -> None:
    """Of three dossiers that were received in March 2019 two came online."""
    example = example_of(CATALOGUE.definitions["online_dossier_rate"])
    rows = login.execute(example.sql.encode()).fetchall()
    assert [row[2:] for row in rows if row[1] == date(2019, 3, 1)] == [(2, 3)]


def test_the_formula_of_a_share_counts_its_value_alone(login: Connection) -> None:
    example = example_of(CATALOGUE.definitions["positive_press_rate"])
    rows = login.execute(example.sql.encode()).fetchall()
    assert [row[2:] for row in rows if row[1] == date(2019, 3, 1)] == [(1, 2)]
