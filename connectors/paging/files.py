"""Files that a list names; of those that replace each other only the newest."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from connectors.paging.style import Place, Style
from connectors.values import as_text, whole
from hub.errors import Retry
from hub.periods import VIETNAM
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.client import Answer
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice

Entry = Mapping[str, Any]


class Files(Style):
    """`file` is a file's path in its entry of the list, `per` what a file is of (of files equal in these the one with
    the greatest `newest` counts, a whole number or a moment), `where` what an entry must say, `sha256` and `bytes` the
    file's hash and length, `total` the number of its records."""

    total_of_each_page: ClassVar[bool] = True
    style: Literal["files"]
    file: Place
    newest: Place
    per: Annotated[list[str], Field(min_length=1)]
    where: dict[str, str] = Field(default_factory=dict)
    sha256: str | None = None
    bytes: str | None = None

    def stated(self) -> list[str]:
        """Nothing: the list states what a file does not."""
        return []

    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """Every file that counts. Raises Retry when the list is none, or ambiguous."""
        entries = self._newest(reader, reader.rows(piece))
        paths = [self._path(reader, entry) for entry in entries]
        if twice := sorted({path for path in paths if paths.count(path) > 1}):
            raise self._fault(reader, msg("{file} is the file of several", file=twice[0]))
        for place, (entry, path) in enumerate(zip(entries, paths, strict=True)):
            answer = reader.answer(path, check=self._whole(reader, entry))
            yield reader.wire_page(answer, entry, first=place == 0)

    def _newest(self, reader: "FeedReader", listing: list[dict[str, Any]]) -> list[Entry]:
        newest: dict[tuple[str, ...], tuple[int | datetime, Entry]] = {}
        for entry in listing:
            if any(as_text(entry.get(key)) != value for key, value in self.where.items()):
                continue
            identity = tuple(self._identity(reader, entry, key) for key in self.per)
            rank = self._rank(reader, entry)
            if identity not in newest:
                newest[identity] = rank, entry
                continue
            before, other = newest[identity]
            if type(rank) is not type(before):
                raise self._fault(reader, msg("{key} is a number here and a moment there", key=self.newest))
            if rank == before and dict(entry) != dict(other):
                of, said = ", ".join(identity), as_text(entry[self.newest])
                raise self._fault(
                    reader, msg("two different files of {of} have {key} {said}", of=of, key=self.newest, said=said)
                )
            if rank > before:  # type: ignore[operator]
                newest[identity] = rank, entry
        return [entry for _, entry in newest.values()]

    def _identity(self, reader: "FeedReader", entry: Entry, key: str) -> str:
        said = self._said(reader, entry, key)
        return said.lower() if reader.is_lower(key) else said

    def _rank(self, reader: "FeedReader", entry: Entry) -> int | datetime:
        said = self._said(reader, entry, self.newest)
        number = whole(entry[self.newest])
        if number is not None:
            return number
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            raise self._fault(
                reader, msg("{key} {said!r} is neither a whole number nor a moment", key=self.newest, said=said[:40])
            ) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)

    def _path(self, reader: "FeedReader", entry: Entry) -> str:
        for key in filter(None, (self.sha256, self.bytes)):
            self._said(reader, entry, key)
        if not isinstance(entry.get(self.file), str):
            raise self._missing(reader, entry, self.file)
        return reader.locate(reader.path, self._said(reader, entry, self.file))

    def _said(self, reader: "FeedReader", entry: Entry, key: str) -> str:
        said = as_text(entry.get(key))
        if not said:
            raise self._missing(reader, entry, key)
        return said

    def _missing(self, reader: "FeedReader", entry: Entry, key: str) -> Retry:
        known = ", ".join(f"{other} {as_text(entry[other])[:40]}" for other in self.per if as_text(entry.get(other)))
        return self._fault(reader, msg("an entry ({known}) does not say {key}", known=known or "—", key=key))

    def _fault(self, reader: "FeedReader", problem: Any) -> Retry:
        return Retry(
            msg("{path}: the list of files cannot be read: {problem}", path=reader.path, problem=problem),
        )

    def _whole(self, reader: "FeedReader", entry: Entry) -> "Callable[[Answer], None]":
        """A file is the one that the list names: its length and its hash."""
        length = whole(entry.get(self.bytes)) if self.bytes else None
        if self.bytes and (length is None or length < 0):
            raise self._fault(
                reader, msg("{key} {said!r} is no length", key=self.bytes, said=as_text(entry[self.bytes])[:40])
            )

        def check(answer: "Answer") -> None:
            if self.bytes and len(answer.body) != length:
                raise Retry(
                    msg(
                        "{request}: {size} bytes came, the list says {listed_size}",
                        request=answer.request,
                        size=len(answer.body),
                        listed_size=length,
                    ),
                )
            if self.sha256 and hashlib.sha256(answer.body).hexdigest() != as_text(entry.get(self.sha256)).lower():
                raise Retry(
                    msg("{request}: the file's SHA-256 is not the one of the list", request=answer.request),
                )

        return check
