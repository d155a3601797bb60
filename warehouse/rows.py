"""Rows into a table of the hub, many in one go."""

from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql


def insert_rows(connection: psycopg.Connection[Any], table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Adds rows to `schema.table`; all name the same columns."""
    listed = list(rows)
    if not listed:
        return
    names = list(listed[0])
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(map(sql.Placeholder, names)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, listed)
