"""Simulated data of a past year are judged by a clock that stands in that year, and every page says so."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from fastapi.testclient import TestClient

from hub.periods import VIETNAM
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import LEADER, World

IN_TIME, NEXT_DAY = datetime(2023, 7, 1, 6, tzinfo=VIETNAM), datetime(2023, 7, 2, 8, tzinfo=VIETNAM)
NOTICE = {
    "vi": "Dữ liệu mô phỏng · hôm nay được lấy là 01/07/2023",
    "en": "Simulated data · today is taken to be 1 Jul 2023",
}


@contextmanager
def screens(world: World, now: datetime | None) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=2, now=now))
    with TestClient(app, cookies={"ioc_session": session_of(world, LEADER)}) as client:
        yield client


@pytest.fixture(scope="module")
def then(world: World) -> Iterator[TestClient]:
    """The screens of a morning on which everything has just come."""
    with screens(world, IN_TIME) as client:
        yield client


def states(client: TestClient) -> dict[str, str]:
    sources = client.get("/api/v1/sources").json()["data"]
    return {f"{source['source']}.{feed['feed']}": feed["state"] for source in sources for feed in source["feeds"]}


def test_without_it_data_of_2023_are_years_late_and_nothing_is_said_of_a_clock(world: World) -> None:
    with screens(world, None) as today:
        assert states(today)["gate.vehicles"] == "late"
        page = today.get("/freshness").text
    assert re.search(r"trễ \d năm", page)
    assert "hôm nay được lấy là" not in page


def test_what_came_in_time_then_is_in_time(then: TestClient) -> None:
    assert states(then)["gate.vehicles"] == states(then)["telecom.subscribers"] == "on_time"
    assert "Trễ hạn" not in then.get("/fields/border_gate").text


def test_a_day_later_the_hourly_source_is_late_and_the_monthly_is_not(world: World) -> None:
    with screens(world, NEXT_DAY) as later:
        assert states(later)["gate.vehicles"] == "late"
        assert states(later)["telecom.subscribers"] == "on_time"
        assert "trễ 5 giờ" in later.get("/freshness").text


def test_a_load_is_as_old_as_it_really_is(then: TestClient) -> None:
    page = then.get("/kpis/gate_vehicles").text
    assert re.search(r"cập nhật (vừa xong|cách đây (một|\d+) phút)", page), page
    assert f"{datetime.now(VIETNAM):%d/%m/%Y}" in then.get("/freshness").text


def test_a_figure_is_provisional_until_its_source_can_no_longer_be_late_then(then: TestClient) -> None:
    def status(kpi: str, days: str) -> str:
        answer = then.get(f"/api/v1/kpis/{kpi}/observations?{days}").json()
        return str(answer["data"][0]["status"])

    odd = "from=2023-06-02&to=2023-06-30"  # kept for no period: computed when it is asked for
    assert status("gate_vehicles", odd) == "official"
    assert status("phone_density", odd) == "provisional"


def test_areas_of_today_are_those_of_then(then: TestClient) -> None:
    assert len(then.get("/api/v1/areas?level=district").json()["data"]) == 11


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "path",
    ["/", "/wall", "/freshness", "/kpis/gate_vehicles", "/kpis/gate_vehicles/explain", "/explore", "/nowhere"],
)
def test_every_page_says_so(then: TestClient, path: str, language: str) -> None:
    page = then.get(path, params={"lang": language}).text
    assert page.count(NOTICE[language]) == 1


def test_the_way_in_says_so_too(then: TestClient) -> None:
    assert NOTICE["vi"] in then.get("/login?lang=vi", headers={"Cookie": "ioc_session=nobody"}).text
