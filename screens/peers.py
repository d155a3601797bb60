"""The figures of an area beside the province's and those of its peers, the areas of its level.

Of an account's own area the database tells of others only what would leave the hub, and no single one of the peers:
`serving.comparisons` in warehouse/policies.sql, docs/decisions/0012 and 0014. An account of the whole province sees the
others' figures anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg import Cursor

from hub.periods import Period
from kpis.figure import Figure
from screens.database import Snapshot
from screens.directory import areas, whole
from warehouse.serving import Area

_COLUMNS = "kpi, value, province_value, others, median, higher, lower, is_provisional, is_judged"
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
    """KPI → what its figure of one area is seen beside, all in one query: of the caller's own area, or for who sees all
    of the province of any area. Nothing for the province, for an area within the caller's own, and for figures that do
    not leave the hub, where those of others are not the caller's to see."""
    place = next((o.place for o in shown if o.place), None)
    own = {o.kpi: o for o in shown if o.value is not None and o.place == place and not o.slices}
    if place is None or place.level not in ("district", "commune") or s.caller.organisations is not None or not own:
        return {}
    if s.caller.area is None:
        rows = _seen(s, period, place, list(own))
    elif s.caller.area == place.area_id:
        rows = s.connection.execute(f"select {_COLUMNS} from serving.comparisons(%s, %s)", (period.first, period.last))
    else:
        return {}
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


def _seen(s: Snapshot, period: Period, place: Area, kpis: list[str]) -> Cursor[Any]:
    """The same of any area for who sees the others' figures anyway, in the same columns."""
    own = whole(s, period.last)
    known = areas(s, as_of=period.last)
    peers = [one.area_id for one in known if one.level == place.level and own.area_id in one.ancestor_ids]
    return s.connection.execute(
        "with newest as (select o.kpi, o.area_id, o.area_id = %(whole)s as is_whole, o.value, o.status, d.unit,"
        " d.body ->> 'measure' as measure from serving.kpi_observations as o"
        " join serving.kpi_definitions as d on d.kpi = o.kpi and d.version = o.definition_version"
        " where o.province_id = %(province)s and o.kpi = any(%(kpis)s) and o.area_id = any(%(areas)s)"
        " and o.first_day = %(first)s and o.last_day = %(last)s"
        " and o.breakdown = '' and o.is_latest and o.value is not null)"
        " select own.kpi, own.value, max(b.value) filter (where b.is_whole), count(*) filter (where not b.is_whole),"
        " (percentile_disc(0.5) within group (order by b.value) filter (where not b.is_whole)"
        " + percentile_disc(0.5) within group (order by b.value desc) filter (where not b.is_whole)) / 2,"
        " count(*) filter (where not b.is_whole and b.value > own.value),"
        " count(*) filter (where not b.is_whole and b.value < own.value), bool_or(b.status = 'provisional'), true"
        " from newest as own join newest as b on b.kpi = own.kpi and b.area_id <> own.area_id and b.unit = own.unit"
        " and b.measure is not distinct from own.measure"
        " where own.area_id = %(own)s group by own.kpi, own.value",
        {
            "whole": own.area_id,
            "own": place.area_id,
            "areas": [own.area_id, *peers],
            "kpis": kpis,
            "province": s.province.province_id,
            "first": period.first,
            "last": period.last,
        },
    )
