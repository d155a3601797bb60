"""`ioc note`: written, listed and withdrawn by a command."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from ioc import note
from tests.postgres import Postgres

DAYS = ("--from", "2023-06-12", "--to", "2023-06-13")
STOPPED = "Hệ thống dừng 2 ngày"


@pytest.fixture
def run(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", postgres.database())
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setenv("IOC_PROVINCE", "H37")
    monkeypatch.setenv("IOC_AREA", "20")
    return lambda *arguments: CliRunner().invoke(note.app, arguments)


def listed(run: Any, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("list", "--json", *options).stdout)
    return found


def test_a_note_is_written_listed_and_withdrawn(run: Any) -> None:
    assert run("add", "gate_vehicles", STOPPED, *DAYS).exit_code == 0
    assert run("add", "phone_density", STOPPED, "--period", "2023-06", "--area", "180").exit_code == 0
    assert [(one["kpi"], one["area"], one["author"]) for one in listed(run)] == [
        ("phone_density", "180", None),
        ("gate_vehicles", "20", None),
    ]
    [own] = listed(run, "--kpi", "gate_vehicles")
    assert (own["first"], own["last"], own["text"]) == ("2023-06-12", "2023-06-13", STOPPED)
    assert run("withdraw", str(own["note_id"])).exit_code == 0
    assert run("withdraw", str(own["note_id"])).exit_code == 2
    assert listed(run, "--kpi", "gate_vehicles") == []
    [gone] = listed(run, "--kpi", "gate_vehicles", "--withdrawn")
    assert (gone["text"], gone["withdrawn_at"] is None) == (None, False)


@pytest.mark.parametrize(
    "asked",
    [
        ("gate_vehiclez", STOPPED, *DAYS),
        ("gate_vehicles", STOPPED),
        ("gate_vehicles", STOPPED, *DAYS, "--area", "99999"),
        ("gate_vehicles", STOPPED, "--from", "2019-06-12", "--to", "2023-06-13"),
    ],
)
def test_what_cannot_be_is_a_wrong_question(run: Any, asked: tuple[str, ...]) -> None:
    assert run("add", *asked).exit_code == 2
