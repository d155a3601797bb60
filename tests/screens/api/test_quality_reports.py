"""The report on data quality as a document and a workbook: what it says is what the warehouse holds, within the rights
of who takes it."""

import csv
import io
from hashlib import sha256
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.screens.api.conftest import Get
from tests.screens.api.hub import World
from warehouse.database import connect

QUARTER = {"from": "2023-01-01", "to": "2023-03-31"}
PDF, XLSX = "/reports/quality.pdf", "/reports/quality.xlsx"


def rows(world: World, query: str) -> list[tuple[Any, ...]]:
    with connect(world.url, "owner") as owner:
        return owner.execute(query.encode()).fetchall()


def attached(pdf: bytes, name: str) -> list[dict[str, str]]:
    [body] = PdfReader(io.BytesIO(pdf)).attachments[name]
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_its_tables_are_attached_and_say_what_the_ledger_says(get: Get, world: World) -> None:
    answer = get(PDF, **QUARTER)
    assert answer.status_code == 200, answer.text
    known = rows(
        world,
        "select source || '.' || feed, count(*) filter (where status = 'published'), sum(fetched)::int from"
        " serving.batches join serving.provinces using (province_id) where province = 'H37' and last_day >="
        " '2023-01-01' and first_day <= '2023-03-31' group by 1 order by 1",
    )
    assert known
    told = attached(answer.content, "batches.csv")
    assert [(row["feed"], int(row["published"]), int(row["fetched"] or 0)) for row in told] == [
        (feed, published, fetched or 0) for feed, published, fetched in known
    ]


def test_its_kpis_are_those_of_the_api(get: Get) -> None:
    told = {row["kpi"]: row for row in attached(get(PDF, **QUARTER).content, "figures.csv")}
    shown = {one["kpi"]: one for one in get("/board", period="2023-Q1").json()["figures"]}
    assert set(told) == set(shown)
    for kpi in ("gate_vehicles", "base_stations"):
        assert (told[kpi]["status"], float(told[kpi]["value"])) == (shown[kpi]["status"], shown[kpi]["value"])


def test_it_is_an_archive_document_that_a_screen_reader_can_read(get: Get) -> None:
    reader = PdfReader(io.BytesIO(get(PDF, **QUARTER).content))
    root: Any = reader.trailer["/Root"]
    metadata = root["/Metadata"].get_data()
    assert b"pdfaid:part>3" in metadata
    assert b"pdfuaid:part>1" in metadata
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"]) == (True, "vi")
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Lạng Sơn" in text


def test_formulas_of_the_workbook_stand_beside_their_values(get: Get) -> None:
    body = get(XLSX, **QUARTER).content
    formulas, values = (load_workbook(io.BytesIO(body), data_only=only) for only in (False, True))
    batches = next(
        sheet
        for sheet in formulas
        if sheet["A1"].value == values[sheet.title]["A1"].value and "B2" and sheet.max_column == 9
    )
    last = batches.max_row
    assert batches.cell(last, 5).value == f"=SUM(E2:E{last - 1})"
    told = [int(str(values[batches.title].cell(row, 5).value)) for row in range(2, last)]
    assert values[batches.title].cell(last, 5).value == sum(told)


@pytest.mark.parametrize("caller", ["town", "far", "office", "press", "reads", "wall"])
@pytest.mark.parametrize("path", [PDF, XLSX])
def test_who_sees_a_part_of_the_province_gets_none(get: Get, world: World, caller: str, path: str) -> None:
    before = rows(world, "select count(*) from ledger.entry where act = 'report'")
    assert get(path, caller, **QUARTER).status_code == 403
    assert rows(world, "select count(*) from ledger.entry where act = 'report'") == before


def test_the_trail_keeps_who_took_it_and_its_hash(get: Get, world: World) -> None:
    body = get(PDF, **QUARTER).content
    [(actor, subject, hashed)] = rows(
        world,
        "select actor, subject, body::jsonb -> 'after' ->> 'sha256' from ledger.entry where act = 'report'"
        " order by entry_id desc limit 1",
    )
    assert (actor, hashed) == ("account:whole", sha256(body).hexdigest())
    assert subject == "report/quality/quality-H37-2023-01-01_2023-03-31.pdf"


def test_days_are_needed(get: Get) -> None:
    assert get(PDF).status_code == 422
