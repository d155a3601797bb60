"""Pages that each name a cursor from which the next one, or the next load, goes on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from connectors.paging.style import Place, Style, Trail
from connectors.values import as_text, flag
from hub.errors import Reject, Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class Cursor(Style):
    """`gone_status` is the HTTP status by which a source says that it no longer knows a cursor."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"cursor", "since"})
    style: Literal["cursor"]
    records: Place
    next: Place
    has_more: Place
    gone_status: int | None = None

    def stated(self) -> list[str]:
        """The total, the cursor, and whether there is more."""
        return [*super().stated(), self.next, self.has_more]

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """From the cursor of the last load, or since the slice's start where there is none or it is gone."""
        gone = frozenset({self.gone_status} if self.gone_status else ())
        trail, cursor = Trail(reader.path), reader.declaration.cursor or None
        first, reopened = True, False
        if cursor:
            trail.follow(cursor)
        while True:
            since = None if cursor else piece.placeholders()["start"]
            page = reader.page(piece, first=first, absent=gone, cursor=cursor, since=since)
            if page is None:
                if cursor is None or reopened:
                    raise Retry(
                        msg("{path}: the gateway keeps no cursor open", path=reader.path),
                    )
                trail, cursor, reopened = Trail(reader.path), None, True
                continue
            first = False
            yield trail.take(page, cursor or "")
            following = as_text(page.decoded.envelope[self.next])
            if following:
                reader.declaration.cursor = following
            if not self._goes_on(reader, page, following):
                return
            trail.follow(following)
            cursor = following

    def _goes_on(self, reader: "FeedReader", page: "WirePage", following: str) -> bool:
        """Whether there is a page after this one. Raises Retry for an answer that is neither yes nor no, Reject for a
        yes without a cursor."""
        said = page.decoded.envelope[self.has_more]
        if as_text(said) == "":  # not told: as long as records and cursors come
            return bool(following and page.decoded.records)
        more = flag(said)
        if more is None:
            raise Retry(
                msg("{path}: {place} is {said!r}, neither yes nor no", path=reader.path, place=self.has_more, said=said)
            )
        if more and not following:
            raise Reject(
                msg(
                    "{path}: {has_more} is true but there is no {next}",
                    path=reader.path,
                    has_more=self.has_more,
                    next=self.next,
                ),
            )
        return more
