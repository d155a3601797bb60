"""What PostgreSQL allows every login of a database, and no login of a BI tool should do: write large objects,
snapshots, notifications and the write-ahead log, lock a table of the catalogue that backups read, take advisory locks
(a session could hold all that the server has room for, and nobody would get another), count rows that a query of its
own passes by, or that others write and read. The owner, who renews the planner's statistics by these counters, and who
watches the server (pg_monitor) keep what they need.

Only a superuser can take these rights away, in each database by itself. The embedded server's user is one, so that a
migration does it there; elsewhere an administrator does, once (deploy/postgres/databases.sql), and `ioc doctor` names
what is left.
"""

import re

import psycopg
from psycopg import sql

_KEPT = "^(pg_stat_get_|pg_export_snapshot$)"
"""Functions that the owner and pg_monitor keep."""
_FUNCTIONS = (
    "^(lo_|loread$|lowrite$|pg_logical_emit_message$|pg_(try_)?advisory_|pg_notify$|pg_export_snapshot$"
    "|pg_stat_get_(?!activity$|backend_|progress_info$|ssl|gssapi|wal_senders$))"
)
"""Of the server's counters those of sessions stay: they tell a login of its own ones."""
_OPEN = (
    "select 'function', p.oid::regprocedure::text from pg_proc as p where p.pronamespace = 'pg_catalog'::regnamespace"
    f" and p.proname ~ '{_FUNCTIONS}' and has_function_privilege('public', p.oid, 'execute')"
    " union all select 'table', c.oid::regclass::text from pg_class as c"
    " where c.relnamespace = 'pg_catalog'::regnamespace"
    " and has_table_privilege('public', c.oid, 'insert, update, delete, truncate')"
)


def open_rights(connection: psycopg.Connection) -> list[str]:
    """The functions and tables that are still everyone's; any connection may ask."""
    return sorted(name for _, name in connection.execute(_OPEN.encode()))


def close(connection: psycopg.Connection) -> None:
    """Take these rights away, within the caller's transaction, where the connection's user may."""
    if connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() != (True,):
        return
    owners = "select distinct pg_get_userbyid(c.relowner)::text from pg_class as c where c.relname = 'account'"
    owners += " and c.relnamespace = to_regnamespace('access')"
    keepers = [name for (name,) in connection.execute(owners.encode())] + ["pg_monitor"]
    for kind, name in connection.execute(_OPEN.encode()).fetchall():
        rights = sql.SQL("execute on function" if kind == "function" else "insert, update, delete, truncate on")
        own = sql.SQL(name)  # as regprocedure quotes it
        connection.execute(sql.SQL("revoke {} {} from public").format(rights, own))
        if kind == "function" and re.match(_KEPT, name):
            to = sql.SQL(", ").join(map(sql.Identifier, keepers))
            connection.execute(sql.SQL("grant {} {} to {}").format(rights, own, to))
