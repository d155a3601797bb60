"""Files that a list names; of those that replace each other only the newest."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from connectors.paging.style import Place, Style
from hub.errors import Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.client import Answer
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice


class Files(Style):
    """`file` is a file's path in its entry of the list, `per` what a file is of (of files equal in these the one with
    the greatest `newest` counts), `where` what an entry must say, `sha256` and `bytes` the file's hash and length."""

    style: Literal["files"]
    file: Place
    newest: Place
    per: Annotated[list[str], Field(min_length=1)]
    where: dict[str, str] = Field(default_factory=dict)
    sha256: str | None = None
    bytes: str | None = None

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Every file that counts."""
        for place, entry in enumerate(self._newest(reader, reader.rows(piece))):
            answer = reader.answer(str(entry[self.file]), check=self._whole(entry))
            yield reader.wire_page(answer, entry, first=place == 0)

    def _newest(self, reader: "FeedReader", listing: list[dict[str, Any]]) -> list[dict[str, Any]]:
        newest: dict[tuple[Any, ...], dict[str, Any]] = {}
        try:
            for entry in listing:
                if any(entry.get(name) != value for name, value in self.where.items()):
                    continue
                identity = tuple(entry[name] for name in self.per)
                if identity not in newest or entry[self.newest] > newest[identity][self.newest]:
                    newest[identity] = entry
        except (KeyError, TypeError):
            named = ", ".join([*self.per, self.newest])
            raise Retry(
                msg("{path}: the list of files does not say {named} of every file", path=reader.path, named=named),
            ) from None
        return list(newest.values())

    def _whole(self, entry: Mapping[str, Any]) -> "Callable[[Answer], None]":
        """A file is the one that the list names: its length and its hash."""

        def check(answer: "Answer") -> None:
            if self.bytes and len(answer.body) != entry.get(self.bytes):
                raise Retry(
                    msg(
                        "{request}: {size} bytes came, the list says {listed_size}",
                        request=answer.request,
                        size=len(answer.body),
                        listed_size=entry.get(self.bytes),
                    ),
                )
            if self.sha256 and hashlib.sha256(answer.body).hexdigest() != entry.get(self.sha256):
                raise Retry(
                    msg("{request}: the file's SHA-256 is not the one of the list", request=answer.request),
                )

        return check
