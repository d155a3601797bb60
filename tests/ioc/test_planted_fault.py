"""An unknown code is refused, told, mended, replayed, reported and proved, by the commands that people use."""

import csv
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from audit import check_receipt
from tests.ioc import planted_fault
from tests.ioc.planted_fault import KPI, OFFICE, Story
from tests.postgres import Postgres

CALC = Path("/usr/lib/libreoffice/program/libsclo.so")
Told = tuple[Story, dict[str, Any]]


@pytest.fixture(scope="module")
def told(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with planted_fault.planted(tmp_path_factory.mktemp("story"), postgres.database(migrated=False)) as story:
        yield story, planted_fault.tell(story)


def test_records_with_the_unknown_codes_are_refused_and_the_figure_is_provisional(told: Told) -> None:
    _, found = told
    assert found["batch"]["quarantined"] > 100
    assert {rule for one in found["refused"] for rule in one["rules"]} == {"status_code:codes"}
    assert found["before"]["status"] == "provisional"


def test_an_incident_is_opened_and_the_office_gets_one_mail_that_says_what_to_do(told: Told) -> None:
    story, found = told
    assert [one["kind"] for one in found["incidents"]].count("quarantine") == 1
    [mail] = story.mails.taken[:1]
    body = mail.get_body(("plain",))
    assert body is not None
    assert mail["To"] == OFFICE
    assert "ioc quality replay" in body.get_content()


def test_the_plan_says_what_a_replay_would_accept_before_anything_is_written(told: Told) -> None:
    _, found = told
    plan, batch = found["plan"].json, found["batch"]
    assert {change["key"].rpartition(".")[2]: change["after"] for change in plan["changes"]} == planted_fault.UNKNOWN
    [replayable] = plan["replayable"]
    assert (replayable["batch_id"], replayable["refused"]) == (batch["batch_id"], batch["quarantined"])
    [replayed] = found["replayed"]
    assert replayed["quarantined"] == batch["quarantined"] - replayable["accepted"]


def test_the_replay_accepts_what_was_refused_and_the_figure_is_revised(told: Told) -> None:
    _, found = told
    [replayed] = found["replayed"]
    assert replayed["loaded"] > 100
    before, after = found["before"], found["after"]
    assert (before["revision"], after["revision"]) == (1, 2)
    assert after["status"] == "official"
    assert after["denominator"] > before["denominator"]


def test_the_incident_closes_itself_when_its_cause_is_gone(told: Told) -> None:
    _, found = told
    assert "quarantine" in [one["kind"] for one in found["resolved"]]


def test_the_report_holds_the_revised_figure(told: Told) -> None:
    story, found = told
    after = found["after"]
    text = "\n".join(p.text for p in docx.Document(str(story.folder / "report.docx")).paragraphs)
    assert f"{after['value']:.2f}".replace(".", ",") in text


def test_the_receipt_proves_the_revised_figure_without_the_hub(told: Told) -> None:
    _, found = told
    receipt, after = found["receipt"], found["after"]
    assert (receipt["kpi"], receipt["revision"]) == (KPI, "2")
    assert float(receipt["denominator"]) == after["denominator"]


def test_the_report_on_quality_has_the_receipt_and_formulas_that_give_the_same_again(
    told: Told, tmp_path: Path
) -> None:
    story, found = told
    attached = PdfReader(str(story.folder / "quality.pdf")).attachments
    receipt = check_receipt.check(attached[f"receipt-{KPI}.txt"][0].decode().strip(), found["key"])
    assert float(receipt["denominator"]) == found["after"]["denominator"]
    batches = list(csv.DictReader(io.StringIO(attached["batches.csv"][0].decode("utf-8-sig"))))
    assert [row["feed"] for row in batches] == ["dvc.dossiers"]


@pytest.mark.skipif(not CALC.exists(), reason="LibreOffice Calc is missing; .ci/run installs it")
def test_libreoffice_opens_the_workbook_and_computes_the_same_values(told: Told, tmp_path: Path) -> None:
    story, _ = told
    given = story.folder / "quality.xlsx"
    subprocess.run(
        [
            *("soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--norestore"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path), str(given)),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    kept, computed = (load_workbook(file, data_only=True) for file in (given, tmp_path / "quality.xlsx"))
    formulas = load_workbook(given)
    count = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    count += 1
                    one, other = (book[sheet.title][cell.coordinate].value for book in (kept, computed))
                    assert float(str(other)) == pytest.approx(float(str(one)), rel=1e-9), (sheet.title, cell.coordinate)
    assert count > 8


def test_the_trail_tells_every_act_and_verifies(told: Told) -> None:
    _, found = told
    acts = {one["act"] for one in found["trail"]}
    assert {"load", "figures", "incident", "plan", "replay", "report", "export"} <= acts
    assert found["verified"].code == 0, found["verified"].printed
