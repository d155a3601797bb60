"""Who may do what in the database. All are group roles without login, shared by all databases of a server.

`ioc_loader` adds facts and evidence; it can take back facts, but no evidence: what a rule said, a verdict, a refused
record, a reconciliation, an observation and a seal are only ever added. `ioc_reader` reads all serving views: the
operators' command line. `ioc_screens` (the web process) reads the same views by the rights of the account behind it,
`ioc_bi` (logins of BI tools) those of schema `serving_bi`. `ioc_accounts` keeps accounts, sessions and keys, writes
what people decide and note on pages, and sees no figure.
"""

from typing import LiteralString

import psycopg
from psycopg import sql

from hub.errors import Abort
from hub.translation import msg

LOADER, READER, SCREENS, BI, ACCOUNTS = "ioc_loader", "ioc_reader", "ioc_screens", "ioc_bi", "ioc_accounts"
ROLES = (LOADER, READER, SCREENS, BI, ACCOUNTS)
READERS = (READER, SCREENS)

_CREATE = """
do $$ begin
    create role {role} nologin;
exception when duplicate_object or unique_violation then null;
end $$
"""

_LOADER: list[LiteralString] = [
    "usage on schema warehouse, ledger, landing, quality, kpi, serving",
    "usage on schema access",  # to call access.open_accounts: of accounts it learns how many are open
    "usage, create on schema staging",
    "select on all tables in schema warehouse, ledger, landing, quality, kpi, serving",
    "select on access.delivery, access.deliverer, access.waiver",
    "execute on all functions in schema access",
    "execute on function warehouse.renew_statistics(), warehouse.end_bi_sessions()",
    "insert, update, delete on warehouse.dim_service",
    "insert on warehouse.dim_area, warehouse.dim_organisation, warehouse.unlisted_code, warehouse.list_day",
    "usage on sequence warehouse.dim_area_area_id_seq",
    "insert on ledger.delivery, landing.page, quality.rule_result, quality.verdict, quality.reconciliation",
    "insert on quality.quarantine, quality.column_profile, quality.decision, quality.release",
    "insert, update on quality.month_total",
    "insert on ledger.seal, ledger.seal_part, ledger.entry, ledger.leaf, ledger.tree_node, landing.removed_page",
    "insert, delete on ledger.pending_entry",
    "insert, update on ledger.anchor",
    "insert on ledger.checkpoint",
    "update (note, time_stamp) on ledger.checkpoint",
    "usage on sequence ledger.seal_seal_id_seq",
    "update (replay_batch_id) on quality.quarantine",
    "execute on function quality.empty_expired(), quality.hold_batch(bigint)",
    "insert, update on ledger.lock, ledger.claim, ledger.batch, ledger.watermark, kpi.refresh",
    "insert on kpi.definition, kpi.observation, kpi.note",
    "update (withdrawn_at, withdrawn_by) on kpi.note",
    "insert, update on kpi.government_message, kpi.disclosure",
    "insert, delete on kpi.withheld_count",
    "insert on ledger.incident_event, ledger.alert_incident",
    "insert, update on ledger.incident, ledger.watch",
    "insert on ledger.alert, ledger.reminder",
    "update (status, attempts, last_error_vi, last_error_en, next_at, settled_at) on ledger.alert",
    "update (withdrawn_at, withdrawn_by, withdrawn_reason) on ledger.reminder",
]
_READER: list[LiteralString] = [
    "usage on schema serving",
    "select on all tables in schema serving",
    "execute on all functions in schema access, serving",
]
_BI: list[LiteralString] = [
    "usage on schema serving_bi",
    "select on all tables in schema serving_bi",
    "execute on all functions in schema serving_bi",
]
_ACCOUNTS: list[LiteralString] = [
    "usage on schema access, warehouse, ledger, quality, kpi",
    "insert, select (entry_id) on ledger.entry, ledger.pending_entry",
    # ways out of quarantine: which records there are, and not what they say
    "select, insert on quality.decision, quality.release",
    "execute on function quality.hold_batch(bigint), warehouse.end_bi_sessions(), warehouse.settle_bi_logins()",
    "select (quarantine_id, batch_id, replay_batch_id) on quality.quarantine",
    "select (batch_id, rule_id, severity, passed) on quality.rule_result",
    "select (batch_id, province_id, source, feed, status, fetched, is_provisional) on ledger.batch",
    "select, update (state, assignee) on ledger.incident",  # people act on them from the pages
    "insert on ledger.incident_event",
    "insert, update (withdrawn_at, withdrawn_by) on kpi.note",
    "select (note_id, province_id, kpi_id, area_id, author, written_at, withdrawn_at) on kpi.note",  # not what it says
    "select on warehouse.schema_version",  # the screens look whether the schema is theirs
    "select, insert, update on access.account, access.session, access.api_key",
    "select, insert, delete, update (succeeded) on access.login_attempt",
    "select, update on access.login_lock",  # locking a row takes the right to change it
    "select, insert on access.read_log",
    "select on warehouse.dim_province, warehouse.dim_area, warehouse.area_successor, warehouse.dim_organisation",
    "select on warehouse.dim_field",
]
_SCHEMAS = sql.SQL("warehouse, ledger, landing, quality, kpi, nation, serving, serving_bi, access")
"""All but staging, whose tables are the loader's own."""


def ensure(connection: psycopg.Connection) -> None:
    """Make the roles and let the connecting user act as them; safe when many databases do so at once.

    Raises Abort when the user lacks the right.
    """
    may_act = "set" if connection.info.server_version >= 160000 else "member"
    for role in ROLES:
        name = sql.Identifier(role)
        try:
            if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL(_CREATE).format(role=name))
                connection.commit()  # where another migration made it, this transaction may hold that there is none
            row = connection.execute("select pg_has_role(current_user, %s, %s)", [role, may_act]).fetchone()
            if row != (True,) and role != BI:  # BI tools act as themselves
                connection.execute(sql.SQL("grant {} to current_user").format(name))
            connection.commit()
        except psycopg.errors.UniqueViolation:
            connection.rollback()  # another database's migration granted it in the same moment
        except psycopg.errors.InsufficientPrivilege as error:
            user = connection.info.user
            raise Abort(
                msg(
                    "user {user} may not make or use role {role} ({message_primary}): have an administrator run"
                    ' `create role {role}` if it is missing, and `grant {role} to "{user}"`',
                    user=user,
                    role=role,
                    message_primary=error.diag.message_primary,
                ),
            ) from error


def grant(connection: psycopg.Connection, facts: list[str]) -> None:
    """Set exactly the rights above, on the tables and views that there are now; `facts` are qualified names."""
    connection.execute("revoke all on all functions in schema access, serving from public")
    for role in ROLES:
        name = sql.Identifier(role)
        connection.execute(sql.SQL("revoke all on all tables in schema {} from {}").format(_SCHEMAS, name))
        connection.execute(sql.SQL("revoke all on all functions in schema access, serving from {}").format(name))
        if role != SCREENS:  # who owns these functions
            connection.execute(sql.SQL("revoke all on all functions in schema serving_bi from {}").format(name))
        connection.execute(sql.SQL("revoke all on schema {}, staging from {}").format(_SCHEMAS, name))
    tables = sql.SQL(", ").join(sql.Identifier(*fact.split(".")) for fact in facts)
    rights: list[tuple[str, sql.Composable]] = [(LOADER, sql.SQL("insert, update, delete on {}").format(tables))]
    rights += [(LOADER, sql.SQL(right)) for right in _LOADER]
    rights += [(ACCOUNTS, sql.SQL(right)) for right in _ACCOUNTS]
    rights += [(BI, sql.SQL(right)) for right in _BI]
    for role in READERS:
        rights += [(role, sql.SQL(right)) for right in _READER]
        rights += [(role, right) for right in _beneath_views(connection)]
    database = sql.Identifier(connection.info.dbname)
    rights.append((BI, sql.SQL("connect on database {}").format(database)))  # it may be closed to the public
    connection.execute(sql.SQL("revoke temporary on database {} from public").format(database))
    rights.append((LOADER, sql.SQL("temporary on database {}").format(database)))
    for role, right in rights:
        connection.execute(sql.SQL("grant {} to {}").format(right, sql.Identifier(role)))


def _beneath_views(connection: psycopg.Connection) -> list[sql.Composable]:
    """Exactly the columns that serving views read, since views are read with the rights of who asks. Without usage
    of their schemas nobody can name those tables: they are reached through the views alone."""
    columns = connection.execute(
        "select table_schema::text, table_name::text, array_agg(distinct column_name::text order by column_name::text)"
        " from information_schema.view_column_usage"
        " where view_schema = 'serving' and table_schema <> 'serving' group by 1, 2"
    ).fetchall()
    return [
        sql.SQL("select ({}) on {}").format(sql.SQL(", ").join(map(sql.Identifier, names)), sql.Identifier(*table))
        for *table, names in columns
    ]
