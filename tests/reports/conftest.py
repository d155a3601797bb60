"""A warehouse of one test's own facts; nothing is kept."""

import psycopg
import pytest

from tests.kpis.facts import Facts


@pytest.fixture
def facts(owner: psycopg.Connection) -> Facts:
    return Facts(owner)
