"""The caller behind a question, and the transaction in which the database holds to the caller's rights.

What a caller sees is decided by the database (policies.py). What a caller may do with it is `scopes`: a role's for a
signed-in person, a key's own for a machine.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import psycopg
from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from hub.errors import InvalidAccount
from hub.suggestions import unknown
from warehouse import roles

Connection = psycopg.Connection[Any]
Role = Literal["viewer", "department", "engineer", "auditor", "admin"]
Scope = Literal["read", "explain", "rows", "export", "wall", "metrics"]
ROLES: tuple[Role, ...] = get_args(Role)
KEY_SCOPES: tuple[Scope, ...] = get_args(Scope)
"""`read` figures, `explain` them, see the source `rows`, `export` files; `wall` shows the wall and nothing else,
`metrics` the counters of the web process, in which there is no figure."""

_PERSON: frozenset[Scope] = frozenset(["read", "explain", "rows", "export"])
ROLE_SCOPES: dict[Role, frozenset[Scope]] = dict.fromkeys(ROLES, _PERSON) | {
    "viewer": _PERSON - {"rows"},
    "engineer": _PERSON | {"metrics"},
    "admin": _PERSON | {"metrics"},
}


@dataclass(frozen=True)
class Limits:
    """What an account sees; None is all. An empty list is nothing at all."""

    province_id: int | None = None
    area_id: int | None = None
    organisations: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Caller:
    """Who asks, with the rights that hold now."""

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

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


CALLER = (
    "a.account_id, a.login, a.name, a.role, (select p.code from warehouse.dim_province as p"
    " where p.province_id = a.province_id), a.area_id, a.organisations, a.fields"
)
"""Columns of access.account as a, in the order that `caller` takes them."""


def caller(row: Sequence[Any], scopes: Sequence[Scope] | None = None) -> Caller:
    """The caller of a row of CALLER; without `scopes` those of its role."""
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
    )


@contextmanager
def as_caller(connection: Connection, caller: Caller) -> Iterator[Connection]:
    """One read-only transaction over one snapshot, in which only what the caller may see is there.

    `connection` is one of `connect(url, "screens")` outside of a transaction. An account that was disabled meanwhile
    sees nothing. Afterwards the connection names nobody again, whatever happened inside.
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
    connection: Connection, caller: Caller, what: Literal["explain", "rows", "export"], subject: Mapping[str, Any]
) -> None:
    """Keep that the caller looks behind a figure or takes it away; before it is shown, and committed by itself.

    `connection` is one of `connect(url, "accounts")`.
    """
    connection.execute(
        "insert into access.read_log (account_id, what, subject) values (%s, %s, %s)",
        [caller.account_id, what, Jsonb(dict(subject))],
    )
    connection.commit()


def find_limits(
    connection: Connection,
    province: str | None,
    area: str | None = None,
    organisations: Sequence[str] | None = None,
    fields: Sequence[str] | None = None,
) -> Limits:
    """Rights from the codes that a person writes. Raises InvalidAccount naming an unknown code and near ones.

    `area` is the area that bears the code today, or else bore it last; `CODE@2023-06-30` means the one of that day.
    """
    if province is None and (area is not None or organisations is not None):
        raise InvalidAccount(
            "Giới hạn theo địa bàn hoặc đơn vị cần có tỉnh", "a limit to an area or organisations needs a province"
        )
    province_id = None if province is None else _province_id(connection, province)
    if organisations is not None:
        known = _codes(connection, "select code from warehouse.dim_organisation where province_id = %s", province_id)
        for code in organisations:
            _require(code, known, "đơn vị", "organisation")
    if fields is not None:
        known = _codes(connection, "select code from warehouse.dim_field order by position")
        for code in fields:
            _require(code, known, "lĩnh vực", "field")
    return Limits(
        province_id,
        None if area is None else _area_id(connection, str(province), area),
        None if organisations is None else tuple(organisations),
        None if fields is None else tuple(fields),
    )


def _province_id(connection: Connection, code: str) -> int:
    known: dict[str, int] = dict(connection.execute("select code, province_id from warehouse.dim_province").fetchall())
    _require(code, list(known), "tỉnh", "province")
    return known[code]


def _area_id(connection: Connection, province: str, written: str) -> int | None:
    """None when it is the province itself: that is no limit."""
    code, _, on = written.partition("@")
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise InvalidAccount(
            f"{on!r} không phải là ngày; viết như 05971@2023-06-30", f"{on!r} is no day; write 05971@2023-06-30"
        ) from None
    row = connection.execute(
        "select a.area_id, a.code = p.area_code and a.level = 'province' from warehouse.dim_area as a"
        " join warehouse.dim_province as p on p.code = %(province)s where a.code = %(code)s"
        " and (%(day)s::date is null or a.valid_from <= %(day)s and coalesce(a.valid_to > %(day)s, true))"
        " and (a.ancestor_ids && array(select r.area_id from warehouse.dim_area as r"
        " where r.level = 'province' and r.code = p.area_code) or a.area_id in (select s.successor_id"
        " from warehouse.area_successor as s join warehouse.dim_area as b using (area_id)"
        " join warehouse.dim_area as r on r.area_id = any(b.ancestor_ids)"
        " where r.level = 'province' and r.code = p.area_code))"
        " order by a.valid_from desc limit 1",
        {"province": province, "code": code, "day": day},
    ).fetchone()
    if row is None:
        raise InvalidAccount(
            f"Tỉnh {province} không có địa bàn {written!r}; xem mã ở serving.areas",
            f"province {province} has no area {written!r}; serving.areas lists the codes",
        )
    return None if row[1] else int(row[0])


def _codes(connection: Connection, query: str, *values: Any) -> list[str]:
    return [code for (code,) in connection.execute(query.encode(), values or None)]


def _require(code: str, known: Sequence[str], vi: str, en: str) -> None:
    if code not in known:
        raise unknown(vi, en, code, known)


def check_role(role: str) -> Role:
    """The role of that name. Raises InvalidAccount naming those that there are."""
    _require(role, ROLES, "vai trò", "role")
    return next(one for one in ROLES if one == role)
