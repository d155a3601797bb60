"""API keys of machines and walls: shown once, stored as a hash, limited in scope and in time.

All functions take a connection of `connect(url, "accounts")` and leave the commit to their caller.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from accounts.account_roles import KEY_SCOPES, ROLE_SCOPES, Scope
from accounts.caller import CALLER, Caller, Connection, caller
from accounts.directory import check_text
from hub.errors import InvalidAccount
from hub.translation import msg
from warehouse import trail

LONGEST_DAYS = 730
_MARK = "ioc_"


@dataclass(frozen=True)
class ApiKey:
    """An API key as an administrator sees it."""

    key_id: int
    login: str
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create(connection: Connection, account_id: int, name: str, scopes: Sequence[str], days: int) -> str:
    """Create a key, which cannot be shown again. Raises InvalidAccount for unknown scopes, for days out of range and
    for a name with control characters."""
    check_text(name)
    unknown = [scope for scope in scopes if scope not in KEY_SCOPES]
    if unknown or not scopes:
        listed = ", ".join(KEY_SCOPES)
        what = repr(unknown[0]) if unknown else "—"
        raise InvalidAccount(msg("unknown scope {what}; allowed: {listed}", what=what, listed=listed))
    if "wall" in scopes and len(set(scopes)) > 1:
        raise InvalidAccount(msg("a key for a wall has the scope wall and no other"))
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidAccount(msg("a key is valid for 1 to {longest_days} days", longest_days=LONGEST_DAYS))
    prefix = _MARK + secrets.token_hex(4)
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    connection.execute(
        "insert into access.api_key (account_id, name, key_sha256, prefix, scopes, expires_at)"
        " values (%s, %s, %s, %s, %s, now() + %s)",
        [account_id, name, _sha256(key), prefix, sorted(set(scopes)), timedelta(days=days)],
    )
    row = connection.execute("select login from access.account where account_id = %s", [account_id]).fetchone()
    trail.write(
        connection,
        "key",
        f"key/{prefix}",
        after={"account": row[0] if row else None, "name": name, "scopes": [*sorted(set(scopes))], "days": days},
    )
    return key


def every(connection: Connection) -> list[ApiKey]:
    """All keys, the newest first."""
    with connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        return cursor.execute(
            "select key_id, login, k.name, prefix, scopes, k.created_at, expires_at, last_used_at, revoked_at"
            " from access.api_key as k join access.account using (account_id) order by key_id desc"
        ).fetchall()


def revoke(connection: Connection, prefix: str) -> str:
    """Revoke a key immediately, by its prefix or the whole key; its prefix. Raises InvalidAccount without one."""
    found = connection.execute(
        "update access.api_key set revoked_at = coalesce(revoked_at, now()) where prefix = %s returning prefix",
        ["_".join(prefix.strip().split("_")[:2])],
    ).fetchone()
    if found is None:
        raise InvalidAccount(msg("no API key has that prefix; see `ioc key list`"))
    trail.write(connection, "key", f"key/{found[0]}", after={"revoked": True})
    return str(found[0])


def recognise(connection: Connection, key: str) -> Caller | None:
    """Who uses the key, with the account's rights and the key's scopes; None for a key that is not valid.

    Only a wall's own scope goes beyond the scopes of the account's role.
    """
    row = connection.execute(
        f"select k.key_id, k.scopes, coalesce(k.last_used_at < now() - interval '1 minute', true), {CALLER}"
        " from access.api_key as k join access.account as a using (account_id)"
        " where k.key_sha256 = %s and k.revoked_at is null and k.expires_at > now() and a.disabled_at is null".encode(),
        [_sha256(key)],
    ).fetchone()
    if row is None:
        return None
    key_id, scopes, stale, *who = row
    if stale:
        connection.execute("update access.api_key set last_used_at = now() where key_id = %s", [key_id])
    role = caller(who).role
    return caller(who, [scope for scope in scopes if scope == "wall" or scope in ROLE_SCOPES[role]])


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
