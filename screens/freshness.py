"""How every source that the caller sees keeps its word, see warehouse.punctuality."""

from typing import Any

from screens.database import Snapshot
from screens.reading import kpis
from warehouse import punctuality
from warehouse.punctuality import SourceState


def sources(s: Snapshot) -> list[SourceState]:
    """The sources of the fields that the caller sees, those that are worst off first."""
    if "sources" not in s.cache:
        rows = feed_rows(s)
        seen = {feed.partition(".")[0] for kpi in kpis(s).values() for feed in kpi.sources}
        seen |= {row["source"] for row in rows}
        own = {name: spec for name, spec in s.sources.items() if name in seen}
        s.cache["sources"] = punctuality.source_states(own, rows, s.now)
    found: list[SourceState] = s.cache["sources"]
    return found


def feed_rows(s: Snapshot) -> list[dict[str, Any]]:
    """serving.freshness of the province."""
    if "feeds" not in s.cache:
        s.cache["feeds"] = punctuality.feed_rows(s.connection, s.province.province_id)
    found: list[dict[str, Any]] = s.cache["feeds"]
    return found
