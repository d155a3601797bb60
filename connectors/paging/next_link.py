"""Pages that each hold the address of the next one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from connectors.links import identity
from connectors.paging.style import Place, Style, Trail
from connectors.values import as_text
from hub.errors import Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class NextLink(Style):
    """The last answer has no link, or an empty one."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"since"})
    style: Literal["next_link"]
    records: Place
    next: Place

    def stated(self) -> list[str]:
        """The total and the link."""
        return [*super().stated(), self.next]

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Page after page until one names no other."""
        trail = Trail(reader.path)
        page = reader.page(piece, first=True, since=piece.placeholders()["start"])
        at = "" if page is None else page.request.split(" ")[1]
        trail.follow(at, identity(at))
        while page is not None:
            yield trail.take(page, at)
            link = self._following(reader, page.decoded.envelope[self.next])
            if not link:
                return
            at = reader.locate(at, link)
            trail.follow(link, identity(at))
            page = reader.page(piece, link=at)

    def _following(self, reader: "FeedReader", said: Any) -> str:
        if said is None or said is False:
            return ""
        if not isinstance(said, str):
            raise Retry(
                msg("{path}: {place} is {said!r}, which is no link", path=reader.path, place=self.next, said=said)
            )
        return as_text(said)
