"""A hub of each test's own that loads what the test says, without a gateway."""

from pathlib import Path

import pytest

from tests.pipeline.hub import Hub
from tests.postgres import Postgres


@pytest.fixture
def hub(postgres: Postgres, tmp_path: Path) -> Hub:
    return Hub(postgres.database(), tmp_path, "http://127.0.0.1:9")
