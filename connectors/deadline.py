"""Ends an HTTP exchange at its deadline whatever the other side sends: before each read from the socket the time that
is left is looked at, so that status lines, interim answers, headers and bodies that trickle in are all covered."""

import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

_exchange = threading.local()
"""The thread's exchange: when it must be over, in `time.monotonic` seconds, and whether that moment came."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """What is read in the block, over connections of a TimelyAdapter, ends after `seconds` with a TimeoutError."""
    _exchange.ends, _exchange.missed = time.monotonic() + seconds, False
    try:
        yield
    finally:
        _exchange.ends = None


def missed() -> bool:
    """Whether the thread's exchange was cut off at its deadline."""
    return bool(getattr(_exchange, "missed", False))


class TimelyAdapter(HTTPAdapter):
    """Connections that keep the deadline."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


def timely_session() -> requests.Session:
    """A session whose connections keep the deadline; it takes no proxy and no credentials from the environment."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, TimelyAdapter())
    return session


class _Reader(io.RawIOBase):
    """What comes from a socket, until the deadline."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw, self._connection = raw, connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        ends = getattr(_exchange, "ends", None)
        if ends is None:
            return self._raw.readinto(buffer)
        left, silence = ends - time.monotonic(), self._connection.gettimeout()
        if left <= 0:
            _exchange.missed = True
            raise TimeoutError
        if silence is not None and silence <= left:
            return self._raw.readinto(buffer)
        self._connection.settimeout(left)
        try:
            return self._raw.readinto(buffer)
        except TimeoutError:
            _exchange.missed = True
            raise
        finally:
            self._connection.settimeout(silence)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(urllib3.connection.HTTPConnection):
    response_class = _Response


class _SecureConnection(urllib3.connection.HTTPSConnection):
    response_class = _Response


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
