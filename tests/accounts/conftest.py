"""A warehouse with one account."""

from collections.abc import Iterator

import psycopg
import pytest

from accounts import directory
from accounts.rights import Limits
from tests.accounts.sign_in import RIGHT
from tests.postgres import Postgres
from warehouse.database import connect


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    return postgres.database()


@pytest.fixture
def keeper(url: str) -> Iterator[psycopg.Connection]:
    """A warehouse with the one account `stt` and nothing else."""
    with connect(url, "owner") as owner:
        owner.execute("truncate access.account restart identity cascade")
        owner.execute("truncate access.login_attempt")
    with connect(url, "accounts") as connection:
        directory.create(connection, "STT", "Sở Thông tin và Truyền thông", "department", Limits(1), RIGHT)
        connection.commit()
        yield connection
        connection.rollback()
