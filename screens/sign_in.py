"""Signing in by password, so that however many try at once, nobody else waits for them.

A sign-in has threads and connections of its own. It holds no connection while a password is hashed, and passwords are
hashed a few at a time: hashing one takes a whole core. Those who come from a usual address do not queue behind others.
"""

import os
from collections.abc import Callable
from math import ceil
from typing import TypeVar

from anyio import CapacityLimiter, fail_after
from anyio.to_thread import run_sync

from accounts import passwords, sessions, throttle
from accounts.sessions import NewSession, SignIn
from hub.errors import SignInBusy, WrongCredentials
from screens.database import SIGN_IN_CONNECTIONS, Database

LONGEST_QUEUE = 20
"""Seconds that a sign-in waits for its turn."""
HASHES = max(1, (os.cpu_count() or 1) // 2)
"""Passwords hashed at the same time of usual addresses, and as many of others."""
_Answer = TypeVar("_Answer")


class SignIns:
    """The sign-ins of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._recording = CapacityLimiter(SIGN_IN_CONNECTIONS)
        self._hashing = {is_usual: CapacityLimiter(HASHES) for is_usual in (True, False)}

    async def sign_in(self, login: str, password: str, address: str) -> NewSession:
        """Open a session. Raises TooManyAttempts after many failures, SignInBusy when there are too many others, else
        WrongCredentials."""
        begun = await _in_turn(self._recording, lambda: self._begin(login, address))
        try:
            is_right = await _in_turn(
                self._hashing[begun.attempt.is_usual], lambda: passwords.matches(password, begun.password_hash)
            )
        except SignInBusy:
            await run_sync(self._withdraw, begun, limiter=self._recording)
            raise
        if not is_right:
            raise WrongCredentials
        return await _in_turn(self._recording, lambda: self._open(begun))

    def _begin(self, login: str, address: str) -> SignIn:
        with self._database.sign_ins() as connection:
            return sessions.begin(connection, login, address)

    def _withdraw(self, begun: SignIn) -> None:
        with self._database.sign_ins() as connection:
            throttle.withdraw(connection, begun.attempt)

    def _open(self, begun: SignIn) -> NewSession:
        with self._database.sign_ins() as connection:
            return sessions.open_after(connection, begun)


async def _in_turn(limiter: CapacityLimiter, work: Callable[[], _Answer]) -> _Answer:
    """Do it in a thread of the limiter's; what has begun is not interrupted. Raises SignInBusy when it cannot begin."""
    try:
        with fail_after(LONGEST_QUEUE):
            return await run_sync(work, limiter=limiter)
    except TimeoutError:
        raise SignInBusy(ceil(LONGEST_QUEUE)) from None
