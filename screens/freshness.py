"""How every source that the caller sees keeps its word, see warehouse.punctuality."""

from kpis.definition import Definition
from kpis.figure import Freshness
from screens.database import Snapshot
from screens.directory import kpis
from warehouse.punctuality import SourceState, loaded_feeds, source_states


def sources(s: Snapshot) -> list[SourceState]:
    """The sources of the fields that the caller sees, those that are worst off first."""
    if "sources" not in s.cache:
        loaded = s.once(loaded_feeds, s.province)
        seen = {feed.partition(".")[0] for kpi in kpis(s).values() for feed in kpi.sources}
        seen |= {feed.source for feed in loaded}
        own = {name: spec for name, spec in s.catalogue.sources.items() if name in seen}
        s.cache["sources"] = source_states(own, loaded, s.now)
    found: list[SourceState] = s.cache["sources"]
    return found


def freshness_of(s: Snapshot, kpi: Definition) -> Freshness:
    """The worst of the KPI's feeds."""
    if "freshness" not in s.cache:
        s.cache["freshness"] = {f"{own.source}.{feed.feed}": feed.state for own in sources(s) for feed in own.feeds}
    states = {s.cache["freshness"].get(feed, "unknown") for feed in kpi.sources}
    if "never" in states:
        return "never"
    return "late" if states & {"late", "blocked"} else "unknown" if "unknown" in states else "on_time"
