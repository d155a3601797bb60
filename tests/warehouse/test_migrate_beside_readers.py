"""A migration beside sessions that read: none of them is ended, none waits long, and it says whom it waits for."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from hub.errors import Retry
from tests.installation import migrate
from warehouse import migrate as migration
from warehouse.database import connect

READ = "select count(*) from serving.batches"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "_PATIENCE", 3.0)


@pytest.fixture(params=[False, True], ids=["same schema", "upgrade"])
def upgrade(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the migration changes tables."""
    if request.param:
        monkeypatch.setattr(migration, "_revision", lambda _: migration.known()[0] + "?")
        monkeypatch.setattr(migration, "_refuse_unknown", lambda _: None)
    return bool(request.param)


@pytest.mark.parametrize(
    "read", [READ, "select count(*) from ledger.batch", "select 1 from warehouse.dim_date limit 1"]
)
def test_a_reader_that_does_not_end_is_named_and_nobody_hangs(warehouse_url: str, upgrade: bool, read: str) -> None:
    with connect(warehouse_url, "owner") as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(READ)
        holder.execute(read.encode())
        migrating = pool.submit(migrate, warehouse_url)
        longest = 0.0
        while not migrating.done():
            began = time.monotonic()
            with connect(warehouse_url, "reader") as reader:
                reader.execute(READ)
            longest = max(longest, time.monotonic() - began)
        with pytest.raises(Retry, match=rf"other sessions use its tables .*: {holder.info.backend_pid} \(ioc-owner\)"):
            migrating.result()
        assert longest < 5, "a reader waits for one attempt at most"
        assert holder.execute(READ).fetchone() is not None


def test_a_reader_that_ends_lets_the_migration_through(warehouse_url: str, upgrade: bool) -> None:
    with connect(warehouse_url, "reader") as holder:
        holder.execute(READ)
        threading.Timer(1.5, holder.rollback).start()
        migrate(warehouse_url)


def test_readers_of_many_views_are_never_ended(warehouse_url: str, upgrade: bool) -> None:
    """In both orders, in one transaction, all the time: what would end in a deadlock with a migration that waits."""
    over = threading.Event()
    failed: list[psycopg.Error] = []
    with connect(warehouse_url, "owner") as connection:
        names = [
            name
            for (name,) in connection.execute("select viewname from pg_views where schemaname = 'serving' order by 1")
        ]

    def read(order: Callable[[list[str]], list[str]]) -> None:
        with connect(warehouse_url, "reader") as connection:
            while not over.is_set():
                try:
                    for name in order(names)[:8]:
                        connection.execute(f"select 1 from serving.{name} limit 0".encode())
                    connection.rollback()
                except psycopg.errors.UndefinedTable:
                    connection.rollback()
                except psycopg.Error as error:
                    failed.append(error)
                    return
                time.sleep(0.05)

    with ThreadPoolExecutor(4) as pool:
        for order in (list, lambda found: found[::-1]) * 2:
            pool.submit(read, order)
        try:
            migrate(warehouse_url)
        except Retry:
            pass  # busier than its patience in this test
        finally:
            over.set()
    assert failed == []
