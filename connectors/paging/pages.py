"""Pages by their number, from 1."""

from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from connectors.paging.numbered import Numbered
from connectors.paging.style import Place
from hub.errors import Invalid
from hub.translation import msg

if TYPE_CHECKING:
    from connectors.decoding import WirePage
    from connectors.paging.feed_reader import FeedReader


class Pages(Numbered):
    """An answer says how many records there are, or how many pages."""

    style: Literal["pages"]
    pages: Place | None = None

    @model_validator(mode="after")
    def _counted(self) -> "Pages":
        if not (self.total or self.pages):
            raise Invalid(
                msg("style 'pages' also needs total (records) or pages (their count)"),
            )
        return self

    def counts(self) -> list[str]:
        """The total and the count of pages."""
        return [*super().counts(), *([self.pages] if self.pages else [])]

    def last_page(self, reader: "FeedReader", first: "WirePage", size: int) -> int:
        """By the total, where there is one, else by the count of pages."""
        return super().last_page(reader, first, size) if self.total else reader.count(first, str(self.pages))
