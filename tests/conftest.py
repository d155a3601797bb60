"""What all tests share: real PostgreSQL servers, and no way to any address but loopback."""

import pytest
from pytest_socket import socket_allow_hosts

from tests.browser import assets, browser  # noqa: F401 - fixtures
from tests.postgres import (  # noqa: F401 - fixtures
    _servers,
    every_postgres,
    every_warehouse_url,
    owner,
    postgres,
    warehouse_url,
)


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
