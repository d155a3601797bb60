"""What all tests share: real PostgreSQL servers, and no way to any address but loopback."""

import os

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import socket_allow_hosts

from tests.browser import assets, browser  # noqa: F401 - fixtures
from tests.installation import FOLDER
from tests.nation import national, provinces  # noqa: F401 - fixtures
from tests.postgres import (  # noqa: F401 - fixtures
    _servers,
    every_postgres,
    every_warehouse_url,
    owner,
    postgres,
    postgres_with_contrib,
    warehouse_url,
)

os.environ["IOC_INSTALLATION"] = str(FOLDER)  # of commands, too
settings.register_profile(
    "hub",
    deadline=None,  # a busy machine is no fault of the code
    max_examples=24,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("hub"), max_examples=240)
settings.load_profile("hub")


LONGEST = ("demo/test_demo", "reports/test_two_years", "dags/test_runs", "compose/test_services_run", "provinces/")
"""Files with few tests that take minutes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
