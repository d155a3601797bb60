"""What a person or a script gets from `ioc kpi` and `ioc reconcile`."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner, Result

from ioc import kpi, reconcile
from tests.kpis.facts import Facts
from warehouse.database import connect
from warehouse.kpis.definition import load_definitions
from warehouse.kpis.refresh import refresh

HALF = ("--from", "2023-01-01", "--to", "2023-06-30")


@pytest.fixture(scope="module")
def vehicles(warehouse_url: str) -> str:
    """A warehouse with three vehicles through two gates."""
    with connect(warehouse_url, "owner") as connection:
        facts = Facts(connection)
        facts.publish("gate.vehicles")
        moment = {"processed_at": "2023-03-01T08:00:00+07:00"}
        facts.add(
            "fact_vehicle",
            [moment, moment | {"direction": "import"}, moment | {"gate_code": "tan_thanh", "declared_online": False}],
        )
        connection.commit()
    refresh(warehouse_url, "H37", ["gate_vehicles"])
    return warehouse_url


@pytest.fixture(autouse=True)
def settings(vehicles: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", vehicles)
    monkeypatch.setenv("IOC_LANG", "en")
    for name in ("IOC_GATEWAY_URL", "IOC_CLIENT_SECRET", "IOC_HMAC_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ioc.output.out", Console(width=250))


def _run(app: Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def _show(*arguments: str) -> dict[str, Any]:
    result = _run(kpi.app, "show", *arguments, "--json")
    assert result.exit_code == 0, result.output
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_show_prints_the_agreed_json() -> None:
    shown = _show("gate_vehicles", *HALF)
    assert list(shown) == [
        "kpi",
        "from",
        "to",
        "area",
        "value",
        "numerator",
        "denominator",
        "unit",
        "status",
        "data_as_of",
        "loaded_at",
        "revision",
        "definition_version",
        "target",
    ]
    assert (shown["value"], shown["unit"], shown["status"], shown["area"]) == (3, "vehicles", "official", "20")
    assert (shown["from"], shown["to"], shown["data_as_of"]) == ("2023-01-01", "2023-06-30", "2023-06-30")
    assert (shown["revision"], shown["definition_version"], shown["denominator"]) == (1, 1, None)


def test_a_breakdown_adds_rows() -> None:
    rows = _show("gate_vehicles", *HALF, "--by", "gate", "--by", "direction")["rows"]
    assert [(*row["breakdown"].values(), row["value"]) for row in rows] == [
        ("huu_nghi", "export", 1),
        ("huu_nghi", "import", 1),
        ("tan_thanh", "export", 1),
    ]


def test_a_filter_and_another_measure_can_be_asked() -> None:
    assert (
        _show("gate_vehicles", *HALF, "--where", "gate=huu_nghi|tan_thanh", "--where", "direction=import")["value"] == 1
    )
    declared = _show("gate_vehicles", *HALF, "--measure", "declared_online")
    assert (declared["measure"], round(declared["value"], 2), declared["target"]) == ("declared_online", 66.67, 100)


def test_missing_data_are_null_with_a_reason() -> None:
    shown = _show("base_stations", *HALF)
    assert (shown["value"], shown["status"]) == (None, "missing")
    assert shown["reason"] == "nothing of telecom.stations was ever loaded"


def test_as_of_a_day_before_the_first_word_there_is_none() -> None:
    assert _show("gate_vehicles", *HALF, "--as-of", "2023-06-30")["value"] is None
    assert _show("gate_vehicles", *HALF, "--as-of", "2999-01-01")["value"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gate_vehicle", *HALF), "There is no KPI 'gate_vehicle'; did you mean gate_vehicles?"),
        (
            ("gate_vehicles", *HALF, "--where", "gate"),
            "Breakdown 'gate' is not of the form channel=online or level=3|4.",
        ),
        (("gate_vehicles", *HALF, "--by", "gates"), "KPI gate_vehicles has no breakdown 'gates'; did you mean gate?"),
        (("online_dossier_rate", *HALF, "--area", "21"), "Province H37 has no area '21' on 2023-06-30"),
        (("gate_vehicles", "--from", "2023-06-30", "--to", "2023-01-01"), "2023-06-30 … 2023-01-01 is reversed"),
        (("gate_vehicles", *HALF, "--by", "gate", "--as-of", "2023-06-30"), "--as-of knows the whole province's own"),
    ],
)
def test_a_wrong_question_is_one_line_and_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    result = _run(kpi.app, "show", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_day_that_is_none_is_refused_with_exit_code_2() -> None:
    result = _run(kpi.app, "show", "gate_vehicles", "--from", "2023-02-30", "--to", "2023-06-30")
    assert result.exit_code == 2
    assert "2023-02-30" in result.stderr


def test_people_see_the_names_of_gates_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Huu Nghi international" in _run(kpi.app, "show", "gate_vehicles", *HALF, "--by", "gate").stdout
    monkeypatch.setenv("IOC_LANG", "vi")
    shown = _run(kpi.app, "show", "gate_vehicles", *HALF, "--by", "gate").stdout
    assert "Cửa khẩu quốc tế Hữu Nghị" in shown
    assert "Phương tiện qua cửa khẩu số" in shown


def test_list_names_every_kpi() -> None:
    listed = json.loads(_run(kpi.app, "list", "--json").stdout)
    assert [one["kpi"] for one in listed] == list(load_definitions())
    assert "gate_vehicles" in _run(kpi.app, "list").stdout


def test_refresh_says_what_it_did() -> None:
    result = _run(kpi.app, "refresh", "gate_vehicles", "--json")
    assert json.loads(result.stdout) == [{"kpi": "gate_vehicles", "periods": 0, "revisions": 0}]
    assert _run(kpi.app, "refresh", "gate_vehicle").exit_code == 2


@pytest.mark.parametrize(("published", "verdict", "code"), [("3", "equal", 0), ("4", "differs", 3)])
def test_reconcile_ends_with_3_when_a_figure_differs(tmp_path: Path, published: str, verdict: str, code: int) -> None:
    file = tmp_path / "report.csv"
    file.write_text(
        "kpi,measure,breakdown,from,to,value,unit,note\n"
        f"gate_vehicles,vehicles,,2023-01-01,2023-06-30,{published},vehicles,\n"
        "postal_points,points,,2023-06-30,2023-06-30,319,points,\n",
        "utf-8",
    )
    result = _run(reconcile.app, "published", str(file), "--json")
    assert result.exit_code == code
    assert [one["verdict"] for one in json.loads(result.stdout)] == [verdict, "not_computable"]
    assert json.loads(result.stdout)[0]["difference"] == 3 - int(published)
    assert "not computable: 1" in result.stderr
    assert "KPI postal_points is not defined" in " ".join(_run(reconcile.app, "published", str(file)).stdout.split())
