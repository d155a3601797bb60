"""What a person or a script gets from `ioc reconcile`."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from ioc import reconcile
from ioc.output import Terminal
from tests.kpis.facts import Facts
from tests.reports.reports import DAY, HALF_YEAR, HEADER
from warehouse.database import connect

VEHICLES = f"gate_vehicles,vehicles,{{}},{HALF_YEAR},{{}},vehicles,\n"
CONTRADICTORY = VEHICLES.format("", 5) + VEHICLES.format("direction=export", 2) + VEHICLES.format("direction=import", 2)


@pytest.fixture(scope="module")
def vehicles(warehouse_url: str) -> str:
    """Three vehicles, two of them out; and what the platform says that it counted."""
    with connect(warehouse_url, "owner") as connection:
        facts = Facts(connection)
        batch = facts.publish("gate.vehicles")
        moment = {"processed_at": "2023-03-01T08:00:00+07:00"}
        facts.add("fact_vehicle", [moment, moment, moment | {"direction": "import"}])
        for first, last, slice_, platform, hub in [
            ("2023-01-01", "2023-01-31", "", 8, 7),
            ("2023-01-01", "2023-01-31", "", 7, 7),
            ("2023-02-01", "2023-02-28", "", 5, 5),
            ("2023-03-01", "2023-03-31", "gate=huu_nghi", 3, 4),
        ]:
            connection.execute(
                "insert into quality.reconciliation (batch_id, measure, breakdown, first_day, last_day, source_value,"
                " hub_value, severity, equal, correlation_id) values (%s, 'gate_vehicles.vehicles', %s, %s, %s, %s, %s,"
                " 'warn', %s, 'c0ffee')",
                (batch, slice_, first, last, platform, hub, platform == hub),
            )
        connection.commit()
    return warehouse_url


@pytest.fixture(autouse=True)
def settings(vehicles: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_WAREHOUSE_URL", vehicles)
    monkeypatch.setenv("IOC_LANG", "en")
    monkeypatch.setattr("ioc.output.out", Terminal(width=250))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(reconcile.app, list(arguments))


def _published(tmp_path: Path, rows: str, *arguments: str) -> Result:
    file = tmp_path / "report.csv"
    file.write_text(HEADER + rows, "utf-8")
    return _run("published", str(file), *arguments)


@pytest.mark.parametrize(("value", "verdict", "code"), [("3", "equal", 0), ("4", "differs", 3)])
def test_it_ends_with_3_when_a_figure_differs(tmp_path: Path, value: str, verdict: str, code: int) -> None:
    rows = VEHICLES.format("", value) + f"soil_samples,files,,{DAY},30237,files,\n"
    result = _published(tmp_path, rows, "--json")
    assert result.exit_code == code, result.output
    printed = json.loads(result.stdout)
    assert [one["verdict"] for one in printed["figures"]] == [verdict, "not_computable"]
    assert printed["figures"][0]["difference"] == 3 - int(value)
    assert printed["counts"][verdict] == printed["counts"]["not_computable"] == 1
    assert "not computable: 1" in result.stderr
    assert "KPI soil_samples is not defined" in " ".join(_published(tmp_path, rows).stdout.split())


def test_a_figure_that_the_report_itself_contradicts_does_not_end_with_3(tmp_path: Path) -> None:
    contradicted = CONTRADICTORY.replace("import,2023-01-01,2023-06-30,2", "import,2023-01-01,2023-06-30,1")
    result = _published(tmp_path, contradicted, "--json")
    assert result.exit_code == 0
    printed = json.loads(result.stdout)
    assert [one["verdict"] for one in printed["figures"]] == ["differs", "equal", "equal"]
    assert [one["findings"] for one in printed["figures"]] == [[1], [], []]
    assert printed["findings"] == [
        {
            "finding": 1,
            "kind": "sum",
            "is_contradiction": True,
            "arithmetic": "5 ≠ 2 + 1 = 3",
            "figures": [2, 3, 4],
            "contradicted": [2],
            "in_doubt": [2],
        }
    ]
    assert "the report contradicts itself: 1 findings, 1 figures in doubt" in result.stderr


CASES = f"feedback_resolved_rate,received,{{}},{HALF_YEAR},{{}},cases,\n"


def test_a_remark_is_printed_and_excuses_no_difference(tmp_path: Path) -> None:
    result = _published(tmp_path, VEHICLES.format("", 3000), "--json")
    assert result.exit_code == 3
    printed = json.loads(result.stdout)
    assert printed["findings"] == [
        {
            "finding": 1,
            "kind": "unit",
            "is_contradiction": False,
            "arithmetic": "the hub has 3: published is 1,000 times as much",
            "figures": [2],
            "contradicted": [2],
            "in_doubt": [],
        }
    ]
    assert (printed["counts"]["findings"], printed["counts"]["remarks"]) == (0, 1)
    assert "differs: 1; remarks: 1" in " ".join(result.stderr.split())
    table = " ".join(_published(tmp_path, VEHICLES.format("", 3000)).stdout.split())
    assert "Remarks" in table
    assert "The report contradicts itself" not in table


def test_parts_that_leave_something_over_do_not_end_with_3(tmp_path: Path) -> None:
    rows = CASES.format("", 200) + CASES.format("status=resolved", 80) + CASES.format("status=in_progress", 115)
    result = _published(tmp_path, rows, "--json")
    assert result.exit_code == 0, result.output
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["kind"] == "uncovered"
    assert finding["figures"] == [2, 3, 4]
    assert finding["arithmetic"].startswith(
        "200 > 80 + 115 = 195; named parts do not cover the whole: 5 missing; nothing of feedback.cases"
    )


def test_a_figure_of_after_the_report_is_explained_by_that(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    file.write_text(HEADER.strip() + ",reported\n" + VEHICLES.format("", 4).strip() + ",2023-05-15\n", "utf-8")
    result = _run("published", str(file), "--json")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert [(each["verdict"], each["findings"]) for each in printed["figures"]] == [("differs", [1])]
    assert [finding["kind"] for finding in printed["findings"]] == ["period"]


def test_a_change_says_since_when_it_is(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    change = "gate_vehicles,vehicles,,2023-03-01,2023-03-31,3,vehicles,,2023-02-01,2023-02-28\n"
    file.write_text(HEADER.strip() + ",base_from,base_to\n" + change, "utf-8")
    result = _run("published", str(file))
    assert result.exit_code == 0, result.output
    assert ", since " in " ".join(result.stdout.split())
    (figure,) = json.loads(_run("published", str(file), "--json").stdout)["figures"]
    assert (figure["verdict"], figure["base"]) == ("equal", ["2023-02-01", "2023-02-28"])


def test_a_distance_from_a_target_says_so(tmp_path: Path) -> None:
    file, out = tmp_path / "report.csv", tmp_path / "out.xlsx"
    file.write_text(HEADER.strip() + f",over\ngate_vehicles,vehicles,,{DAY},-3,vehicles,,target\n", "utf-8")
    result = _run("published", str(file), "--xlsx", str(out))
    assert result.exit_code == 0, result.output
    assert "over the target" in " ".join(result.stdout.split())
    (figure,) = json.loads(_run("published", str(file), "--json").stdout)["figures"]
    assert (figure["verdict"], figure["over_target"]) == ("not_computable", True)
    assert figure["reason"] == "there is no target of 2023 for this figure"
    assert list(load_workbook(out)["Figures"].values)[1][17] == "target of the year"


def test_a_contradiction_excuses_no_part_that_differs(tmp_path: Path) -> None:
    result = _published(tmp_path, CONTRADICTORY)
    assert result.exit_code == 3
    table = " ".join(result.stdout.split())
    assert "5 ≠ 2 + 2 = 4" in table
    assert "differs" in table


def test_a_file_or_province_that_is_not_there_is_told_without_a_traceback(tmp_path: Path) -> None:
    from hub.errors import Abort

    missing = _run("published", str(tmp_path / "none.csv"))
    assert isinstance(missing.exception, Abort)
    assert "none.csv cannot be read" in str(missing.exception)
    assert _published(tmp_path, CONTRADICTORY, "--province", "H99").exit_code == 2


def test_a_text_of_the_file_is_not_taken_for_markup(tmp_path: Path) -> None:
    result = _published(tmp_path, f"[/red],x,,{DAY},1,[bold],\n")
    assert result.exit_code == 0, result.output
    assert "[/red]" in result.stdout


def _workbook(tmp_path: Path, rows: str) -> Any:
    out = tmp_path / "out.xlsx"
    result = _published(tmp_path, rows, "--xlsx", str(out))
    assert out.exists(), result.output
    return load_workbook(out)


def test_the_workbook_holds_numbers_verdicts_and_findings(tmp_path: Path) -> None:
    book = _workbook(tmp_path, CONTRADICTORY)
    assert book.sheetnames == ["Figures", "Findings", "About"]
    figures, findings, about = (list(sheet.iter_rows(values_only=True)) for sheet in book)
    assert figures[1][6:10] == (5, 3, -2, -40)
    assert figures[1][11:13] == ("differs", "1")
    assert [row[11] for row in figures[1:]] == ["differs", "equal", "differs"]
    assert figures[1][4].date() == date(2023, 1, 1)
    assert findings[1] == (1, "sum of parts", "gate_vehicles", "vehicles", None, "5 ≠ 2 + 2 = 4", "2, 3, 4", "2")
    facts = dict(about)
    assert facts["File"] == "report.csv"
    assert len(facts["SHA-256"]) == 64
    assert facts["Province"] == "H37"
    assert facts["The hub's data as of"].date() == date(2023, 6, 30)
    assert facts["Contradictions in the report"] == 1
    sheet = book["Figures"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:R4"
    colours = {row[11].value: row[11].fill.fgColor.rgb for row in sheet.iter_rows(2)}
    assert len(set(colours.values())) == 2
    assert all(dimension.width > 3 for dimension in sheet.column_dimensions.values())


def test_the_workbook_speaks_vietnamese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "vi")
    book = _workbook(tmp_path, CONTRADICTORY)
    assert book.sheetnames == ["Số liệu", "Phát hiện", "Thông tin"]
    assert book["Số liệu"]["L2"].value == "khác"
    assert book["Phát hiện"]["F2"].value == "5 ≠ 2 + 2 = 4"


def test_no_text_of_a_file_becomes_a_formula(tmp_path: Path) -> None:
    book = _workbook(
        tmp_path, f"=1+1,@SUM(A1),+x=-1,{DAY},1,=cmd|' /C calc'!A0,\n" + "a\x07b,x,,2023-01-01,2023-01-01,1,-1,\n"
    )
    cells = [cell for row in book["Figures"].iter_rows(2) for cell in row if isinstance(cell.value, str)]
    assert [cell.value for cell in cells[:4]] == ["=1+1", "@SUM(A1)", "+x=-1", "=cmd|' /C calc'!A0"]
    assert all(cell.data_type == "s" for cell in cells)
    assert all(cell.quotePrefix for cell in cells[:4])
    assert book["Figures"]["B3"].value == "a\ufffdb"


def test_a_workbook_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    from hub.errors import Abort

    result = _published(tmp_path, CONTRADICTORY, "--xlsx", str(tmp_path / "none" / "out.xlsx"))
    assert isinstance(result.exception, Abort)
    assert "cannot be written" in str(result.exception)


def test_the_newest_control_totals_stand_beside_the_hubs_counts() -> None:
    result = _run("source", "gate", "--json")
    assert result.exit_code == 3
    totals = json.loads(result.stdout)
    assert [(t["from"], t["breakdown"], t["source_value"], t["hub_value"], t["is_equal"]) for t in totals] == [
        ("2023-01-01", "", 7, 7, True),
        ("2023-02-01", "", 5, 5, True),
        ("2023-03-01", "gate=huu_nghi", 3, 4, False),
    ]
    assert "3 totals, 1 differ" in result.stderr
    assert "differs +1" in " ".join(_run("source").stdout.split())


def test_control_totals_of_the_asked_days() -> None:
    result = _run("source", "gate", "--from", "2023-01-15", "--to", "2023-02-10", "--json")
    assert result.exit_code == 0
    assert [total["from"] for total in json.loads(result.stdout)] == ["2023-01-01", "2023-02-01"]
    assert json.loads(_run("source", "dvc", "--json").stdout) == []


@pytest.mark.parametrize("wrong", [("nobody",), ("gate", "--from", "2023-02-01", "--to", "2023-01-01")])
def test_a_wrong_question_about_sources_ends_with_2(wrong: tuple[str, ...]) -> None:
    assert _run("source", *wrong).exit_code == 2
