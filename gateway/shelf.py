"""The records of one feed as finished JSON, in the order in which the feed gives them.

A page is a run of neighbouring records, kept packed in blocks. A world is hundreds of megabytes of JSON
otherwise, and what statistics need as many again: it is packed, too, until somebody asks for them.
"""

import pickle
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, NamedTuple, Protocol, TypeVar

import zstandard

Facts = TypeVar("Facts")

_BLOCK = 250
"""Records that are packed together: few enough to unpack in a moment, enough to pack well."""


class Entry(NamedTuple, Generic[Facts]):
    """One version of a record. Order: ``moment``, then ``code``; ``facts`` is what its statistics need."""

    moment: int
    code: str
    body: bytes
    facts: Facts


class Pages(Protocol):
    """What a paged handler needs of a feed."""

    def span(self, low: int, high: int) -> tuple[int, int]: ...
    def json(self, start: int, stop: int) -> bytes: ...
    def moment(self, index: int) -> int: ...


class Shelf(Generic[Facts]):
    """Kept versions in order of (moment, code)."""

    def __init__(self, entries: Iterable[Entry[Facts]]) -> None:
        rows = sorted(entries, key=lambda entry: (entry[0], entry[1], entry[2]))
        self.moments = array("q", (row[0] for row in rows))
        self._facts = pickle.dumps([row[3] for row in rows], pickle.HIGHEST_PROTOCOL)
        self._starts = array("q", accumulate((len(row[2]) + 1 for row in rows), initial=0))
        packer = zstandard.ZstdCompressor(level=1)
        self._blocks = [
            packer.compress(b",".join(row[2] for row in rows[first : first + _BLOCK]))
            for first in range(0, len(rows), _BLOCK)
        ]

    def __len__(self) -> int:
        return len(self.moments)

    def span(self, low: int, high: int) -> tuple[int, int]:
        """The indexes [start, stop) of the versions whose moment lies in [low, high)."""
        start = bisect_left(self.moments, low)
        return start, max(start, bisect_left(self.moments, high))

    def facts(self, stop: int) -> list[Facts]:
        """What statistics need of the first ``stop`` versions; unpacked anew each time, so keep what you count."""
        facts: list[Facts] = pickle.loads(self._facts)  # noqa: S301 - this process packed them
        return facts[:stop]

    def json(self, start: int, stop: int) -> bytes:
        """Records [start, stop) as the inside of a JSON array."""
        if stop <= start:
            return b""
        first = start // _BLOCK
        text = b",".join(map(zstandard.decompress, self._blocks[first : (stop - 1) // _BLOCK + 1]))
        before = self._starts[first * _BLOCK]
        return text[self._starts[start] - before : self._starts[stop] - 1 - before]

    def moment(self, index: int) -> int:
        return self.moments[index]
