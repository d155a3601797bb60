"""One filled hub behind a real server, and browsers of people who are signed in or not."""

from collections.abc import Iterator
from typing import Protocol

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from accounts import directory, sessions
from screens.app import create_app
from screens.database import ScreenSettings
from tests.browser import Go, Visit, serving, visits
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.pages.world import PASSWORD, World, fill
from warehouse.database import connect


@pytest.fixture(scope="session")
def world(postgres: Postgres) -> World:
    return fill(postgres.database())


@pytest.fixture(scope="session")
def site(world: World) -> Iterator[str]:
    """The address of the running screens."""
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with serving(app) as address:
        yield address
        app.state.versions.close()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Go]:
    """Opens a page as nobody."""
    with visits(browser, site) as go:
        yield go


class GoAs(Protocol):
    def __call__(self, login: str, path: str, **how: object) -> Visit: ...


@pytest.fixture
def visit_as(visit: Go, world: World) -> GoAs:
    """Opens a page in the browser of somebody who is signed in."""

    def go(login: str, path: str, **how: object) -> Visit:
        return visit(path, cookies={"ioc_session": session_of(world, login)}, **how)

    return go


def session_of(world: World, login: str) -> str:
    with connect(world.url, "accounts") as keeper:
        caller = directory.find_caller(keeper, directory.find(keeper, login).account_id)
        assert caller is not None
        return sessions.open_for(keeper, caller)


def sign_in(seen: Visit, login: str) -> None:
    """By hand, as people do."""
    seen.page.get_by_label("Tên đăng nhập").fill(login)
    seen.page.get_by_label("Mật khẩu").fill(PASSWORD)
    seen.page.get_by_role("button", name="Đăng nhập").click()
    seen.page.wait_for_url("**/*", wait_until="load")


@pytest.fixture(scope="session")
def client(world: World) -> Iterator[TestClient]:
    """The application without a browser, for what only headers and statuses tell."""
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, secure_cookies=True, connections=4))
    with TestClient(
        app,
        base_url="https://ioc.example",
        raise_server_exceptions=False,
        follow_redirects=False,
        client=("10.1.2.3", 5000),
    ) as made:
        yield made
