"""Where a load's records come from: the wire, or the quarantine of an earlier batch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.specification import Feed
from expectations.control_totals import ControlTotal
from warehouse.ledger import Batch, FeedCoverage

if TYPE_CHECKING:
    from pipeline.claim import Claim


def _nothing(_claim: "Claim", _batch: Batch) -> None: ...


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
    settled: "Callable[[Claim, Batch], None]" = _nothing
    """What is done after a batch was published or blocked; it changes nothing of that."""
    replayed: int | None = None
    """The batch whose quarantine is loaded again."""
