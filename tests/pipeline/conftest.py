"""Hubs that load from one simulated gateway, each with an empty warehouse of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.connectors.simulated import Simulated, simulated
from tests.pipeline.hub import Hub
from tests.postgres import Postgres

NewHub = Callable[..., Hub]


@pytest.fixture(scope="session")
def gateway() -> Iterator[Simulated]:
    """Without faults but those that a test switches on for a while."""
    with simulated() as there:
        yield there


@pytest.fixture(scope="session")
def loaded(postgres: Postgres, gateway: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    """Everything of three days, loaded once. Tests look at it and change copies."""
    hub = Hub(postgres.database(), tmp_path_factory.mktemp("loaded"), gateway.url)
    hub.run_all()
    hub.refresh()
    return hub


@pytest.fixture
def new_hub(postgres: Postgres, gateway: Simulated, tmp_path: Path) -> NewHub:
    """Makes a hub with an empty warehouse; `gateway_url` and other settings as given."""

    def new(**settings: Any) -> Hub:
        url = settings.pop("gateway_url", gateway.url)
        database = postgres.database()
        return Hub(database, tmp_path / database.rsplit("/", 1)[1].split("?")[0], url, **settings)

    return new


@pytest.fixture
def hub(new_hub: NewHub) -> Hub:
    return new_hub()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the client would have waited between its tries."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited
