"""What the hub counts of itself, for Prometheus: batches, broken rules, lateness, incidents, alerts. No figure, no name
but those of sources, feeds and kinds."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from math import inf
from typing import NamedTuple

from alerts.kinds import KINDS
from connectors.specification import Source
from warehouse.punctuality import loaded_feeds, source_states
from warehouse.serving import Connection, Province


class Sample(NamedTuple):
    """A value under labels; the metric's help is in HELP."""

    metric: str
    labels: Mapping[str, str]
    value: float


HELP = {
    "ioc_batches_total": "Batches that have ended, by source, feed and status",
    "ioc_records_total": "Records of published batches by source, feed and what became of them; of persons' cases none",
    "ioc_broken_rules_total": "Rules that did not hold, by source, feed and severity",
    "ioc_late_seconds": "By how long the next delivery of a feed is overdue; 0 where it is not",
    "ioc_open_incidents": "Open incidents by kind",
    "ioc_incidents_total": "Incidents that were ever opened, by kind",
    "ioc_alerts": "Alerts by channel and status",
    "ioc_oldest_waiting_alert_seconds": "Age of the oldest alert that waits; 0 without one",
    "ioc_watch_seen_seconds": "Seconds since the ledger was last watched; +Inf where it never was",
}
"""Every metric; those that only grow are counters."""
_ENDS = ("published", "blocked", "failed")
_SIDES = ("loaded", "unchanged", "superseded", "quarantined")
_STATUSES = ("waiting", "sent", "refused", "unlisted")
_SEVERITIES = ("reject", "block", "provisional", "warn")


def counters(
    connection: Connection,
    provinces: list[Province],
    sources: Mapping[str, Source],
    now: datetime,
    about_persons: Collection[str],
) -> Iterator[Sample]:
    """All of them, as the ledger has them now. The connection sees all rows of the serving views. Records of the feeds
    `about_persons` are not counted: who looks before and after a load would know how many it brought."""
    for province in provinces:
        own = {"province": province.code}
        yield from _loads(connection, province, sources, own, about_persons)
        for state in source_states(sources, loaded_feeds(connection, province), now):
            for feed in state.feeds:
                if feed.due_at is not None:
                    late = max((now - feed.due_at).total_seconds(), 0.0)
                    yield Sample("ioc_late_seconds", own | {"source": state.source, "feed": feed.feed}, late)
        yield from _incidents(connection, province, own)


def _loads(
    connection: Connection,
    province: Province,
    sources: Mapping[str, Source],
    own: Mapping[str, str],
    about_persons: Collection[str],
) -> Iterator[Sample]:
    """Each feed has every sample from the beginning, if need be 0: the first rise of a counter that was not there is
    none for Prometheus."""
    batches: Counter[tuple[str, ...]] = Counter()
    records: Counter[tuple[str, ...]] = Counter()
    broken: Counter[tuple[str, ...]] = Counter()
    feeds = {(spec.name, feed) for spec in sources.values() for feed in spec.feeds}
    for source, feed, status, count, *sides in connection.execute(
        "select source, feed, status, count(*), sum(loaded), sum(unchanged), sum(superseded), sum(quarantined)"
        " from serving.batches where province_id = %s and status = any(%s) group by source, feed, status",
        [province.province_id, list(_ENDS)],
    ):
        feeds.add((source, feed))
        batches[source, feed, status] = count
        if status == "published":
            records.update({(source, feed, side): int(one) for side, one in zip(_SIDES, sides, strict=True)})
    for source, feed, severity, count in connection.execute(
        "select source, feed, severity, count(*) from serving.rule_results where province_id = %s and not passed"
        " group by source, feed, severity",
        [province.province_id],
    ):
        broken[source, feed, severity] = count
    for source, feed in sorted(feeds):
        of = {**own, "source": source, "feed": feed}
        for status in _ENDS:
            yield Sample("ioc_batches_total", of | {"status": status}, batches[source, feed, status])
        for side in _SIDES if f"{source}.{feed}" not in about_persons else ():
            yield Sample("ioc_records_total", of | {"became": side}, records[source, feed, side])
        for severity in _SEVERITIES:
            yield Sample("ioc_broken_rules_total", of | {"severity": severity}, broken[source, feed, severity])


def _incidents(connection: Connection, province: Province, own: Mapping[str, str]) -> Iterator[Sample]:
    found = {
        kind: (total, still)
        for kind, total, still in connection.execute(
            "select kind, count(*), count(*) filter (where state <> 'resolved') from serving.incidents"
            " where province_id = %s group by kind",
            [province.province_id],
        )
    }
    for kind in KINDS:
        total, still = found.get(kind.id, (0, 0))
        yield Sample("ioc_incidents_total", {**own, "kind": kind.id}, total)
        yield Sample("ioc_open_incidents", {**own, "kind": kind.id}, still)
    oldest = 0.0
    alerts = {(channel, status): 0 for channel in ("mail", "webhook") for status in _STATUSES}
    for channel, status, count, age in connection.execute(
        "select channel, status, count(*), extract(epoch from clock_timestamp() - min(created_at))"
        " from serving.alerts where province_id = %s group by channel, status",
        [province.province_id],
    ):
        alerts[channel, status] = count
        oldest = max(oldest, float(age)) if status == "waiting" else oldest
    for (channel, status), count in alerts.items():
        yield Sample("ioc_alerts", {**own, "channel": channel, "status": status}, count)
    yield Sample("ioc_oldest_waiting_alert_seconds", own, oldest)
    row = connection.execute(
        "select extract(epoch from clock_timestamp() - max(seen_at)) from serving.watches where province_id = %s",
        [province.province_id],
    ).fetchone()
    yield Sample("ioc_watch_seen_seconds", own, inf if row is None or row[0] is None else float(row[0]))
