"""Sessions of BI tools' logins, ended where they hold others up, or fill the server's disk.

PostgreSQL lets a login change its own time-outs, so they bind only who keeps to them. An open transaction takes no lock
that a load or a refresh waits for, but a migration does, and vacuum; these logins hold nothing that ending could spoil.

The server has room for a number of locks altogether, and none of its settings limits those of a login. Open savepoints
that have each written something, such as a setting of the login's own, hold one each. When the room is used up nobody
signs in any more. Rows of the server's own catalogues, such as settings of the login that it changes again and again,
count for no limit of space. Who only reads is never given the number of a transaction, so a session that has one
writes, and is ended. Whoever serves the screens looks every second, over a connection that is open already.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

import psycopg

from hub.errors import HubError
from warehouse import roles
from warehouse.database import connect

log = logging.getLogger(__name__)
LONGEST = 600
"""Seconds that a transaction of such a login may take."""
MOST_LOCKS = 20
"""Locks that a session of such a login may hold beside those of tables, of which there are only so many. One that reads
holds one."""
EVERY = 1.0
"""Seconds between two looks at them."""
_ENDS = 5.0
"""Seconds for which whoever looks is waited for at the end; it may be waiting for a connection."""
_STEP = 0.1
"""Seconds between two looks at who blocks a session."""
LOGINS = f"""select m.member from pg_auth_members as m join pg_roles as r on r.oid = m.member
    where m.roleid = to_regrole('{roles.BI}') and r.rolcanlogin
    and not (r.rolsuper or r.rolcreaterole or r.rolbypassrls)"""
"""The logins' oids. Whoever made the role is a member, too, and no BI tool."""

_MAKE = """
drop function if exists warehouse.end_long_bi_transactions();
create or replace function warehouse.end_bi_sessions() returns integer
language plpgsql security definer set search_path = pg_catalog as $$
declare session integer; ended integer := 0;
begin
    -- no table is read, by a view neither: where the room for locks is used up, there is none for those of a plan
    for session in
        select a.pid from pg_stat_get_activity(null) as a
        left join (select l.pid, count(*) as held from pg_lock_status() as l where l.locktype <> 'relation'
            group by l.pid) as l on l.pid = a.pid
        where pg_has_role(a.usesysid, '{bi}', 'member') and not pg_has_role(a.usesysid, '{loader}', 'member')
        and (a.xact_start < clock_timestamp() - interval '{longest} seconds' or l.held > {locks}
            or a.backend_xid is not null)
    loop
        begin
            ended := ended + pg_terminate_backend(session)::integer;
        exception when insufficient_privilege then null;  -- made by an administrator; `ioc doctor` tells
        end;
    end loop;
    return ended;
end $$;
comment on function warehouse.end_bi_sessions() is
    'End sessions of BI logins whose transaction takes longer than {longest} seconds, that hold more than {locks} '
    'locks beside those of tables, or that write, and give their number';
revoke all on function warehouse.end_bi_sessions() from public;

create or replace function warehouse.settle_bi_logins() returns text[]
language plpgsql security definer set search_path = pg_catalog set lock_timeout = '5s' as $$
declare own record; refused text[] := array[]::text[];
begin
    for own in
        select r.rolname::text as login, r.rolcanlogin as may, a.disabled_at is null as wanted
        from access.account as a join pg_roles as r on r.rolname = a.db_role
        join pg_auth_members as m on m.member = r.oid and m.roleid = to_regrole('{bi}')
        where not (r.rolsuper or r.rolcreaterole or r.rolbypassrls) and not (r.rolcanlogin and a.disabled_at is null)
        order by 1
    loop
        begin
            if not own.wanted then  -- it may hold its own row
                perform pg_terminate_backend(pid, 2000) from pg_stat_activity where usename = own.login;
            end if;
            if own.may <> own.wanted then
                execute format('alter role %I %s', own.login, case when own.wanted then 'login' else 'nologin' end);
            end if;
        exception when insufficient_privilege or lock_not_available or internal_error then
            refused := refused || own.login;
        end;
    end loop;
    return refused;
end $$;
comment on function warehouse.settle_bi_logins() is
    'Let the BI logins of disabled accounts in no longer and end their sessions, let those of others in again, and give'
    ' those for which that is an administrator''s to do';
revoke all on function warehouse.settle_bi_logins() from public;
"""
_END = "select warehouse.end_bi_sessions()"

_BLOCKING = f"""
select a.pid, coalesce(nullif(a.application_name, ''), a.usename), a.usename::text, a.usesysid in ({LOGINS})
from unnest(pg_blocking_pids(%s)) as b (pid) join pg_stat_activity as a on a.pid = b.pid
where a.wait_event_type is distinct from 'Lock' order by a.pid
"""


def make_function(connection: psycopg.Connection) -> None:
    """Make the function, within the caller's transaction; the caller owns the tables."""
    rights = {"bi": roles.BI, "loader": roles.LOADER, "longest": LONGEST, "locks": MOST_LOCKS}
    connection.execute(_MAKE.format(**rights).encode())


def end_in_the_way(connection: psycopg.Connection) -> None:
    """End the sessions of BI logins whose transaction takes longer than LONGEST, or that hold more than MOST_LOCKS, and
    commit. As the loader."""
    connection.execute(_END)
    connection.commit()


@contextmanager
def watched(url: str) -> Iterator[None]:
    """Ends such sessions every second, until the block ends. What goes wrong with it is logged, and tried again."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(url, over), daemon=True, name="bi-sessions")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join(_ENDS)


def _watch(url: str, over: threading.Event) -> None:
    told = None
    while not over.is_set():
        try:
            with closing(connect(url, "accounts")) as connection:
                connection.autocommit = True
                _look(connection)  # from now on the server has at hand what the statement needs
                told = None
                while not over.wait(EVERY):
                    _look(connection)
        except (psycopg.Error, HubError) as error:
            if type(error) is not told:  # once, and not every second
                log.warning("sessions of BI logins are not watched: %s", type(error).__name__)
            told = type(error)
        over.wait(EVERY)


def _look(connection: psycopg.Connection) -> None:
    try:
        row = connection.execute(_END, prepare=True).fetchone()
    except psycopg.errors.OutOfMemory:  # a connection that was given up for it could not be opened again
        return
    if row is not None and row[0]:
        log.warning("ended %d sessions of BI logins that held too many locks or took too long", row[0])


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
