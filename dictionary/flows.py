"""The ways of records: which feed fills which table, which view shows it, and which KPI counts it."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from connectors.specification import Source
from dictionary.descriptions import tables, views
from kpis.definition import Definition


class Flow(NamedTuple):
    """One way, from the wire to a figure. What comes last may be missing: a view that no KPI counts."""

    feed: str
    table: str
    view: str | None = None
    kpi: str | None = None


def flows(sources: Mapping[str, Source], definitions: Mapping[str, Definition]) -> list[Flow]:
    """Every way from a feed: through its fact and each view over it to each KPI that names the feed."""
    found = []
    for source in sources.values():
        for name, feed in source.feeds.items():
            path = f"{source.name}.{name}"
            showing = [view for view in readers_of(feed.fact) if views()[view].fact is not None]
            counting = [kpi for kpi in definitions.values() if path in kpi.sources]
            found += [Flow(path, feed.fact, kpi.reads, kpi.id) for kpi in counting]
            found += [Flow(path, feed.fact, v) for v in showing if v not in {kpi.reads for kpi in counting}]
            if not counting and not showing:
                found.append(Flow(path, feed.fact))
    return found


def through(ways: Iterable[Flow], column: int, name: str) -> list[Flow]:
    """The ways on which a source (column 0), a table (1), a view (2) or a KPI (3) lies."""
    return [way for way in ways if (way.feed.partition(".")[0] if column == 0 else way[column]) == name]


def readers_of(table: str) -> list[str]:
    """The serving views that read a table of the warehouse."""
    return [name for name, read in _reads().items() if table in read]


def read_by(view: str) -> list[str]:
    """The tables that a serving view reads and the dictionary shows."""
    return sorted(_reads()[view] & set(tables()))


@cache
def _reads() -> dict[str, set[str]]:
    return {name: set(view.tables.values()) for name, view in views().items()}
