"""Where a load's records come from: the wire, or the quarantine of an earlier batch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.specification import Feed
from expectations.control_totals import ControlTotal
from warehouse.ledger import FeedCoverage


def _no_controls(_: Slice) -> list[ControlTotal]:
    return []


@dataclass(frozen=True)
class Origin:
    """Some days of a feed and their records. `decoder` reads its pages back from the landing."""

    source: str
    feed: str
    spec: Feed
    decoder: Decoder
    slices: Callable[[FeedCoverage], Sequence[Slice]]
    """The slices to read, as far as is known what was read before."""
    pages: Callable[[Slice, Declaration], Iterator[WirePage]]
    """The pages of a slice in order; the Declaration learns what the source says of them."""
    controls: Callable[[Slice], list[ControlTotal]] = _no_controls
    """The source's own counts of a slice."""
    replayed: int | None = None
    """The batch whose quarantine is loaded again."""
