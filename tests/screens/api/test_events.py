"""Everybody who listens hears that something was published, and nothing of what."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from accounts import keys, sessions
from screens import database
from screens.api import events
from screens.app import create_app
from screens.database import ScreenSettings
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from tests.screens.api.hub import WORTHLESS, World, fill, listening
from warehouse.database import connect


@pytest.fixture(scope="module")
def hub(postgres: Postgres) -> World:
    return fill(postgres.database())


@pytest.fixture(scope="module")
def address(hub: World) -> Iterator[str]:
    with listening(create_app(ScreenSettings(hub.url, "H37", CATALOGUE, connections=4))) as address:
        yield address


@contextmanager
def stream(address: str, headers: dict[str, str]) -> Iterator[Iterator[tuple[str, int]]]:
    """Events as they come: name and version."""
    with requests.get(f"{address}/api/v1/events", headers=headers, stream=True, timeout=20) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert "Content-Encoding" not in answer.headers

        def said() -> Iterator[tuple[str, int]]:
            event = {}
            for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif event:
                    assert set(event) == {"event", "id", "retry", "data"}
                    assert json.loads(event["data"]) == {"version": int(event["id"])}
                    yield event["event"], int(event["id"])
                    event = {}

        yield said()


def test_all_listeners_hear_a_new_version_and_only_its_number(address: str, hub: World) -> None:
    callers = ("whole", "press", "wall", "browser", "far", "office in browser", "south", "wall in browser")
    heard: dict[str, list[tuple[str, int]]] = {caller: [] for caller in callers}
    ready = threading.Barrier(len(callers) + 1, timeout=20)

    def listen(caller: str) -> None:
        with stream(address, hub.headers[caller]) as said:
            heard[caller].append(next(said))
            ready.wait()
            heard[caller].append(next(said))

    listeners = [threading.Thread(target=listen, args=[caller], daemon=True) for caller in callers]
    for listener in listeners:
        listener.start()
    ready.wait()
    hub.publish()
    for listener in listeners:
        listener.join(15)
    for caller in callers:
        (first, before), (then, after) = heard[caller]
        assert (first, then) == ("beat", "version"), caller
        assert after > before


def test_whoever_missed_a_version_hears_of_it_at_once(address: str, hub: World) -> None:
    with stream(address, hub.headers["whole"] | {"Last-Event-ID": "1"}) as said:
        name, version = next(said)
        assert name == "version"
    with stream(address, hub.headers["whole"] | {"Last-Event-ID": str(version)}) as said:
        assert next(said) == ("beat", version)


def test_who_hears_a_version_is_told_an_older_one_by_no_other_process(
    hub: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FRESH", 1.5)
    mine, other = (create_app(ScreenSettings(hub.url, "H37", CATALOGUE, connections=2)) for _ in range(2))
    other.state.database.version()
    hub.publish()
    heard = asyncio.run(mine.state.versions.look())
    assert other.state.database.version() == heard
    for app in (mine, other):
        app.state.database.close()


def test_silence_is_broken_by_beats(address: str, hub: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.2)
    with stream(address, hub.headers["whole"]) as said:
        assert [next(said)[0] for _ in range(3)] == ["beat", "beat", "beat"]


def test_a_stream_ends_with_its_credentials(address: str, hub: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.2)
    with stream(address, hub.headers["viewer"]) as said:
        next(said)
        with connect(hub.url, "accounts") as keeper:
            keys.revoke(keeper, hub.headers["viewer"]["Authorization"].split()[1])
        began = time.monotonic()
        left = list(said)
    assert len(left) <= 3
    assert time.monotonic() - began < 5


def test_a_stream_is_no_use_of_the_session(address: str, hub: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "BEAT", 0.2)
    with connect(hub.url, "owner") as owner, stream(address, hub.headers["whole in browser"]) as said:
        next(said)
        [used] = owner.execute(
            f"select array_agg(s.token_sha256) from access.session as s where {sessions.OPEN}".encode()
        ).fetchall()

        def seen(ago: str) -> None:
            owner.execute(
                "update access.session set last_seen_at = now() - %s::interval where token_sha256 = any(%s)",
                [ago, *used],
            )
            owner.commit()

        seen("1 hour")
        assert [next(said)[0] for _ in range(3)] == ["beat", "beat", "beat"]
        assert owner.execute(
            "select count(*) from access.session where token_sha256 = any(%s)"
            " and last_seen_at > now() - interval '1 minute'",
            used,
        ).fetchone() == (0,)
        seen("3 hours")
        assert len(list(said)) <= 2, "it ends when the session has been idle for too long"
        seen("0 hours")


@pytest.mark.parametrize("caller", WORTHLESS)
def test_nobody_listens_without_good_credentials(address: str, hub: World, caller: str) -> None:
    answer = requests.get(f"{address}/api/v1/events", headers=hub.headers[caller], timeout=5)
    assert answer.status_code == 401


def test_a_process_that_ends_lets_its_listeners_go(hub: World) -> None:
    app = create_app(ScreenSettings(hub.url, "H37", CATALOGUE, connections=2))
    with listening(app) as address, stream(address, hub.headers["whole"]) as said:
        next(said)
        app.state.versions.close()
        assert list(said) == []
