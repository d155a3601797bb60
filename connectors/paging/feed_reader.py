"""Reads the slices of a feed by its paging style: the calls that styles make, and the pages that come of them."""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from connectors.body_errors import check_json, checked
from connectors.client import NO_CONTENT, Answer, Check, Gateway
from connectors.decoding import Decoder, WirePage
from connectors.json_places import dig, read_any
from connectors.personal import masked
from connectors.slices import Slice
from connectors.specification import Feed
from connectors.template import fill
from connectors.values import as_text, whole
from hub.errors import Abort, Reject, Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.inbox import Inbox

_LOG = logging.getLogger(__name__)
OwnData = Callable[[date], tuple[str, list[dict[str, Any]]]]
"""The hub's own data for a day: what was asked, as a page says it, and the records."""


@dataclass
class Declaration:
    """What a reader of a feed learns beside the records; complete when the pages are used up."""

    declared: int | None = None
    """Records that the source said there are; None where it does not say."""
    cursor: str | None = None
    """Where reading goes on, of a style that keeps a cursor: before it begins, that of the last load."""
    totals_differ: bool = False
    """Whether a later page of a slice told another total than its first one, which `declared` counts: something moved
    while it was read."""

    told_at: datetime | None = None
    """When the first answer was given, by the source's own clock; None where it does not tell."""

    def declare(self, count: int) -> None:
        self.declared = (self.declared or 0) + count


class FeedReader:
    """Reads a feed's slices. `province` and `area` fill the placeholders of the same name; `inbox` is where the files
    of a feed in style `inbox` lie, `hub` the hub's own data for one in style `hub`."""

    def __init__(
        self,
        gateway: Gateway,
        feed: Feed,
        decoder: Decoder,
        province: str,
        area: str,
        inbox: "Inbox | None" = None,
        hub: OwnData | None = None,
    ) -> None:
        self._gateway = gateway
        self._feed = feed
        self._decoder = decoder
        self._place = {"province": province, "area": area, "size": feed.paging.size}
        self._check = checked(feed)
        self._inbox = inbox
        self._hub = hub
        self.path = feed.request.path
        self.declaration = Declaration()

    def read(self, slices: Iterable[Slice], declaration: Declaration) -> Iterator[WirePage]:
        """All pages of all slices. Raises Retry and Abort as Gateway.call does, Retry when an answer is no page,
        Reject for one that is refused whatever is tried."""
        self.declaration = declaration
        for piece in slices:
            total: int | None = None
            for page in self.pages(piece):
                total = self._note_total(page, total)
                yield page
            if total is None and self._feed.paging.total:  # no page at all: nothing was published
                declaration.declare(0)

    def pages(self, piece: Slice) -> Iterator[WirePage]:
        """The pages of a slice, by the feed's paging style."""
        return self._feed.paging.read(self, piece)

    def _note_clock(self, answer: Answer) -> None:
        self.declaration.told_at = self.declaration.told_at or answer.told_at

    def _note_total(self, page: WirePage, of_slice: int | None) -> int | None:
        """Takes down what a page says of the total; gives what the first one of its slice said."""
        place = self._feed.paging.total
        if not place or (of_slice is not None and page.decoded.envelope.get(place) is None):
            return of_slice
        told = self.count(page, place)
        if of_slice is None or self._feed.paging.total_of_each_page:
            if told and not page.decoded.listed:
                raise Retry(
                    msg(
                        "{request}: {place} is {told}, but there is no list",
                        request=page.request,
                        place=place,
                        told=told,
                    )
                )
            self.declaration.declare(told)
            return (of_slice or 0) + told
        if told != of_slice and page.decoded.records:
            self.declaration.totals_differ = True
        return of_slice

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
        page of a slice is looked at for unknown fields."""
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
        self._note_clock(answer)
        if answer.status in none:
            return None
        page = self.wire_page(answer, {"slice": str(piece.last), "slice_start": str(piece.first)}, first=first)
        for place, asked in fill(self._feed.repeats, values).items():
            told = as_text(page.decoded.envelope.get(place))
            if told and told.casefold() != as_text(asked).casefold():
                raise Reject(
                    msg(
                        "{request}: asked for {place} {asked}, the answer is of {place} {told} [{correlation_id}]",
                        request=answer.request,
                        place=place,
                        asked=as_text(asked),
                        told=masked(told, 40),
                        correlation_id=answer.correlation_id,
                    )
                )
        return page

    @property
    def inbox(self) -> "Inbox":
        """Where the feed's files lie. Raises Abort when nobody has said it."""
        if self._inbox is None:
            raise Abort(msg("The feed is read from an inbox, and none is known"))
        return self._inbox

    @property
    def own_data(self) -> OwnData:
        """The hub's own data. Raises Abort where nobody has given it."""
        if self._hub is None:
            raise Abort(msg("The feed reads the hub's own data, which only its database has"))
        return self._hub

    @property
    def format(self) -> str:
        """What the feed's answers or files are: json, xml, csv or xlsx."""
        return self._feed.format

    def answer(self, path: str, check: Check = check_json) -> Answer:
        """What a GET answers that is no page."""
        return self._gateway.call("GET", path, check=check)

    def locate(self, asked: str, link: str) -> str:
        """The path of a link that came in the answer to `asked`. Raises Reject when it leads elsewhere."""
        return self._gateway.locate(asked, link)

    def is_lower(self, stated: str) -> bool:
        """Whether letter case plays no part in what a page states by that name."""
        return any(column.lower for column in self._feed.columns.values() if column.page == stated)

    def rows(self, piece: Slice) -> list[dict[str, Any]]:
        """The entries of the list of files that the request asks for; null is a list without any."""
        request = self._feed.request
        values = {**self._place, **piece.placeholders()}
        body = fill(request.body, values) if request.body is not None else None
        none = frozenset(request.missing_status)
        answer = self._gateway.call(request.method, request.path, fill(request.query, values), body, none, self._check)
        self._note_clock(answer)
        if answer.status == NO_CONTENT or answer.status in none:
            return []
        rows = dig(read_any(answer.body), self._feed.paging.records)
        if rows is None:
            rows = []
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
        """An answer as a page; `stated` is what is known of it from elsewhere. Raises Retry or Reject, with the call,
        when it is none."""
        try:
            if answer.status == NO_CONTENT:
                decoded = self._decoder.nothing(stated)
            else:
                decoded = self._decoder.decode(answer.body, stated, look=first)
        except (Retry, Reject) as error:
            raise type(error)(
                msg(
                    "{request}: {problem} [{correlation_id}]",
                    request=answer.request,
                    problem=error.message,
                    correlation_id=answer.correlation_id,
                )
            ) from None
        for fault in decoded.faults:
            _LOG.warning("%s, %s / %s", answer.request, fault.vi, fault.en)
        return WirePage(
            decoded,
            hashlib.sha256(answer.body).hexdigest(),
            len(answer.body),
            answer.correlation_id,
            answer.request,
            datetime.now(UTC),
        )

    def count(self, page: WirePage, place: str) -> int:
        """A count that a page states."""
        value = page.decoded.envelope.get(place)
        told = whole(value)
        if told is None or told < 0:
            raise Retry(
                msg(
                    "{request}: {place} is {value!r}, which is no count",
                    request=page.request,
                    place=place,
                    value=value if value is None else masked(as_text(value), 40),
                ),
            )
        return told
