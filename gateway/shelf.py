"""The records of one feed as finished JSON, in the order in which the feed gives them.

A page is a run of neighbouring records, kept packed in blocks. A world is hundreds of megabytes of JSON
otherwise, and what statistics need as many again: it is packed, too, until somebody asks for them.
"""

import pickle
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Generic, NamedTuple, TypeVar

import msgspec
import zstandard

from gateway.moments import iso

Facts = TypeVar("Facts")
State = TypeVar("State")
encode = msgspec.json.Encoder().encode

_BLOCK = 250
"""Records that are packed together: few enough to unpack in a moment, enough to pack well."""


class Entry(NamedTuple, Generic[Facts]):
    """One version of a record. Order: ``moment``, then ``code``; ``facts`` is what its statistics need."""

    moment: int
    code: str
    body: bytes
    facts: Facts


def entry(
    record: Mapping[str, object], code: str, updated: int, facts: Facts, stamp: str = "updated_at"
) -> Entry[Facts]:
    """A version that says in its field ``stamp`` when it came about."""
    return Entry(updated, code, encode({**record, stamp: iso(updated)}), facts)


class Shelf(Generic[Facts, State]):
    """Kept versions in order of (moment, code).

    ``known(now)`` is what ``digest`` makes of the facts of the versions until the moment ``now``, in order of change.
    """

    def __init__(self, entries: Iterable[Entry[Facts]], digest: Callable[[list[Facts]], State]) -> None:
        rows = sorted(entries, key=lambda row: (row[0], row[1], row[2]))
        self.moments = array("q", (row[0] for row in rows))
        self._facts = pickle.dumps([row[3] for row in rows], pickle.HIGHEST_PROTOCOL)
        self._starts = array("q", accumulate((len(row[2]) + 1 for row in rows), initial=0))
        packer = zstandard.ZstdCompressor(level=1)
        self._blocks = [
            packer.compress(b",".join(row[2] for row in rows[first : first + _BLOCK]))
            for first in range(0, len(rows), _BLOCK)
        ]
        self._digest = digest
        self.known = lru_cache(maxsize=2)(self._known)

    def span(self, low: int, high: int) -> tuple[int, int]:
        """The indexes [start, stop) of the versions whose moment lies in [low, high)."""
        start = bisect_left(self.moments, low)
        return start, max(start, bisect_left(self.moments, high))

    def json(self, start: int, stop: int) -> bytes:
        """Records [start, stop) as the inside of a JSON array."""
        if stop <= start:
            return b""
        first = start // _BLOCK
        text = b",".join(map(zstandard.decompress, self._blocks[first : (stop - 1) // _BLOCK + 1]))
        before = self._starts[first * _BLOCK]
        return text[self._starts[start] - before : self._starts[stop] - 1 - before]

    def _known(self, now: int) -> State:
        facts: list[Facts] = pickle.loads(self._facts)  # noqa: S301 - this process packed them
        return self._digest(facts[: self.span(0, now + 1)[1]])


def dotted(number: int) -> str:
    """Vietnamese thousands: ``10.915.692.416``."""
    return f"{number:,}".replace(",", ".")
