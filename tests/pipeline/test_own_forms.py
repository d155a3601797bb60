"""Systems that keep a form of their own, from the wire to the figures: what the gateway's files declare is what is
computed."""

import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from connectors.source_files import find_source
from gateway.world import load_world
from tests.connectors.simulated import Simulated, simulated
from tests.connectors.stub import Asked, Reply, says, stub
from tests.kpis.asking import compute
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

HALF_YEAR = (date(2022, 12, 1), date(2023, 6, 30))
HEALTH = find_source("health").feeds
NEW_YEAR, JUNE = date(2022, 12, 31), date(2023, 6, 30)


@pytest.fixture(scope="module")
def there() -> Iterator[Simulated]:
    """The gateway after the end of June 2023."""
    with simulated() as there:
        there.clock("2023-07-01T06:00:00+07:00")
        yield there


@pytest.fixture(scope="module")
def hub(there: Simulated, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Half a year of the schools and the health facilities."""
    hub = Hub(postgres.database(), tmp_path_factory.mktemp("own forms"), there.url)
    hub.run("education", "schools", *HALF_YEAR)
    for feed in HEALTH:
        hub.run("health", feed, *HALF_YEAR)
    return hub


def figure(hub: Hub, kpi: str, first: date, last: date, **asked: Any) -> Decimal | None:
    with connect(hub.url, "loader") as connection:
        return compute(connection, kpi, first, last, "H37", **asked).value


@pytest.mark.parametrize(
    ("kpi", "first_semester", "second_semester"),
    [
        ("schools", 676, 676),
        ("students", 212_873, 212_771),
        ("teachers", 16_137, 16_205),
        ("teacher_shortage", 1_298, 1_230),
        ("classroom_shortage", 472, 444),
    ],
)
def test_a_month_shows_the_schools_of_its_semester(
    kpi: str, first_semester: int, second_semester: int, hub: Hub
) -> None:
    assert figure(hub, kpi, NEW_YEAR, NEW_YEAR) == first_semester
    assert figure(hub, kpi, JUNE, JUNE) == second_semester


def test_schools_are_counted_by_level_and_standard(hub: Hub) -> None:
    primary: dict[str, Any] = {"where": {"class": ("primary",)}}
    assert figure(hub, "schools", JUNE, JUNE, **primary) == 189
    rate = figure(hub, "national_standard_school_rate", JUNE, JUNE, **primary)
    assert rate is not None
    assert round(rate, 6) == round(Decimal(9700) / 189, 6)


def test_a_school_without_a_code_or_a_number_is_refused_with_its_reason(hub: Hub) -> None:
    refused = hub.rows(
        "select record -> 'record', offences from quality.quarantine join ledger.batch using (batch_id)"
        " where source = 'education'"
    )
    assert {(record["@ma"], record["so_hoc_sinh"] == "không rõ") for record, _ in refused} == {
        ("", False),
        ("20-MN-001", True),
    }
    assert len(refused) == 2 * 7
    fetched = hub.rows("select fetched, loaded + unchanged + quarantined from ledger.batch where source = 'education'")
    assert fetched == [(678, 678)] * 7


MONTHS = ("2023-04", "2023-05")
FIRST_DAY, JUNE_FIRST = date(2023, 1, 1), date(2023, 6, 1)


@pytest.mark.parametrize(
    ("kpi", "asked", "value"),
    [
        ("patient_visits", {}, 684_240),
        ("patient_visits", {"where": {"kind": ("commune_station",)}}, 281_150),
        ("patient_visits", {"measure": "inpatients"}, 59_320),
        ("infectious_cases", {}, 4_980),
        ("doctor_shortage", {}, 150),
        ("doctor_shortage", {"where": {"kind": ("district_hospital",)}}, 69),
    ],
)
def test_the_half_year_of_the_health_facilities_is_what_their_workbooks_say(
    kpi: str, asked: dict[str, Any], value: int, hub: Hub
) -> None:
    assert figure(hub, kpi, FIRST_DAY, JUNE, **asked) == value


def test_visits_are_divided_by_the_doctors_that_there_are_on_average(hub: Hub) -> None:
    june = figure(hub, "patient_visits", JUNE_FIRST, JUNE)
    assert june
    assert figure(hub, "visits_per_doctor", JUNE_FIRST, JUNE) == june / 888
    half_year = figure(hub, "visits_per_doctor", FIRST_DAY, JUNE)
    assert half_year
    assert Decimal(684_240) / 888 < half_year < Decimal(684_240) / 857  # the doctors of June and of December


def test_infectious_cases_are_known_of_districts_and_of_nothing_smaller(hub: Hub) -> None:
    with connect(hub.url, "loader") as connection:
        rows = compute(connection, "infectious_cases", FIRST_DAY, JUNE, "H37", by=("area",)).rows
        parts = sum(row.value or 0 for row in rows)
    levels = hub.rows(
        "select distinct a.level from warehouse.fact_statistic join warehouse.dim_area a using (area_id)"
        " where indicator = 'infectious_cases'"
    )
    assert (parts, levels) == (4_980, [("district",)])


def test_each_feed_of_a_workbook_accounts_for_all_of_its_rows(hub: Hub) -> None:
    accounts = hub.rows(
        "select feed, count(*), sum(declared), sum(fetched), sum(loaded), sum(quarantined), bool_and(status ="
        " 'published') from ledger.batch where source = 'health' group by feed order by feed"
    )
    [(_, months, declared, fetched, loaded, refused, published), *others] = accounts
    assert [one[0] for one in accounts] == sorted(HEALTH)
    assert all(one[1:] == accounts[0][1:] for one in others)
    assert (declared, fetched, published) == (fetched, loaded + refused, True)
    assert months * 215 <= fetched <= months * 215 + 2
    totals = hub.rows("select distinct observed from quality.rule_result where rule_id = 'total_row'")
    assert totals == [("0",)]


def changed(content: bytes, change: Callable[[Worksheet], None]) -> bytes:
    """The workbook with another content of its sheet."""
    book, file = load_workbook(io.BytesIO(content)), io.BytesIO()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    change(sheet)
    book.save(file)
    return file.getvalue()


def another_total(sheet: Worksheet) -> None:
    cell = sheet.cell(sheet.max_row, 6)
    assert isinstance(cell.value, int)
    cell.value += 1


def without_a_facility(sheet: Worksheet) -> None:
    for cell in sheet[20]:
        cell.value = None


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        (another_total, "blocked", "total_row: value: "),
        (without_a_facility, "blocked", "total_row: value: "),
        (lambda sheet: sheet.delete_rows(sheet.max_row), "failed", "has no row of totals"),
    ],
    ids=["another total", "a facility is missing", "no total"],
)
def test_a_workbook_whose_totals_are_not_its_rows_blocks_its_month(
    change: Callable[[Worksheet], None], status: str, why: str, new_hub: NewHub
) -> None:
    april, may = ([f for f in load_world("lang-son-2023").workbooks("health") if f.month == m][-1] for m in MONTHS)
    contents = {"2023-04": april.content, "2023-05": changed(may.content, change)}

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith(".xlsx"):
            return Reply(contents[asked.path[-12:-5]])
        month = asked.query["ky"]
        sha256, length = hashlib.sha256(contents[month]).hexdigest(), len(contents[month])
        own = {"duong_dan": f"/yte/v1/tep/{month}.xlsx", "sha256": sha256, "kich_thuoc": length}
        return says([{**april.listing(""), **own, "ky": month}])

    with stub(answer) as there:
        hub = new_hub(gateway_url=there.url)
        hub.run("health", "visits", date(2023, 4, 1), date(2023, 5, 31))
    assert hub.rows("select distinct last_day from warehouse.fact_statistic") == [(date(2023, 4, 30),)]
    *_, (told, is_own_fault, reason) = hub.rows(
        "select status, is_own_fault, reason_en from ledger.batch where last_day = '2023-05-31' order by batch_id"
    )
    assert (told, is_own_fault) == (status, None)
    assert why in reason
    assert figure(hub, "patient_visits", date(2023, 5, 1), date(2023, 5, 31)) is None
