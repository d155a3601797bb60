"""What is known of the data behind each KPI: days covered, refused records, whether its sources are on time."""

from datetime import date

from hub.periods import Period
from screens.database import Snapshot
from screens.freshness import feed_rows, sources
from screens.reading import Kpi, kpis
from screens.view_models.figure import Freshness, Quality
from warehouse.serving import Coverage, together


def coverages(s: Snapshot) -> dict[str, Coverage]:
    """What all feeds of each KPI cover together."""
    if "coverages" not in s.cache:
        feeds = {f"{row['source']}.{row['feed']}": (row["covered"], row["loaded_at"]) for row in feed_rows(s)}
        s.cache["coverages"] = {
            kpi.kpi: together((feed, *feeds.get(feed, (None, None))) for feed in kpi.sources)
            for kpi in kpis(s).values()
        }
    found: dict[str, Coverage] = s.cache["coverages"]
    return found


def quality_of(s: Snapshot, kpi: Kpi, period: Period) -> Quality:
    """How the checks went of what stands behind the KPI in that period; unknown to whoever may not see the evidence."""
    if not _blocked(s).isdisjoint(kpi.sources):
        return "blocked"
    if s.caller.area is not None or s.caller.organisations is not None or coverages(s)[kpi.kpi].absent:
        return "unknown"
    days = _refusing(s)
    refused = (
        first <= period.last and last >= period.first for feed in kpi.sources for first, last in days.get(feed, ())
    )
    return "refused" if any(refused) else "passed"


def _blocked(s: Snapshot) -> set[str]:
    """Feeds of which the newest batch was held back."""
    if "blocked" not in s.cache:
        held = [row for row in feed_rows(s) if row["last_attempt"] in ("blocked", "failed")]
        s.cache["blocked"] = {f"{row['source']}.{row['feed']}" for row in held}
    found: set[str] = s.cache["blocked"]
    return found


def _refusing(s: Snapshot) -> dict[str, list[tuple[date, date]]]:
    """Feed → days of its published batches of which records still lie in quarantine."""
    if "refusing" not in s.cache:
        s.cache["refusing"] = {}
        for feed, *days in s.connection.execute(
            "select distinct b.source || '.' || b.feed, b.first_day, b.last_day from serving.batches as b"
            " where b.province_id = %s and b.quarantined > 0 and b.status = 'published' and exists (select from"
            " serving.quarantine as q where q.batch_id = b.batch_id and q.replay_batch_id is null)",
            (s.province.province_id,),
        ):
            s.cache["refusing"].setdefault(feed, []).append(tuple(days))
    found: dict[str, list[tuple[date, date]]] = s.cache["refusing"]
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
