"""Database logins of BI tools: members of ioc_bi that see what their account sees, and can act as nobody else.

A login's rights come from access.account.db_role = session_user, which a client cannot choose, and not from settings.
Its settings are for who keeps to them: a login may change its own. `enforce` sets them back, and sessions that hold
others up are ended all the same (warehouse/bi_sessions.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

from accounts.caller import Connection
from hub.errors import InvalidAccount
from hub.periods import VIETNAM
from hub.translation import msg
from warehouse import roles, trail
from warehouse.bi_sessions import LOGINS

CONNECTIONS = 10
"""Sessions that a login may have at the same time."""
SETTINGS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5min",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "1min",
    "idle_session_timeout": "1h",
    "timezone": VIETNAM.key,
    "jit": "off",  # as of the hub's own connections
}
GRANTED = {"temp_file_limit": "256MB", "log_min_messages": "fatal"}
"""How much of a disk each process of a login's may fill, with what its questions spill and with what they write into
the server's log, where the database's owner may limit that: a superuser, or who was granted it."""
_OWNER = (
    "(select c.relowner from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
    " where n.nspname = 'access' and c.relname = 'account')"
)
_HELD = (psycopg.errors.LockNotAvailable, psycopg.errors.InternalError_)
"""The login is changing itself at this moment: `tuple concurrently updated` is an internal error."""
_OTHERS = [role for role in roles.ROLES if role != roles.BI]


def prepare(connection: Connection, db_role: str, password: str | None) -> str | None:
    """Create the login, or admit an existing one; the SQL for an administrator where that is not allowed here.

    `connection` is one of `connect(url, "owner")`; the caller commits. The password reaches the server as a hash only.
    Raises InvalidAccount for a login that could see more than its account: one of the hub's own, or a privileged one.
    """
    _refuse_privileged(connection, db_role)
    name = sql.Identifier(db_role)
    exists = connection.execute("select from pg_roles where rolname = %s", [db_role]).fetchone() is not None
    login = sql.SQL("alter role {} login" if exists else "create role {} login").format(name)
    wanted = _wanted(connection, name)
    statements = [login, *wanted]
    if password is not None:
        secret = connection.pgconn.encrypt_password(password.encode(), db_role.encode(), b"scram-sha-256").decode()
        statements.append(sql.SQL("alter role {} password {}").format(name, sql.Literal(secret)))
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        wanted = _wanted(connection, name, "admin true, inherit true, set false")  # so that it can set them back
        return "\n".join(f"{s.as_string(connection)};" for s in [login, *wanted]) + f"\n\\password {db_role}"
    return None


def deviating(connection: Connection) -> list[str]:
    """The logins that have not the settings and the limit of connections that `prepare` gave them, or whose sessions
    the database's owner may not end. Any connection may ask."""
    rows = connection.execute(
        f"select r.rolname::text, r.rolconnlimit, {_OWNER} is null or pg_has_role({_OWNER}, r.oid, 'usage'),"
        " array(select s.setdatabase <> 0 from pg_db_role_setting as s where s.setrole = r.oid),"
        " array(select unnest(s.setconfig) from pg_db_role_setting as s where s.setrole = r.oid)"
        f" from pg_roles as r where r.oid in ({LOGINS}) order by 1".encode()
    )
    wanted = _settings(connection)
    return [
        name
        for name, connections, may_end, in_database, settings in rows
        if connections != CONNECTIONS or not may_end or any(in_database) or _by_name(settings) != wanted
    ]


def settle(connection: Connection) -> list[str]:
    """Close the BI logins of disabled accounts, whose sessions end, and open those of the others; gives those for which
    that is an administrator's to do. As the keeper of accounts or the owner; what is done is committed."""
    refused: list[str] = []
    for _ in range(2):  # one may have signed in before the first commit
        row = connection.execute("select warehouse.settle_bi_logins()").fetchone()
        connection.commit()
        refused = row[0] if row else []
    return refused


def any_login(connection: Connection) -> bool:
    """Whether there is a login of a BI tool. Any connection may ask."""
    return connection.execute(f"select exists ({LOGINS})".encode()).fetchone() == (True,)


@dataclass
class Enforcement:
    """Logins whose settings were set back, and those for which that is an administrator's to do, or must be tried
    again."""

    restored: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def enforce(connection: Connection) -> Enforcement:
    """Give every login what `prepare` gave it, and end the sessions of those that had something else: their time-outs
    are not the hub's. Those of disabled accounts are closed. `connection` is one of `connect(url, "owner")`; each login
    is committed by itself."""
    done = Enforcement()
    for db_role in deviating(connection):
        name = sql.Identifier(db_role)
        try:
            with connection.transaction():
                connection.execute("set local lock_timeout = '5s'")
                for statement in _resets(connection, db_role):
                    _end_sessions(connection, db_role)  # one may hold its own settings by an open transaction
                    connection.execute(statement)
                for statement in _wanted(connection, name):
                    connection.execute(statement)
                _end_sessions(connection, db_role)
                trail.write(connection, "account", f"bi_login/{db_role}", after={"settings": "restored"})
            done.restored.append(db_role)
        except (psycopg.errors.InsufficientPrivilege, *_HELD):
            done.refused.append(db_role)
        connection.commit()
    done.refused += settle(connection)
    return done


def _end_sessions(connection: Connection, db_role: str) -> None:
    may = connection.execute("select pg_has_role(current_user, %s, 'usage')", [db_role]).fetchone()
    if may == (True,):
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [db_role])


def _resets(connection: Connection, db_role: str) -> Iterator[sql.Composed]:
    name = sql.Identifier(db_role)
    rows = connection.execute(
        "select d.datname from pg_db_role_setting as s join pg_database as d on d.oid = s.setdatabase"
        " where s.setrole = %s::regrole",
        [name.as_string(connection)],
    ).fetchall()
    for (database,) in rows:
        yield sql.SQL("alter role {} in database {} reset all").format(name, sql.Identifier(database))
    yield sql.SQL("alter role {} reset all").format(name)


def _wanted(
    connection: Connection, name: sql.Identifier, options: LiteralString = "inherit true, set false"
) -> list[sql.Composed]:
    """What makes a login of a role: membership, settings, and that the owner may end its sessions. `options` are those
    of the owner's membership, from PostgreSQL 16 on; before, who may make roles may change them."""
    wanted = [
        sql.SQL("grant {} to {}").format(sql.Identifier(roles.BI), name),
        sql.SQL("alter role {} connection limit {}").format(name, sql.Literal(CONNECTIONS)),
    ]
    for setting, value in _settings(connection).items():
        wanted.append(sql.SQL("alter role {} set {} = {}").format(name, sql.Identifier(setting), sql.Literal(value)))
    owner = connection.execute(
        f"select rolname from pg_roles where not rolsuper and oid = {_OWNER}".encode()
    ).fetchone()
    if owner is not None:
        membership = sql.SQL("grant {} to {}").format(name, sql.Identifier(owner[0]))
        if connection.info.server_version >= 160000:
            membership += sql.SQL(" with " + options)
        wanted.append(membership)
    return wanted


def _settings(connection: Connection) -> dict[str, str]:
    """The settings of a login."""
    may = connection.execute(
        f"select name from unnest(%s::text[]) as name where has_parameter_privilege({_OWNER}, name, 'set')".encode(),
        [list(GRANTED)],
    ).fetchall()
    return SETTINGS | {name: GRANTED[name] for (name,) in may}


def _by_name(settings: list[str]) -> dict[str, str]:
    named = (setting.partition("=") for setting in settings)
    return {name.lower(): value for name, _, value in named}


def _refuse_privileged(connection: Connection, db_role: str) -> None:
    row = connection.execute(
        "select r.rolsuper or r.rolbypassrls or r.rolcreaterole, array(select o.rolname::text from pg_roles as o"
        " where o.rolname = any(%(others)s) and pg_has_role(r.oid, o.oid, 'member')"
        " union select c.relowner::regrole::text from pg_class as c"
        " where c.oid = 'access.account'::regclass and pg_has_role(r.oid, c.relowner, 'member'))"
        " from pg_roles as r where r.rolname = %(role)s",
        {"role": db_role, "others": _OTHERS},
    ).fetchone()
    if db_role in roles.ROLES or (row and (row[0] or row[1])):
        listed = ", ".join(row[1]) if row and row[1] else "superuser, bypassrls, createrole"
        raise InvalidAccount(
            msg(
                "the database role {db_role!r} has rights beyond an account's ({listed}); use a separate one",
                db_role=db_role,
                listed=listed,
            ),
        )
