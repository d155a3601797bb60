"""What the wall says to be wrong now: open incidents, and sources that are late.

Of an incident it tells what an alert by mail tells, the sentence that names feeds, days and units, and holds neither
values nor records. Who looks after it, its details and its history are on the page of incidents, for those who may see
that. Whose incidents are seen decides the database (`ledger.incident` in warehouse/policies.py): nobody sees any who is
limited to an area or to organisations. All readers are told which sources of the indicators on their boards are late.
"""

from collections.abc import Collection, Iterator

from alerts.incidents import Incident, incidents
from alerts.kinds import BY_ID
from hub.translation import msg
from kpis.definition import Definition
from screens.database import Snapshot
from screens.freshness import sources
from screens.quality import about_persons
from screens.view_models.wall import Alert

SHOWN = ("gateway", "blocked", "late", "band", "anomaly")
"""Kinds of incidents, the gravest first. Not those that count refused records, which may be few and about persons, nor
those of the audit trail, which are not for a room."""
OF_VALUES = ("band", "anomaly")
"""Kinds that tell something of values: of figures about persons they do not leave the hub."""


def wall_alerts(s: Snapshot, shown: Collection[Definition]) -> list[Alert]:
    """What the reader may know, the gravest first; `shown` are the KPIs on the boards."""
    found = [one for one in incidents(s.connection, s.province) if one.kind in SHOWN and not _is_withheld(s, one)]
    found.sort(key=lambda one: SHOWN.index(one.kind))
    return [
        *(Alert(BY_ID[one.kind].name, one.what, one.opened_at) for one in found),
        *_late_sources(s, shown, found),
    ]


def _is_withheld(s: Snapshot, one: Incident) -> bool:
    if not s.leaves or one.kind not in OF_VALUES:
        return False
    definitions = s.catalogue.definitions
    if one.source:
        return f"{one.source}.{one.feed}" in about_persons(s.catalogue)
    return any(kpi not in definitions or definitions[kpi].about_persons for kpi in one.kpis)


def _late_sources(s: Snapshot, shown: Collection[Definition], told: Collection[Incident]) -> Iterator[Alert]:
    """Sources of which a feed of the shown KPIs is late and no incident tells that, as where nobody watches or none may
    be seen. While the gateway is down nobody is late."""
    if any(one.kind == "gateway" for one in told):
        return
    feeding = {feed for kpi in shown for feed in kpi.sources}
    named = {one.source for one in told if one.kind == "late"}
    for source in sources(s):
        late = [
            feed.covered_to
            for feed in source.feeds
            if feed.state == "late" and feed.covered_to and f"{source.source}.{feed.feed}" in feeding
        ]
        if late and source.source not in named:
            what = msg("{source}: data to {day} only", source=source.title, day=min(late))
            yield Alert(BY_ID["late"].name, what)
