"""Signing in by password, so that however many try at once, nobody else waits for them.

A sign-in has threads and connections of its own. It holds no connection while a password is hashed, and passwords are
hashed a few at a time: hashing one takes a whole core. Turns go round: among usual addresses by login, among others by
address, so that whoever tries often waits behind whoever tries seldom. Usual addresses do not queue behind others.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

from accounts import passwords, sessions, throttle
from accounts.sessions import NewSession, SignIn
from hub.errors import SignInBusy, WrongCredentials
from screens.database import SIGN_IN_CONNECTIONS, Database
from screens.turns import Shares, Turns

LONGEST_QUEUE = 40
"""Seconds that a sign-in waits for its turn: as many strangers from as many addresses may come in before somebody whose
address is new, too."""
HASHES = max(1, (os.cpu_count() or 1) // 2)
"""Passwords hashed at the same time of usual addresses, and as many of others."""
PER_LOGIN, PER_ADDRESS = 3, 20
"""Sign-ins that a login at its usual addresses, the same login elsewhere, and an address, which a whole office may
share, have under way; one more is refused at once."""
_SOON = 2
"""Seconds after which whoever is refused is to try again."""
_Answer = TypeVar("_Answer")


class SignIns:
    """The sign-ins of one process."""

    def __init__(self, database: Database) -> None:
        busy = partial(SignInBusy, _SOON)
        self._database = database
        self._threads = CapacityLimiter(SIGN_IN_CONNECTIONS + 2 * HASHES)
        self._of_address, self._of_login = Shares(PER_ADDRESS, busy), Shares(PER_LOGIN, busy)
        self._recording = Turns(SIGN_IN_CONNECTIONS, SIGN_IN_CONNECTIONS, busy)
        self._hashing = {is_usual: Turns(HASHES, HASHES, busy) for is_usual in (True, False)}

    async def sign_in(self, login: str, password: str, address: str) -> NewSession:
        """Open a session. Raises TooManyAttempts after many failures, SignInBusy when there are too many others, else
        WrongCredentials."""
        who, place = throttle.counted_as(login, address)
        with self._of_address.one(place), self._of_login.one((who, place)):
            begun = await self._in_turn(self._recording, place, lambda: self._begin(login, address))
            is_usual = begun.attempt.is_usual
            try:
                with self._of_login.one((who, is_usual)):
                    is_right = await self._in_turn(
                        self._hashing[is_usual],
                        who if is_usual else place,
                        lambda: passwords.matches(password, begun.password_hash),
                    )
            except SignInBusy:
                await self._in_turn(self._recording, place, lambda: self._withdraw(begun))
                raise
            if not is_right:
                raise WrongCredentials
            return await self._in_turn(self._recording, place, lambda: self._open(begun))

    def _begin(self, login: str, address: str) -> SignIn:
        with self._database.sign_ins() as connection:
            return sessions.begin(connection, login, address)

    def _withdraw(self, begun: SignIn) -> None:
        with self._database.sign_ins() as connection:
            throttle.withdraw(connection, begun.attempt)

    def _open(self, begun: SignIn) -> NewSession:
        with self._database.sign_ins() as connection:
            return sessions.open_after(connection, begun)

    async def _in_turn(self, turns: Turns, caller: str, work: Callable[[], _Answer]) -> _Answer:
        """Do it in a thread; what has begun is not interrupted. Raises SignInBusy when it cannot begin."""
        async with turns.turn(caller, LONGEST_QUEUE):
            return await run_sync(work, limiter=self._threads)
