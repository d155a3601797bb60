"""The directory of accounts: an administrator creates, changes and disables them. They are never deleted, so that the
log of reads stays explained.

All functions take a connection of `connect(url, "accounts")` and leave commit and rollback to their caller.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from accounts import passwords, sessions
from accounts.account_roles import Role
from accounts.caller import CALLER, Caller, Connection, caller
from accounts.rights import Limits
from hub.errors import InvalidAccount
from hub.suggestions import unknown
from hub.translation import msg
from warehouse import trail

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,62}")


@dataclass(frozen=True)
class Account:
    """An account as an administrator sees it."""

    account_id: int
    login: str
    name: str
    role: Role
    province: str | None
    area: str | None
    """Code and name of the area."""
    organisations: list[str] | None
    fields: list[str] | None
    db_role: str | None
    has_password: bool
    oidc_subject: str | None
    disabled_at: datetime | None
    created_at: datetime
    password_changed_at: datetime | None
    sessions: int
    """Open now."""


_ACCOUNTS = (
    "select a.account_id, a.login, a.name, a.role, p.code as province, d.code || ' ' || d.name as area,"
    " a.organisations, a.fields, a.db_role, a.password_hash is not null as has_password, a.oidc_subject,"
    " a.disabled_at, a.created_at, a.password_changed_at,"
    f" (select count(*) from access.session as s where s.account_id = a.account_id and {sessions.OPEN}) as sessions"
    " from access.account as a left join warehouse.dim_province as p using (province_id)"
    " left join warehouse.dim_area as d using (area_id)"
)


def check_login(login: str) -> str:
    """The login in lower case. Raises InvalidAccount for characters or a length that it may not have."""
    lower = login.strip().lower()
    if not _LOGIN.fullmatch(lower):
        raise InvalidAccount(
            msg(
                "the login {login!r} must have 2 to 63 characters of a-z 0-9 . _ @ - and begin with a letter or digit",
                login=login,
            ),
        )
    return lower


def check_text(*texts: str | None) -> None:
    """Raises InvalidAccount for a text with control characters, which no name has and the database does not take."""
    for text in texts:
        if text is not None and not text.isprintable():
            raise InvalidAccount(msg("{text!r} holds a control character", text=text))


def create(
    connection: Connection,
    login: str,
    name: str,
    role: Role,
    limits: Limits,
    password: str | None = None,
    oidc_subject: str | None = None,
) -> int:
    """Create an account; without a password it signs in through the identity provider only, or not yet.

    Raises InvalidAccount when the login is taken or the password is weak.
    """
    own = check_login(login)
    check_text(name, oidc_subject)
    try:
        row = connection.execute(
            "insert into access.account (login, name, role, province_id, area_id, organisations, fields,"
            " password_hash, oidc_subject) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning account_id",
            [
                *(own, name, role, *_columns(limits)),
                passwords.hashed(password, own, name) if password is not None else None,
                oidc_subject,
            ],
        ).fetchone()
    except psycopg.errors.UniqueViolation as error:
        raise _taken(error, {"login": own, "oidc_subject": oidc_subject}) from None
    assert row is not None  # noqa: S101 - an insert returns its row
    rights = _rights(role, limits)
    _tell(connection, own, after={**rights, "password": password is not None, "oidc_subject": _hashed(oidc_subject)})
    return int(row[0])


def every(connection: Connection) -> list[Account]:
    """All accounts, by login."""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(f"{_ACCOUNTS} order by a.login".encode()).fetchall()


def find(connection: Connection, login: str) -> Account:
    """The account of that login. Raises InvalidAccount naming near ones."""
    own = login.strip().lower() if login.isprintable() else ""
    with connection.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(f"{_ACCOUNTS} where a.login = %s".encode(), [own]).fetchone()
    if found is None:
        known = [known for (known,) in connection.execute("select login from access.account order by 1")]
        raise unknown(msg("account"), login, known)
    return found


def find_caller(connection: Connection, account_id: int) -> Caller | None:
    """The caller of an account that is not disabled."""
    return _caller(connection, "a.account_id = %s", account_id)


def find_by_subject(connection: Connection, subject: str) -> Caller | None:
    """The caller with that subject at the identity provider; None without one, and for a disabled account."""
    return _caller(connection, "a.oidc_subject = %s", subject) if subject.isprintable() else None


def set_password(connection: Connection, account: Account | Caller, password: str, *, by_user: bool) -> None:
    """Set a new password, and end all sessions. `by_user`: chosen by its user, so no longer the initial one."""
    connection.execute(
        "update access.account set password_hash = %s, password_changed_at = case when %s then now() end"
        " where account_id = %s",
        [passwords.hashed(password, account.login, account.name), by_user, account.account_id],
    )
    sessions.end_all(connection, account.account_id)
    actor = trail.account_actor(account.login) if by_user else None
    _tell(connection, account.login, "/password", actor=actor, after={"by_user": by_user})


def set_rights(connection: Connection, account: Account, role: Role, limits: Limits) -> None:
    """Change what it sees, from its next statement on, open sessions included."""
    before = _rights(account.role, limits_of(connection, account))
    connection.execute(
        "update access.account set role = %s, province_id = %s, area_id = %s, organisations = %s, fields = %s"
        " where account_id = %s",
        [role, *_columns(limits), account.account_id],
    )
    _tell(connection, account.login, "/rights", before=before, after=_rights(role, limits))


def limits_of(connection: Connection, account: Account) -> Limits:
    """What it sees now."""
    row = connection.execute(
        "select province_id, area_id, organisations, fields from access.account where account_id = %s",
        [account.account_id],
    ).fetchone()
    assert row is not None  # noqa: S101 - accounts are never deleted
    return Limits(*row[:2], *(None if codes is None else tuple(codes) for codes in row[2:]))


def set_subject(connection: Connection, account: Account, subject: str | None) -> None:
    """Set its subject at the identity provider, and end all sessions where it had another one or none. Raises
    InvalidAccount when another account has it."""
    check_text(subject)
    _set(connection, account, "oidc_subject", subject)
    if subject != account.oidc_subject:
        sessions.end_all(connection, account.account_id)
    before, after = _hashed(account.oidc_subject), _hashed(subject)
    _tell(connection, account.login, "/oidc_subject", before=before, after=after)


def set_db_role(connection: Connection, account: Account, db_role: str | None) -> None:
    """Set the database login that has its rights. Raises InvalidAccount when another account has it."""
    _set(connection, account, "db_role", db_role)
    _tell(connection, account.login, "/bi_login", before=account.db_role, after=db_role or False)


def disable(connection: Connection, account: Account) -> None:
    """Disable it: sessions end immediately, keys and the database login see nothing. Enabling restores no session."""
    connection.execute(
        "update access.account set disabled_at = coalesce(disabled_at, now()) where account_id = %s",
        [account.account_id],
    )
    sessions.end_all(connection, account.account_id)
    _tell(connection, account.login, after={"disabled": True})


def enable(connection: Connection, account: Account) -> None:
    """Enable it again."""
    connection.execute("update access.account set disabled_at = null where account_id = %s", [account.account_id])
    _tell(connection, account.login, after={"disabled": False})


def end_sessions(connection: Connection, account: Account) -> int:
    """End every open session of it, as an administrator's act; how many there were."""
    ended = sessions.end_all(connection, account.account_id)
    _tell(connection, account.login, "/sessions", after={"ended": ended})
    return ended


def _columns(limits: Limits) -> list[Any]:
    lists = (None if codes is None else list(codes) for codes in (limits.organisations, limits.fields))
    return [limits.province_id, limits.area_id, *lists]


def _tell(connection: Connection, login: str, part: str = "", **said: Any) -> None:
    """The entry of the trail of what was done to an account, or to a part of it; of the account's province."""
    row = connection.execute(
        "select p.code from access.account join warehouse.dim_province as p using (province_id) where login = %s",
        [login],
    ).fetchone()
    trail.write(connection, "account", f"account/{login}{part}", province=row[0] if row else None, **said)


def _rights(role: Role, limits: Limits) -> dict[str, trail.Json]:
    return {
        "role": role,
        "province_id": limits.province_id,
        "area_id": limits.area_id,
        "organisations": None if limits.organisations is None else list(limits.organisations),
        "fields": None if limits.fields is None else list(limits.fields),
    }


def _hashed(subject: str | None) -> str | None:
    """What the trail says of a person's identity elsewhere."""
    return None if subject is None else hashlib.sha256(subject.encode()).hexdigest()


def _caller(connection: Connection, condition: str, value: int | str) -> Caller | None:
    row = connection.execute(
        f"select {CALLER} from access.account as a where a.disabled_at is null and {condition}".encode(), [value]
    ).fetchone()
    return caller(row) if row else None


def _set(connection: Connection, account: Account, column: str, value: str | None) -> None:
    try:
        connection.execute(
            f"update access.account set {column} = %s where account_id = %s".encode(), [value, account.account_id]
        )
    except psycopg.errors.UniqueViolation as error:
        raise _taken(error, {column: value}) from None


def _taken(error: psycopg.errors.UniqueViolation, given: Mapping[str, str | None]) -> InvalidAccount:
    what = str(error.diag.constraint_name).removeprefix("uq_account_")
    value = given.get(what)
    return InvalidAccount(msg("{what} {value!r} already belongs to another account", what=what, value=value))
