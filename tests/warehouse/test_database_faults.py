"""Each error of the database says what it is, and whether it may pass or needs a person."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.errors import Abort, HubError, Retry
from warehouse.database import connect, engine, fault, without_password

Connection = psycopg.Connection[Any]
SECRET = "Nguyen Van An 0912345678"


def told(work: Callable[[], object]) -> HubError:
    with pytest.raises((psycopg.Error, DBAPIError)) as raised:
        work()
    found = fault(raised.value)
    assert found is not None
    assert "\n" not in found.en
    assert SECRET not in found.en + found.vi
    return found


@pytest.fixture
def table(owner: Connection) -> Connection:
    owner.execute(
        "create temp table kept (code varchar(5) not null, number smallint primary key, check (number < 500))"
    )
    return owner


@pytest.mark.parametrize(
    ("statement", "kind", "why"),
    [
        (
            "set transaction read only; create table public.x ()",
            Abort,
            "takes no changes: it is a standby or set to read",
        ),
        ("set local statement_timeout = 20; select pg_sleep(5)", Retry, "took longer than statement_timeout"),
        (f"insert into kept values ('{SECRET}', 1)", Abort, "a value is too long for its column"),
        ("insert into kept values ('a', 99999)", Abort, "a number is outside the range of its column"),
        ("insert into kept values (null, 1)", Abort, r"a value is missing .*kept\.code\)"),
        (f"insert into kept values ('a', 1), ('{SECRET[:3]}', 1)", Abort, "a key is there already"),
        ("insert into kept values ('a', 501)", Abort, "is not one of those that its column takes"),
        ("select '2023-99-99'::date", Abort, "a day or time is outside the range"),
        (f"select '{SECRET}'::int", Abort, "The database refuses the work: error 22P02"),
        ("select * from nowhere", Abort, "its schema is not this version's; run `ioc db migrate`"),
        ("select nothing()", Abort, "its schema is not this version's"),
        (f"create index on kept (code); select '{SECRET}' +", Abort, "error 42601"),
        ("do $$ begin raise exception using errcode = '53100'; end $$", Abort, "its disk is full; make room"),
        ("do $$ begin raise exception using errcode = '40P01'; end $$", Retry, "two sessions waited for each other"),
        ("do $$ begin raise exception using errcode = '40001'; end $$", Retry, "another session changed the same rows"),
        ("do $$ begin raise exception using errcode = '53300'; end $$", Retry, "no connection free"),
        ("do $$ begin raise exception using errcode = '53200'; end $$", Retry, "no memory left"),
        ("do $$ begin raise exception using errcode = '53400'; end $$", Abort, "a limit in its configuration"),
        ("do $$ begin raise exception using errcode = '55P03'; end $$", Retry, "for longer than lock_timeout"),
        ("do $$ begin raise exception using errcode = '58030'; end $$", Abort, "error 58030; its log tells more"),
        ("do $$ begin raise exception using errcode = 'XX001'; end $$", Abort, "error XX001; its log tells more"),
        (
            "do $$ begin raise exception using errcode = '08P01'; end $$",
            Retry,
            "The connection to the database is lost",
        ),
    ],
)
def test_an_error_is_named_by_its_class(table: Connection, statement: str, kind: type[HubError], why: str) -> None:
    found = told(lambda: table.execute(statement.encode()))
    assert isinstance(found, kind)
    with pytest.raises(kind, match=why):
        raise found


def test_a_key_too_long_for_an_index(table: Connection) -> None:
    table.execute("create temp table long (code text primary key)")
    found = told(
        lambda: table.execute("insert into long select string_agg(md5(n::text), '') from generate_series(1, 999) n")
    )
    assert isinstance(found, Abort)
    assert "a value is too long for an index (ProgramLimitExceeded" in found.en


def test_a_value_that_the_driver_cannot_write(table: Connection) -> None:
    found = told(lambda: table.execute("select %s::text", ["a\0" + SECRET]))
    assert isinstance(found, Abort)
    assert "a value cannot be written" in found.en


def ended(url: str, how: str) -> HubError:
    with connect(url, "loader") as connection:
        connection.execute("select 1")
        pid = connection.info.backend_pid
        with connect(url, "owner") as administrator:
            administrator.execute(how.encode(), [pid] if "%s" in how else [])
            administrator.commit()
        time.sleep(0.3)
        return told(lambda: connection.execute("select 1"))


def test_a_terminated_session_may_pass(warehouse_url: str) -> None:
    found = ended(warehouse_url, "select pg_terminate_backend(%s)")
    assert isinstance(found, Retry)
    assert "an administrator ended the session (AdminShutdown)" in found.en


def test_a_transaction_that_was_idle_too_long_may_pass(warehouse_url: str) -> None:
    with connect(warehouse_url, "loader") as connection:
        connection.execute("set idle_in_transaction_session_timeout = 50")
        time.sleep(0.4)
        found = told(lambda: connection.execute("select 1"))
    assert isinstance(found, Retry)
    assert "idle_in_transaction_session_timeout" in found.en


def test_a_connection_that_is_closed_is_lost(warehouse_url: str) -> None:
    with connect(warehouse_url, "loader") as connection:
        connection.close()
        found = told(lambda: connection.execute("select 1"))
    assert isinstance(found, Retry)
    assert "The connection to the database is lost (OperationalError)" in found.en


def test_an_error_that_sqlalchemy_wraps_is_the_same(warehouse_url: str) -> None:
    with engine(warehouse_url, "reader").connect() as connection:
        found = told(lambda: connection.execute(text("create table public.x ()")))
    assert isinstance(found, Abort)
    assert "takes no changes" in found.en


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), OSError("x"), KeyboardInterrupt()])
def test_any_other_error_is_none_of_the_database(error: BaseException) -> None:
    assert fault(error) is None


def test_a_network_that_falls_silent_ends_the_connection_after_a_minute(warehouse_url: str) -> None:
    with connect(warehouse_url, "loader") as connection:
        own = socket.socket(fileno=connection.fileno())
        try:
            assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
            assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            idle, interval, count = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
            assert [own.getsockopt(socket.IPPROTO_TCP, name) for name in (idle, interval, count)] == [30, 10, 3]
        finally:
            own.detach()


def test_the_address_may_set_another_patience(warehouse_url: str) -> None:
    with connect(f"{warehouse_url}?tcp_user_timeout=5000", "loader") as connection:
        own = socket.socket(fileno=connection.fileno())
        assert own.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 5000
        own.detach()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:Zq7@Zq8@127.0.0.1/d",
        "postgresql+psycopg://u:Zq7@Zq8/Zq9@127.0.0.1/d",
        "postgresql+psycopg://u:Zq7/Zq8@Zq9@127.0.0.1:1/d",
        "postgresql+psycopg://u:Zq7:Zq8@Zq9@127.0.0.1:1/d",
    ],
)
def test_a_password_with_signs_of_addresses_is_not_repeated(url: str) -> None:
    with pytest.raises(Abort, match=r"write @ : / as %40 %3A %2F") as raised:
        connect(url, "owner")
    assert "Zq" not in raised.value.en + raised.value.vi


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:Zq7@h:5/d",
        "postgresql+psycopg://u:Zq7@h:5/d?sslpassword=Zq8&password=Zq9",
        "postgresql+psycopg://h/d?password=Zq9",
    ],
)
def test_an_address_is_shown_without_its_passwords(url: str) -> None:
    assert "Zq" not in without_password(url)
    assert without_password(url).endswith("/d")


def test_two_sessions_that_wait_for_each_other_may_pass(warehouse_url: str) -> None:
    with connect(warehouse_url, "owner") as one, connect(warehouse_url, "owner") as other:
        one.execute("create table if not exists public.pair as select 1 as n union all select 2")
        one.commit()
        lock = "select n from public.pair where n = %s for update"
        one.execute(lock, [1])
        other.execute(lock, [2])
        found: list[HubError | None] = []

        def wait(connection: Connection, number: int) -> None:
            try:
                connection.execute(lock, [number])
            except psycopg.Error as error:
                found.append(fault(error))
            connection.rollback()

        threads = [threading.Thread(target=wait, args=given) for given in ((one, 2), (other, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    [error] = found
    assert isinstance(error, Retry)
    assert "DeadlockDetected" in error.en
