"""However many passwords somebody tries, others' are looked at soon: counted in passwords, not in seconds."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, cast

import pytest

from accounts import passwords
from accounts.sessions import NewSession, SignIn
from accounts.throttle import SignInAttempt
from hub.errors import SignInBusy, WrongCredentials
from screens import sign_in
from screens.database import Database
from screens.sign_in import HASHES, PER_ADDRESS, PER_LOGIN, SignIns

RIGHT = "right"
OPENED = cast(NewSession, "a session")


class Attempts(SignIns):
    """Sign-ins without a database: addresses that begin with 10.7. are usual ones."""

    def __init__(self) -> None:
        super().__init__(cast(Database, None))
        self.looked_at: list[str] = []
        self.now, self.most = 0, 0
        self.withdrawn: list[str] = []
        self.slow = threading.Event()
        self.slow.set()
        self._lock = threading.Lock()

    def matches(self, password: str, kept: str | None) -> bool:
        with self._lock:
            self.looked_at.append(str(kept))
            self.now += 1
            self.most = max(self.most, self.now)
        self.slow.wait(30)
        time.sleep(0.002)
        with self._lock:
            self.now -= 1
        return password == RIGHT

    def _begin(self, login: str, address: str) -> SignIn:
        return SignIn(SignInAttempt(0, address.startswith("10.7.")), 1, login)

    def _withdraw(self, begun: SignIn) -> None:
        self.withdrawn.append(str(begun.password_hash))

    def _open(self, begun: SignIn) -> NewSession:  # noqa: ARG002
        return OPENED


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Attempts:
    made = Attempts()
    monkeypatch.setattr(passwords, "matches", made.matches)
    return made


async def again_and_again(attempts: Attempts, login: str, password: str, address: str) -> None:
    while True:
        with suppress(WrongCredentials, SignInBusy):
            await attempts.sign_in(login, password, address)
        await asyncio.sleep(0.001)


def while_others_try(attempts: Attempts, others: list[Coroutine[Any, Any, None]], login: str, address: str) -> int:
    """How many passwords are looked at between a right one's arrival and the end of its sign-in, while others try."""

    async def story() -> int:
        trying = [asyncio.ensure_future(one) for one in others]
        while len(attempts.looked_at) < 100:
            await asyncio.sleep(0.001)
        before = len(attempts.looked_at)
        assert await attempts.sign_in(login, RIGHT, address) == OPENED
        after = attempts.looked_at[before:]
        for one in trying:
            one.cancel()
        await asyncio.gather(*trying, return_exceptions=True)
        return after.index(login)

    return asyncio.run(story())


@pytest.mark.parametrize("address", ["10.7.1.1", "10.9.0.1"], ids=["usual", "new"])
@pytest.mark.parametrize(("addresses", "each"), [(40, 1), (3, 15)])
def test_strangers_who_guess_hold_nobody_up(attempts: Attempts, addresses: int, each: int, address: str) -> None:
    guesses = [
        again_and_again(attempts, f"ai.{place}.{number}", "wrong", f"10.8.0.{place}")
        for place in range(addresses)
        for number in range(each)
    ]
    assert while_others_try(attempts, guesses, "leader", address) <= 3 * HASHES
    assert attempts.most <= 2 * HASHES


@pytest.mark.parametrize("address", ["10.7.1.1", "10.9.0.1"], ids=["usual", "new"])
def test_one_account_that_signs_in_all_the_time_holds_nobody_up(attempts: Attempts, address: str) -> None:
    its_own = [again_and_again(attempts, "busy", RIGHT, f"10.7.0.{number % 5}") for number in range(20)]
    assert while_others_try(attempts, its_own, "leader", address) <= 3 * HASHES


def test_many_who_guess_one_login_do_not_keep_it_from_its_usual_address(attempts: Attempts) -> None:
    guesses = [again_and_again(attempts, "leader", "wrong", f"10.8.0.{number}") for number in range(40)]
    guesses += [again_and_again(attempts, "other", "wrong", f"10.8.1.{number}") for number in range(20)]

    async def story() -> None:
        trying = [asyncio.ensure_future(one) for one in guesses]
        while len(attempts.looked_at) < 50:
            await asyncio.sleep(0.001)
        assert await attempts.sign_in("leader", RIGHT, "10.7.1.1") == OPENED
        for one in trying:
            one.cancel()
        await asyncio.gather(*trying, return_exceptions=True)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("login", "address", "most"),
    [
        ("leader", "10.7.0.{}", PER_LOGIN),
        ("leader", "10.8.0.{}", PER_LOGIN),
        ("leader", "10.7.0.1", PER_LOGIN),
        ("ai.{}", "10.8.0.1", PER_ADDRESS),
    ],
    ids=["a login at usual addresses", "a login elsewhere", "a login at an address", "an address"],
)
def test_one_more_than_may_be_under_way_is_refused_at_once(
    attempts: Attempts, login: str, address: str, most: int
) -> None:
    async def story() -> Counter[str]:
        attempts.slow.clear()
        trying = [
            asyncio.ensure_future(attempts.sign_in(login.format(number), RIGHT, address.format(number)))
            for number in range(60)
        ]
        while sum(one.done() for one in trying) < 60 - most:
            await asyncio.sleep(0.001)
        attempts.slow.set()
        ended = await asyncio.gather(*trying, return_exceptions=True)
        assert all(one.after > 0 for one in ended if isinstance(one, SignInBusy))
        return Counter(type(one).__name__ for one in ended)

    assert asyncio.run(story()) == {"SignInBusy": 60 - most, "str": most}


def test_a_turn_that_does_not_come_is_withdrawn_and_counts(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "LONGEST_QUEUE", 0.05)

    async def story() -> None:
        attempts.slow.clear()
        held = [
            asyncio.ensure_future(attempts.sign_in(f"first.{number}", RIGHT, f"10.6.0.{number}"))
            for number in range(HASHES)
        ]
        while len(attempts.looked_at) < HASHES:
            await asyncio.sleep(0.001)
        for _ in range(3):
            with pytest.raises(SignInBusy):
                await attempts.sign_in("impatient", RIGHT, "10.8.0.1")
        assert attempts.withdrawn == ["impatient"] * 3
        monkeypatch.setattr(sign_in, "LONGEST_QUEUE", 30)
        held.append(asyncio.ensure_future(attempts.sign_in("impatient", RIGHT, "10.8.0.1")))
        await asyncio.sleep(0.1)
        held.append(asyncio.ensure_future(attempts.sign_in("leader", RIGHT, "10.9.0.1")))
        await asyncio.sleep(0.1)
        attempts.slow.set()
        await asyncio.gather(*held)

    asyncio.run(story())
    assert attempts.looked_at[HASHES:] == ["leader", "impatient"]
