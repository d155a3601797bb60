"""What a handler gets and gives."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

Path = tuple[str, ...]
encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Request:
    """``now`` is the gateway's clock (a moment)."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes
    now: int = 0
    active: Callable[[str, bytes], bool] = lambda *_: False

    @property
    def correlation_id(self) -> str:
        return self.headers.get("x-correlation-id", "")

    @property
    def signature(self) -> bytes:
        """What makes two requests the same one."""
        return b"\n".join((self.method.encode(), self.path.encode(), self.raw_query.encode(), self.body))


@dataclass(slots=True)
class Answer:
    """``records`` and ``total`` say where a JSON body has its records and its declared total; ``renamed`` is
    the field that a drifting source renames; ``window`` names the query without its paging."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    records: Path | None = None
    total: Path | None = None
    renamed: str = ""
    window: bytes = b""
    keep: bool = True
    zipped: bytes | None = None

    def gzipped(self) -> bytes:
        """The body compressed, at the fastest level, once; the same bytes every time."""
        if self.zipped is None:
            self.zipped = gzip.compress(self.body, 1, mtime=0)
        return self.zipped


Handler = Callable[[Any, Request], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """``feed`` is what the world must have made before ``handle`` is quick."""

    method: str
    path: str
    feed: str
    handle: Handler
    prefix: bool = False


def json_answer(status: int, value: object) -> Answer:
    """``value`` as JSON."""
    return Answer(status, encode(value))


def bad_parameter(text: str) -> Answer:
    """HTTP 400 as all but dvc and ioffice say it."""
    return Answer(400, encode({"loi": text}), keep=False)


def page_shift(request: Request, window: bytes, size: int, total: int) -> int:
    """1 when the record before the first page border is given again after it, else 0."""
    return int(total > size and request.active("duplicate_page_rows", window))
