"""Many sign-ins at the same moment: others do not wait for them, and each gets an answer."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
import requests
from fastapi import FastAPI

from accounts import directory, keys, passwords, sessions
from screens import sign_in
from screens.app import create_app
from screens.database import ScreenSettings
from tests.browser import serving
from tests.installation import CATALOGUE
from tests.screens.pages.world import AUDITOR, LEADER, PASSWORD, World
from warehouse.database import connect

USUAL = "10.7.0.1"


@dataclass
class Hashing:
    """Holds every wrong password until it is let go, and counts how many are looked at at once."""

    go: threading.Event = field(default_factory=threading.Event)
    now: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def matches(self, password: str, kept: str | None) -> bool:
        if password == PASSWORD:
            return kept is not None
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.go.wait(60)
        with self._lock:
            self.now -= 1
        return False


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hashing]:
    made = Hashing()
    monkeypatch.setattr(passwords, "matches", made.matches)
    yield made
    made.go.set()


@pytest.fixture
def app(world: World) -> FastAPI:
    with connect(world.url, "owner") as owner:
        owner.execute("truncate access.login_attempt")
    return create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=2))


@pytest.fixture
def site(app: FastAPI) -> Iterator[str]:
    with serving(app) as address:
        yield address
        app.state.versions.close()


def post(site: str, login: str, password: str, address: str) -> requests.Response:
    return requests.post(
        f"{site}/login",
        data={"csrf": sessions.csrf_token("own"), "login": login, "password": password},
        headers={"X-Forwarded-For": address, "Cookie": "ioc_form=own; lang=en"},
        allow_redirects=False,
        timeout=90,
    )


def attempts(world: World) -> int:
    with connect(world.url, "owner") as owner:
        row = owner.execute("select count(*) from access.login_attempt").fetchone()
    assert row is not None
    return int(row[0])


def until_begun(world: World, count: int) -> None:
    until = time.monotonic() + 60
    while attempts(world) < count:
        assert time.monotonic() < until, "not all sign-ins have begun"
        time.sleep(0.05)


@pytest.fixture
def guessing(site: str, world: World, hashing: Hashing, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Future]]:  # type: ignore[type-arg]
    """120 sign-ins from as many addresses, that wait for their password to be looked at."""
    monkeypatch.setattr(sign_in, "LONGEST_QUEUE", 60)
    with ThreadPoolExecutor(120) as pool:
        waiting = [pool.submit(post, site, f"ai.{n}", "sai", f"10.8.0.{n}") for n in range(120)]
        until_begun(world, 120)
        yield waiting
        hashing.go.set()


def test_a_hundred_sign_ins_hold_up_neither_the_api_nor_pages(
    site: str,
    app: FastAPI,
    world: World,
    hashing: Hashing,
    guessing: list[Future],  # type: ignore[type-arg]
) -> None:
    with connect(world.url, "accounts") as keeper:
        key = keys.create(keeper, directory.find(keeper, AUDITOR).account_id, "máy", ["read"], 1)
    answer = requests.get(f"{site}/api/v1/kpis", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 200
    assert requests.get(f"{site}/login", timeout=30).status_code == 200
    assert not any(one.done() for one in guessing)
    assert app.state.database._pools["sign-ins"].pool.checkedout() == 0, "a connection waits for a hash"
    assert 0 < hashing.now <= sign_in.HASHES
    hashing.go.set()
    assert {one.result(60).status_code for one in guessing} == {401}
    assert hashing.most <= sign_in.HASHES


def test_who_comes_from_a_usual_address_does_not_queue_behind_strangers(
    site: str,
    world: World,
    guessing: list[Future],  # type: ignore[type-arg]
) -> None:
    with connect(world.url, "owner") as owner:
        owner.execute(
            "insert into access.login_attempt (login_sha256, address, succeeded)"
            " values (encode(sha256(%s), 'hex'), %s, true)",
            [LEADER.encode(), USUAL],
        )
    assert post(site, LEADER, PASSWORD, USUAL).status_code == 303
    assert not any(one.done() for one in guessing)


def test_whose_turn_does_not_come_is_told_when_to_try_again_and_has_not_failed(
    site: str, world: World, hashing: Hashing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(sign_in.HASHES) as pool:
        for number in range(sign_in.HASHES):
            pool.submit(post, site, f"ai.{number}", "sai", "10.8.0.1")
        until_begun(world, sign_in.HASHES)
        while hashing.now < sign_in.HASHES:
            time.sleep(0.01)
        monkeypatch.setattr(sign_in, "LONGEST_QUEUE", 0.5)
        answer = post(site, LEADER, PASSWORD, "10.8.0.2")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert "Too many people are signing in at this moment; try again in 2 s" in answer.text
        assert attempts(world) == sign_in.HASHES
        hashing.go.set()


def test_what_is_being_looked_at_is_answered_however_long_it_takes(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "LONGEST_QUEUE", 1)

    def slowly(_: str, kept: str | None) -> bool:
        time.sleep(1.5)
        return kept is not None

    monkeypatch.setattr(passwords, "matches", slowly)
    assert post(site, LEADER, PASSWORD, USUAL).status_code == 303


@pytest.mark.parametrize("login", [LEADER, "không.có"])
def test_characters_that_no_form_sends_are_a_wrong_password(site: str, login: str) -> None:
    for said in ((login + "\0", PASSWORD), (login, PASSWORD + "\0"), ("\0", "\0"), (login + "\x1b", "\x7f")):
        assert post(site, *said, USUAL).status_code == 401
