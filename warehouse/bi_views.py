"""The views of BI tools' logins, schema `serving_bi`: each serving view again, read through a function.

Whoever reads a table by itself can ask the planner about rows that it does not see: EXPLAIN estimates from statistics
of all rows, EXPLAIN ANALYZE counts what a policy held back, of a day or of a range of keys, and tells that a code
exists. Of what a function does inside it tells nothing. A function in PL/pgSQL has read all of its rows before it
gives the first: one in SQL gives them one by one, and the server's counters tell what it has passed by in between. The
functions run as ioc_screens, whom the policies limit, with
the rights of the account that the login belongs to. They send no messages to the client: a login may ask for plans
(`debug_print_plan`) and sorts (`trace_sort`) as messages of its own session, and plans hold estimates.
"""

import psycopg
from psycopg import sql

from warehouse import roles

SCHEMA = "serving_bi"
_MAKE = """
create function {own}() returns setof {view} language plpgsql stable security definer set search_path = ''
set client_min_messages = error as $$ begin return query select * from {view}; end $$;
comment on function {own}() is 'Rows of the serving view that the account behind the login sees';
revoke all on function {own}() from public;
alter function {own}() owner to {owner};
create view {own} as select * from {own}();
"""


def drop(connection: psycopg.Connection, views: list[str]) -> None:
    """Drop the functions of the views, which are dropped already."""
    for view in views:
        connection.execute(sql.SQL("drop function if exists {}()").format(sql.Identifier(SCHEMA, view)))


def make(connection: psycopg.Connection, views: list[str]) -> None:
    """Make a function and a view of each serving view, with its comments, within the caller's transaction."""
    owner = sql.Identifier(roles.SCREENS)
    rights = {"schema": sql.Identifier(SCHEMA), "owner": owner}
    connection.execute(sql.SQL("grant usage, create on schema {schema} to {owner}").format(**rights))
    for view in views:
        parts = {"own": sql.Identifier(SCHEMA, view), "view": sql.Identifier("serving", view), "owner": owner}
        connection.execute(sql.SQL(_MAKE).format(**parts))
    connection.execute(sql.SQL("revoke all on schema {schema} from {owner}").format(**rights))
    comments = connection.execute(
        "select c.relname, null, obj_description(c.oid, 'pg_class') from pg_class as c"
        " where c.relnamespace = 'serving'::regnamespace and c.relkind = 'v' union all"
        " select c.relname, a.attname, col_description(c.oid, a.attnum) from pg_class as c join pg_attribute as a"
        " on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = 'serving'::regnamespace and c.relkind = 'v'"
    ).fetchall()
    statements = []
    for view, column, comment in comments:
        named = sql.Identifier(SCHEMA, view) if column is None else sql.Identifier(SCHEMA, view, column)
        kind = sql.SQL("view" if column is None else "column")
        statements.append(sql.SQL("comment on {} {} is {};").format(kind, named, sql.Literal(comment)))
    connection.execute(sql.SQL("\n").join(statements))  # a thousand, in one round trip
