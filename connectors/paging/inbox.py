"""Files that people leave in the source's inbox: each is a page."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal
from uuid import uuid4

from connectors.paging.style import Style
from hub.texts import clean

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class InboxFiles(Style):
    """Nothing is called. A page states `file`, the file's name, and `modified_at`, when it was last changed."""

    calls: ClassVar[bool] = False
    style: Literal["inbox"]

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Every file that lies there whole, by name; one that changes while it is read is left for the next time."""
        from connectors.client import Answer  # noqa: PLC0415 - reading the DAG files needs no client

        inbox = reader.inbox
        for file in inbox.files(reader.format):
            body = inbox.read(file)
            if body is None:
                continue
            answer = Answer(body, 200, str(uuid4()), f"FILE {inbox.address(file.name)}")
            stated = {"file": clean(file.name), "modified_at": file.modified_at.isoformat()}
            days = {"slice": str(piece.last), "slice_start": str(piece.first)}
            yield reader.wire_page(answer, stated | days, first=True)
