"""The API over one filled hub; callers by name."""

from collections.abc import Iterator
from typing import Any, Protocol

import httpx
import pytest
from fastapi.testclient import TestClient

from screens.app import create_app
from screens.database import Settings
from tests.api.hub import SOURCES, World, fill
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def world(postgres: Postgres) -> World:
    return fill(postgres.database())


@pytest.fixture(scope="session")
def client(world: World) -> Iterator[TestClient]:
    app = create_app(Settings(world.url, "H37", SOURCES, connections=4))
    with TestClient(app, raise_server_exceptions=False, client=("10.1.2.3", 5000)) as client:
        yield client


class Get(Protocol):
    def __call__(self, path: str, caller: str = "whole", **options: Any) -> httpx.Response: ...


@pytest.fixture(scope="session")
def get(client: TestClient, world: World) -> Get:
    """`get("/kpis", "viewer", lang="en")` asks /api/v1 as that caller; `headers=` are added."""

    def ask(path: str, caller: str = "whole", headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        address = path if path.startswith("/!") else f"/api/v1{path}"
        client.cookies.clear()
        return client.get(address.removeprefix("/!"), params=query, headers=world.headers[caller] | (headers or {}))

    return ask
