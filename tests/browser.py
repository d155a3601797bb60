"""A real browser for tests of pages: it may ask nobody but the server that it is sent to, and tells what it did."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from screens import build

CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one draws pages alike and has no windows of its own, which take others five times as long for a page."""
CHROMIUM = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
AXE = build.ASSETS / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def assets() -> Path:
    """The built files, made now where an environment was not set up by `make env`."""
    if not build.is_fresh() or not AXE.exists():
        build.build()
    return build.STATIC


@pytest.fixture(scope="module")
def browser(assets: Path) -> Iterator[Browser]:
    """A module's own: while it lives, no loop can run in the main thread."""
    if CHROMIUM is None:  # no package index of Python's brings one, and `make test` must do without root
        pytest.skip("Chromium is not installed; .ci/run installs it")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@dataclass
class Visit:
    """A page in a browser of its own, and what it did besides showing itself."""

    page: Page
    context: BrowserContext
    strangers: list[str] = field(default_factory=list)
    """Requests to any other host; all refused."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, content-policy violations included."""
    requests: list[Request] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(said.text)

    def keep(self, request: Request) -> None:
        self.requests.append(request)

    def bytes(self) -> dict[str, int]:
        """File → bytes of its body on the wire, compressed."""
        return {request.url: request.sizes()["responseBodySize"] for request in self.requests if request.response()}


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application behind a real socket; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


Go = Callable[..., Visit]


@contextmanager
def visits(browser: Browser, address: str) -> Iterator[Go]:
    """Opens pages of that address, each with an empty cache; `clock`: the test moves its time; `refuse`: out of reach;
    `cookies`: what the browser holds already."""
    opened: list[BrowserContext] = []

    def go(
        path: str,
        size: tuple[int, int] = (1440, 900),
        scheme: str = "light",
        clock: bool = False,
        refuse: str = "",
        cookies: dict[str, str] | None = None,
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="vi-VN",
            reduced_motion="reduce",
        )
        opened.append(context)
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in (cookies or {}).items()])
        page = context.new_page()
        page.set_default_timeout(15_000)
        if clock:
            page.clock.install()
        made = Visit(page, context)

        def guard(route: Any) -> None:
            if refuse and refuse in route.request.url:
                route.abort()
            elif route.request.url.startswith((address, "data:")):
                route.continue_()
            else:
                made.strangers.append(route.request.url)
                route.abort()

        context.route("**/*", guard)
        page.on("console", made.hear)
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        page.on("requestfinished", made.keep)
        page.goto(address + path, wait_until="load")
        page.evaluate("document.fonts.ready.then(() => 0)")
        return made

    yield go
    for context in opened:
        context.close()
