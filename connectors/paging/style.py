"""What every paging style has: the keys of `paging` in a specification that all share, and how its pages are read."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict, StringConstraints

from hub.errors import Reject
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice

MOST_PAGES = 10_000
"""Pages of the longest slice."""
Place = Annotated[str, StringConstraints(min_length=1)]
"""A dotted place in an answer, or the name of a field."""


class Style(BaseModel, ABC):
    """A way in which an interface hands out a long answer. Its fields are the keys that a specification may give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    placeholders: ClassVar[frozenset[str]] = frozenset()
    """What the style fills in a request, beside what connectors.template names."""
    calls: ClassVar[bool] = True
    """Whether its pages are answers to calls, which the specification's `request` describes."""
    total_of_each_page: ClassVar[bool] = False
    """Whether every page has a total of its own, and not the first one that of the slice."""
    style: str
    records: str = ""
    size: int = 1000
    total: Place | None = None
    """Where an answer says how many records the slice has; the first one counts."""

    def stated(self) -> list[str]:
        """Places of what an answer states beside its records."""
        return self.counts()

    def counts(self) -> list[str]:
        """Places of the counts among them."""
        return [self.total] if self.total else []

    @abstractmethod
    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """The pages of one slice, in the order in which the source gives them."""


class Trail:
    """The pages of one read: none may come again, or reading would never end. Its errors are of the other side's making
    and stay until that is mended, so that trying again is of no use."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._links: set[Hashable] = set()
        self._contents: set[bytes] = set()

    def follow(self, link: str, meaning: Hashable | None = None) -> None:
        """Goes on to a link, a cursor or a page number. Raises Reject when it was read already, or when there are more
        pages than any slice has. `meaning` tells links apart where their text does not."""
        key = link if meaning is None else meaning
        if key in self._links:
            raise self.circle(link)
        if len(self._links) >= MOST_PAGES:
            raise Reject(
                msg(
                    "{path}: there is still another page after {most}; ask for fewer days at once, or tell the"
                    " gateway's operator",
                    path=self._path,
                    most=MOST_PAGES,
                ),
            )
        self._links.add(key)

    def is_new(self, page: "WirePage") -> bool:
        """Whether no page before had the same records. An empty page is always new."""
        if not page.decoded.records:
            return True
        content = hashlib.sha256(msgspec.json.encode(page.decoded.records)).digest()
        if content in self._contents:
            return False
        self._contents.add(content)
        return True

    def take(self, page: "WirePage", link: str) -> "WirePage":
        """The page to which a link led. Raises Reject when its records came before."""
        if not self.is_new(page):
            raise self.circle(link)
        return page

    def circle(self, link: str) -> Reject:
        """Says that a link leads back."""
        return Reject(
            msg(
                "{path}: the pages lead in a circle: {link!r} gives what was already read; the gateway's operator must"
                " mend it",
                path=self._path,
                link=link[:200],
            ),
        )
