"""Pages that each hold the address of the next one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from connectors.paging.style import Place, Style, Trail

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class NextLink(Style):
    """The last answer has no link."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"since"})
    style: Literal["next_link"]
    records: Place
    next: Place

    def stated(self) -> list[str]:
        """The total and the link."""
        return [*super().stated(), self.next]

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Page after page until one names no other."""
        page = reader.page(piece, first=True, since=piece.placeholders()["start"])
        trail = Trail(reader.path)
        while page is not None:
            yield page
            link = page.decoded.envelope[self.next]
            if link is None:
                return
            page = reader.page(piece, link=trail.follow(str(link)))
