"""What the command line says of codes that the reference data lack."""

import json
from datetime import date

import psycopg
import pytest
from typer.testing import CliRunner

from ioc import reference
from tests.kpis.facts import Facts


@pytest.fixture(autouse=True)
def unlisted(warehouse_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two gates that nobody has listed, of one vehicle and of two; and one that no vehicle names any more."""
    monkeypatch.setenv("IOC_WAREHOUSE_URL", warehouse_url)
    monkeypatch.setenv("IOC_LANG", "en")
    owner.execute("truncate warehouse.fact_vehicle, warehouse.unlisted_code")
    batch = Facts(owner).publish("gate.vehicles", (date(2023, 6, 1), date(2023, 6, 30)))
    for place, gate in enumerate(("cau_moi", "cau_cu", "cau_moi")):
        owner.execute(
            "insert into warehouse.fact_vehicle (province_id, declaration_code, seq, gate_code, processed_at,"
            " status_code, batch_id, page_number) values (1, %s, 1, %s, %s, 'processed', %s, 1)",
            [f"TK-{place}", gate, f"2023-06-0{place + 1}T08:00:00+07:00", batch],
        )
    for gate in ("cau_moi", "cau_cu", "cau_xua"):
        owner.execute(
            "insert into warehouse.unlisted_code values (1, 'gate', 'vehicles', 'gate', %s, %s)", [gate, batch]
        )
    owner.commit()


def test_codes_are_listed_by_how_many_records_name_them() -> None:
    said = CliRunner().invoke(reference.app, ["--json"])
    found = json.loads(said.stdout)
    assert [(one["code"], one["records"], one["first_day"], one["last_day"]) for one in found] == [
        ("cau_moi", 2, "2023-06-01", "2023-06-03"),
        ("cau_cu", 1, "2023-06-02", "2023-06-02"),
    ]
    assert {(one["dimension"], one["feed"]) for one in found} == {("gate", "gate.vehicles")}


def test_what_to_do_is_said_beside_the_list() -> None:
    said = CliRunner().invoke(reference.app, [])
    assert "cau_moi" in said.stdout
    assert "ioc db migrate" in said.stderr


def test_a_listed_code_is_missing_no_more(owner: psycopg.Connection) -> None:
    owner.execute("insert into warehouse.dim_gate values ('cau_moi', 'Cầu Mới', 'New Bridge')")
    owner.commit()
    said = CliRunner().invoke(reference.app, ["--json"])
    assert [one["code"] for one in json.loads(said.stdout)] == ["cau_cu"]
