"""Where a batch's records come from: the wire, or the quarantine of an earlier batch."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.specification import Feed
from expectations.control_totals import ControlTotal


@dataclass(frozen=True)
class Origin:
    """An interval of a feed and its records. `decoder` reads its pages back from the landing."""

    source: str
    feed: str
    first: date
    last: date
    spec: Feed
    decoder: Decoder
    pages: Callable[[Declaration], Iterator[WirePage]]
    """The pages in order; the Declaration learns what the source says of them."""
    controls: Callable[[], list[ControlTotal]] = list
    """The source's own counts of the interval."""
    replayed: int | None = None
    """The batch whose quarantine is loaded again."""
