"""A BI tool's login stops nobody, whatever it holds open: no load, refresh, sending, migration or other reader."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from sqlalchemy.engine import make_url

from accounts import bi_logins, directory
from accounts.rights import find_limits
from hub.errors import HubError, Retry
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import migrate
from tests.postgres import BINARIES, DEFAULT, FAST, Postgres
from warehouse import bi_sessions, embedded_server, locks, policies, roles
from warehouse import migrate as migration
from warehouse.database import connect
from warehouse.schema.facts import FACTS

Connection = psycopg.Connection[Any]
Denied = psycopg.errors.InsufficientPrivilege
SECRET = "s3cret-of-the-tool"
KEYS = ["migrate", "feed/1/dvc/dossiers", "kpi/1/gate_vehicles", "government/1"]
READ = "select count(*) from serving_bi.dossiers"
OPEN = {
    "reads": READ,
    "grants a view": "grant select on serving_bi.dossiers to public",
    "revokes a view": "revoke select on serving_bi.dossiers from ioc_bi",
    "grants the schema": "grant usage on schema serving_bi to public",
    "grants the database": "do $$ begin execute format('grant connect on database %I to public', current_database());"
    " end $$",
    "drops what it owns": "drop owned by current_user",
    "changes itself": "alter role current_user set statement_timeout = 0",
    "locks the catalogue": "lock table pg_class, pg_namespace, pg_database in access share mode",
}
"""What a login may do inside of a transaction that it leaves open."""


@pytest.fixture(scope="module")
def url(every_postgres: Postgres) -> str:
    url = every_postgres.database()
    with connect(url, "owner") as owner:
        roles.grant(owner, [f"{fact.schema}.{fact.name}" for fact in FACTS.values()])  # a copy has no database's rights
        directory.create(owner, "leader", "Lãnh đạo", "viewer", find_limits(owner, "H37"))
    return url


@contextmanager
def bi_login(url: str, postgres: Postgres, suffix: str = "") -> Iterator[str]:
    """URL of a new BI login with the rights of `leader`."""
    with connect(url, "owner") as owner:
        database = owner.info.dbname
        name = f"tool_{database}{suffix}"
        assert bi_logins.prepare(owner, name, SECRET) is None
        if not suffix:
            directory.set_db_role(owner, directory.find(owner, "leader"), name)
        owner.commit()
        yield postgres.named(database, name, SECRET)
        owner.rollback()
        owner.execute("select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = %s", [name])
        owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
        owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))


@pytest.fixture
def login_url(url: str, every_postgres: Postgres) -> Iterator[str]:
    with bi_login(url, every_postgres) as login:
        yield login


@contextmanager
def session(login_url: str) -> Iterator[Connection]:
    """A session of a login that has switched off for itself what it can."""
    with connect(login_url, "owner") as connection:
        connection.autocommit = True
        connection.execute("set default_transaction_read_only = off")
        for timeout in ("statement", "lock", "idle_in_transaction_session", "idle_session"):
            connection.execute(f"set {timeout}_timeout = 0".encode())
        yield connection
        if not connection.closed and not connection.broken:
            connection.execute("rollback")


@pytest.fixture
def login(login_url: str) -> Iterator[Connection]:
    with session(login_url) as connection:
        yield connection


@pytest.mark.parametrize("doing", OPEN)
def test_nothing_that_it_leaves_open_holds_a_load_a_refresh_or_a_sending(
    url: str, login: Connection, doing: str
) -> None:
    login.execute("begin")
    for view in views(url):
        login.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(*view.split("."))))
    login.execute(OPEN[doing].encode())
    with connect(url, "owner") as owner:
        owner.execute("set lock_timeout = '2s'")
        taken = owner.execute(
            "select distinct mode from pg_locks where pid = %s and relation is not null"
            " and relation::regclass::text !~ '^pg_db_role_setting'",  # a row of its own there is its own affair
            [login.info.backend_pid],
        ).fetchall()
        assert taken == [("AccessShareLock",)]
        for fact in FACTS.values():
            owner.execute(sql.SQL("analyze {}").format(sql.Identifier(str(fact.schema), fact.name)))
    for key in KEYS:
        with connect(url, "loader") as guard, locks.hold(guard, key, wait=False) as held:
            assert held
    with connect(url, "loader") as loader:
        loader.execute("set lock_timeout = '2s'")
        loader.execute("create unlogged table staging.batch_7 (n int)")
        loader.execute("drop table staging.batch_7")
        loader.execute(
            "insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256)"
            " values (1, 'dvc', 'dossiers', '2023-01-01', '2023-01-01', 1, '')"
        )
        loader.execute("lock table warehouse.fact_dossier in row exclusive mode")


def views(url: str) -> list[str]:
    with connect(url, "owner") as owner:
        rows = owner.execute("select viewname from pg_views where schemaname = 'serving_bi'")
        names = [f"serving_bi.{name}" for (name,) in rows]
    assert len(names) > 30
    return names


def test_it_locks_no_row_of_a_view_and_no_view(url: str, login: Connection) -> None:
    statements = [
        f"select * from {{}} for {strength}" for strength in ("update", "no key update", "share", "key share")
    ]
    statements += [f"lock table {{}} in {mode} mode" for mode in ("access exclusive", "share", "row exclusive")]
    for view in views(url):
        for statement in statements:
            with pytest.raises(Denied), login.transaction():
                login.execute(sql.SQL(statement).format(sql.Identifier(*view.split("."))))


def test_it_locks_no_table(url: str, login: Connection) -> None:
    with connect(url, "owner") as owner:
        tables = owner.execute(
            "select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|information_schema)'"
        ).fetchall()
    assert ("ledger", "lock") in tables
    for table in tables:
        for statement in ("lock table {} in access share mode", "select from {} for key share", "analyze {}"):
            with pytest.raises(Denied), login.transaction():
                login.execute(sql.SQL(statement).format(sql.Identifier(*table)))


def test_dropping_what_its_group_has_takes_nothing_away_and_asks_for_no_lock_on_a_table(
    url: str, login: Connection
) -> None:
    """A policy that named the group would be taken from each table under an exclusive lock."""
    with connect(url, "owner") as loading:
        for table in policies.protected():
            loading.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(str(table.schema), table.name)))
        login.execute("set lock_timeout = '1s'")
        login.execute("drop owned by ioc_bi")
        login.execute("set role ioc_bi; drop owned by ioc_bi")
    with connect(url, "owner") as owner:
        assert (
            owner.execute("select 1 from pg_shdepend where refobjid = 'ioc_bi'::regrole and deptype = 'r'").fetchall()
            == []
        )
    login.execute("set role none")
    for view in views(url):
        login.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(*view.split("."))))


def test_it_makes_no_temporary_table_and_the_loader_does(url: str, login: Connection) -> None:
    for statement in ("create temp table mine (n int)", "create function pg_temp.f() returns int return 1"):
        with pytest.raises(Denied):
            login.execute(statement.encode())
    with connect(url, "loader") as loader:
        loader.execute("create temp table mine (n int) on commit drop")


def test_it_has_ten_sessions_at_most(login_url: str) -> None:
    opened = [connect(login_url, "owner") for _ in range(bi_logins.CONNECTIONS)]
    with pytest.raises(Retry, match="too many connections"):
        connect(login_url, "owner")
    for connection in opened:
        connection.close()


def test_settings_that_it_changed_for_itself_are_set_back_and_its_sessions_end(url: str, login_url: str) -> None:
    with connect(url, "owner") as owner, session(login_url) as held:
        name = held.info.user
        assert name not in bi_logins.deviating(owner)
        held.execute("alter role current_user set statement_timeout = 0")
        held.execute("alter role current_user set role = 'ioc_bi'")
        held.execute(
            sql.SQL("alter role current_user in database {} set work_mem = '1GB'").format(
                sql.Identifier(held.info.dbname)
            )
        )
        held.execute("begin")
        held.execute("alter role current_user set lock_timeout = 0")
        with connect(url, "reader") as reader:
            assert name in bi_logins.deviating(reader), "an operator sees it, too"
        owner.rollback()

        done = bi_logins.enforce(owner)

        assert name in done.restored
        assert done.refused == []
        assert bi_logins.deviating(owner) == []
        with pytest.raises(psycopg.OperationalError):
            held.execute("select 1")
    with connect(login_url, "owner") as again:
        shown = {name: again.execute(f"show {name}".encode()).fetchone() for name in bi_logins.SETTINGS}
        assert shown["statement_timeout"] == ("5min",)
        assert shown["lock_timeout"] == ("10s",)
        assert again.execute("select current_user::text").fetchone() == (name,)


@pytest.fixture
def _one_second(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this test a BI login's transaction may take one second."""
    with connect(url, "owner") as owner:
        with monkeypatch.context() as patched:
            patched.setattr(bi_sessions, "LONGEST", 1)
            bi_sessions.make_function(owner)
            owner.commit()
        yield
        bi_sessions.make_function(owner)
        owner.commit()


@pytest.mark.usefixtures("_one_second")
def test_a_transaction_that_takes_too_long_is_ended_by_the_next_load_whatever_its_settings(
    url: str, login_url: str
) -> None:
    with session(login_url) as idle, session(login_url) as long, connect(url, "reader") as operator:
        long.execute("begin")
        long.execute(READ)
        operator.execute("select count(*) from serving.dossiers")
        with connect(url, "loader") as loader:
            loader.execute("select pg_sleep(1.5)")
            bi_sessions.end_in_the_way(loader)
        with pytest.raises(psycopg.OperationalError):
            for _ in range(100):
                long.execute("select pg_sleep(0.1)")
        idle.execute(READ)
        operator.execute("select count(*) from serving.dossiers")


@contextmanager
def small_server() -> Iterator[Postgres]:
    """A server of its own with a migrated template, and with little room for locks."""
    server = Postgres(DEFAULT)
    try:
        server.database()
        embedded_server.stop(server.state)
        room = {"max_connections": "20", "max_locks_per_transaction": "10"}
        embedded_server.start(server.state, binaries=BINARIES[DEFAULT], settings={**FAST, **room})
        yield server
    finally:
        server.end()


def test_a_session_that_holds_many_locks_is_ended_by_the_next_load(url: str, login_url: str) -> None:
    with session(login_url) as reads, session(login_url) as holds, connect(url, "loader") as loader:
        for view in views(url):
            reads.execute(sql.SQL("begin; select from {} limit 1").format(sql.Identifier(*view.split("."))))
        holds.execute("begin")
        for savepoint in range(bi_sessions.MOST_LOCKS):
            holds.execute(f"savepoint s{savepoint}; alter role current_user set work_mem = {savepoint + 64}".encode())
        bi_sessions.end_in_the_way(loader)
        reads.execute("select 1; rollback")
        with pytest.raises(psycopg.OperationalError):
            for _ in range(100):
                holds.execute("select pg_sleep(0.1)")


def test_a_session_that_writes_into_the_servers_catalogue_is_ended_by_the_next_load(url: str, login_url: str) -> None:
    with session(login_url) as reads, session(login_url) as writes, connect(url, "loader") as loader:
        for view in views(url):
            reads.execute(sql.SQL("begin; select from {} limit 1").format(sql.Identifier(*view.split("."))))
        writes.execute("begin; alter role current_user set work_mem = 65")
        bi_sessions.end_in_the_way(loader)
        reads.execute("select 1; rollback")
        with pytest.raises(psycopg.OperationalError):
            for _ in range(100):
                writes.execute("select pg_sleep(0.1)")


def opened_savepoints(login_url: str, number: int) -> Connection:
    """A session that opens savepoints, each with a lock of its own, until the server has no room for another; sessions
    wait for no row of each other."""
    kinds = ["tables", "sequences", "functions", "types", "schemas"]
    connection = psycopg.connect(make_url(login_url).set(drivername="postgresql").render_as_string(hide_password=False))
    connection.autocommit = True
    connection.execute("set default_transaction_read_only = off")
    for timeout in ("statement", "lock", "idle_in_transaction_session", "idle_session"):
        connection.execute(f"set {timeout}_timeout = 0".encode())
    connection.execute("begin")
    right = {"functions": "execute", "types": "usage", "schemas": "usage"}.get(kinds[number], "select")
    for savepoint in range(5000):
        change, side = ("grant", "to") if savepoint % 2 == 0 else ("revoke", "from")
        try:
            connection.execute(
                f"savepoint s{savepoint};"
                f" alter default privileges {change} {right} on {kinds[number]} {side} public".encode()
            )
        except psycopg.errors.OutOfMemory:
            return connection
    raise AssertionError("there was room for all")


def test_sessions_that_use_up_the_servers_room_for_locks_are_ended_by_who_serves_the_screens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look, looking = bi_sessions._look, threading.Event()
    looking.set()
    monkeypatch.setattr(bi_sessions, "_look", lambda connection: looking.is_set() and look(connection))
    with small_server() as postgres:
        url = postgres.database()
        with connect(url, "owner") as owner:
            directory.create(owner, "leader", "Lãnh đạo", "viewer", find_limits(owner, "H37"))
        with bi_login(url, postgres) as login_url:
            client = TestClient(create_app(ScreenSettings(url)))
            with client, ThreadPoolExecutor(5) as pool:
                assert client.get("/readyz").status_code == 200
                time.sleep(2 * bi_sessions.EVERY)
                looking.clear()  # until they have taken all
                holders = list(pool.map(lambda number: opened_savepoints(login_url, number), range(5)))
                looking.set()
                begun = time.monotonic()
                while not came_back(url) and time.monotonic() < begun + 20:
                    time.sleep(0.1)
                assert came_back(url), "nobody had to help"
                assert client.get("/readyz").status_code == 200
                for holder in holders:
                    with pytest.raises(psycopg.OperationalError):
                        holder.execute("select 1")
                    holder.close()


def came_back(url: str) -> bool:
    try:
        with connect(url, "loader") as loader:
            bi_sessions.end_in_the_way(loader)
    except (HubError, psycopg.Error):
        return False
    return True


def owned_by_a_plain_user(postgres: Postgres) -> str:
    """URL of a new migrated database, whose owner has the rights that deploy/postgres/databases.sql gives it."""
    name = postgres.database(migrated=False).rpartition("/")[2].partition("?")[0]
    postgres.database()  # makes the group roles
    with connect(postgres.url, "owner") as connection:
        connection.autocommit = True
        connection.execute(f"create role owner_of_{name} login createrole password '{SECRET}'".encode())
        connection.execute(f"grant {', '.join(roles.ROLES)} to owner_of_{name} with admin option".encode())
        connection.execute(f"alter database {name} owner to owner_of_{name}".encode())
    url = postgres.named(name, f"owner_of_{name}", SECRET)
    migrate(url)
    return url


def test_an_owner_who_is_no_superuser_sets_back_its_own_logins_and_an_administrators(every_postgres: Postgres) -> None:
    url = owned_by_a_plain_user(every_postgres)
    with connect(url, "owner") as owner, connect(every_postgres.url, "owner") as administrator:
        own, given = f"own_{owner.info.dbname}", f"given_{owner.info.dbname}"
        administrator.execute(f"create role {given} login; grant ioc_bi to {given}".encode())
        administrator.commit()
        assert bi_logins.prepare(owner, own, SECRET) is None
        owner.commit()
        if statements := bi_logins.prepare(owner, given, None):  # PostgreSQL 15: it needs no administrator
            administrator.execute(statements.partition("\n\\password")[0].encode())
            administrator.commit()
        owner.commit()
        assert set(bi_logins.deviating(owner)) & {own, given} == set()
        for name in (own, given):
            administrator.execute(f"alter role {name} set statement_timeout = 0".encode())
        administrator.commit()
        assert {own, given} <= set(bi_logins.deviating(owner))
        assert {own, given} <= set(bi_logins.enforce(owner).restored)
        for number, name in enumerate((own, given)):
            directory.create(owner, f"closed{number}", "Đã đóng", "viewer", find_limits(owner, "H37"))
            directory.set_db_role(owner, directory.find(owner, f"closed{number}"), name)
            directory.disable(owner, directory.find(owner, f"closed{number}"))
        owner.commit()
        assert bi_logins.settle(owner) == []
        closed = owner.execute(
            "select rolname from pg_roles where rolname = any(%s) and not rolcanlogin", [[own, given]]
        )
        assert {name for (name,) in closed} == {own, given}
        administrator.execute(f"drop role {own}; drop role {given}".encode())


@pytest.mark.parametrize("owner_is", ["superuser", "owner of the database"])
def test_a_migration_gets_past_it_and_others_read_meanwhile(
    every_postgres: Postgres, monkeypatch: pytest.MonkeyPatch, owner_is: str
) -> None:
    url = every_postgres.database() if owner_is == "superuser" else owned_by_a_plain_user(every_postgres)
    monkeypatch.setattr(migration, "_GRACE", 2.0)
    monkeypatch.setattr(migration, "_revision", lambda _: migration.known()[0] + "?")
    monkeypatch.setattr(migration, "_refuse_unknown", lambda _: None)
    monkeypatch.setattr(migration, "_upgrade", lambda _: None)
    with connect(url, "owner") as owner:
        directory.create(owner, "leader", "Lãnh đạo", "viewer", find_limits(owner, "H37"))
    with bi_login(url, every_postgres) as login_url, ThreadPoolExecutor(1) as pool:
        holders = []
        for doing in OPEN.values():
            holder = connect(login_url, "owner")
            holder.execute("set session characteristics as transaction read write")
            holder.execute("set idle_in_transaction_session_timeout = 0")
            holder.execute("set statement_timeout = 0")
            holder.commit()
            if doing not in (OPEN["grants a view"], OPEN["changes itself"]):  # who waits for the same row as another
                holder.execute(doing.encode())
            holders.append(holder)
        login_name = holders[0].info.user
        migrating = pool.submit(migrate, url)
        served = 0
        with connect(url, "owner") as owner:
            owner.autocommit = True
            while not migrating.done():
                with connect(url, "reader") as reader:
                    reader.execute("select count(*) from serving.batches")
                held = owner.execute("select from pg_stat_activity where pid = %s", [holders[0].info.backend_pid])
                served += held.rowcount
        assert served > 0, "others read while the migration waits"
        assert migrating.result() == [login_name]
        for holder in holders:
            holder.close()


def test_a_session_that_the_owner_may_not_end_is_named(
    url: str, login_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "_GRACE", 0.0)
    monkeypatch.setattr(migration, "_PATIENCE", 2.0)
    monkeypatch.setattr(bi_sessions, "_end", lambda *_: False)
    with session(login_url) as holder:
        holder.execute("begin")
        holder.execute(READ)
        with pytest.raises(Retry, match=rf"use its tables all the time: {holder.info.backend_pid} \(ioc-owner\)"):
            migrate(url)
