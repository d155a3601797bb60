"""`ioc source template`, `ioc source check` and `ioc run` of a source whose workbooks people leave in a folder."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from ioc import main, source
from ioc.doctor import examine
from tests.connectors.simulated import simulated_inbox


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setenv("IOC_STATE", str(tmp_path / "state"))


def told(*words: str) -> Result:
    return CliRunner().invoke(main.app, list(words))


def test_the_template_of_a_source_is_written_and_nothing_overwritten(tmp_path: Path) -> None:
    assert told("source", "template", "tasks").exit_code == 0
    assert load_workbook(tmp_path / "tasks.xlsx").sheetnames[0] == "Nhiệm vụ"
    before = (tmp_path / "tasks.xlsx").read_bytes()
    again = told("source", "template", "tasks")
    assert again.exit_code != 0
    assert (tmp_path / "tasks.xlsx").read_bytes() == before
    assert told("source", "template", "steering_documents", "new/mẫu.xlsx").exit_code == 0
    assert (tmp_path / "new" / "mẫu.xlsx").is_file()


def test_a_source_without_workbooks_has_no_template(tmp_path: Path) -> None:
    assert told("source", "template", "emergency").exit_code != 0
    assert list(tmp_path.glob("*.xlsx")) == []


def test_a_check_looks_at_the_inbox_and_needs_no_gateway(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IOC_INBOX", str(tmp_path))
    monkeypatch.setenv("IOC_PROVINCE", "H37")
    monkeypatch.setenv("IOC_AREA", "20")
    assert CliRunner().invoke(source.app, ["check", "tasks"]).exit_code != 0
    (tmp_path / "tasks").mkdir()
    assert CliRunner().invoke(source.app, ["check", "tasks"]).exit_code == 0
    assert list((tmp_path / "tasks" / "returned").iterdir()) == []


def test_doctor_checks_that_each_inbox_can_be_read_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IOC_INBOX", str(tmp_path))
    monkeypatch.setenv("IOC_PROVINCE", "H37")
    monkeypatch.setenv("IOC_AREA", "20")
    (tmp_path / "tasks").mkdir()
    found = [(check.good, check.found) for check in examine() if check.name == "Inbox"]
    assert (True, f"{tmp_path}/tasks can be read and written") in found
    assert [good for good, said in found if "steering_documents" in said] == [False]


def test_a_run_loads_what_lies_in_the_inbox(
    monkeypatch: pytest.MonkeyPatch, warehouse_url: str, tmp_path: Path
) -> None:
    for name, value in {
        "WAREHOUSE_URL": warehouse_url,
        "INBOX": str(simulated_inbox()),
        "PROVINCE": "H37",
        "AREA": "20",
        "GATEWAY_URL": "http://127.0.0.1:9",
        "CLIENT_ID": "a",
        "CLIENT_SECRET": "b",
        "HMAC_KEY": "5a" * 32,
    }.items():
        monkeypatch.setenv(f"IOC_{name}", value)
    days = ("--from", "2023-06-01", "--to", "2023-06-30", "--json")
    first = told("run", "steering_documents", *days)
    assert first.exit_code == 0, first.output
    (row,) = json.loads(first.stdout)
    assert (row["status"], row["loaded"], row["quarantined"]) == ("published", row["fetched"], 0)
    assert json.loads(told("run", "steering_documents", *days).stdout)[0]["unchanged"] == row["fetched"]
