"""The kinds of incidents: one list. Another kind is one function that gives its causes, and one entry here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from alerts import causes
from alerts.lateness import late_deliveries
from alerts.situation import Cause, Situation
from hub.translation import Wording, msg


@dataclass(frozen=True)
class Kind:
    """A kind of incident: what it is called, what somebody is to do about it, and which causes there are now."""

    id: str
    name: Wording
    effect: Wording
    """What it does to figures; KPIs are named beside it."""
    remedy: Wording
    causes: Callable[[Situation], Iterable[Cause]]
    is_of_news: bool = False
    """Whether its causes are looked for only when something was loaded or published: to find them takes long."""


KINDS = (
    Kind(
        "gateway",
        msg("Gateway down"),
        msg("Nothing new is loaded and figures stay as they are; meanwhile no unit counts as late"),
        msg("Ask the operator of the LGSP; the hub loads what is missing by itself when it answers again"),
        causes.silent_gateway,
    ),
    Kind(
        "blocked",
        msg("Blocked slice"),
        msg("For these days the last good figures stay; where there were none, figures are missing"),
        msg("See `ioc quality show` of the batch; mend the source or the specification, then load the days again"),
        causes.blocked_slices,
    ),
    Kind(
        "late",
        msg("Late delivery"),
        msg("Figures of these days are missing or provisional"),
        msg("Ask the unit to deliver; `ioc source freshness` and `ioc quality deliverers` show what has come"),
        late_deliveries,
    ),
    Kind(
        "quarantine",
        msg("Growing quarantine"),
        msg("Refused records do not count until they are replayed"),
        msg("See `ioc quality quarantine` for the rules and values; mend the cause, then `ioc quality replay`"),
        causes.growing_quarantine,
    ),
    Kind(
        "band",
        msg("Indicator outside its band"),
        msg("The figure is published as it was computed"),
        msg("See `ioc kpi explain` for its records; the value may be right"),
        causes.kpis_beyond_bands,
    ),
    Kind(
        "anomaly",
        msg("Anomaly"),
        msg("The figures are published as they were computed; they may be right"),
        msg("See `ioc quality anomalies`; ask the source, and load the days again if it has mended them"),
        causes.current_anomalies,
        is_of_news=True,
    ),
    Kind(
        "anchor",
        msg("Audit trail not copied to an outside place"),
        msg("Figures do not change; after the time that the settings allow, nothing more is published"),
        msg("Mend the place or its address in the settings; `ioc audit checkpoint` tries again"),
        causes.failed_anchors,
    ),
)
"""In the order in which alerts name them."""

BY_ID = {kind.id: kind for kind in KINDS}
