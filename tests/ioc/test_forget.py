"""`ioc forget` says what it would erase, asks, and gives a proof to who asked."""

import hashlib
import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from typer.testing import CliRunner, Result

from ioc.main import app
from tests.kpis.facts import Facts

CODE = "TK-2023/7"


@pytest.fixture(autouse=True)
def declared(warehouse_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A vehicle that was declared."""
    for name, value in {
        "IOC_WAREHOUSE_URL": warehouse_url,
        "IOC_LANG": "en",
        "IOC_PROVINCE": "H37",
        "IOC_AREA": "20",
        "IOC_STATE": str(tmp_path),
        "IOC_HMAC_KEY": "5a" * 32,
    }.items():
        monkeypatch.setenv(name, value)
    owner.execute("truncate warehouse.fact_vehicle")
    batch = Facts(owner).publish("gate.vehicles", (date(2023, 6, 1), date(2023, 6, 30)))
    owner.execute(
        "insert into warehouse.fact_vehicle (province_id, declaration_code, seq, gate_code, processed_at, status_code,"
        " batch_id, page_number) values (1, %s, 1, 'huu_nghi', '2023-06-01T08:00:00+07:00', 'processed', %s, 1)",
        [CODE, batch],
    )
    owner.commit()


def forget(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["forget", *arguments])


def codes(owner: psycopg.Connection) -> list[str]:
    return [code for (code,) in owner.execute("select declaration_code from warehouse.fact_vehicle")]


def test_the_proof_fits_the_entry_of_the_trail(owner: psycopg.Connection) -> None:
    said = json.loads(forget(CODE, "--reason", "Đơn số 12", "--yes", "--json").stdout)
    assert said["commitment"] == hashlib.sha256((said["salt"] + CODE).encode()).hexdigest()
    row = owner.execute("select subject from ledger.entry where entry_id = %s", [said["entry_id"]]).fetchone()
    assert row == (f"record/{said['commitment']}",)
    assert [code.startswith("erased-") for code in codes(owner)] == [True]


def test_nothing_is_erased_where_nobody_can_be_asked(owner: psycopg.Connection) -> None:
    said = forget(CODE, "--reason", "Đơn số 12")
    assert said.exit_code == 2
    assert codes(owner) == [CODE]


def test_a_reason_must_not_name_the_code(owner: psycopg.Connection) -> None:
    said = forget(CODE, "--reason", f"Xoá {CODE}", "--yes")
    assert said.exit_code == 2
    assert codes(owner) == [CODE]


def test_machines_get_json_alone_where_a_person_confirms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.forget.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    said = forget(CODE, "--reason", "Đơn số 12", "--json")
    assert set(json.loads(said.stdout)) >= {"commitment", "salt"}
    assert "To be erased" in said.stderr
