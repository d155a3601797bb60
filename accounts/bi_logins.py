"""Database logins of BI tools: members of ioc_bi that see what their account sees, and can act as nobody else.

A login's rights come from access.account.db_role = session_user, which a client cannot choose, and not from settings.
"""

import psycopg
from psycopg import sql

from accounts.caller import Connection
from hub.errors import InvalidAccount
from hub.periods import VIETNAM
from hub.translation import msg
from warehouse import roles

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
    statements = [login, *_settings(name)]
    if password is not None:
        secret = connection.pgconn.encrypt_password(password.encode(), db_role.encode(), b"scram-sha-256").decode()
        statements.append(sql.SQL("alter role {} password {}").format(name, sql.Literal(secret)))
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return "\n".join(f"{s.as_string(connection)};" for s in [login, *_settings(name)]) + f"\n\\password {db_role}"
    return None


def _settings(name: sql.Identifier) -> list[sql.Composed]:
    return [
        sql.SQL("grant {} to {}").format(sql.Identifier(roles.BI), name),
        sql.SQL("alter role {} set default_transaction_read_only = on").format(name),
        sql.SQL("alter role {} set statement_timeout = '5min'").format(name),
        sql.SQL("alter role {} set timezone = {}").format(name, sql.Literal(VIETNAM.key)),
    ]


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
