"""Sessions of BI tools' logins, ended where they hold others up.

PostgreSQL lets a login change its own time-outs, so they bind only who keeps to them. An open transaction takes no lock
that a load or a refresh waits for, but a migration does, and vacuum; these logins hold nothing that ending could spoil.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from hub.errors import HubError
from warehouse import roles
from warehouse.database import connect

LONGEST = 600
"""Seconds that a transaction of such a login may take."""
_STEP = 0.1
"""Seconds between two looks at who blocks a session."""
LOGINS = f"""select m.member from pg_auth_members as m join pg_roles as r on r.oid = m.member
    where m.roleid = to_regrole('{roles.BI}') and r.rolcanlogin
    and not (r.rolsuper or r.rolcreaterole or r.rolbypassrls)"""
"""The logins' oids. Whoever made the role is a member, too, and no BI tool."""

_MAKE = """
create or replace function warehouse.end_long_bi_transactions() returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare session integer; ended integer := 0;
begin
    for session in
        select pid from pg_stat_activity
        where usesysid in ({logins}) and xact_start < clock_timestamp() - interval '{longest} seconds'
    loop
        begin
            ended := ended + pg_terminate_backend(session)::integer;
        exception when insufficient_privilege then null;  -- made by an administrator; `ioc doctor` tells
        end;
    end loop;
    return ended;
end $$;
comment on function warehouse.end_long_bi_transactions() is
    'End sessions of BI logins whose transaction takes longer than {longest} seconds, and give their number';
revoke all on function warehouse.end_long_bi_transactions() from public;
"""

_BLOCKING = f"""
select a.pid, coalesce(nullif(a.application_name, ''), a.usename), a.usename::text, a.usesysid in ({LOGINS})
from unnest(pg_blocking_pids(%s)) as b (pid) join pg_stat_activity as a on a.pid = b.pid
where a.wait_event_type is distinct from 'Lock' order by a.pid
"""


def make_function(connection: psycopg.Connection) -> None:
    """Make the function, within the caller's transaction; the caller owns the tables."""
    connection.execute(_MAKE.format(logins=LOGINS, longest=LONGEST).encode())


def end_long_transactions(connection: psycopg.Connection) -> None:
    """End the sessions of BI logins whose transaction takes longer than LONGEST, and commit. As the loader."""
    connection.execute("select warehouse.end_long_bi_transactions()")
    connection.commit()


@dataclass
class Blockers:
    """Sessions that another one waits for, by name, as last seen; and those of BI logins that were ended for it."""

    seen: dict[int, str] = field(default_factory=dict)
    ended: dict[int, str] = field(default_factory=dict)


@contextmanager
def clearing(url: str, session: int, blockers: Blockers, grace: float) -> Iterator[None]:
    """Watches, until the block ends, whom the session `session` waits for. `grace` seconds later BI logins among them
    are ended; one whom the owner may not end is left. Where the server has no connection free nobody is."""
    over = threading.Event()
    since = time.monotonic() + grace

    def watch() -> None:
        with suppress(psycopg.Error, HubError), closing(connect(url, "owner")) as connection:
            connection.autocommit = True
            while not over.wait(_STEP):
                if rows := connection.execute(_BLOCKING.encode(), [session]).fetchall():
                    blockers.seen = {pid: name for pid, name, _, _ in rows}
                for pid, _, login, is_bi in rows:
                    if is_bi and time.monotonic() > since and _end(connection, pid):
                        blockers.ended[pid] = login

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _end(connection: psycopg.Connection, pid: int) -> bool:
    try:
        return connection.execute("select pg_terminate_backend(%s)", [pid]).fetchone() == (True,)
    except psycopg.errors.InsufficientPrivilege:
        return False
