"""The figures of an account's own area beside the province's and those of its peers, the areas of its level.

The database tells of others only what would leave the hub, and no single one of the peers: `serving.comparisons` in
warehouse/policies.sql, docs/decisions/0012 and 0014.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from hub.periods import Period
from kpis.figure import Figure
from screens.database import Snapshot

FEWEST_PEERS = 3
"""Of fewer the median would tell the figure of each."""


@dataclass(frozen=True)
class PeerComparison:
    """What a figure is seen beside."""

    province: Decimal | None
    """The province's own figure; None where it is not given."""
    median: Decimal | None
    """Of the peers that have the figure, the own area left out; None where these are fewer than FEWEST_PEERS."""
    peers: int
    rank: int | None
    """Among the peers and the own area, the best first, where no direction is good the largest; likewise None."""
    is_provisional: bool
    """Whether one of these figures is."""


def peer_comparisons(s: Snapshot, period: Period, shown: Sequence[Figure]) -> Mapping[str, PeerComparison]:
    """KPI → what its figure of the caller's own area is seen beside, all in one query. Nothing for who is not limited
    to an area, for figures of another place, and for those that do not leave the hub."""
    own = {o.kpi: o for o in shown if o.value is not None and o.area_id == s.caller.area and not o.slices}
    if s.caller.area is None or s.caller.organisations is not None or not own:
        return {}
    rows = s.connection.execute(
        "select kpi, value, province_value, others, median, higher, lower, is_provisional, is_judged"
        " from serving.comparisons(%s, %s)",
        (period.first, period.last),
    )
    found = {}
    for kpi, value, province, others, median, higher, lower, is_provisional, is_judged in rows:
        figure = own.get(kpi)
        if figure is None or figure.value != value or (figure.definition.about_persons and not is_judged):
            continue
        enough = others >= FEWEST_PEERS
        if province is None and not enough:
            continue
        ahead = lower if figure.good == "down" else higher
        found[kpi] = PeerComparison(
            province, median if enough else None, others, ahead + 1 if enough else None, is_provisional
        )
    return found
