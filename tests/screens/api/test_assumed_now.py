"""Figures from simulated data, judged by an assumed clock, are told apart from real ones wherever they go."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from hub.periods import VIETNAM
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get, asking
from tests.screens.api.hub import World

THEN = datetime(2023, 4, 1, 6, tzinfo=VIETNAM)
SAID = {
    "vi": "Dữ liệu mô phỏng · hôm nay được lấy là 01/04/2023",
    "en": "Simulated data · today is taken to be 1 Apr 2023",
}
HEADER = "IOC-Assumed-Now"
MARCH = {"period": "2023-03"}
KPI = "/kpis/gate_vehicles"
ROUTES: dict[str, dict[str, Any]] = {
    "/board": MARCH,
    "/kpis": {},
    "/sources": {},
    f"{KPI}/observations": MARCH,
    f"{KPI}/observations.csv": MARCH,
    f"{KPI}/observations.xlsx": MARCH,
    f"{KPI}/observations.metadata.json": MARCH,
    f"{KPI}/explain": MARCH,
}


@pytest.fixture(scope="module")
def then(world: World) -> Iterator[Get]:
    """The same hub, told to take a day of 2023 for today."""
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=2, now=THEN))
    with TestClient(app) as client:
        yield asking(client, world)


@pytest.mark.parametrize("path", ROUTES)
def test_every_answer_names_the_assumed_moment_and_a_real_hub_none(then: Get, get: Get, path: str) -> None:
    assert then(path, **ROUTES[path]).headers[HEADER] == "2023-04-01T06:00:00+07:00"
    assert HEADER not in get(path, **ROUTES[path]).headers


def test_an_answer_that_still_holds_names_it_too(then: Get) -> None:
    tag = then("/kpis").headers["ETag"]
    again = then("/kpis", headers={"If-None-Match": tag})
    assert (again.status_code, HEADER in again.headers) == (304, True)


def test_what_a_simulated_hub_said_is_not_taken_for_what_a_real_one_says(then: Get, get: Get) -> None:
    tag = then("/board", **MARCH).headers["ETag"]
    assert get("/board", headers={"If-None-Match": tag}, **MARCH).status_code == 200


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("path", ["/board", f"{KPI}/explain"])
def test_a_screen_and_an_explanation_say_it_in_words(then: Get, get: Get, path: str, lang: str) -> None:
    assert then(path, lang=lang, **MARCH).json()["notice"] == SAID[lang]
    assert get(path, lang=lang, **MARCH).json()["notice"] is None


def test_a_files_description_says_it_in_both_languages(then: Get, get: Get) -> None:
    path = f"{KPI}/observations.metadata.json"
    assert then(path, **MARCH).json()["ioc:notice"] == SAID
    assert "ioc:notice" not in get(path, **MARCH).json()


def test_a_workbook_says_it_beside_its_figures(then: Get, get: Get) -> None:
    def about(answer: httpx2.Response) -> list[Any]:
        book = load_workbook(io.BytesIO(answer.content))
        return [cell for row in book.worksheets[2].iter_rows(values_only=True) for cell in row]

    path = f"{KPI}/observations.xlsx"
    assert SAID["vi"] in about(then(path, **MARCH))
    assert SAID["vi"] not in about(get(path, **MARCH))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_that_is_kept_bears_it_in_its_name(then: Get, get: Get, form: str) -> None:
    path = f"{KPI}/observations.{form}"
    assert f'"simulated-gate_vehicles.{form}"' in then(path, **MARCH).headers["Content-Disposition"]
    assert f'"gate_vehicles.{form}"' in get(path, **MARCH).headers["Content-Disposition"]


def test_the_documentation_says_it(then: Get, get: Get) -> None:
    assert SAID["en"] in then("/!/api/docs", "nobody", lang="en").text
    assert "Simulated data" not in get("/!/api/docs", "nobody", lang="en").text
    described = get("/openapi.json", "nobody").json()
    assert HEADER in described["info"]["description"]
    assert HEADER in described["paths"]["/api/v1/kpis"]["get"]["responses"]["200"]["headers"]
