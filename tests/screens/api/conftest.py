"""The API over one filled hub; callers by name."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import httpx2
import pytest
from fastapi.testclient import TestClient

from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.api.hub import World, fill, listening
from warehouse.database import connect


@pytest.fixture(scope="session")
def world(postgres: Postgres) -> World:
    return fill(postgres.database())


@pytest.fixture(scope="session")
def client(world: World) -> Iterator[TestClient]:
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with TestClient(app, raise_server_exceptions=False, client=("10.1.2.3", 5000)) as client:
        yield client


@pytest.fixture(scope="session")
def moving(postgres: Postgres) -> Iterator[tuple["Get", World]]:
    """Another hub, for tests that publish."""
    world = fill(postgres.database())
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield asking(client, world), world


class Get(Protocol):
    def __call__(self, path: str, caller: str = "whole", **options: Any) -> httpx2.Response: ...


def asking(client: TestClient, world: World) -> Get:
    """`get("/kpis", "viewer", lang="en")` asks /api/v1 as that caller; `headers=` are added."""

    def ask(path: str, caller: str = "whole", headers: dict[str, str] | None = None, **query: Any) -> httpx2.Response:
        address = path if path.startswith("/!") else f"/api/v1{path}"
        client.cookies.clear()
        answer: httpx2.Response = client.get(
            address.removeprefix("/!"), params=query, headers=world.headers[caller] | (headers or {})
        )
        return answer

    return ask


@pytest.fixture(scope="session")
def get(client: TestClient, world: World) -> Get:
    return asking(client, world)


@pytest.fixture
def read_log(world: World) -> Callable[[], list[Any]]:
    """What was read behind figures, oldest first: what and subject."""

    def entries() -> list[Any]:
        with connect(world.url, "accounts") as keeper:
            return keeper.execute("select what, subject from access.read_log order by entry_id").fetchall()

    return entries


@pytest.fixture(scope="session")
def served(world: World) -> Iterator[str]:
    """The address of a real server, for what needs a wire."""
    with listening(create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))) as address:
        yield address


@pytest.fixture
def postgres_empty(postgres: Postgres) -> str:
    """A database that was never migrated."""
    return postgres.database(migrated=False)
