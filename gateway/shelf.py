"""The records of one feed as finished JSON, in the order in which the feed gives them.

A page is a run of neighbouring records, so it is one slice of one byte string: serving costs a copy.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Generic, NamedTuple, Protocol, TypeVar

Facts = TypeVar("Facts")


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
    """Kept versions in order of (moment, code); ``facts`` is in the same order."""

    def __init__(self, entries: Iterable[Entry[Facts]]) -> None:
        rows = sorted(entries, key=lambda entry: (entry[0], entry[1], entry[2]))
        self.moments = array("q", (row[0] for row in rows))
        self.facts = [row[3] for row in rows]
        self._starts = array("q", accumulate((len(row[2]) + 1 for row in rows), initial=0))
        self._text = b",".join(row[2] for row in rows)

    def __len__(self) -> int:
        return len(self.moments)

    def span(self, low: int, high: int) -> tuple[int, int]:
        """The indexes [start, stop) of the versions whose moment lies in [low, high)."""
        start = bisect_left(self.moments, low)
        return start, max(start, bisect_left(self.moments, high))

    def json(self, start: int, stop: int) -> bytes:
        """Records [start, stop) as the inside of a JSON array."""
        return self._text[self._starts[start] : self._starts[stop] - 1] if stop > start else b""

    def moment(self, index: int) -> int:
        return self.moments[index]
