"""Reads the slices of a feed by its paging style: the calls that styles make, and the pages that come of them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.body_errors import check_json, checked
from connectors.client import Answer, Check, Gateway
from connectors.decoding import Decoder, WirePage
from connectors.json_places import dig
from connectors.slices import Slice
from connectors.specification import Feed
from connectors.template import fill
from hub.errors import Retry
from hub.translation import msg


@dataclass
class Declaration:
    """What a reader of a feed learns beside the records; complete when the pages are used up."""

    declared: int | None = None
    """Records that the source said there are; None where it does not say."""
    cursor: str | None = None
    """Where reading goes on, of a style that keeps a cursor: before it begins, that of the last load."""

    def declare(self, count: int) -> None:
        self.declared = (self.declared or 0) + count


class FeedReader:
    """Reads a feed's slices. `province` and `area` fill the placeholders of the same name."""

    def __init__(self, gateway: Gateway, feed: Feed, decoder: Decoder, province: str, area: str) -> None:
        self._gateway = gateway
        self._feed = feed
        self._decoder = decoder
        self._place = {"province": province, "area": area, "size": feed.paging.size}
        self._check = checked(feed)
        self.path = feed.request.path
        self.declaration = Declaration()

    def read(self, slices: Iterable[Slice], declaration: Declaration) -> Iterator[WirePage]:
        """All pages of all slices. Raises Retry and Abort as Gateway.call does, and Retry when an answer is no page."""
        self.declaration = declaration
        for piece in slices:
            yield from self._feed.paging.read(self, piece)

    def page(
        self,
        piece: Slice,
        *,
        first: bool = False,
        link: str | None = None,
        absent: frozenset[int] = frozenset(),
        **own: Any,
    ) -> WirePage | None:
        """One page; None when the answer's status is one of those that say that there is none (`absent` and the
        specification's own). `own` are the style's placeholders; a `link` is followed as it is. The `first`
        page of a slice is looked at for the total and for unknown fields."""
        request = self._feed.request
        values = {**self._place, **piece.placeholders(), **own}
        none = absent.union(request.missing_status)
        answer = self._gateway.call(
            request.method,
            link or request.path,
            {} if link else fill(request.query, values),
            fill(request.body, values) if request.body is not None and not link else None,
            none,
            self._check,
        )
        if answer.status in none:
            return None
        page = self.wire_page(answer, {"slice": str(piece.last)}, first=first)
        if first and self._feed.paging.total:
            self.declaration.declare(self.count(page, self._feed.paging.total))
        return page

    def answer(self, path: str, query: Mapping[str, Any] | None = None, check: Check = check_json) -> Answer:
        """What a GET answers that is no page."""
        return self._gateway.call("GET", path, query, check=check)

    def rows(self, piece: Slice) -> list[dict[str, Any]]:
        """The entries of the list of files that the request asks for."""
        answer = self.answer(self.path, fill(self._feed.request.query, {**self._place, **piece.placeholders()}))
        rows = dig(msgspec.json.decode(answer.body), self._feed.paging.records)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Retry(
                msg(
                    "{request}: the answer is no list of files [{correlation_id}]",
                    request=answer.request,
                    correlation_id=answer.correlation_id,
                ),
            )
        return rows

    def wire_page(self, answer: Answer, stated: Mapping[str, Any], *, first: bool) -> WirePage:
        """An answer as a page; `stated` is what is known of it from elsewhere."""
        return WirePage(
            self._decoder.decode(answer.body, stated, look=first),
            hashlib.sha256(answer.body).hexdigest(),
            len(answer.body),
            answer.correlation_id,
            answer.request,
            datetime.now(UTC),
        )

    def count(self, page: WirePage, place: str) -> int:
        """A count that a page states."""
        value = page.decoded.envelope[place]
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Retry(
                msg(
                    "{request}: {place} is {value!r}, which is no count", request=page.request, place=place, value=value
                ),
            ) from None
