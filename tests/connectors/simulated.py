"""The simulated gateway on a day in the middle of its world, with faults that a test switches on for a while."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import requests

from gateway.inbox import write_inbox
from gateway.server import CLIENT_ID, CLIENT_SECRET, running

FIRST, LAST = date(2023, 2, 26), date(2023, 2, 28)
"""Three days with everything in them: the end of a month, a Sunday, dirty records of several kinds."""
NOW = "2023-03-01T06:00:00+07:00"


class Simulated:
    """One running gateway."""

    client_id, client_secret = CLIENT_ID, CLIENT_SECRET

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock(NOW)

    def clock(self, now: str) -> None:
        self._admin("clock", now=now)

    @contextmanager
    def faults(self, names: str, seed: int = 0) -> Iterator[None]:
        self._admin("faults", faults=names, seed=seed)
        try:
            yield
        finally:
            self._admin("faults", faults="")

    @contextmanager
    def dialect(self, names: str) -> Iterator[None]:
        self._admin("dialect", dialect=names)
        try:
            yield
        finally:
            self._admin("dialect", dialect="")

    def fired(self) -> dict[str, int]:
        """How often each fault that is switched on has struck."""
        state = requests.get(f"{self.url}/__admin/state", timeout=10).json()
        return dict(state["fired"])

    def _admin(self, what: str, **said: Any) -> None:
        requests.post(f"{self.url}/__admin/{what}", json=said, timeout=10).raise_for_status()


@cache
def simulated_inbox() -> Path:
    """The inbox with the workbooks of the world, written once a process."""
    folder = Path(mkdtemp(prefix="ioc-inbox-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_inbox("lang-son-2023", folder)
    return folder


@contextmanager
def simulated(world: str = "lang-son-2023") -> Iterator[Simulated]:
    with running(world) as url:
        yield Simulated(url)
