"""Fair shares of what there is little of: nobody holds more than a share, and turns go round.

For one event loop: who waits for a turn holds neither a thread nor a connection.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count

from cachetools import LRUCache

from hub.errors import HubError

_REMEMBERED = 10_000
"""Callers whose last turns are known."""
_ROUNDS_AHEAD = 5
"""So far ahead of those who ask all the time somebody begins who has not asked lately."""
_OLDEST = 4
"""One of so many turns is of whoever has waited longest."""


class Shares:
    """How many of a thing each caller holds at the moment."""

    def __init__(self, share: int, refusal: Callable[[], HubError]) -> None:
        """`refusal` makes the error that is raised to whoever holds its `share` already."""
        self._share, self._refusal = share, refusal
        self._held: Counter[Hashable] = Counter()

    @contextmanager
    def one(self, caller: Hashable) -> Iterator[None]:
        """One more of the caller's, until the end."""
        if self._held[caller] >= self._share:
            raise self._refusal()
        self._held[caller] += 1
        try:
            yield
        finally:
            _less(self._held, caller)


@dataclass(frozen=True)
class _Waiting:
    """Who waits for a place."""

    caller: Hashable
    number: int
    arrival: int
    place: asyncio.Future[None]


class Turns:
    """Turns at a thing that few use at a time; they go round among those who wait.

    As in fair queueing by start times: each turn of a caller has a number one above its last, and the lowest number is
    next. Whoever has not asked lately begins a few rounds before the present one. Turns that were refused count. Some
    turns go to whoever has waited longest, so that no number of newcomers holds anybody up for ever.
    """

    def __init__(
        self, places: int, share: int, refusal: Callable[[], HubError], own_fault: Callable[[], HubError] | None = None
    ) -> None:
        """`places` are used at the same time, of one caller at most `share`. `own_fault` makes the refusal of a caller
        who uses its share."""
        self._free, self._share, self._refusal = places, share, refusal
        self._own_fault = own_fault or refusal
        self._round = 0
        self._last: LRUCache[Hashable, int] = LRUCache(_REMEMBERED)
        self._using: Counter[Hashable] = Counter()
        self._waiting: list[_Waiting] = []
        self._arrivals, self._given = count(), count(1)

    @asynccontextmanager
    async def turn(self, caller: Hashable, longest: float) -> AsyncIterator[None]:
        """Use a place once it is the caller's turn. Raises the refusal when it is not within `longest` seconds."""
        early = self._round - _ROUNDS_AHEAD
        number = max(early, self._last.get(caller, early - 1) + 1)
        self._last[caller] = number
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        own = _Waiting(caller, number, next(self._arrivals), place)
        self._waiting.append(own)
        self._give()
        try:
            await asyncio.wait([place], timeout=longest)
            if not place.done():
                raise self._refusal() if self._using[caller] < self._share else self._own_fault()
            yield
        finally:
            if place.done():
                self._free += 1
                _less(self._using, caller)
                self._give()
            else:
                self._waiting.remove(own)

    def _give(self) -> None:
        """Give free places to those whose turn it is."""
        while self._free:
            able = [one for one in self._waiting if self._using[one.caller] < self._share]
            if not able:
                return
            is_oldest = next(self._given) % _OLDEST == 0
            chosen = min(able, key=lambda one: (0 if is_oldest else one.number, one.arrival))
            self._waiting.remove(chosen)
            self._round = max(self._round, chosen.number)
            self._free -= 1
            self._using[chosen.caller] += 1
            chosen.place.set_result(None)


def _less(held: Counter[Hashable], caller: Hashable) -> None:
    held[caller] -= 1
    if not held[caller]:
        del held[caller]
