"""What only one process does at a time.

A key is a path that says what is held, such as `kpi/1/gate_vehicles`: a row of `ledger.lock`, locked by an open
transaction, which PostgreSQL ends when its holder is killed. Advisory locks can be taken by every login of the
database, those of readers included; these rows only by the loader.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from hub.errors import Retry
from hub.translation import msg

Connection = psycopg.Connection[Any]
PATIENCE = 300
"""Seconds for which a key is waited for."""
_HOLDER = (
    "select l.pid from ledger.lock as k join pg_locks as l on l.locktype = 'transactionid'"
    " and l.transactionid = k.xmax and l.granted where k.key = %s"
)


@contextmanager
def hold(guard: Connection, key: str, *, wait: bool = True) -> Iterator[bool]:
    """Holds the key until the block ends, and gives whether it is held: without `wait` another session may hold it.

    `guard` is a connection of `connect(url, "loader")` for this alone, in no transaction: the work commits on others
    meanwhile. The lock is taken before the first transaction of the block, which therefore sees what the holder before
    has written. Where the guard breaks off another process may hold the key: `check` tells.

    Raises Retry, which names the session that holds the key, when it is not free within PATIENCE.
    """
    guard.execute("insert into ledger.lock (key) values (%s) on conflict do nothing", [key])
    guard.commit()
    held = _take(guard, key, wait)
    try:
        yield held
    finally:
        with suppress(psycopg.Error):  # a lost guard holds nothing any more
            guard.rollback()


def hold_until_end(connection: Connection, key: str) -> None:
    """Waits for the key and holds it until the connection's transaction ends."""
    connection.execute("insert into ledger.lock (key) values (%s) on conflict do nothing", [key])
    connection.execute("select from ledger.lock where key = %s for update", [key])


def hold_all(guard: Connection, keys: Collection[str]) -> None:
    """Holds the keys until the guard's transaction ends. They are taken in one order, so that two who ask for several
    do not wait for each other. Raises Retry as `hold`."""
    have_patience(guard)
    for key in sorted(keys):
        with _telling_who_holds(guard, key):
            hold_until_end(guard, key)


def have_patience(connection: Connection) -> None:
    """Until the transaction ends no time-out of the server ends it, and a row is waited for as long as PATIENCE."""
    timeouts = ["statement_timeout", "idle_in_transaction_session_timeout"]
    if connection.info.server_version >= 170000:
        timeouts.append("transaction_timeout")
    for timeout in timeouts:
        connection.execute(f"set local {timeout} = 0".encode())
    connection.execute(f"set local lock_timeout = '{PATIENCE}s'".encode())


def check(guard: Connection) -> None:
    """Raises psycopg.OperationalError when the guard's connection is lost, and what it held with it."""
    guard.execute("select")


def _take(guard: Connection, key: str, wait: bool) -> bool:
    have_patience(guard)
    query = "select from ledger.lock where key = %s for update" + ("" if wait else " skip locked")
    with _telling_who_holds(guard, key):
        return guard.execute(query.encode(), [key]).fetchone() is not None


@contextmanager
def _telling_who_holds(guard: Connection, key: str) -> Iterator[None]:
    """Raises Retry, and rolls back, where the key is not free within PATIENCE."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        guard.rollback()
        holder = guard.execute(_HOLDER, [key]).fetchone()
        guard.rollback()
        raise Retry(
            msg(
                "{key} has been held by session {holder} of the database for more than {patience} seconds: try again"
                " when it has finished, or have the database's owner end it with pg_terminate_backend({holder})",
                key=key,
                holder=holder[0] if holder else "–",
                patience=PATIENCE,
            )
        ) from error
