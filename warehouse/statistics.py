"""The planner's statistics, renewed when a load has changed a table a lot.

PostgreSQL does this by itself a minute or more later. Until then it takes a table that has just been filled for an
empty one, and a KPI or a page that takes milliseconds takes minutes. Only a table's owner may analyze it (before
PostgreSQL 17 nobody else can be allowed to), so a function does it with the owner's rights.
"""

import psycopg

_MAKE = """
create or replace function warehouse.renew_statistics() returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare changed regclass;
begin
    for changed in
        select relid from pg_stat_user_tables
        where schemaname in ('warehouse', 'landing', 'quality', 'ledger', 'kpi')
        and n_mod_since_analyze > 1000 + n_live_tup / 10
    loop
        execute format('analyze %s', changed);
    end loop;
end $$;
comment on function warehouse.renew_statistics() is 'Analyze the tables of which a tenth has changed since';
revoke all on function warehouse.renew_statistics() from public;
"""


def make_function(connection: psycopg.Connection) -> None:
    """Make the function, within the caller's transaction; the caller owns the tables."""
    connection.execute(_MAKE)


def renew(connection: psycopg.Connection) -> None:
    """Analyze what has changed a lot since it was analyzed last, and commit. As the loader."""
    connection.execute("select warehouse.renew_statistics()")
    connection.commit()
