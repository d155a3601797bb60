"""What a person or a script gets from `ioc kpi`."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from ioc import kpi
from ioc.output import Terminal
from kpis.definition import load_definitions
from tests.installation import refresh
from tests.kpis.facts import Facts
from warehouse.database import connect

HALF = ("--from", "2023-01-01", "--to", "2023-06-30")


@pytest.fixture(scope="module")
def vehicles(warehouse_url: str) -> str:
    """A warehouse with three vehicles through two gates, and a dossier of a commune that was split later."""
    with connect(warehouse_url, "owner") as connection:
        facts = Facts(connection)
        facts.publish("gate.vehicles")
        moment = {"processed_at": "2023-03-01T08:00:00+07:00"}
        facts.add(
            "fact_vehicle",
            [moment, moment | {"direction": "import"}, moment | {"gate_code": "tan_thanh", "declared_online": False}],
        )
        facts.publish("dvc.dossiers")
        facts.add("fact_dossier", [{"received_at": "2023-03-01T08:00:00+07:00", "area": "06625"}])
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
    monkeypatch.setattr("ioc.output.out", Terminal(width=250))


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


def test_figures_can_be_carried_to_the_areas_of_today() -> None:
    ask = ("online_dossier_rate", *HALF, "--measure", "received")
    [then] = _show(*ask, "--by", "area")["rows"]
    assert (then["breakdown"], then["value"]) == ({"area": "06625"}, 1)
    assert (then["area_name"], then["area_valid_from"]) == ("Xã Kiên Mộc", "2020-01-01")
    today = _show(*ask, "--by", "area", "--areas", "today")["rows"]
    assert [(row["area_name"], row["value"], row["is_estimated"]) for row in today] == [
        ("Xã Kiên Mộc", 0.5, True),
        ("Xã Châu Sơn", 0.5, True),
    ]
    asked = _show(*ask, "--area", "06637", "--areas", "today")
    assert (asked["value"], asked["is_estimated"]) == (0.5, True)
    assert "is_estimated" not in _show(*ask, "--area", "06625")
    table = _run(kpi.app, "show", *ask, "--by", "area", "--areas", "today").stdout
    assert "Xã Châu Sơn (06637)" in table
    assert "estimated" in table


def test_a_target_comes_with_how_much_of_it_is_attained() -> None:
    declared = _show("gate_vehicles", *HALF, "--measure", "declared_online")
    assert round(declared["attainment"], 2) == 66.67
    table = _run(kpi.app, "show", "gate_vehicles", *HALF, "--measure", "declared_online").stdout
    assert "target of the year │ 100" in table
    assert "of the target      │ 66.7 %" in table


def test_a_period_is_written_as_people_do() -> None:
    for written in ("2023-H1", "2023-06-ytd"):
        shown = _show("gate_vehicles", "--period", written)
        assert (shown["from"], shown["to"], shown["value"]) == ("2023-01-01", "2023-06-30", 3)


def test_a_comparison_says_what_it_compares_with_and_why_it_cannot() -> None:
    shown = _show("gate_vehicles", "--period", "2023-03", "--compare")
    assert shown["previous"] == {
        "from": "2023-02-01",
        "to": "2023-02-28",
        "value": 0,
        "difference": 3,
        "unit": "vehicles",
        "percent": None,
        "reason": "it was 0 then: there is nothing to grow from",
    }
    assert shown["year_ago"]["difference"] is None
    assert shown["year_ago"]["reason"] == "data begin on 2022-12-31"
    assert "previous" not in _show("gate_vehicles", "--period", "2023-03")
    table = _run(kpi.app, "show", "gate_vehicles", "--period", "2023-03", "--compare").stdout
    assert "beside the period before │ +3" in table
    assert "beside a year ago        │ — (data begin on 2022-12-31)" in table


def test_the_last_periods_are_a_series() -> None:
    shown = _show("gate_vehicles", "--last", "3", "--freq", "month", "--to", "2023-04-15")
    assert [(one["from"], one["value"]) for one in shown["series"]] == [
        ("2023-02-01", 0),
        ("2023-03-01", 3),
        ("2023-04-01", 0),
    ]
    assert shown["series"][2]["previous"]["percent"] == -100
    assert (shown["from"], shown["value"]) == ("2023-04-01", 0)
    table = _run(kpi.app, "show", "gate_vehicles", "--last", "3", "--to", "2023-04-15").stdout
    assert "-3 (-100 %)" in table


def test_a_series_that_names_no_day_ends_with_the_data() -> None:
    said = _run(kpi.app, "show", "gate_vehicles", "--last", "2", "--freq", "year", "--json")
    assert [one["from"] for one in json.loads(said.stdout)["series"]] == ["2022-01-01", "2023-01-01"]
    assert said.stderr.strip() == "Up to 30 Jun 2023, the last day with data"


def test_missing_data_are_null_with_a_reason() -> None:
    shown = _show("base_stations", *HALF)
    assert (shown["value"], shown["status"]) == (None, "missing")
    assert shown["reason"] == "nothing of telecom.stations was ever loaded"


def test_as_of_a_day_before_the_first_word_there_is_none() -> None:
    assert _show("gate_vehicles", *HALF, "--as-of", "2023-06-30")["value"] is None
    assert _show("gate_vehicles", *HALF, "--as-of", "2199-01-01")["value"] == 3


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
        (("gate_vehicles",), "Say the days: --from DAY --to DAY, or --period 2023-06."),
        (("gate_vehicles", "--from", "2023-01-01"), "Say the days"),
        (("gate_vehicles", *HALF, "--period", "2023"), "Say the days in one way"),
        (("gate_vehicles", *HALF, "--last", "3"), "Say the days in one way"),
        (("gate_vehicles", *HALF, "--freq", "month"), "--freq is the kind of period of --last N"),
        (("gate_vehicles", "--last", "3", "--freq", "week"), "--freq week: there are month, quarter, half, year, ytd"),
        (("gate_vehicles", "--period", "2023-13"), "'2023-13' is not a period; write 2023-06, 2023-Q2, 2023-H1, 2023,"),
        (("gate_vehicles", *HALF, "--areas", "now"), "--areas now: there are then, today."),
        (
            ("gate_vehicles", *HALF, "--by", "gate", "--as-of", "2023-06-30"),
            "--as-of knows the KPI's own figure of one period",
        ),
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
    assert {
        target["year"]: target["target"]
        for one in listed
        for target in one["targets"]
        if one["kpi"] == "telecom_revenue"
    } == {
        2023: 950,
        2024: 970,
    }


def test_people_see_all_kpis_with_star_direction_target_and_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = _run(kpi.app, "list").stdout
    assert f"{len(load_definitions())} KPIs" in shown
    assert shown.count("│ ↑★ │") + shown.count("│ ↓★ │") == 8
    [line] = [line for line in shown.splitlines() if "security_threats" in line]
    assert "↓" in line
    [line] = [line for line in shown.splitlines() if "telecom_revenue" in line]
    assert "2023: 950" in line
    assert "so-thong-tin-va-truyen-thong" in line
    monkeypatch.setenv("IOC_GOVERNMENT_KPIS", "security_threats")
    shown = _run(kpi.app, "list").stdout
    assert (shown.count("│ ↑★ │"), shown.count("│ ↓★ │")) == (0, 1)
    monkeypatch.setenv("IOC_PROVINCE", "H59")
    monkeypatch.setenv("IOC_AREA", "84")
    assert "2023: 950" not in _run(kpi.app, "list").stdout


def test_refresh_says_what_it_did() -> None:
    result = _run(kpi.app, "refresh", "gate_vehicles", "--json")
    assert json.loads(result.stdout) == [{"kpi": "gate_vehicles", "periods": 0, "revisions": 0}]
    assert _run(kpi.app, "refresh", "gate_vehicle").exit_code == 2
