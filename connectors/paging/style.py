"""What every paging style has: the keys of `paging` in a specification that all share, and how its pages are read."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from hub.errors import Retry
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader
    from connectors.slices import Slice

Place = Annotated[str, StringConstraints(min_length=1)]
"""A dotted place in an answer, or the name of a field."""


class Style(BaseModel, ABC):
    """A way in which an interface hands out a long answer. Its fields are the keys that a specification may give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    placeholders: ClassVar[frozenset[str]] = frozenset()
    """What the style fills in a request, beside what connectors.template names."""
    style: str
    records: str = ""
    size: int = 1000
    total: Place | None = None
    """Where the first answer says how many records the slice has."""

    def stated(self) -> list[str]:
        """Places of what an answer states beside its records."""
        return [self.total] if self.total else []

    @abstractmethod
    def read(self, reader: "FeedReader", piece: "Slice") -> "Iterator[WirePage]":
        """The pages of one slice, in the order in which the source gives them."""


class Trail:
    """The pages that a source has named as the next one: none may come again, or reading would never end."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[str] = set()

    def follow(self, following: str) -> str:
        """The next page. Raises Retry when it was read already."""
        if following in self._seen:
            raise Retry(
                msg("{path}: the pages lead in a circle: the next page was already read", path=self._path),
            )
        self._seen.add(following)
        return following
