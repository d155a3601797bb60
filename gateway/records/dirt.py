"""Dirty rows: what a world may plant."""

from collections.abc import Iterable


def check_kinds(feed: str, kinds: Iterable[str], known: tuple[str, ...]) -> None:
    """Raises ValueError for a kind of dirt that ``feed`` does not know."""
    for kind in kinds:
        if kind not in known:
            raise ValueError(f"world: dirt.{feed}.{kind} is unknown; there are {', '.join(known)}")
