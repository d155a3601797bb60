"""What the command line says of the hubs of provinces."""

import json

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ioc import nation
from ioc.output import Terminal
from tests.nation import KPI, SECRET, ProvinceDatabase


@pytest.fixture(autouse=True)
def hub(national: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands' own hub is the national one."""
    info = national.info
    address = f"{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"
    national.rollback()
    monkeypatch.setenv("IOC_WAREHOUSE_URL", f"postgresql+psycopg://{address}")
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Terminal(width=200))


def _run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(nation.app, list(arguments), input=given)


def test_a_hub_is_added_with_the_password_from_stdin_compared_and_removed(
    provinces: dict[str, ProvinceDatabase],
) -> None:
    hub = provinces["H37"]
    hub.say("97.5")
    added = _run("add", "H37", "--url", hub.address, "--json", given=f"{SECRET}\n")
    assert json.loads(added.stdout)["name"] == "Lạng Sơn"
    assert SECRET not in added.output
    [listed] = json.loads(_run("list", "--json").stdout)
    assert (listed["province_code"], listed["failure"]) == ("H37", None)
    assert json.loads(_run("read", "--json").stdout) == [{"province": "H37", "new": 0, "withdrawn": 0, "failure": None}]
    found = json.loads(_run("compare", KPI.id, "--period", "2023-06", "--json").stdout)
    assert [(one["rank"], one["province"], one["value"]) for one in found["provinces"]] == [(1, "H37", 97.5)]
    shown = _run("compare", KPI.id, "--period", "2023-06").stdout
    assert "Lạng Sơn" in shown
    assert "Median: 97.5" in shown
    assert json.loads(_run("remove", "H37", "--json").stdout) == {"removed": "H37"}
    assert json.loads(_run("list", "--json").stdout) == []


def test_a_hub_that_is_away_is_told_with_exit_code_1(provinces: dict[str, ProvinceDatabase]) -> None:
    hub = provinces["H37"]
    _run("add", "H37", "--url", hub.address, given=f"{SECRET}\n")
    hub.run(f"alter role {hub.login} nologin")
    read = _run("read", "--json")
    assert read.exit_code == 1
    assert "cannot be read" in json.loads(read.stdout)[0]["failure"]
    assert "cannot be read" in _run("list").stdout


def test_days_that_hubs_do_not_publish_are_a_usage_error() -> None:
    wrong = _run("compare", KPI.id, "--period", "2023-W01")
    assert wrong.exit_code == 2
