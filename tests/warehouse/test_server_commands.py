"""`ioc db start|stop|migrate|status`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url
from typer.testing import CliRunner, Result

from hub.errors import Abort
from ioc.db import app
from tests.postgres import Postgres, server_folder
from warehouse.migrate import known

NEWEST = known()[-1]
"""Number of the newest migration."""


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with server_folder("db") as folder:
        yield folder


@pytest.fixture(autouse=True)
def settings(state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The embedded server in `state`; nothing else is set, least of all a gateway."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_STATE", str(state))
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.delenv("IOC_WAREHOUSE_URL", raising=False)


def ioc_db(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_from_nothing_to_a_usable_database_and_back() -> None:
    absent = ioc_db("status", "--json")
    assert absent.exit_code == 3
    assert "run `ioc db start`" in json.loads(absent.stdout)["fault"]

    started = ioc_db("start", "--json")
    address = json.loads(started.stdout)["address"]
    assert started.exit_code == 0
    assert "Starting" in started.stderr

    empty = ioc_db("status", "--json")
    assert empty.exit_code == 3
    assert "run `ioc db migrate`" in json.loads(empty.stdout)["fault"]

    assert json.loads(ioc_db("migrate", "--json").stdout) == {
        "address": address,
        "before": None,
        "schema": NEWEST,
        "bi_logins": {"ended": [], "restored": [], "refused": []},
    }
    assert json.loads(ioc_db("migrate", "--json").stdout)["before"] == NEWEST
    assert json.loads(ioc_db("status", "--json").stdout) == {
        "usable": True,
        "address": address,
        "schema": NEWEST,
        "fault": None,
    }

    assert json.loads(ioc_db("stop", "--json").stdout) == {"stopped": True}
    assert json.loads(ioc_db("stop", "--json").stdout) == {"stopped": False}


def test_no_command_shows_the_password(state: Path) -> None:
    shown = "".join(ioc_db(command).output for command in ("start", "migrate", "status", "stop"))
    password = (state / "postgres" / "password").read_text()

    assert "PostgreSQL runs" in shown
    assert password not in shown


def test_vietnamese_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOC_LANG")

    assert "PostgreSQL vốn không chạy" in ioc_db("stop").stdout


def test_a_server_of_its_own_is_migrated_but_not_started_or_stopped(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database(migrated=False)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", url)

    for command in ("start", "stop"):
        fault = ioc_db(command).exception
        assert isinstance(fault, Abort)
        assert "IOC_WAREHOUSE_URL names a server of its own" in str(fault)
    assert ioc_db("migrate").exit_code == 0
    ready = ioc_db("status")
    assert ready.exit_code == 0
    assert ready.stdout.startswith("Ready: ")
    assert str(make_url(url).password) not in ready.stdout


def test_an_unreachable_server_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", "postgresql+psycopg://ioc:hidden@127.0.0.1:1/ioc")
    shown = ioc_db("status")

    assert shown.exit_code == 3
    assert shown.stdout.count("\n") == 1
    assert "127.0.0.1:1/ioc cannot be reached" in shown.stdout
    assert "hidden" not in shown.output
