"""No account takes what all need: connections of the database and streams of events, counted."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from fastapi import FastAPI

from kpis.memo import Once
from screens import database
from screens.api import events
from screens.app import create_app
from screens.database import Database, ScreenSettings
from tests.installation import CATALOGUE
from tests.screens.api.hub import World, listening
from warehouse.serving import Province

SHARE, QUEUE, STREAMS = 3, 5, 2


@pytest.fixture(scope="module")
def app(world: World) -> FastAPI:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_QUEUE", QUEUE)
        patch.setattr(events, "STREAMS", STREAMS)
        return create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=8))


@pytest.fixture(scope="module")
def site(app: FastAPI) -> Iterator[str]:
    with listening(app) as address:
        yield address


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Until it is set, each request of the account `whole` keeps its connection."""
    going, look_up = threading.Event(), Database._province

    def slow(own: Database, once: Once, caller: Any, code: str | None) -> Province:
        if caller.login == "whole":
            going.wait(60)
        return look_up(own, once, caller, code)

    monkeypatch.setattr(Database, "_province", slow)
    yield going
    going.set()


def ask(site: str, world: World, caller: str, path: str = "/api/v1/kpis") -> requests.Response:
    headers = world.headers[caller] | {"Accept-Language": "en"}
    return requests.get(site + path, headers=headers, timeout=60, allow_redirects=False)


def in_use(app: FastAPI) -> int:
    found: int = app.state.database._pools["answers"].pool.checkedout()
    return found


def test_keys_of_an_account_take_nothing_of_the_share_of_whose_it_is(
    app: FastAPI, site: str, world: World, go: threading.Event
) -> None:
    with ThreadPoolExecutor(25) as pool:
        machines = [pool.submit(ask, site, world, "whole") for _ in range(24)]
        until = time.monotonic() + 60
        while sum(one.done() for one in machines) < 24 - SHARE - QUEUE or in_use(app) < SHARE:
            assert time.monotonic() < until
            time.sleep(0.02)
        person = pool.submit(ask, site, world, "whole in browser")
        while in_use(app) == SHARE:
            assert time.monotonic() < until
            time.sleep(0.02)
        go.set()
        assert person.result().status_code == 200


@pytest.mark.parametrize(
    ("caller", "path"), [("whole", "/api/v1/kpis"), ("browser", "/api/v1/kpis"), ("browser", "/freshness")]
)
def test_an_account_has_a_share_of_the_connections_and_a_queue(
    app: FastAPI, site: str, world: World, go: threading.Event, caller: str, path: str
) -> None:
    with ThreadPoolExecutor(24) as pool:
        asked: list[Future[requests.Response]] = [pool.submit(ask, site, world, caller, path) for _ in range(24)]
        until = time.monotonic() + 60
        while sum(one.done() for one in asked) < 24 - SHARE - QUEUE or in_use(app) < SHARE:
            assert time.monotonic() < until
            time.sleep(0.02)
        refused = [one.result() for one in asked if one.done()]
        assert {(one.status_code, one.headers["Retry-After"]) for one in refused} == {(429, "5")}
        if path.startswith("/api"):
            assert {one.json()["type"] for one in refused} == {"urn:ioc:problem:too-many-requests"}
        assert in_use(app) == SHARE
        for other in ("press", "south", "far"):
            assert ask(site, world, other, "/api/v1/board").status_code == 200
        assert ask(site, world, "nobody", "/readyz").status_code == 200
        assert in_use(app) == SHARE
        go.set()
        assert sorted(one.result().status_code for one in asked) == [200] * (SHARE + QUEUE) + [429] * len(refused)
    assert ask(site, world, caller, path).status_code == 200
    assert in_use(app) == 0


def test_an_account_has_a_share_of_the_streams_of_events(site: str, world: World) -> None:
    def listen(caller: str) -> requests.Response:
        return requests.get(f"{site}/api/v1/events", headers=world.headers[caller], stream=True, timeout=20)

    with ExitStack() as streams:
        held = [streams.enter_context(listen("whole")) for _ in range(STREAMS)]
        assert [one.status_code for one in held] == [200] * STREAMS
        for same in ("reads", "wall"):
            refused = streams.enter_context(listen(same))
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        own = [streams.enter_context(listen("browser")).status_code for _ in range(STREAMS + 1)]
        assert own == [200] * STREAMS + [429], "keys and walls take nothing of the share of whose they are"
        assert streams.enter_context(listen("press")).status_code == 200
        assert ask(site, world, "whole").status_code == 200, "listening holds no connection of the database"
        held[0].close()
        until = time.monotonic() + 30
        while (again := listen("whole")).status_code != 200:
            assert time.monotonic() < until
            again.close()
            time.sleep(0.2)
        again.close()
