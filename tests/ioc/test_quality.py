"""What the command line says of batches and of what they refused."""

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from ioc import quality
from tests.kpis.facts import Facts


@pytest.fixture(autouse=True)
def batch(warehouse_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> int:
    """A batch of three refused records."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Console(width=200))
    number = Facts(owner).publish("feedback.cases", (date(2023, 6, 1), date(2023, 6, 30)), status="failed")
    owner.execute(
        "update ledger.batch set reason_vi = %(said)s, reason_en = %(said)s where batch_id = %(number)s",
        {"said": "HTTP 404 [e6ee5]", "number": number},
    )
    for row in (1, 2, 3):
        owner.execute(
            "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record)"
            " values (%s, 1, %s, %s, %s::jsonb, '{}')",
            [number, row, f"PA-{row}", '["area_code:known", "types"]'],
        )
    owner.commit()
    return number


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(quality.app, list(arguments))


def test_a_reason_is_shown_with_the_call_in_its_brackets() -> None:
    assert "HTTP 404 [e6ee5]" in _run("runs").stdout


def test_batches_say_when_they_were_done() -> None:
    [row] = json.loads(_run("runs", "--json", "--limit", "1").stdout)
    assert row["finished_at"]
    assert "done at" in _run("runs").stdout


def test_refused_records_name_their_rules_as_people_write_them(batch: int) -> None:
    said = _run("quarantine", "--batch", str(batch))
    assert "area_code:known, types" in said.stdout
    assert said.stderr == ""


def test_refused_records_that_are_not_shown_are_told(batch: int) -> None:
    said = _run("quarantine", "--batch", str(batch), "--limit", "2")
    assert "PA-1" not in said.stdout
    assert "2 of 3" in said.stderr


@pytest.mark.parametrize("arguments", [("show", "999"), ("quarantine", "--batch", "999")])
def test_a_batch_that_there_is_not_is_told(arguments: tuple[str, ...]) -> None:
    said = _run(*arguments)
    assert said.stdout == ""
    assert str(said.exception) == "There is no batch 999; `ioc quality runs` lists them"


@pytest.mark.parametrize(("language", "status"), [("vi", "không xong"), ("en", "failed")])
def test_what_became_of_a_batch_is_told_in_the_asked_language_and_to_machines_by_its_code(
    language: str, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    assert status in _run("runs").stdout
    assert json.loads(_run("runs", "--json", "--limit", "1").stdout)[0]["status"] == "failed"


def test_blocked_days_are_incidents_until_they_are_published(owner: psycopg.Connection) -> None:
    assert json.loads(_run("incidents", "--json").stdout) == []
    days = (date(2023, 6, 1), date(2023, 6, 30))
    number = Facts(owner).publish("feedback.cases", days, status="blocked")
    owner.execute("update ledger.batch set reason_en = 'fetched: 0', reason_vi = 'rỗng' where batch_id = %s", [number])
    owner.commit()
    [row] = json.loads(_run("incidents", "--json").stdout)
    assert (row["batch_id"], row["feed"], row["reason"]) == (number, "feedback.cases", "fetched: 0")
    assert "fetched: 0" in _run("incidents").stdout
    Facts(owner).publish("feedback.cases", days)
    owner.commit()
    assert json.loads(_run("incidents", "--json").stdout) == []
