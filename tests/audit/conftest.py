"""A hub with an audit trail, made once, and copies of it."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.trail import Trail
from tests.postgres import Postgres


@pytest.fixture(scope="session")
def kept(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Trail:
    """Two checkpoints, and entries since; tests change copies."""
    hub = Trail(postgres.database(), tmp_path_factory.mktemp("trail"))
    for _ in range(2):
        hub.write(10)
        hub.checkpoint()
    hub.write(2)
    assert hub.verify().findings == []
    return hub


@pytest.fixture
def hub(kept: Trail, postgres: Postgres, tmp_path: Path) -> Iterator[Trail]:
    """A copy with an anchor folder of its own."""
    with kept.copied(postgres, tmp_path / "hub") as copy:
        yield copy


@pytest.fixture
def disk_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing can be written to the disk."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("hub.files.os.fsync", full)
