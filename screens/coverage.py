"""What is known of the data behind each KPI: days covered, refused records, whether its sources are on time."""

from datetime import date, timedelta

from psycopg.types.multirange import Multirange

from screens.database import Snapshot
from screens.freshness import feed_rows, sources
from screens.models import Freshness, Quality
from screens.reading import Kpi, kpis
from warehouse.kpis.periods import Period
from warehouse.reading import Coverage

_ONE_DAY = timedelta(days=1)


def coverages(s: Snapshot) -> dict[str, Coverage]:
    """What all feeds of each KPI cover together, as warehouse.reading.coverage, for every KPI in one query."""
    if "coverages" not in s.cache:
        feeds = [(kpi.kpi, *feed.split(".", 1)) for kpi in kpis(s).values() for feed in kpi.sources]
        rows = s.connection.execute(
            "select k.kpi, range_intersect_agg(coalesce(f.covered, '{}'::datemultirange)), max(f.loaded_at),"
            " coalesce(array_agg(k.source || '.' || k.feed) filter (where f.covered is null), '{}')"
            " from unnest(%s::text[], %s::text[], %s::text[]) as k (kpi, source, feed) left join serving.freshness as f"
            " on f.province_id = %s and f.source = k.source and f.feed = k.feed group by k.kpi",
            (*([feed[place] for feed in feeds] for place in range(3)), s.province.province_id),
        )
        s.cache["coverages"] = {kpi: Coverage(_spans(days), at, sorted(absent)) for kpi, days, at, absent in rows}
    found: dict[str, Coverage] = s.cache["coverages"]
    return found


def _spans(days: "Multirange[date]") -> list[tuple[date, date]]:
    return [(span.lower, span.upper - _ONE_DAY) for span in days if span.lower and span.upper]


def quality_of(s: Snapshot, kpi: Kpi, period: Period) -> Quality:
    """How the checks went of what stands behind the KPI in that period; unknown to whoever may not see the evidence."""
    own = set(kpi.sources)
    if any(
        f"{row['source']}.{row['feed']}" in own and row["last_attempt"] in ("blocked", "failed") for row in feed_rows(s)
    ):
        return "blocked"
    if s.caller.area is not None or s.caller.organisations is not None or coverages(s)[kpi.kpi].absent:
        return "unknown"
    refused = any(feed in own and first <= period.last and last >= period.first for feed, first, last in _refusing(s))
    return "refused" if refused else "passed"


def _refusing(s: Snapshot) -> list[tuple[str, date, date]]:
    """Feed and days of published batches of which records still lie in quarantine."""
    if "refusing" not in s.cache:
        s.cache["refusing"] = s.connection.execute(
            "select distinct b.source || '.' || b.feed, b.first_day, b.last_day from serving.batches as b"
            " where b.province_id = %s and b.quarantined > 0 and b.status = 'published' and exists (select from"
            " serving.quarantine as q where q.batch_id = b.batch_id and q.replay_batch_id is null)",
            (s.province.province_id,),
        ).fetchall()
    found: list[tuple[str, date, date]] = s.cache["refusing"]
    return found


def freshness_of(s: Snapshot, kpi: Kpi) -> Freshness:
    """The worst of the KPI's feeds."""
    if "freshness" not in s.cache:
        s.cache["freshness"] = {f"{own.source}.{feed.feed}": feed.state for own in sources(s) for feed in own.feeds}
    states = {s.cache["freshness"].get(feed, "unknown") for feed in kpi.sources}
    for state in ("never", "late", "blocked", "unknown"):
        if state in states:
            return "late" if state == "blocked" else state  # type: ignore[return-value]
    return "on_time"
