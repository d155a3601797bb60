"""What a person or a script gets from `ioc kpi explain` and `ioc audit record`."""

import json
from pathlib import Path
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from typer import Typer
from typer.testing import CliRunner, Result

from ioc import audit, kpi, quality
from ioc.output import Terminal
from tests.kpis.facts import Facts
from warehouse.database import connect

JANUARY = ("--from", "2023-01-01", "--to", "2023-01-31")


@pytest.fixture(scope="module")
def dossiers(warehouse_url: str) -> str:
    """A warehouse with three dossiers on thirty pages, and one that was refused."""
    with connect(warehouse_url, "owner") as connection:
        facts = Facts(connection)
        batch = facts.publish("dvc.dossiers")
        moment = {"received_at": "2023-01-05T08:00:00+07:00", "batch_id": batch}
        facts.add(
            "fact_dossier",
            [
                moment | {"dossier_code": f"D{page:02}", "page_number": page, "channel_code": "online"}
                for page in range(30)
            ],
        )
        said = {"dossier_code": "D99", "channel_code": "direct"}
        connection.execute(
            "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, fact,"
            " fact_row) select batch_id, 1, 1, 'D99', '[\"level:range\"]', '{}', 'fact_dossier', to_jsonb(f) || %s"
            " from warehouse.fact_dossier f limit 1",
            [Jsonb(said)],
        )
        connection.execute(
            "insert into quality.rule_result values"
            " (%s, 'level:range', 'reject', 'x', true, false, 31, 1, null, 'Mức độ: từ 2 đến 4', 'level: from 2 to 4')",
            [batch],
        )
        connection.commit()
    return warehouse_url


@pytest.fixture(autouse=True)
def settings(dossiers: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", dossiers)
    monkeypatch.setenv("IOC_LANG", "en")
    for name in ("IOC_GATEWAY_URL", "IOC_CLIENT_SECRET", "IOC_HMAC_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("ioc.output.out", Terminal(width=250))
    monkeypatch.setattr("ioc.explain.out", Terminal(width=250))


def run(app: Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def told(app: Typer, *arguments: str) -> dict[str, Any]:
    result = run(app, *arguments, "--json")
    assert result.exit_code == 0, result.output
    shown: dict[str, Any] = json.loads(result.stdout)
    return shown


def test_explain_prints_all_pages_as_json_and_the_first_twenty_to_people() -> None:
    shown = told(kpi.app, "explain", "online_dossier_rate", *JANUARY, "--rows", "2")
    assert (shown["value"], shown["numerator"], len(shown["pages"]), len(shown["batches"])) == (100, 30, 30, 1)
    assert [row["dossier_code"] for row in shown["fact_rows"]] == ["D00", "D01"]
    assert shown["definition"]["numerator"] == "count(*) filter (where channel = 'online')"
    assert shown["definition"]["name"]["en"] == "Dossiers received online"
    assert shown["refused"]["by_rule"] == {"level:range": 1}
    assert round(shown["refused"]["value"], 2) == 96.77
    result = run(kpi.app, "explain", "online_dossier_rate", *JANUARY)
    assert "and 10 pages more" in result.stderr
    assert "1 records refused; with them: 96.77 % (30 ÷ 31)" in result.stdout
    assert "30 = count(*) filter (where channel = 'online')" in result.stdout
    assert 'from "serving"."dossiers" as r' in result.stdout


def test_a_period_may_be_named_instead_of_its_days() -> None:
    named = told(kpi.app, "explain", "online_dossier_rate", "--period", "2023-01")
    assert named == told(kpi.app, "explain", "online_dossier_rate", *JANUARY)


def test_explain_speaks_vietnamese_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IOC_LANG")
    shown = run(kpi.app, "explain", "online_dossier_rate", *JANUARY).stdout
    assert "Tỷ lệ hồ sơ tiếp nhận trực tuyến" in shown
    assert "Các lô đã đưa bản ghi vào" in shown
    assert "1 bản ghi bị cách ly; nếu tính cả" in shown


def test_a_figure_that_is_missing_is_explained_by_its_reason() -> None:
    result = run(kpi.app, "explain", "base_stations", *JANUARY)
    assert result.exit_code == 0
    assert "nothing of telecom.stations was ever loaded" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gate_vehicle", *JANUARY), "did you mean gate_vehicles?"),
        (("online_dossier_rate", *JANUARY, "--measure", "recieved"), "did you mean received?"),
        (("online_dossier_rate", "--from", "2023-02-01", "--to", "2023-01-01"), "is reversed"),
        (("online_dossier_rate",), "Say the days: --from DAY --to DAY, or --period 2023-06."),
        (("online_dossier_rate", *JANUARY, "--period", "2023-01"), "Say the days in one way"),
    ],
)
def test_a_wrong_question_is_one_line_and_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    result = run(kpi.app, "explain", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_rules_behind_a_batch_are_told_with_what_broke_them() -> None:
    [batch] = told(kpi.app, "explain", "online_dossier_rate", *JANUARY)["batches"]
    assert batch["broken_rules"] == [{"rule": "level:range", "failed": 1, "severity": "reject"}]
    assert "level:range (1)" in run(kpi.app, "explain", "online_dossier_rate", *JANUARY).stdout
    shown = run(quality.app, "show", str(batch["batch_id"]), "--json")
    assert [(one["rule_id"], one["failed"]) for one in json.loads(shown.stdout)] == [("level:range", 1)]


@pytest.mark.parametrize(("language", "meaning"), [("vi", "Mức độ: từ 2 đến 4"), ("en", "level: from 2 to 4")])
def test_what_a_rule_wants_is_told_in_the_asked_language(
    language: str, meaning: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IOC_LANG", language)
    [batch] = told(kpi.app, "explain", "online_dossier_rate", *JANUARY)["batches"]
    [rule] = json.loads(run(quality.app, "show", str(batch["batch_id"]), "--json").stdout)
    assert rule["description"] == meaning


def test_a_record_is_told_with_the_figures_it_counts_in() -> None:
    shown = told(audit.app, "record", "D07")
    assert [row["page_number"] for row in shown["rows"]] == [7]
    counted = {(one["kpi"], one["measure"]): one["numerator"] for one in shown["counted_in"]}
    assert counted["online_dossier_rate", "rate"] == 1
    assert counted["online_dossier_rate", "direct_rate"] == 0
    assert "online_dossier_rate" in run(audit.app, "record", "D07").stdout


def test_a_refused_record_is_told_with_its_rules_and_an_unknown_one_ends_with_exit_code_1() -> None:
    assert told(audit.app, "record", "D99")["refused"][0]["rules"] == ["level:range"]
    assert "level:range" in run(audit.app, "record", "D99").stdout
    unknown = run(audit.app, "record", "nowhere")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
