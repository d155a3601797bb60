"""The caller behind a request, and the transaction in which the database holds to the caller's rights.

The database decides what a caller sees (warehouse/policies.py). `scopes` are what a caller may do with it: those of
the role for a signed-in person, those of the key for a machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from accounts.account_roles import ROLE_SCOPES, Role, Scope
from warehouse import roles, trail

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Caller:
    """A person or a machine, with the rights that hold now."""

    account_id: int
    login: str
    name: str
    role: Role
    province: str | None
    """Code such as H37; None for all provinces of the hub."""
    area: int | None
    """Area id; None for the whole province."""
    organisations: tuple[str, ...] | None
    fields: tuple[str, ...] | None
    scopes: frozenset[Scope]
    is_machine: bool = False
    """Whether it signed in by an API key or a wall's token: what it is told leaves the hub."""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


CALLER = (
    "a.account_id, a.login, a.name, a.role, (select p.code from warehouse.dim_province as p"
    " where p.province_id = a.province_id), a.area_id, a.organisations, a.fields"
)
"""Columns of access.account as a, in the order that `caller` takes them."""


def caller(row: Sequence[Any], scopes: Sequence[Scope] | None = None) -> Caller:
    """The caller of a row of CALLER: a person with the scopes of its role, or a machine whose key has `scopes`."""
    account_id, login, name, role, province, area, organisations, fields = row
    return Caller(
        account_id,
        login,
        name,
        role,
        province,
        area,
        None if organisations is None else tuple(organisations),
        None if fields is None else tuple(fields),
        ROLE_SCOPES[role] if scopes is None else frozenset(scopes),
        is_machine=scopes is not None,
    )


@contextmanager
def as_caller(connection: Connection, caller: Caller) -> Iterator[Connection]:
    """One read-only transaction over one snapshot, in which only what the caller may see is there.

    `connection` is one of `connect(url, "screens")` outside of a transaction. An account that was disabled meanwhile
    sees nothing. Afterwards the connection acts for nobody again, whatever happened inside.
    """
    before = connection.isolation_level, connection.read_only
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    try:
        with connection.transaction():
            row = connection.execute(
                "select set_config('ioc.account', %s, true), current_user::text", [str(caller.account_id)]
            ).fetchone()
            if row is None or row[1] != roles.SCREENS:
                raise RuntimeError("as_caller needs a connection of connect(url, 'screens'): others see everything")
            yield connection
    finally:
        if not connection.closed:
            connection.isolation_level, connection.read_only = before


def log_read(
    connection: Connection,
    caller: Caller,
    what: Literal["figures", "explain", "rows", "export"],
    subject: Mapping[str, Any],
) -> None:
    """Log that the caller reads figures about persons, or what is behind a figure, or exports one; before it is shown,
    and committed by itself. What takes a right beyond reading, or leaves the hub as a file, is an entry of the trail,
    too; pages read figures all day, so that those are in the log alone.

    `connection` is one of `connect(url, "accounts")`.
    """
    connection.execute(
        "insert into access.read_log (account_id, what, subject) values (%s, %s, %s)",
        [caller.account_id, what, Jsonb(dict(subject))],
    )
    if what != "figures":
        trail.write(
            connection,
            "export" if what == "export" else "read",
            f"{what}/{subject.get('kpi') or subject.get('file') or ''}".rstrip("/"),
            province=subject.get("province"),
            actor=trail.account_actor(caller.login),
            after={name: value if isinstance(value, int | None) else str(value) for name, value in subject.items()},
        )
    connection.commit()
