"""Files that leave the hub: readable by the programs that people have, harmless to them, and logged."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from screens.api.files import COLUMNS, MAIN
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get, asking
from tests.screens.api.hub import EVIL, World
from warehouse.database import connect

PATH = "/kpis/online_dossier_rate/observations"


@pytest.fixture
def renamed(world: World) -> Iterator[Get]:
    """Of a hub with an area whose name a spreadsheet would run."""
    with connect(world.url, "owner") as owner:
        row = owner.execute("select name from warehouse.dim_area where code = '20' and level = 'province'").fetchone()
        assert row is not None
        owner.execute("update warehouse.dim_area set name = %s where code = '20' and level = 'province'", [EVIL])
        owner.commit()
        with TestClient(create_app(ScreenSettings(world.url, "H37", CATALOGUE))) as client:
            yield asking(client, world)
        owner.execute("update warehouse.dim_area set name = %s where code = '20' and level = 'province'", [row[0]])
        owner.commit()


def table(get: Get, **query: Any) -> list[dict[str, str]]:
    answer = get(f"{PATH}.csv", **query)
    assert answer.status_code == 200
    assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel takes a file without the mark for another alphabet"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_csv_says_what_json_says(get: Get) -> None:
    rows = table(get, period="2023-01", by="organisation")
    shown = get(PATH, period="2023-01", by="organisation").json()["data"]
    assert [(row["breakdown"], row["numerator"], row["denominator"]) for row in rows] == [
        (row["breakdown"], str(row["numerator"]), str(row["denominator"])) for row in shown
    ]
    assert float(rows[0]["value"]) == pytest.approx(shown[0]["value"])
    assert rows[0]["from"] == "2023-01-01"
    assert rows[0]["recorded_at"].endswith("+07:00")
    missing = table(get, period="2021-01")
    assert (missing[0]["value"], missing[0]["status"]) == ("", "missing")


def test_a_name_that_is_a_formula_runs_nowhere(renamed: Get) -> None:
    assert table(renamed, period="2023-01")[0]["area_name"] == f"'{EVIL}"
    sheet = load_workbook(io.BytesIO(renamed(f"{PATH}.xlsx", period="2023-01").content)).worksheets[0]
    cell = sheet.cell(2, MAIN.index("area_name") + 1)
    assert (cell.value, cell.data_type) == (EVIL, "s")


@pytest.mark.parametrize(
    ("lang", "title", "sheets"),
    [("vi", "Giá trị", ["Số liệu", "Định nghĩa", "Giải thích"]), ("en", "Value", ["Figures", "Definitions", "About"])],
)
def test_a_workbook_holds_numbers_and_days_as_such(get: Get, lang: str, title: str, sheets: list[str]) -> None:
    answer = get(f"{PATH}.xlsx", period="2023-01", lang=lang, columns="all")
    assert 'filename="online_dossier_rate.xlsx"' in answer.headers["Content-Disposition"]
    book = load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == sheets
    head, row = book.worksheets[0].iter_rows(values_only=True)
    read = dict(zip(COLUMNS, row, strict=True))
    assert head[list(COLUMNS).index("value")] == title
    assert (read["numerator"], read["denominator"]) == (9, 17)
    assert read["from"] == datetime(2023, 1, 1)


def test_a_workbook_defines_what_it_holds_and_leads_to_its_page(get: Get) -> None:
    book = load_workbook(io.BytesIO(get(f"{PATH}.xlsx", period="2023-01", lang="en").content))
    head, row = book["Definitions"].iter_rows(values_only=True)
    said = dict(zip(head, row, strict=True))
    assert (said["KPI"], said["KPI code"], said["Unit"]) == ("Dossiers received online", "online_dossier_rate", "%")
    assert said["How it is computed"] == "Numerator ÷ Denominator × 100"
    assert str(said["Basis"]).startswith("Portal interface: received = day of receipt")
    assert said["Sources"] == "Cổng dịch vụ công và hệ thống một cửa"
    assert said["Version of the definition"] == 1
    about = {str(name): str(value) for name, value in book["About"].iter_rows(values_only=True)}
    assert about["Address"].endswith("/kpis/online_dossier_rate?from=2023-01-01&to=2023-01-31")


@pytest.mark.parametrize(
    ("lang", "expected"),
    [("vi", ("kênh tiếp nhận: Trực tuyến", "Chính thức")), ("en", ("channel: Online", "Official"))],
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_people_get_the_main_columns_in_their_words(get: Get, form: str, lang: str, expected: tuple[str, str]) -> None:
    asked = {"period": "2023-01", "where": "channel=online", "lang": lang}
    answer = get(f"{PATH}.{form}", **asked, **({"columns": "main"} if form == "csv" else {}))
    head: Sequence[Any]
    row: Sequence[Any]
    if form == "csv":
        head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    else:
        head, row = load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
    assert len(head) == len(MAIN)
    said = dict(zip(MAIN, row, strict=True))
    assert (said["breakdown"], said["status"]) == expected
    assert said["area_name"] == "Tỉnh Lạng Sơn"
    assert not {*head} & {*COLUMNS}, "no word of a machine"


def test_all_columns_are_given_on_request(get: Get) -> None:
    answer = get(f"{PATH}.csv", period="2023-01", columns="all", lang="en")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    assert len(row) == len(COLUMNS)
    assert (row["Origin"], row["Estimated"], row["Numerator"]) == ("published", "no", "9")


def test_machines_get_what_they_always_got(get: Get) -> None:
    [row] = table(get, period="2023-01", where="channel=online")
    assert list(row) == list(COLUMNS)
    assert (row["breakdown"], row["status"], row["origin"]) == ("channel=online", "official", "published")


def test_the_description_names_every_column_of_the_file(get: Get) -> None:
    said = get(f"{PATH}.metadata.json", period="2023-01").json()
    names = [column["name"] for column in said["tableSchema"]["columns"]]
    assert names == list(table(get, period="2023-01")[0])
    assert said["url"] == "observations.csv?period=2023-01"
    assert said["dc:title"]["vi"] == "Tỷ lệ hồ sơ tiếp nhận trực tuyến"
    assert said["ioc:rows"] == 1
    assert set(said["tableSchema"]["primaryKey"]) <= set(names)


def test_the_description_of_a_file_for_people_is_of_its_own_columns(get: Get) -> None:
    main = get(f"{PATH}.metadata.json", period="2023-01", columns="main").json()["tableSchema"]
    assert [column["name"] for column in main["columns"]] == list(MAIN)
    assert "primaryKey" not in main
    every = get(f"{PATH}.metadata.json", period="2023-01", columns="all").json()["tableSchema"]
    assert {"name": "is_estimated", "datatype": "string"}.items() <= every["columns"][
        list(COLUMNS).index("is_estimated")
    ].items()


def test_every_file_that_is_taken_is_in_the_log(get: Get, read_log: Any) -> None:
    before = len(read_log())
    for kind in ("csv", "xlsx", "metadata.json"):
        get(f"{PATH}.{kind}", period="2023-02")
    assert [(what, subject["file"]) for what, subject in read_log()[before:]] == [
        ("export", "csv"),
        ("export", "xlsx"),
        ("export", "metadata.json"),
    ]
    assert read_log()[-1][1]["query"] == "period=2023-02"
    assert get(f"{PATH}.csv", "reads").status_code == 403
    assert len(read_log()) == before + 3
