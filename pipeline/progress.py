"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with the step, records so far, and how many there will be (None when nobody knows)."""

    def __call__(self, step: str, done: int, total: int | None, /) -> None:
        """Takes the news; must be quick and must not raise."""


def silent(step: str, done: int, total: int | None) -> None:
    """Tells nobody."""
