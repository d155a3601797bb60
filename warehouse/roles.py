"""Who may do what: `ioc_loader` adds facts and evidence, `ioc_reader` reads the serving views, nothing else.

Both are group roles without login, shared by all databases of a server. The loader can take back facts, but no
evidence: what a rule said, a verdict, a refused record, a reconciliation and an observation are only ever added.
"""

from typing import LiteralString

import psycopg
from psycopg import sql

from connectors.errors import Abort

LOADER, READER = "ioc_loader", "ioc_reader"

_CREATE = """
do $$ begin
    create role {role} nologin;
exception when duplicate_object or unique_violation then null;
end $$
"""

_LOADER: list[LiteralString] = [
    "usage on schema warehouse, ledger, landing, quality, kpi, serving",
    "usage, create on schema staging",
    "select on all tables in schema warehouse, ledger, landing, quality, kpi, serving",
    "insert, update, delete on warehouse.dim_service",
    "insert on landing.page, quality.rule_result, quality.verdict, quality.reconciliation, quality.quarantine",
    "update (replay_batch_id) on quality.quarantine",
    "insert, update on ledger.claim, ledger.batch, ledger.watermark, kpi.refresh",
    "insert on kpi.definition, kpi.observation",
    "insert, update on kpi.government_message",
]
_READER: list[LiteralString] = ["usage on schema serving", "select on all tables in schema serving"]
_SCHEMAS = sql.SQL("warehouse, ledger, landing, quality, kpi, serving")  # staging's tables are the loader's own


def ensure(connection: psycopg.Connection) -> None:
    """Make both roles and let the connecting user act as them; safe when many databases do so at once.

    Raises Abort when the user lacks the right.
    """
    may_act = "set" if connection.info.server_version >= 160000 else "member"
    for role in (LOADER, READER):
        name = sql.Identifier(role)
        try:
            if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL(_CREATE).format(role=name))
            row = connection.execute("select pg_has_role(current_user, %s, %s)", [role, may_act]).fetchone()
            if row != (True,):
                connection.execute(sql.SQL("grant {} to current_user").format(name))
            connection.commit()
        except psycopg.errors.UniqueViolation:
            connection.rollback()  # another database's migration granted it in the same moment
        except psycopg.errors.InsufficientPrivilege as error:
            user = connection.info.user
            raise Abort(
                f"user {user} may not make or use role {role} ({error.diag.message_primary}): have an administrator run"
                f' `create role {role}` if it is missing, and `grant {role} to "{user}"`'
            ) from error


def grant(connection: psycopg.Connection, facts: list[str]) -> None:
    """Set exactly the rights above, on the tables and views that there are now; `facts` are qualified names."""
    for role in (LOADER, READER):
        name = sql.Identifier(role)
        connection.execute(sql.SQL("revoke all on all tables in schema {} from {}").format(_SCHEMAS, name))
        connection.execute(sql.SQL("revoke all on schema {}, staging from {}").format(_SCHEMAS, name))
    tables = sql.SQL(", ").join(sql.Identifier(*fact.split(".")) for fact in facts)
    rights: list[tuple[str, sql.Composable]] = [(LOADER, sql.SQL("insert, update, delete on {}").format(tables))]
    rights += [(LOADER, sql.SQL(right)) for right in _LOADER]
    rights += [(READER, sql.SQL(right)) for right in _READER]
    for role, right in rights:
        connection.execute(sql.SQL("grant {} to {}").format(right, sql.Identifier(role)))
