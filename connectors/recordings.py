"""Answers that somebody has recorded in files, in place of a gateway: read by the same steps as those from the wire."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.client import MAX_BYTES, Answer, Check, Gateway
from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import FeedReader
from connectors.paging.files import Files
from connectors.paging.inbox import InboxFiles
from connectors.slices import Slice
from connectors.specification import Feed
from hub.errors import Abort
from hub.translation import msg


class RecordedGateway(Gateway):
    """Answers each call with the next of the files."""

    def __init__(self, files: Sequence[Path]) -> None:
        super().__init__("", "", "")
        self._files = iter(files)

    def call(
        self,
        method: str,  # noqa: ARG002 - as Gateway's
        path: str,  # noqa: ARG002
        query: Mapping[str, Any] | None = None,  # noqa: ARG002
        body: Mapping[str, Any] | None = None,  # noqa: ARG002
        accept: frozenset[int] = frozenset(),  # noqa: ARG002
        check: Check | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
    ) -> Answer:
        """The next file's content. Raises as Gateway.call does, and Abort when there is no other file."""
        file = next(self._files, None)
        if file is None:
            raise Abort(msg("The list names more files than were given; give the list first, then its files"))
        answer = Answer(read_answer(file), 200, "—", file.name)
        if check is not None:
            check(answer)
        return answer


def read_answer(file: Path, most: int = MAX_BYTES) -> bytes:
    """A file's content. Raises Abort when it cannot be read, is empty or larger than an answer may be."""
    try:
        with file.open("rb") as there:
            content = there.read(most + 1)
    except OSError as error:
        raise Abort(msg("{path} cannot be read: {strerror}", path=file, strerror=error.strerror)) from None
    if len(content) > most:
        raise Abort(msg("{path} is larger than {size} MiB", path=file, size=most >> 20))
    if not content.strip():
        raise Abort(msg("{path} is empty", path=file))
    return content


class RecordedReader(FeedReader):
    """Reads a page from each recorded answer, or of a feed of files those that the first answer lists. What leads from
    one page to the next is not followed."""

    def __init__(self, files: Sequence[Path], feed: Feed, decoder: Decoder, province: str, area: str) -> None:
        super().__init__(RecordedGateway(files), feed, decoder, province, area)
        self._recorded, self._lists = files, lists_files(files, feed)

    def pages(self, piece: Slice) -> Iterator[WirePage]:
        """As many pages as there are answers."""
        if self._lists:
            yield from super().pages(piece)
            return
        size = self._feed.paging.size
        own: dict[str, Any] = {"cursor": None, "since": piece.placeholders()["start"]}
        for number, file in enumerate(self._recorded, 1):
            if isinstance(self._feed.paging, Files | InboxFiles):
                changed = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat()
                stated = {"slice": str(piece.last), "slice_start": str(piece.first), "file": file.name}
                stated["modified_at"] = changed
                yield self.wire_page(self.answer("", lambda _: None), stated, first=True)
            elif page := self.page(piece, first=True, page=number, offset=(number - 1) * size, **own):
                yield page


def lists_files(files: Sequence[Path], feed: Feed) -> bool:
    """Whether the first of recorded answers is the list of the others."""
    return isinstance(feed.paging, Files) and read_answer(files[0]).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")


def without_list(feed: Feed) -> Feed:
    """The feed as its files are read without the list that names them: what the list states of a file is in no column,
    and nothing is judged by it."""
    gone = {
        name
        for name, column in feed.columns.items()
        if column.wire is None and column.page not in ("slice", "slice_start")
    }
    columns = {name: column for name, column in feed.columns.items() if name not in gone}
    deliverers = feed.deliverers if feed.deliverers and feed.deliverers.column not in gone else None
    return feed.model_copy(
        update={
            "columns": columns,
            "version": None if feed.version in gone else feed.version,
            "replace": [name for name in feed.replace if name not in gone],
            "rules": [rule for rule in feed.rules if not gone.intersection(rule.columns)],
            "deliverers": deliverers,
        }
    )
