"""Server-sent events: when the data version changes, every listener is sent the new number, and nothing else.

One poll a second serves all listeners of the process, and none runs while nobody listens.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from anyio import to_thread

from screens import database
from screens.database import Database
from screens.request_errors import too_many_requests
from screens.turns import Shares

log = logging.getLogger(__name__)
EVERY = 1.0
BEAT = 15.0
"""Seconds: pages take silence of more than 20 for a lost connection."""
STREAMS = 50
"""Of one account in all its sessions, and as many with all its keys and walls: each a tenth of the connections that a
process has."""


class VersionEvents:
    """The data version, and who waits for the next one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.streams = Shares(STREAMS, too_many_requests)
        self._changed = asyncio.Event()
        self._closed = False
        self.number = 0
        self.listeners = 0

    def close(self) -> None:
        """End every stream: the process is ending."""
        self._closed = True
        self._changed.set()

    async def watch(self) -> None:
        """Poll while there are listeners, for as long as the process lives."""
        while True:
            await asyncio.sleep(EVERY)
            if not self.listeners:
                continue
            try:
                await self.look()
            except Exception as error:
                log.warning("the data version cannot be read: %s", error)

    async def look(self) -> int:
        """Read the number, and wake listeners when it is another one; not before every other process has it, too.

        A listener asks again at once, perhaps another process, whose number may be as old as it keeps one.
        """
        number = await to_thread.run_sync(self._database.version)
        if number != self.number:
            await asyncio.sleep(database.FRESH)
        if number != self.number:  # another look may have sent it meanwhile
            self.number = number
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()
        return self.number

    async def stream(self, seen: int | None, still_known: Callable[[], bool]) -> AsyncIterator[bytes]:
        """Events for one listener, who has `seen` a version before; ends when its credentials are over."""
        self.listeners += 1
        try:
            sent = await self.look()
            yield _event("version" if seen is not None and seen != sent else "beat", sent)
            while not self._closed:
                changed = self._changed
                if self.number == sent:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), BEAT)
                if self._closed or not await to_thread.run_sync(still_known):
                    return
                yield _event("version" if self.number != sent else "beat", self.number)
                sent = self.number
        finally:
            self.listeners -= 1


def _event(name: str, version: int) -> bytes:
    return f'event: {name}\nid: {version}\nretry: 3000\ndata: {{"version":{version}}}\n\n'.encode()
