"""The page of incidents: engineers and admins act on them, auditors look, others do not see it."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from accounts import directory, rights
from accounts.account_roles import Role
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.pages.conftest import session_of
from tests.screens.pages.world import STRANGE, World, _incident
from warehouse.database import connect

ACCOUNTS: dict[str, Role] = {"ky.su": "engineer", "kiem.toan": "auditor", "lanh.dao": "viewer", "press": "engineer"}
CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@pytest.fixture(scope="module")
def own(postgres: Postgres) -> World:
    url = postgres.database()
    with connect(url, "owner") as owner:
        _incident(owner, Facts(owner))
        for login, role in ACCOUNTS.items():
            fields = ["public_services"] if login == "press" else None
            directory.create(owner, login, login, role, rights.find_limits(owner, "H37", fields=fields))
        owner.commit()
    return World(url, "")


@pytest.fixture
def client(own: World) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(own.url, "H37", CATALOGUE, connections=2))
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def state(own: World) -> Iterator[list[str]]:
    """The incident's state, read when it is asked for; it is new again afterwards."""
    yield []
    with connect(own.url, "owner") as owner:
        owner.execute("update ledger.incident set state = 'new', assignee = null")
        owner.execute("delete from ledger.incident_event where state <> 'new'")
        owner.commit()


def sign_in(client: TestClient, own: World, login: str) -> None:
    client.cookies.clear()
    client.cookies.set("ioc_session", session_of(own, login))


def steps(own: World) -> list[tuple[str, str, str | None]]:
    with connect(own.url, "owner") as owner:
        return owner.execute("select state, actor, reason from ledger.incident_event order by event_id").fetchall()


@pytest.mark.usefixtures("state")
def test_an_engineer_acknowledges_assigns_and_resolves(client: TestClient, own: World) -> None:
    sign_in(client, own, "ky.su")
    assert "Lô bị chặn" in client.get("/incidents").text
    for said in ({"state": "acknowledged"}, {"state": "assigned", "assignee": "so-noi-vu"}, {"state": "resolved"}):
        page = client.get("/incidents/1").text
        assert STRANGE not in page
        csrf = CSRF.findall(page)[-1]
        answer = client.post("/incidents/1", data={"csrf": csrf, "reason": "đã sửa", **said})
        assert (answer.status_code, answer.headers["location"]) == (303, "/incidents/1")
    assert [step[:2] for step in steps(own)][1:] == [
        ("acknowledged", "account:ky.su"),
        ("assigned", "account:ky.su"),
        ("resolved", "account:ky.su"),
    ]
    page = client.get("/incidents/1").text
    assert "đã sửa" in page
    assert 'name="state"' not in page, "nothing can be done about one that is resolved"
    assert "Lô bị chặn" in client.get("/incidents?state=resolved").text
    with connect(own.url, "owner") as owner:
        found = owner.execute("select count(*) from ledger.entry where subject = 'incident/1' and act = 'incident'")
        assert found.fetchone() == (3,)


def test_an_auditor_looks_and_changes_nothing(client: TestClient, own: World) -> None:
    sign_in(client, own, "kiem.toan")
    page = client.get("/incidents/1")
    assert page.status_code == 200
    assert 'name="state"' not in page.text
    csrf = CSRF.findall(page.text)[-1]
    assert client.post("/incidents/1", data={"csrf": csrf, "state": "acknowledged"}).status_code == 403
    assert [step[0] for step in steps(own)] == ["new"]


def test_a_form_of_another_session_changes_nothing(client: TestClient, own: World) -> None:
    sign_in(client, own, "ky.su")
    assert client.post("/incidents/1", data={"csrf": "0" * 64, "state": "acknowledged"}).status_code == 403
    client.cookies.clear()
    assert client.post("/incidents/1", data={"csrf": "", "state": "acknowledged"}).status_code in (303, 401, 403)
    assert [step[0] for step in steps(own)] == ["new"]


@pytest.mark.parametrize("said", [{"state": "new"}, {"state": "resolved", "reason": " "}, {"state": "assigned"}, {}])
def test_what_a_step_needs_is_asked_for(client: TestClient, own: World, said: dict[str, str]) -> None:
    sign_in(client, own, "ky.su")
    csrf = CSRF.findall(client.get("/incidents/1").text)[-1]
    assert client.post("/incidents/1", data={"csrf": csrf, **said}).status_code == 422
    assert [step[0] for step in steps(own)] == ["new"]


def test_a_leader_does_not_see_them_and_limited_fields_hide_those_of_others(client: TestClient, own: World) -> None:
    sign_in(client, own, "lanh.dao")
    assert client.get("/incidents").status_code == 403
    assert client.get("/incidents/1").status_code == 403
    sign_in(client, own, "press")
    assert "Lô bị chặn" not in client.get("/incidents").text
    assert client.get("/incidents/1").status_code == 404
