"""What a handler gets and gives."""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from starlette.requests import Request, empty_receive
from starlette.types import Receive, Scope

from gateway.moments import parse_iso_day
from gateway.shelf import encode
from gateway.world import World

Keys = tuple[str, ...]
Active = Callable[[str, bytes], bool]


class BadQueryError(Exception):
    """What the client asks for makes no sense; each source has its own way to say so."""


class Call(Request):
    """A request. ``now`` is the gateway's clock (a moment); ``active`` tells whether a fault holds for a whole query,
    which is named by its second argument."""

    def __init__(
        self, scope: Scope, receive: Receive = empty_receive, now: int = 0, active: Active = lambda *_: False
    ) -> None:
        super().__init__(scope, receive)
        self.now, self.active = now, active
        self.path: str = scope["path"]
        self.content = b""

    async def read(self) -> None:
        """Takes in the body."""
        self.content = await self.body()

    @property
    def correlation_id(self) -> str:
        return self.headers.get("x-correlation-id", "")

    @property
    def takes_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")

    @cached_property
    def signature(self) -> bytes:
        """What makes two requests the same one."""
        return b"\n".join((self.method.encode(), self.path.encode(), self.scope["query_string"], self.content))

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return self.query_params.get(name, default)

    def asked_day(self, name: str) -> date:
        """A day of the query. Raises BadQueryError."""
        with refusing(f"{name} phải có dạng yyyy-mm-dd"):
            return parse_iso_day(self.asked(name))

    def asked_month(self, name: str) -> date:
        """A month of the query, by its first day. Raises BadQueryError."""
        with refusing(f"{name} phải có dạng yyyy-mm"):
            return parse_iso_day(f"{self.asked(name)}-01")


@dataclass(slots=True)
class Answer:
    """``records`` and ``total`` say where a JSON body has its records and its declared total; ``renamed`` is
    the field that a drifting source renames; ``window`` names the query without its paging."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    records: Keys | None = None
    total: Keys | None = None
    renamed: str = ""
    window: bytes = b""
    keep: bool = True
    zipped: bytes = b""

    @property
    def size(self) -> int:
        """The room that it takes, plain and compressed."""
        return len(self.body) + len(self.zipped)

    def zip(self) -> None:
        """Compresses the body, at the fastest level; the same bytes every time."""
        self.zipped = gzip.compress(self.body, 1, mtime=0)


class Page(NamedTuple):
    """Records [start, stop) of a query that gives ``total`` in all."""

    total: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A path of the interface. ``handle`` is quick once the world has made its feed ``name``; ``refuse`` says that a
    parameter is wrong."""

    path: str
    name: str
    handle: Callable[[World, Call], Answer]
    method: str = "GET"
    refuse: Callable[[Call, str], Answer] = lambda _, text: failure(400, text)


def json_answer(status: int, value: object) -> Answer:
    """``value`` as JSON, not to be kept."""
    return Answer(status, encode(value), keep=False)


def failure(status: int, text: object) -> Answer:
    """An error as all but dvc and ioffice say it."""
    return json_answer(status, {"loi": text})


@contextmanager
def refusing(text: str) -> Iterator[None]:
    """What cannot be read is a bad query."""
    try:
        yield
    except (ValueError, TypeError):
        raise BadQueryError(text) from None


def check_area(world: World, call: Call) -> None:
    """Raises BadQueryError when the query is of another province."""
    if call.asked("tinh") != world.file.area:
        raise BadQueryError("tinh không đúng")


def page_of(call: Call, window: bytes, count: int, offset: int, size: int) -> Page:
    """The page of ``size`` records from ``offset`` on, of ``count``.

    A fault may give the record before the first page border again after it, and count it.
    """
    shift = int(count > size and call.active("duplicate_page_rows", window))
    start = min(offset, count + shift)
    stop = min(start + size, count + shift)
    back = shift if offset >= size else 0
    return Page(count + shift, start - back, stop - back)
