"""What page numbers and offsets share: any page can be asked for at once, so the next ones are fetched while the last
one is read, because waiting costs more than reading."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

from connectors.paging.style import Place, Style

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice

AHEAD = 3
"""Pages fetched before they are needed."""


class Numbered(Style):
    """The first page says how much there is, the others are fetched ahead."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"page", "offset"})
    records: Place

    def last_page(self, reader: "FeedReader", first: "WirePage") -> int:
        """The number of the last page to ask for, as the first one tells."""
        return reader.count(first, str(self.total)) // self.size + 1  # one more when it divides evenly: an empty one

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Pages up to the last, or to an empty one: nothing comes after it, whatever the total says."""

        def numbered(number: int) -> "WirePage | None":
            return reader.page(piece, first=number == 1, page=number, offset=(number - 1) * self.size)

        first = numbered(1)
        if first is None:
            return
        last = self.last_page(reader, first)
        yield first
        with ThreadPoolExecutor(AHEAD) as pool:
            ahead: deque[Future[WirePage | None]] = deque()
            following = iter(range(2, last + 1))
            over = False
            while True:
                while not over and len(ahead) <= AHEAD and (number := next(following, None)) is not None:
                    ahead.append(pool.submit(numbered, number))
                if not ahead:
                    return
                page = ahead.popleft().result()
                over = over or page is None or not page.decoded.records
                if page is not None:
                    yield page
