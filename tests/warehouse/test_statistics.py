"""After a load the planner knows how much there is, without waiting for the server's own round."""

import psycopg
import pytest

from tests.postgres import Postgres
from warehouse import statistics
from warehouse.database import connect

ARTICLES = 5_000


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.database()


def fill(connection: psycopg.Connection, first: int, last: int) -> None:
    connection.execute(
        "insert into warehouse.fact_article (province_id, article_code, outlet, published_at, batch_id, page_number)"
        " select province_id, n::text, 'báo', '2023-01-01', 1, 1"
        " from warehouse.dim_province, generate_series(%s::integer, %s) as n where code = 'H37'",
        [first, last],
    )
    connection.commit()
    connection.execute("select pg_stat_force_next_flush()")
    connection.commit()


def known(connection: psycopg.Connection) -> int:
    row = connection.execute("select reltuples from pg_class where oid = 'warehouse.fact_article'::regclass").fetchone()
    connection.commit()
    assert row is not None
    return int(row[0])


def test_what_a_load_has_filled_is_known_and_a_little_more_is_left_to_the_server(url: str) -> None:
    with connect(url, "owner") as owner, connect(url, "loader") as loader:
        fill(owner, 1, ARTICLES)
        statistics.renew(loader)
        assert known(owner) == ARTICLES
        fill(owner, ARTICLES + 1, ARTICLES + 100)
        statistics.renew(loader)
        assert known(owner) == ARTICLES


@pytest.mark.parametrize("role", ["reader", "screens", "accounts"])
def test_only_the_loader_may(url: str, role: str) -> None:
    with connect(url, role) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):  # type: ignore[arg-type]
        statistics.renew(other)
