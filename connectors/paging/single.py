"""One answer holds all records of a slice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from connectors.paging.style import Style

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class Single(Style):
    """The answer itself."""

    style: Literal["single"]

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """The one page, if the slice was published."""
        page = reader.page(piece, first=True)
        if page is not None:
            yield page
