"""What a handler gets and gives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from starlette.requests import Request, empty_receive
from starlette.types import Receive, Scope

from gateway.faults import Faults
from gateway.moments import parse_iso_day
from gateway.shelf import encode
from gateway.world import World

FILE_TYPE = "text/csv; charset=utf-8"
Keys = tuple[str, ...]


class BadQueryError(Exception):
    """What the client asks for makes no sense; each source has its own way to say so."""


class Call(Request):
    """A request. ``now`` is the gateway's clock (a moment), ``dialects`` are the habits in which it answers."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive = empty_receive,
        now: int = 0,
        faults: Faults | None = None,
        dialects: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(scope, receive)
        self.now, self.faults, self.dialects = now, faults or Faults({}), dialects
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

    def asked_days(self) -> tuple[date, date]:
        """The days ``tu`` and ``den`` of the query. Raises BadQueryError."""
        first, last = self.asked_day("tu"), self.asked_day("den")
        if first > last:
            raise BadQueryError("tu sau den")
        return first, last

    def asked_month(self, name: str) -> date:
        """A month of the query, by its first day. Raises BadQueryError."""
        with refusing(f"{name} phải có dạng yyyy-mm"):
            return parse_iso_day(f"{self.asked(name)}-01")


class Records(NamedTuple):
    """Where a JSON body has its records and its declared total, the field that a drifting source renames, and the name
    of the query without its paging."""

    place: Keys
    total: Keys | None = None
    renamed: str = ""
    window: bytes = b""

    def of(self, value: Any) -> list[dict[str, Any]]:
        """The records of the decoded body ``value``."""
        for name in self.place:
            value = value[name]
        found: list[dict[str, Any]] = value
        return found


@dataclass(slots=True)
class Answer:
    """What is sent; ``keep`` says whether the same request gets the same one."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    records: Records | None = None
    keep: bool = True
    zipped: bytes = b""

    @property
    def size(self) -> int:
        """The room that it takes, plain and compressed."""
        return len(self.body) + len(self.zipped)


class Page(NamedTuple):
    """Records [start, stop) of a query that gives ``total`` in all."""

    total: int
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A path of the interface. ``handle`` is quick once the world has made its feed ``name``; ``refuse`` says that a
    parameter is wrong; the parameter ``tinh`` of a feed ``of_area`` must be the world's."""

    path: str
    name: str
    handle: Callable[[World, Call], Answer]
    method: str = "GET"
    refuse: Callable[[Call, str], Answer] = lambda _, text: failure(400, text)
    of_area: bool = False

    def answer(self, world: World, call: Call) -> Answer:
        """What the source says. Raises NoSuchFeedError."""
        try:
            if self.of_area and call.asked("tinh") != world.file.area:
                raise BadQueryError("tinh không đúng")
            return self.handle(world, call)
        except BadQueryError as error:
            return self.refuse(call, str(error))


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


def page_of(call: Call, count: int, offset: int, size: int, window: bytes = b"") -> Page:
    """The page of ``size`` records from ``offset`` on, of ``count``.

    Faults of the query ``window`` may keep its last tenth back when it is read for the first time, or give the record
    before the first page border again after it. Dialects may repeat the record before each page, or give
    the last page for those beyond the end.
    """
    if window and call.faults.is_late(window, begins=offset == 0):
        count -= -(-count // 10)
    shift = int(bool(window) and count > size and call.faults.active("duplicate_page_rows", window))
    given = count + shift
    if "clamped_pages" in call.dialects and offset >= given > 0:
        offset = (given - 1) // size * size
    start = min(offset, given)
    stop = min(start + size, given)
    back = shift if offset >= size else 0
    repeated = int("repeats" in call.dialects and 0 < start < stop)
    return Page(count, start - back - repeated, stop - back)
