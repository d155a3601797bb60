"""What page numbers and offsets share: any page can be asked for at once, so the next ones are fetched while the last
one is read, because waiting costs more than reading."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ClassVar

from connectors.paging.style import Place, Style, Trail
from hub.errors import Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice

AHEAD = 3
"""Pages fetched before they are needed."""


class Numbered(Style):
    """The first page says how much there is, the others are fetched ahead. What it says is not believed: after a full
    last page there is always asked for one more."""

    placeholders: ClassVar[frozenset[str]] = frozenset({"page", "offset"})
    records: Place

    def last_page(self, reader: "FeedReader", first: "WirePage", size: int) -> int:
        """The number of the last page, as the first one tells; pages have `size` records."""
        return -(-reader.count(first, str(self.total)) // size)

    def page_size(self, reader: "FeedReader", first: "WirePage") -> int:
        """Records of a full page: as many as were asked for, unless the server has a size of its own."""
        came = len(first.decoded.records)
        is_capped = bool(self.total) and 0 < came < min(self.size, reader.count(first, str(self.total)))
        return came if is_capped else max(self.size, came)

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Pages up to an empty one, to the last one if it is not full, or to one that came before: a server that knows
        no later page gives the last one again."""
        first = reader.page(piece, first=True, page=1, offset=0)
        if first is None:
            return
        size = self.page_size(reader, first)
        last = self.last_page(reader, first, size)
        trail = Trail(reader.path)
        trail.is_new(first)
        yield first
        if not first.decoded.records:
            return

        def numbered(number: int) -> "WirePage | None":
            trail.follow(str(number))
            return reader.page(piece, page=number, offset=(number - 1) * size)

        upto = max(last, 2 if len(first.decoded.records) >= size else 1)
        number, asked = 1, 1
        ahead: deque[Future[WirePage | None]] = deque()
        with ThreadPoolExecutor(AHEAD) as pool:
            while number < upto:
                while asked < upto and len(ahead) <= AHEAD:
                    asked += 1
                    ahead.append(pool.submit(numbered, asked))
                page, number = ahead.popleft().result(), number + 1
                if number < last and not self.total and (page is None or not page.decoded.records):
                    raise Retry(
                        msg(
                            "{path}: page {number} of {last} is empty, and nothing tells how many records there are",
                            path=reader.path,
                            number=number,
                            last=last,
                        )
                    )
                if page is None:
                    break
                if not trail.is_new(page):
                    if number <= last and not self.total:  # then nothing else would show that records are missing
                        raise trail.circle(str(number))
                    break
                yield page
                if not page.decoded.records:
                    break
                if number >= upto and len(page.decoded.records) >= size:
                    upto = number + 1
            for future in ahead:
                future.cancel()
