"""A subject that nobody has heard of: one file of a source and one of a KPI bring it to the API and the screens."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from accounts import directory, rights, sessions
from kpis.catalogue import Catalogue
from kpis.refresh import refresh
from screens.app import create_app
from screens.database import ScreenSettings
from tests.connectors.stub import Asked, Reply, says, stub
from tests.installation import FOLDER
from tests.pipeline.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.migrate import migrate

SOURCE = """
title = "Bến phà, bến khách ngang sông"
owner = "so-giao-thong-van-tai"
field = "socio_economic"
cadence = "0 5 3 * *"
lateness = "P10D"

[feeds.statistics]
title = "Lượt khách qua phà"
form = "statistics"
columns.kind.codes = { KHACH = "people", XE = "vehicles" }

[feeds.statistics.indicators.crossings]
wire = "LUOT_QUA_PHA"
name = { vi = "Lượt qua phà", en = "Crossings" }
unit = "crossings"
counts = "flow"
grain = "month"
adds_over = ["area", "organisation", "kind", "class"]

[names.kind]
people = { vi = "Khách", en = "People" }
vehicles = { vi = "Xe", en = "Vehicles" }
"""
KPI = """
name = { vi = "Lượt qua phà", en = "Ferry crossings" }
field = "socio_economic"
further = true
measure = "crossings"
unit = "crossings"
good = "none"
kind = "flow"
grain = "month"
reads = "statistics"
indicators = ["crossings"]
day = "last_day"
numerator = "sum(value)"
breakdowns = ["kind", "area"]
sources = ["ferries.statistics"]
owner = "so-giao-thong-van-tai"
version = 1

[basis]
vi = "Sở Giao thông vận tải: lượt qua phà trong tháng"
en = "Department of transport: crossings of the month"
"""
FIRST, LAST = date(2023, 1, 1), date(2023, 6, 30)


def _answer(asked: Asked) -> Reply:
    if asked.path != "/thongke/v1/chi-so" or asked.query.get("he_thong") != "ferries":
        return says({}, 403)
    month = int(asked.query["ky"][-2:])
    rows = [
        {"ma_chi_so": "LUOT_QUA_PHA", "loai": kind, "ma_dia_ban": "178", "gia_tri": count * month, "can": "="}
        for kind, count in (("KHACH", 100), ("XE", 7))
    ]
    return says({"he_thong": "ferries", "tinh": "20", "ky": asked.query["ky"], "tong_so": 2, "du_lieu": rows})


@pytest.fixture(scope="module")
def hub(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("ferries")
    for name, text in (("sources/ferries.toml", SOURCE), ("kpis/ferry_crossings.toml", KPI)):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "reference").symlink_to(FOLDER / "reference")
    (folder / "ioc.toml").write_text('province = "H37"\narea = "20"\n', encoding="utf-8")
    with stub(_answer) as gateway:
        url = postgres.database(migrated=False)
        hub = Hub(url, folder / "state", gateway.url, installation=folder)
        catalogue = Catalogue.of(hub.installation)
        migrate(url, hub.installation, catalogue.fields)
        outcome = hub.run("ferries", "statistics", FIRST, LAST)
        assert (outcome.status, outcome.account.loaded) == ("published", 12)
        refresh(url, "H37", ["ferry_crossings"], catalogue=catalogue)
        yield hub


@pytest.fixture(scope="module")
def client(hub: Hub) -> TestClient:
    with connect(hub.url, "owner") as owner:
        account = directory.create(owner, "linh", "Linh", "viewer", rights.find_limits(owner, "H37"))
    app = create_app(ScreenSettings(hub.url, "H37", Catalogue.of(hub.installation)))
    client = TestClient(app, client=("10.1.2.3", 5000))
    with connect(hub.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, account)
        assert caller is not None
        client.cookies.set("ioc_session", sessions.open_for(keeper, caller))
    return client


def _get(client: TestClient, path: str, **asked: Any) -> Any:
    answer = client.get(f"/api/v1{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_its_figure_is_in_the_api_with_its_parts_by_name(client: TestClient) -> None:
    asked = {"period": "2023-H1", "by": "kind", "lang": "en"}
    found = _get(client, "/kpis/ferry_crossings/observations", **asked)["data"]
    assert {(row["breakdown"], row["value"]) for row in found} >= {("kind=people", 2100), ("kind=vehicles", 147)}
    assert _get(client, "/kpis/ferry_crossings", lang="en")["data"]["values"]["kind"]["people"] == "People"


def test_it_is_explained_down_to_the_page(client: TestClient) -> None:
    explained = _get(client, "/kpis/ferry_crossings/explain", period="2023-H1")
    assert explained["figure"]["value"] == 2247
    assert len(explained["batches"]) == 6


def test_its_page_and_the_board_show_it(client: TestClient) -> None:
    page = client.get("/kpis/ferry_crossings?period=2023-H1")
    assert page.status_code == 200
    assert "Lượt qua phà" in page.text
    assert "2.247" in page.text
    assert "Khách" in page.text
    field = client.get("/fields/socio_economic?period=2023-H1")
    assert "Lượt qua phà" in field.text
