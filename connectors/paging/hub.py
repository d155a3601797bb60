"""The hub's own data, such as how many accounts are open."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal
from uuid import uuid4

import msgspec

from connectors.paging.style import Style

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class HubValues(Style):
    """Nothing is called. The page of a slice is what the hub tells of its last day, as JSON under `records`."""

    calls: ClassVar[bool] = False
    style: Literal["hub"]
    records: Literal["records"] = "records"

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """The one page; without records where the hub has nothing to tell of that day."""
        from connectors.client import Answer  # noqa: PLC0415 - reading the DAG files needs no client

        asked, records = reader.own_data(piece.last)
        answer = Answer(msgspec.json.encode({self.records: records}), 200, str(uuid4()), f"HUB {asked}")
        yield reader.wire_page(answer, {"slice": str(piece.last), "slice_start": str(piece.first)}, first=True)
