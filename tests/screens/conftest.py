"""The gallery behind a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import Go, serving, visits


@pytest.fixture(scope="session")
def gallery(assets: Path) -> Iterator[str]:
    from tests.screens.gallery import app

    with serving(app) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, gallery: str) -> Iterator[Go]:
    """Opens a page of the gallery."""
    with visits(browser, gallery) as go:
        yield go
