"""The content of refused records after its time.

The loader may not change a refused record. So a function empties those whose time is over with the rights of their
owner; how long that is stands in the function itself, as the settings said when the database was migrated.
"""

import psycopg
from psycopg import sql

from hub.settings import Settings
from warehouse.quality import EMPTY

_MAKE = sql.SQL(
    """
create or replace function quality.empty_expired() returns bigint[]
language sql security definer set search_path = pg_catalog as $$
    with emptied as (
        update quality.quarantine q set {empty} from ledger.batch b
        where b.batch_id = q.batch_id and q.emptied_at is null
        and q.quarantined_at < clock_timestamp() - interval '1 day' * case b.source {own} else {others} end
        returning q.quarantine_id
    )
    select coalesce(array_agg(quarantine_id), '{{}}') from emptied
$$;
comment on function quality.empty_expired() is 'Remove the content of refused records whose time is over; gives which';
revoke all on function quality.empty_expired() from public;
"""
)


def make_function(connection: psycopg.Connection, settings: Settings) -> None:
    """Make the function, within the caller's transaction; the caller owns the table."""
    own = [
        sql.SQL("when {} then {}").format(sql.Literal(source), _days(settings, source))
        for source in settings.retention
        if source != "default"
    ]
    never = [sql.SQL("when null then null")]
    connection.execute(
        _MAKE.format(empty=sql.SQL(EMPTY), own=sql.SQL(" ").join(own or never), others=_days(settings, "default"))
    )


def empty_expired(connection: psycopg.Connection) -> list[int]:
    """Removes the content of refused records whose time is over; gives which. As the loader."""
    row = connection.execute("select quality.empty_expired()").fetchone()
    return list(row[0]) if row else []


def _days(settings: Settings, source: str) -> sql.Composed:
    return sql.SQL("{}::integer").format(sql.Literal(settings.retention_of(source).quarantine_days))
