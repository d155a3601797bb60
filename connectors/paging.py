"""The ways in which an interface hands out a long answer. A spec names one; none knows a source.

Each style yields `Fetched` answers in the order in which the source gives them. Where pages can be asked for by
their number the next ones are fetched while the last one is read, because waiting costs more than reading.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.client import Answer, Gateway, InvalidSession
from connectors.decoding import Decoded, Decoder, body_check, dig, read_json
from connectors.slices import Slice
from connectors.specification import Feed
from connectors.template import fill
from hub.errors import Abort, Retry

_ANY_JSON = msgspec.json.Decoder(msgspec.Raw)
AHEAD = 3
"""Pages fetched before they are needed."""


@dataclass
class Fetched:
    """A decoded and redacted page, with the evidence of how it came."""

    decoded: Decoded
    answer: Answer
    wire_sha256: str
    first_of_slice: bool
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Reading:
    """What a reader of a feed learns beside the records; complete when the pages are used up."""

    declared: int | None = None
    """Records that the source said there are; None where it does not say."""
    cursor: str | None = None

    def declare(self, count: int) -> None:
        self.declared = (self.declared or 0) + count


class Reader:
    """Reads a feed's slices. `province` and `area` fill the placeholders of the same name."""

    def __init__(self, gateway: Gateway, feed: Feed, decoder: Decoder, province: str, area: str) -> None:
        self._gateway = gateway
        self._feed = feed
        self._decoder = decoder
        self._place = {"province": province, "area": area}
        self._check = checked(feed)

    def read(self, slices: Iterable[Slice], reading: Reading, cursor: str | None = None) -> Iterator[Fetched]:
        """All pages of all slices. `cursor` goes on from where an earlier reading ended.

        Raises Retry and Abort as Gateway.call does, and Retry when an answer is no page.
        """
        style: Callable[[Slice, Reading, str | None], Iterator[Fetched]] = {
            "single": self._single,
            "pages": self._numbered,
            "offset": self._numbered,
            "cursor": self._cursor,
            "next_link": self._next_link,
            "files": self._files,
        }[self._feed.paging.style]
        reading.cursor = cursor
        for piece in slices:
            yield from style(piece, reading, reading.cursor)

    def _single(self, piece: Slice, _reading: Reading, _cursor: str | None) -> Iterator[Fetched]:
        fetched = self._page(self._values(piece), first=True)
        if fetched is not None:
            yield fetched

    def _numbered(self, piece: Slice, reading: Reading, _cursor: str | None) -> Iterator[Fetched]:
        """Page numbers or offsets: the first page says how much there is, the others are fetched ahead."""
        paging = self._feed.paging
        first = self._page(self._numbers(piece, 1), first=True)
        if first is None:
            return
        if paging.total:
            total = self._count(first, paging.total)
            reading.declare(total)
            last = total // paging.size + 1  # when it divides evenly, one more: it must be empty
        else:
            last = self._count(first, str(paging.pages))
        yield first
        with ThreadPoolExecutor(AHEAD) as pool:
            ahead: deque[Future[Fetched | None]] = deque()
            for number in range(2, last + 1):
                ahead.append(pool.submit(self._page, self._numbers(piece, number)))
                if len(ahead) > AHEAD:
                    page = ahead.popleft().result()
                    yield from self._present(page)
                    if page is None or not page.decoded.records:
                        break  # nothing comes after an empty page, whatever the total says
            while ahead:
                yield from self._present(ahead.popleft().result())

    @staticmethod
    def _present(page: Fetched | None) -> Iterator[Fetched]:
        if page is not None:
            yield page

    def _cursor(self, piece: Slice, reading: Reading, cursor: str | None) -> Iterator[Fetched]:
        """From the cursor, or since the slice's start where there is none or it is too old to hold."""
        paging = self._feed.paging
        gone = frozenset({paging.gone_status} if paging.gone_status else ())
        first, reopened = True, False
        while True:
            since = None if cursor else piece.placeholders()["start"]
            values = self._values(piece, cursor=cursor, since=since)
            fetched = self._page(values, first=first, accept=gone)
            if fetched is None:
                if cursor is None or reopened:
                    raise Retry(
                        f"{self._feed.request.path}: gateway không giữ con trỏ nào",
                        f"{self._feed.request.path}: the gateway keeps no cursor open",
                    )
                cursor, reopened = None, True
                continue
            first = False
            yield fetched
            envelope = fetched.decoded.envelope
            asked, told = cursor, envelope[str(paging.next)]
            reading.cursor = cursor = str(told) if told is not None else None
            if not envelope[str(paging.has_more)]:
                return
            if cursor is None or cursor == asked:
                raise Retry(
                    f"{self._feed.request.path}: báo còn dữ liệu nhưng không cho biết đọc tiếp từ đâu",
                    f"{self._feed.request.path}: says that there is more, but not where",
                )

    def _next_link(self, piece: Slice, reading: Reading, _cursor: str | None) -> Iterator[Fetched]:
        paging = self._feed.paging
        fetched = self._page(self._values(piece, since=piece.placeholders()["start"]), first=True)
        if fetched is not None and paging.total:
            reading.declare(self._count(fetched, paging.total))
        asked = None
        while fetched is not None:
            yield fetched
            link = fetched.decoded.envelope[str(paging.next)]
            if link is None:
                return
            if link == asked:
                raise Retry(
                    f"{self._feed.request.path}: một trang chỉ chính nó là trang tiếp theo",
                    f"{self._feed.request.path}: a page names itself as the next one",
                )
            asked = link
            fetched = self._page(self._values(piece), link=str(link))

    def _files(self, piece: Slice, _reading: Reading, _cursor: str | None) -> Iterator[Fetched]:
        """Files of a list; of those that replace each other only the newest."""
        paging, request = self._feed.paging, self._feed.request
        listing = self._listing(self._call(request.path, fill(request.query, self._values(piece))))
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        newest_by = str(paging.newest)
        try:
            for entry in listing:
                if any(entry.get(name) != value for name, value in paging.where.items()):
                    continue
                identity = tuple(entry[name] for name in paging.per)
                if identity not in newest or entry[newest_by] > newest[identity][newest_by]:
                    newest[identity] = entry
        except (KeyError, TypeError):
            named = ", ".join([*paging.per, newest_by])
            raise Retry(
                f"{request.path}: danh sách tệp không cho biết {named} của mọi tệp",
                f"{request.path}: the list of files does not say {named} of every file",
            ) from None
        for place, entry in enumerate(newest.values()):
            answer = self._call(str(entry[str(paging.file)]), {}, check=_whole(entry, paging.sha256, paging.bytes))
            yield self._fetched(answer, entry, first=place == 0)

    def _listing(self, answer: Answer) -> list[dict[str, Any]]:
        listing = msgspec.json.decode(answer.body)
        rows = dig(listing, self._feed.paging.records)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Retry(
                f"{answer.request}: câu trả lời không phải danh sách tệp [{answer.correlation_id}]",
                f"{answer.request}: the answer is no list of files [{answer.correlation_id}]",
            )
        return rows

    def _numbers(self, piece: Slice, number: int) -> dict[str, Any]:
        return self._values(piece, page=number, offset=(number - 1) * self._feed.paging.size)

    def _values(self, piece: Slice, **own: Any) -> dict[str, Any]:
        return {**self._place, **piece.placeholders(), "size": self._feed.paging.size, **own}

    def _page(
        self,
        values: Mapping[str, Any],
        *,
        first: bool = False,
        link: str | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Fetched | None:
        """One page; None when the answer's status says that there is none."""
        request = self._feed.request
        absent = frozenset(request.missing_status) | accept
        answer = self._gateway.call(
            request.method,
            link or request.path,
            {} if link else fill(request.query, values),
            fill(request.body, values) if request.body is not None and not link else None,
            absent,
            self._check,
        )
        return None if answer.status in absent else self._fetched(answer, {"slice": str(values["last"])}, first=first)

    def _call(self, path: str, query: Mapping[str, Any], check: "Callable[[Answer], None] | None" = None) -> Answer:
        return self._gateway.call("GET", path, query, check=check or _is_json)

    def _fetched(self, answer: Answer, stated: Mapping[str, Any], *, first: bool) -> Fetched:
        decoded = self._decoder.decode(answer.body, stated, look=first)
        return Fetched(decoded, answer, hashlib.sha256(answer.body).hexdigest(), first)

    def _count(self, fetched: Fetched, path: str) -> int:
        told = fetched.decoded.envelope[path]
        try:
            return int(told)
        except (TypeError, ValueError):
            raise Retry(
                f"{fetched.answer.request}: {path} là {told!r}, không phải số đếm",
                f"{fetched.answer.request}: {path} is {told!r}, which is no count",
            ) from None


def checked(feed: Feed) -> Callable[[Answer], None]:
    """Looks for errors that a body tells, and for bodies that cannot be read, so that the call is tried again."""
    look = body_check(feed)
    if look is None:
        return _is_json

    def check(answer: Answer) -> None:
        sort, told = look(answer.body)
        if sort == "token":
            raise InvalidSession
        if sort == "retry":
            raise Retry(
                f"{answer.request}: gateway báo lỗi: {told.vi} [{answer.correlation_id}]",
                f"{answer.request}: {told.en} [{answer.correlation_id}]",
            )
        if sort == "abort":
            raise Abort(
                f"{answer.request}: gateway từ chối lời gọi ({told.vi}) [{answer.correlation_id}]",
                f"{answer.request}: the gateway refuses the call ({told.en}) [{answer.correlation_id}]",
            )

    return check


def _is_json(answer: Answer) -> None:
    try:
        read_json(_ANY_JSON.decode, answer.body)
    except Retry:
        raise Retry(
            f"{answer.request}: câu trả lời không phải JSON [{answer.correlation_id}]",
            f"{answer.request}: the answer is no JSON [{answer.correlation_id}]",
        ) from None


def _whole(entry: Mapping[str, Any], sha256: str | None, size: str | None) -> Callable[[Answer], None]:
    """A file is the one that the list names: its length and its hash."""

    def check(answer: Answer) -> None:
        if size and len(answer.body) != entry.get(size):
            raise Retry(
                f"{answer.request}: nhận {len(answer.body)} byte, danh sách ghi {entry.get(size)}",
                f"{answer.request}: {len(answer.body)} bytes came, the list says {entry.get(size)}",
            )
        if sha256 and hashlib.sha256(answer.body).hexdigest() != entry.get(sha256):
            raise Retry(
                f"{answer.request}: SHA-256 của tệp không phải mã ghi trong danh sách",
                f"{answer.request}: the file's SHA-256 is not the one of the list",
            )

    return check
