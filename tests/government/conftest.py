"""A receiver, and a hub with an outbox of its own for each test."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.government.receiver import Outbox, Receiver, receiving
from tests.postgres import Postgres


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


@pytest.fixture
def outbox(postgres: Postgres, receiver: Receiver, tmp_path: Path) -> Outbox:
    return Outbox(postgres.database(), tmp_path, receiver.url)


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the client would have waited between its tries."""
    waited: list[float] = []
    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=waited.append))
    return waited
