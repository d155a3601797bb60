"""Notes on a KPI's page: written and withdrawn by those who may, numbered on the chart and told below it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from accounts import directory, rights
from screens.app import create_app
from screens.database import ScreenSettings
from tests.browser import AXE
from tests.installation import CATALOGUE
from tests.screens.pages.conftest import GoAs, session_of
from tests.screens.pages.world import AUDITOR, DISTRICT, LEADER, OFFICE, STRANGE, World
from tests.screens.test_every_page import RUN
from warehouse.database import connect

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')
DOSSIERS, VEHICLES = "/kpis/online_dossier_rate", "/kpis/gate_vehicles"
DAYS = {"first": "2023-03-12", "last": "2023-03-13"}
STOPPED = "Hệ thống một cửa dừng 2 ngày"
AUTHOR, OTHER, ADMIN, PRESS = "so.noi.vu", "so.tai.chinh", "quan.tri", "so.bao.chi"


@pytest.fixture(scope="module")
def people(world: World) -> None:
    with connect(world.url, "owner") as owner:
        for login in (AUTHOR, OTHER, ADMIN, PRESS):
            role: Any = "admin" if login == ADMIN else "department"
            fields = ["press"] if login == PRESS else None
            directory.create(owner, login, login, role, rights.find_limits(owner, "H37", fields=fields))


@pytest.fixture
def plain(world: World, people: None) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made
    with connect(world.url, "owner") as owner:
        owner.execute("delete from kpi.note")


def as_login(client: TestClient, world: World, login: str) -> TestClient:
    client.cookies.clear()
    client.cookies.set("ioc_session", session_of(world, login))
    return client


def send(client: TestClient, page: str, action: str, **said: str) -> Any:
    """Sends a form with the token that the page gave."""
    csrf = CSRF.findall(client.get(page).text)[0]
    return client.post(action, data={"csrf": csrf, **said})


def standing(world: World) -> list[tuple[int, str, str]]:
    with connect(world.url, "owner") as owner:
        return owner.execute(
            "select n.note_id, n.author, a.code from kpi.note as n join warehouse.dim_area as a using (area_id)"
            " where withdrawn_at is null order by 1"
        ).fetchall()


def test_a_department_writes_a_note_and_its_author_or_an_administrator_withdraws_it(
    plain: TestClient, world: World
) -> None:
    as_login(plain, world, AUTHOR)
    for text in (STOPPED, STRANGE):
        answer = send(plain, DOSSIERS, f"{DOSSIERS}/notes", text=text, **DAYS)
        assert (answer.status_code, answer.headers["location"].partition("#")[2]) == (303, "notes")
    [(first, author, _), (second, *_)] = standing(world)
    assert author == f"account:{AUTHOR}"
    page = plain.get(answer.headers["location"]).text
    assert STOPPED in page and STRANGE not in page, "the second is shown as text"
    assert f'href="#note-{first}"' in page and f'id="note-{first}"' in page
    as_login(plain, world, OTHER)
    page = plain.get(DOSSIERS).text
    assert STOPPED in page and "/withdraw" not in page
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes/{first}/withdraw").status_code == 403
    as_login(plain, world, AUTHOR)
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes/{first}/withdraw").status_code == 303
    as_login(plain, world, ADMIN)
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes/{second}/withdraw").status_code == 303
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes/{second}/withdraw").status_code == 404
    assert standing(world) == []
    assert STOPPED not in plain.get(DOSSIERS).text


@pytest.mark.parametrize("login", [LEADER, AUDITOR, OFFICE])
def test_others_have_no_form_and_cannot_send_one(plain: TestClient, world: World, login: str) -> None:
    as_login(plain, world, login)
    assert 'name="text"' not in plain.get(DOSSIERS).text
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes", text=STOPPED, **DAYS).status_code == 403
    assert standing(world) == []


def test_a_district_writes_of_its_own_figures_and_not_of_the_provinces(plain: TestClient, world: World) -> None:
    as_login(plain, world, DISTRICT)
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes?area=20", text=STOPPED, **DAYS).status_code == 403
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes?area=178", text=STOPPED, **DAYS).status_code in (403, 404)
    assert send(plain, DOSSIERS, f"{VEHICLES}/notes", text=STOPPED, **DAYS).status_code == 403, "is not by area"
    assert send(plain, DOSSIERS, f"{DOSSIERS}/notes", text=STOPPED, **DAYS).status_code == 303
    assert [code for *_, code in standing(world)] == ["180"]
    assert STOPPED not in as_login(plain, world, LEADER).get(DOSSIERS).text
    assert STOPPED in plain.get(f"{DOSSIERS}?area=180").text


def test_an_account_of_other_fields_finds_no_such_indicator(plain: TestClient, world: World) -> None:
    as_login(plain, world, PRESS)
    csrf = CSRF.findall(plain.get("/").text)[0]
    assert plain.post(f"{DOSSIERS}/notes", data={"csrf": csrf, "text": STOPPED, **DAYS}).status_code == 404


def test_a_form_of_another_session_writes_nothing(plain: TestClient, world: World) -> None:
    as_login(plain, world, AUTHOR)
    assert plain.post(f"{DOSSIERS}/notes", data={"csrf": "0" * 64, "text": STOPPED, **DAYS}).status_code == 403
    plain.cookies.clear()
    assert plain.post(f"{DOSSIERS}/notes", data={"text": STOPPED, **DAYS}).status_code in (303, 401, 403)
    assert standing(world) == []


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"text": "Gọi 0912 345 678"}, "số điện thoại"),
        ({"text": " "}, "đang để trống"),
        ({"text": STOPPED, "first": ""}, "Hãy nhập thời gian"),
        ({"text": STOPPED, "first": "2023-04-01"}, "Kỳ 01/04/2023 … 13/03/2023 bị ngược"),
    ],
)
def test_what_is_wrong_is_said_above_the_form_which_keeps_what_was_written(
    plain: TestClient, world: World, said: dict[str, str], why: str
) -> None:
    as_login(plain, world, AUTHOR)
    answer = send(plain, DOSSIERS, f"{DOSSIERS}/notes", **(DAYS | said))
    assert answer.status_code == 422
    assert re.search(rf'role="alert">[^<]*{why}', answer.text), re.findall('role="alert">[^<]*', answer.text)
    assert said["text"].strip() in answer.text
    again = plain.get(f"{DOSSIERS}/notes?area=180&lang=en")
    assert (again.status_code, again.headers["location"]) == (303, f"{DOSSIERS}?area=180&lang=en#notes")
    assert standing(world) == []


def test_an_areas_note_is_of_days_on_which_it_was_there(plain: TestClient, world: World) -> None:
    as_login(plain, world, AUTHOR)
    days = {"first": "2025-06-30", "last": "2025-07-01"}
    answer = send(plain, DOSSIERS, f"{DOSSIERS}/notes?area=180", text=STOPPED, **days)
    assert (answer.status_code, standing(world)) == (422, [])


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mark_on_the_chart_leads_to_the_note_by_keyboard(
    plain: TestClient, world: World, visit_as: GoAs, size: tuple[int, int], scheme: str
) -> None:
    as_login(plain, world, AUTHOR)
    send(plain, DOSSIERS, f"{DOSSIERS}/notes", text=STOPPED, **DAYS)
    seen = visit_as(AUTHOR, DOSSIERS, size=size, scheme=scheme)
    mark = seen.page.get_by_role("link", name=re.compile("Ghi chú 1, .*Hệ thống một cửa")).locator("visible=true")
    mark.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.evaluate("location.hash").startswith("#note-")
    seen.page.get_by_text("Viết ghi chú").click()
    seen.page.evaluate(AXE.read_text("utf-8") + ";0")
    assert [one for one in seen.page.evaluate(RUN, {}) if one[0] in ("serious", "critical")] == []
    assert (seen.strangers, seen.complaints) == ([], [])
