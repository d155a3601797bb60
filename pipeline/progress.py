"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is counted (records, slices, pages), how many are done, and how many there will be (None when
    nobody knows)."""

    def __call__(self, counted: str, done: int, total: int | None, /) -> None:
        """Takes the news; must be quick and must not raise."""


def silent(counted: str, done: int, total: int | None) -> None:
    """Tells nobody."""
