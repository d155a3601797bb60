"""Advisory locks: what only one process does at a time. PostgreSQL releases them when their holder is killed.

A key is a path that says what is held, such as `kpi/1/gate_vehicles`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


@contextmanager
def session_lock(connection: Connection, key: str, *, wait: bool = True) -> Iterator[bool]:
    """Holds the key until the block ends, across transactions, and gives whether it is held: without `wait` another
    session may hold it. The lock is taken before the first transaction of the block, which therefore sees what the
    holder before has written; what is uncommitted at the end is rolled back."""
    held = True
    if wait:
        connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [key])
    else:
        row = connection.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [key]).fetchone()
        held = row == (True,)
    connection.commit()
    try:
        yield held
    finally:
        if held and not connection.closed:
            connection.rollback()
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [key])
            connection.commit()


def transaction_lock(connection: Connection, *keys: str) -> None:
    """Waits for the keys, in an order that is the same for everyone, and holds them until the transaction ends."""
    for key in sorted(keys):
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
