"""The one PostgreSQL server that all paths write to, with its durability as the hub sets it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from demo.services import FOLDER
from hub.installation import Installation
from kpis.catalogue import Catalogue
from warehouse import embedded_server
from warehouse.database import connect
from warehouse.migrate import migrate

_TEMPLATE = "hub_template"


class Server:
    """Fresh databases, one a measurement."""

    def __init__(self, state: Path) -> None:
        self._url = embedded_server.start(state)
        installation = Installation.open(FOLDER)
        fields = Catalogue.of(installation).fields
        migrate(embedded_server.create_database(state, _TEMPLATE), installation, fields)

    @contextmanager
    def database(self, *, hub: bool, name: str = "measured") -> Iterator[str]:
        """URL of a database that is empty (hub: has the warehouse's tables), dropped afterwards. What earlier
        measurements left to write is written first."""
        address = self._url.replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True) as connection:
            template = f" template {_TEMPLATE}" if hub else ""
            connection.execute(f"create database {name}{template}")
            connection.execute("checkpoint")
            try:
                yield f"{address.rsplit('/', 1)[0]}/{name}"
            finally:
                connection.execute(f"drop database {name} with (force)")


@contextmanager
def running() -> Iterator[Server]:
    """The embedded server on a folder of its own, gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
    state.chmod(0o755)
    try:
        yield Server(state)
    finally:
        embedded_server.stop(state)
        shutil.rmtree(state, ignore_errors=True)


def count(url: str, table: str) -> int:
    """Rows of a table."""
    with psycopg.connect(url) as connection:
        [(rows,)] = connection.execute(f"select count(*) from {table}".encode()).fetchall()
        return int(rows)


def cpu_seconds(url: str) -> float:
    """Of this process and of the server, with its sessions that have ended."""
    with connect(url, "owner") as connection:
        [server] = psutil.Process(connection.info.backend_pid).parents()[:1]
        ended = server.cpu_times()
        own = [one.cpu_times() for one in (psutil.Process(), server, *server.children())]
    return float(ended.children_user + ended.children_system + sum(one.user + one.system for one in own))
