"""A ledger that each test fills by itself; nothing of it is kept."""

from collections.abc import Iterator

import pytest

from tests.alerts.world import Ledger
from warehouse.database import connect


@pytest.fixture
def ledger(warehouse_url: str) -> Iterator[Ledger]:
    with connect(warehouse_url, "owner") as connection:
        yield Ledger(connection)
        connection.rollback()
