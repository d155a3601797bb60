"""The portal's own count of its dossiers, in their current state."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from gateway.records.dossier_rows import Facts


class Count(NamedTuple):
    """Dossiers received or resolved in a range."""

    received: int
    received_online: int
    resolved: int
    on_time: int


class DossierCounts:
    """Counts for any range of moments over the newest version of each dossier."""

    def __init__(self, versions: Sequence[Facts | None]) -> None:
        """``versions`` in order of change; None is a row that the portal leaves out."""
        newest = {facts.dossier: facts for facts in versions if facts is not None}.values()
        self._received = sorted(f.received for f in newest if f.received >= 0)
        self._online = sorted(f.received for f in newest if f.received >= 0 and f.online)
        self._resolved = sorted(f.resolved for f in newest if f.resolved >= 0)
        self._on_time = sorted(f.resolved for f in newest if f.resolved >= 0 and f.on_time)

    def between(self, low: int, high: int) -> Count:
        """Received or resolved in [low, high)."""
        columns = (self._received, self._online, self._resolved, self._on_time)
        return Count(*(bisect_left(column, high) - bisect_left(column, low) for column in columns))
