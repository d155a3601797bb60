"""How every source that the caller sees keeps its word, see warehouse.punctuality."""

from kpis.definition import Definition
from kpis.figure import Freshness
from screens.database import Snapshot
from screens.directory import kpis
from warehouse.punctuality import SourceState, feed_states, loaded_feeds, source_states


def sources(s: Snapshot) -> list[SourceState]:
    """The sources of the fields that the caller sees, those that are worst off first."""
    if "sources" not in s.cache:
        loaded = s.once(loaded_feeds, s.province)
        seen = _of_kpis(s) | {feed.source for feed in loaded}
        own = {name: spec for name, spec in s.catalogue.sources.items() if name in seen}
        s.cache["sources"] = source_states(own, loaded, s.now)
    found: list[SourceState] = s.cache["sources"]
    return found


def titles(s: Snapshot) -> dict[str, str]:
    """The same sources by name, with their titles: how far each is loaded takes all its batches to tell, that it is
    takes one."""
    seen = _of_kpis(s)
    if others := [name for name in s.catalogue.sources if name not in seen]:
        rows = s.connection.execute(
            "select o.source from unnest(%(others)s::text[]) as o (source)"
            " where exists (select from serving.batches as b where b.province_id = %(own)s and b.source = o.source)"
            " or exists (select from serving.deliveries as d where d.province_id = %(own)s and d.source = o.source)",
            {"own": s.province.province_id, "others": others},
        )
        seen |= {name for (name,) in rows}
    return {name: spec.title for name, spec in s.catalogue.sources.items() if name in seen}


def _of_kpis(s: Snapshot) -> set[str]:
    return {feed.partition(".")[0] for kpi in kpis(s).values() for feed in kpi.sources}


def freshness_of(s: Snapshot, kpi: Definition) -> Freshness:
    """The worst of the KPI's feeds."""
    if "freshness" not in s.cache:
        s.cache["freshness"] = feed_states(s.catalogue.sources, s.once(loaded_feeds, s.province), s.now)
    states = {s.cache["freshness"].get(feed, "unknown") for feed in kpi.sources}
    if "never" in states:
        return "never"
    return "late" if states & {"late", "blocked"} else "unknown" if "unknown" in states else "on_time"
