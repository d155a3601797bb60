"""A key is held by one session at a time, for as long as that session lives, and a long wait says for whom."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from hub.errors import Retry
from warehouse import locks
from warehouse.database import connect

KEY = "kpi/1/gate_vehicles"


@pytest.fixture
def guard(every_warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(every_warehouse_url, "loader") as connection:
        yield connection


@pytest.fixture
def other(every_warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(every_warehouse_url, "loader") as connection:
        yield connection


def is_free(other: psycopg.Connection, key: str = KEY) -> bool:
    with locks.hold(other, key, wait=False) as held:
        return held


def test_a_key_is_held_until_the_block_ends_whatever_happens_in_it(
    guard: psycopg.Connection, other: psycopg.Connection
) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locks.hold(guard, KEY) as held:
            assert held
            assert not is_free(other)
            assert is_free(other, "kpi/1/phone_density")
            raise ZeroDivisionError
        assert is_free(other)


def test_a_key_is_free_once_the_session_that_held_it_has_ended(
    every_warehouse_url: str, guard: psycopg.Connection, other: psycopg.Connection
) -> None:
    with locks.hold(guard, KEY):
        locks.check(guard)
        with connect(every_warehouse_url, "owner") as owner:
            owner.execute("select pg_terminate_backend(%s, 10000)", [guard.info.backend_pid])
        assert is_free(other)
        with pytest.raises(psycopg.OperationalError):
            locks.check(guard)


def test_time_outs_of_the_server_do_not_take_a_key_away(
    every_warehouse_url: str, guard: psycopg.Connection, other: psycopg.Connection
) -> None:
    timeouts = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    if guard.info.server_version >= 170000:
        timeouts.append("transaction_timeout")
    for timeout in timeouts:
        guard.execute(f"set {timeout} = '100ms'".encode())
    guard.commit()
    with locks.hold(guard, KEY), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: locks.hold(other, KEY).__enter__())
        guard.execute("select pg_sleep(0.3)")
        other_sleep = connect(every_warehouse_url, "owner")
        other_sleep.execute("select pg_sleep(0.5)")
        other_sleep.close()
        locks.check(guard)
        assert not waiting.done()
        guard.rollback()
        assert waiting.result()


def test_who_waits_too_long_is_told_for_which_session(
    guard: psycopg.Connection, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 1)
    with locks.hold(guard, KEY):
        told = rf"{KEY} has been held by session {guard.info.backend_pid} of the database for more than 1 seconds"
        with pytest.raises(Retry, match=told), locks.hold(other, KEY):
            pass
    assert is_free(other)


@pytest.mark.parametrize("role", ["reader", "screens", "accounts"])
def test_who_reads_can_neither_see_nor_lock_a_key(every_warehouse_url: str, role: str) -> None:
    with connect(every_warehouse_url, role) as connection:  # type: ignore[arg-type]
        for statement in ("select * from {}", "select * from {} for update", "lock table {} in access share mode"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(sql.SQL(statement).format(sql.Identifier("ledger", "lock")))


def test_several_keys_are_held_until_the_transaction_ends_and_a_long_wait_for_one_is_told(
    guard: psycopg.Connection, other: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 1)
    keys = [KEY, "kpi/1/phone_density"]
    locks.hold_all(guard, keys)
    assert not any(is_free(other, key) for key in keys)
    with pytest.raises(Retry, match=f"has been held by session {guard.info.backend_pid}"):
        locks.hold_all(other, keys)
    guard.commit()
    assert all(is_free(other, key) for key in keys)
