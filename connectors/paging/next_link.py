"""Pages that each hold the address of the next one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from connectors.paging.style import Place, Style, Trail

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.reader import Reader, Reading
    from connectors.slices import Slice


class NextLink(Style):
    """The first answer may say how many records there are."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"since"})
    style: Literal["next_link"]
    records: Place
    next: Place
    total: Place | None = None

    def stated(self) -> list[str]:
        """The link, and the total."""
        return [self.next, *([self.total] if self.total else [])]

    def declares(self) -> bool:
        """Where the answers hold a total."""
        return self.total is not None

    def read(self, reader: "Reader", piece: "Slice", reading: "Reading") -> "Iterator[WirePage]":
        """Page after page until one names no other."""
        page = reader.page(piece, first=True, since=piece.placeholders()["start"])
        if page is not None and self.total:
            reading.declare(reader.count(page, self.total))
        trail = Trail(reader.path)
        while page is not None:
            yield page
            link = page.decoded.envelope[self.next]
            if link is None:
                return
            page = reader.page(piece, link=trail.follow(str(link)))
