"""A value of a slice is data: with any sign in it, it is asked for by every route that takes slices."""

import csv
import io
import json
from datetime import date

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from typer.testing import CliRunner

from accounts import directory, sessions
from ioc.main import app
from kpis.slices import parse_slices, slices_text
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.api.hub import World, _accounts
from warehouse.database import connect

VALUES = [
    "Đất đai; môi trường",
    "a=b",
    "x|y",
    "một 'hai' \"ba\"",
    "hai\ndòng",
    "điện & nước",
    "100 %",
    "%3B",
    "a+b",
    "a\u00a0b",
    "<b>đậm</b>",
    "#1?x=/y",
    "\\",
    "%_",
]
KPI, PERIOD = "feedback_resolved_rate", "2023-01"
CASES = {value: number for number, value in enumerate(VALUES, 10)}
"""Cases of each field, more than a small cell has."""
DAYS = {"from": "2023-01-01", "to": "2023-01-31"}


@pytest.fixture(scope="module")
def spoken(postgres: Postgres) -> World:
    """Cases of January, one of each field in time."""
    world = World(postgres.database())
    with connect(world.url, "owner") as owner:
        facts = Facts(owner)
        for value, number in CASES.items():
            case = {"received_at": "2023-01-05T08:00:00+07:00", "field_code": value, "area": "05971"}
            done = {"due_at": "2023-01-09T08:00:00+07:00", "completed_at": "2023-01-06T08:00:00+07:00"}
            facts.add("fact_feedback", [case | done] + [case | {"status_code": "in_progress"}] * (number - 1))
        facts.publish("feedback.cases", (date(2022, 12, 31), date(2023, 3, 31)))
        owner.commit()
    refresh(world.url, "H37", [KPI])
    _accounts(world)
    return world


@pytest.fixture(scope="module")
def client(spoken: World) -> TestClient:
    return TestClient(create_app(ScreenSettings(spoken.url, "H37", CATALOGUE)), client=("10.1.2.3", 5000))


def session(world: World) -> str:
    with connect(world.url, "accounts") as keeper:
        account = keeper.execute("select account_id from access.account where role = 'viewer' limit 1").fetchone()
        assert account is not None
        caller = directory.find_caller(keeper, account[0])
        assert caller is not None
        return sessions.open_for(keeper, caller)


@pytest.fixture(params=VALUES, ids=ascii)
def value(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def where(value: str) -> str:
    return slices_text({"field": (value,)})


def test_the_api_and_its_files(client: TestClient, spoken: World, value: str) -> None:
    asked = {"period": PERIOD, "where": where(value), "measure": "received"}
    client.cookies.clear()
    headers, path = spoken.headers["whole"] | {"Accept-Language": "en"}, f"/api/v1/kpis/{KPI}"
    expected = CASES[value]
    answers = {
        name: client.get(f"{path}/{name}", params=asked, headers=headers)
        for name in ("observations", "explain", "observations.csv", "observations.xlsx", "observations.metadata.json")
    }
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 200)
    [shown] = answers["observations"].json()["data"]
    assert shown["value"] == expected
    assert answers["explain"].json()["figure"]["value"] == expected
    [line] = csv.DictReader(io.StringIO(answers["observations.csv"].content.decode("utf-8-sig"), newline=""))
    assert float(line["value"]) == expected
    assert load_workbook(io.BytesIO(answers["observations.xlsx"].content)).worksheets[0].max_row == 2


def test_the_parts_of_a_figure_are_asked_for_by_what_they_are_called(client: TestClient, spoken: World) -> None:
    client.cookies.clear()
    asked = {"period": PERIOD, "by": "field"}
    parts = client.get(f"/api/v1/kpis/{KPI}/observations", params=asked, headers=spoken.headers["whole"]).json()["data"]
    assert sorted(parse_slices(part["breakdown"])["field"] for part in parts) == sorted((value,) for value in VALUES)


@pytest.mark.parametrize("page", ["kpis/{kpi}", "kpis/{kpi}/explain", "explore", "kpis/{kpi}/map", "map"])
def test_the_pages(client: TestClient, spoken: World, value: str, page: str) -> None:
    client.cookies.clear()
    client.cookies.set("ioc_session", session(spoken))
    answer = client.get(f"/{page.format(kpi=KPI)}", params=DAYS | {"where": where(value), "kpi": KPI})
    assert answer.status_code == 200, answer.text[:400]
    assert "<b>đậm</b>" not in answer.text


@pytest.mark.parametrize("command", ["show", "explain"])
def test_the_command_line(spoken: World, value: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_WAREHOUSE_URL", spoken.url)
    asked = ["kpi", command, KPI, "--period", PERIOD, "--measure", "received", "--where", where(value), "--json"]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code == 0, said.output
    assert f'"value": {CASES[value]}' in json.dumps(json.loads(said.stdout))


def test_a_sign_that_no_text_can_hold_is_told(client: TestClient, spoken: World) -> None:
    client.cookies.clear()
    asked = DAYS | {"where": "field=a\0b"}
    answer = client.get(f"/api/v1/kpis/{KPI}/observations", params=asked, headers=spoken.headers["whole"])
    assert answer.status_code == 422
    client.cookies.set("ioc_session", session(spoken))
    assert client.get(f"/kpis/{KPI}", params=asked).status_code == 422
