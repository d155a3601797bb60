"""What a KPI's page marks on the time axis: definitions and reforms of the database, days off by day, Tết by week."""

from datetime import date

import pytest
from fastapi.testclient import TestClient

from accounts import directory
from screens.database import Database, ScreenSettings
from screens.directory import reform_days
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import DISTRICT, LEADER, World
from warehouse.areas import REFORM
from warehouse.database import connect

JANUARY = "from=2023-01-01&to=2023-01-31"


@pytest.fixture
def page(client: TestClient, world: World) -> TestClient:
    client.cookies.clear()
    client.cookies.set("__Host-ioc_session", session_of(world, LEADER))
    return client


@pytest.mark.parametrize(
    ("series", "named"), [("day", {"Tết Nguyên Đán", "Tết Dương lịch"}), ("week", {"Tết Nguyên Đán"}), ("month", set())]
)
def test_days_off_are_marked_by_day_and_tet_by_week(page: TestClient, series: str, named: set[str]) -> None:
    answer = page.get(f"/kpis/gate_vehicles?{JANUARY}&series={series}")
    assert answer.status_code == 200
    assert {name for name in ("Tết Nguyên Đán", "Tết Dương lịch") if name in answer.text} == named


def test_another_version_of_the_definition_is_marked_from_its_day_on(page: TestClient, world: World) -> None:
    with connect(world.url, "owner") as owner:
        owner.execute(
            "insert into kpi.definition (kpi_id, version, sha256, body, valid_from) select kpi_id, 99, 'x', body,"
            " '2023-02-01' from kpi.definition where kpi_id = 'gate_vehicles'"
        )
    try:
        text = page.get("/kpis/gate_vehicles").text
        assert "Ngày 01/02/2023: Định nghĩa phiên bản 99" in text
        assert "Định nghĩa phiên bản 1<" not in text, "the first one changed nothing"
        picture = page.get("/api/v1/kpis/gate_vehicles/trend.svg").text
        assert "Ngày 01/02/2023: Định nghĩa phiên bản 99" in picture
    finally:
        with connect(world.url, "owner") as owner:
            owner.execute("delete from kpi.definition where version = 99")


@pytest.mark.parametrize("login", [LEADER, DISTRICT])
def test_reforms_are_the_days_on_which_areas_ended(world: World, login: str) -> None:
    database = Database(ScreenSettings(world.url, "H37", CATALOGUE, connections=2))
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, login).account_id)
    assert caller is not None
    with database.snapshot(caller, "vi") as s:
        assert reform_days(s, date(2025, 1, 1), date(2025, 12, 31)) == [REFORM]
        assert reform_days(s, date(2023, 1, 1), date(2024, 12, 31)) == reform_days(s, REFORM, date(2026, 1, 1)) == []
    database.close()
