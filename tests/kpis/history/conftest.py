"""A hub of one test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kpis.definition import Definition
from tests.installation import CATALOGUE
from tests.kpis.history.hub import Hub, changed_definition
from tests.postgres import Postgres
from warehouse.database import connect


@pytest.fixture
def hub(postgres: Postgres) -> Iterator[Hub]:
    url = postgres.database()
    with connect(url, "owner") as connection:
        yield Hub(url, connection)


@pytest.fixture
def defined(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Definition]:
    """Gives the KPI another definition from now on, as a new release would."""

    def define(version: int, *changes: tuple[str, str], kpi: str = "gate_vehicles") -> Definition:
        definition = changed_definition(tmp_path, version, *changes, kpi=kpi)
        monkeypatch.setitem(CATALOGUE.definitions, kpi, definition)
        return definition

    return define
