"""What a person or a script gets from `ioc kpi recompute` and `ioc kpi show --as-of`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ioc import kpi
from ioc.output import Terminal
from kpis.definition import Definition
from tests.kpis.history.hub import JANUARY, Hub

DOUBLED = ('"count(*)"', '"2 * count(*)"')


@pytest.fixture(autouse=True)
def settings(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", hub.url)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Terminal(width=200))
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(kpi.app, list(arguments))


def test_recompute_shows_old_and_new_of_each_period(defined: Callable[..., Definition]) -> None:
    defined(2, DOUBLED)
    result = _run("recompute", "gate_vehicles", "--to", "2023-01-31", "--json")
    assert result.exit_code == 0, result.output
    [done] = json.loads(result.stdout)
    assert (done["kpi"], done["periods"], done["revisions"]) == ("gate_vehicles", 1, 3)
    assert done["changes"] == [
        {
            "from": "2023-01-01",
            "to": "2023-01-31",
            "before": 1,
            "after": 2,
            "status": "official",
            "revision": 2,
            "definition_version": 2,
            "cause": "definition",
        }
    ]
    table = _run("recompute", "gate_vehicles").stdout
    assert "4 periods computed, 9 new revisions" in table
    assert "definition changed" in table


def test_recompute_tells_when_nothing_differs() -> None:
    assert "4 periods computed, 0 new revisions" in _run("recompute", "gate_vehicles").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("gate_vehicle",), "did you mean gate_vehicles"),
        (("gate_vehicles", "--from", "2023-02-01", "--to", "2023-01-01"), "reversed"),
        (("gate_vehicles", "--from", "yesterday"), "no day"),
        ((), "Missing argument"),
    ],
)
def test_a_wrong_question_is_a_usage_error(arguments: tuple[str, ...], says: str) -> None:
    result = _run("recompute", *arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_show_as_of_a_day_takes_a_slice(hub: Hub) -> None:
    days = ("--from", "2023-01-01", "--to", "2023-01-31")
    hub.vehicles("2023-01-06", direction="import")
    hub.publish(JANUARY)
    hub.refresh()
    result = _run("show", "gate_vehicles", *days, "--as-of", "2200-12-31", "--where", "direction=import", "--json")
    assert result.exit_code == 0, result.output
    shown = json.loads(result.stdout)
    assert (shown["value"], shown["revision"], shown["where"]) == (1, 1, {"direction": ["import"]})
    live = json.loads(_run("show", "gate_vehicles", *days, "--where", "direction=import", "--json").stdout)
    assert live["revision"] == 1
