"""The question of the page Explore: any KPIs and areas over periods of one kind, and the figures that answer it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

from hub.periods import Freq, Period, previous, standard_period
from hub.translation import msg
from kpis.definition import Definition, comparable
from kpis.figure import Status
from kpis.history import Entry
from kpis.slices import slices_text
from screens.charts.multiples import Panel, PanelGroup
from screens.charts.series import Point
from screens.database import Snapshot
from screens.directory import areas, find_kpi, find_place, is_own, own_place
from screens.pages.choice import choose
from screens.pages.frame import Visit, address
from screens.pages.places import same_place
from screens.pages.points import published_places
from screens.request_errors import invalid_parameter, read_day
from warehouse.areas import REFORM
from warehouse.serving import Area

MOST_SERIES, MOST_PERIODS, MOST_FIGURES = 24, 120, 1440
_BEFORE = REFORM - timedelta(days=1)


@dataclass(frozen=True)
class ExploredSeries:
    """One KPI in one area: a point for each of the question's periods."""

    kpi: Definition
    place: Area
    name: str
    """What tells it from the others."""
    points: Sequence[Point]


@dataclass(frozen=True)
class Exploration:
    """What is asked for."""

    kpis: Sequence[Definition]
    places: Sequence[Area]
    days: Period
    freq: Freq
    periods: Sequence[Period]
    """Those of that kind that end in these days, oldest first."""

    def to(self, path: str) -> str:
        """An address with the whole choice."""
        return address(
            path,
            [
                *(("kpi", kpi.id) for kpi in self.kpis),
                *(("area", code_of(place, self.days.last)) for place in self.places),
                ("from", self.days.first),
                ("to", self.days.last),
                ("freq", self.freq),
            ],
        )


def read_exploration(v: Visit, s: Snapshot) -> Exploration:
    """What the address asks for. Raises RequestError 404 for a KPI or an area that there is not, 422 for more than one
    page holds."""
    query = v.request.query_params
    freq, period = query.get("freq", "month"), choose(v, s).period
    if freq not in get_args(Freq):
        raise invalid_parameter("freq", msg("month, quarter, half, year or ytd"))
    if not query.get("from"):
        period = Period(previous(standard_period("year", period.last)).first, period.last)
    kpis = [find_kpi(s, one) for one in dict.fromkeys(query.getlist("kpi"))]
    places = [_place(s, one, period.last) for one in dict.fromkeys(query.getlist("area")) if one]
    places = list({place.area_id: place for place in places}.values()) or [own_place(s, period.last)]
    periods = _periods(freq, period)  # type: ignore[arg-type]
    count = len(kpis) * len(places)
    if count > MOST_SERIES:
        raise invalid_parameter("kpi", msg("more than {most} charts; choose fewer of them", most=MOST_SERIES))
    if count * len(periods) > MOST_FIGURES:
        raise invalid_parameter("from", msg("more than {most} figures; choose fewer months", most=MOST_FIGURES))
    return Exploration(kpis, places, period, freq, periods)  # type: ignore[arg-type]


def code_of(place: Area, day: date) -> str:
    """How an address names an area: by its code as of that day, or as of a day on which there was such an area."""
    if place.valid_from <= day and (place.valid_to is None or day < place.valid_to):
        return place.area
    return f"{place.area}@{place.valid_from if place.valid_from > day else _BEFORE}"


def offered_areas(s: Snapshot, asked: Period) -> list[Area]:
    """All areas that the caller sees whole: those of the range's last day, each district before its communes, then
    those of before the reform, where the range has days of both times."""
    found = _ordered(areas(s, as_of=asked.last))
    if asked.first < REFORM <= asked.last:
        found += [area for area in _ordered(areas(s, as_of=_BEFORE)) if area.level != "province"]
    return [area for area in found if is_own(s, area)]


def read_series(s: Snapshot, asked: Exploration) -> list[ExploredSeries]:
    """What is published of each pair of KPI and area, from the first period on that has any value."""
    entries = _entries(s, asked)
    known = [(kpi, place, entries[kpi.id, place.area_id]) for kpi in asked.kpis for place in asked.places]
    start = next((n for n, one in enumerate(asked.periods) if any(one in own for *_, own in known)), 0)
    return [
        ExploredSeries(
            kpi, place, _name(s, asked, kpi, place), [_point(own.get(one), one) for one in asked.periods[start:]]
        )
        for kpi, place, own in known
    ]


def panel_groups(series: Sequence[ExploredSeries]) -> list[PanelGroup]:
    """The series by unit, in the order of the KPIs."""
    units = dict.fromkeys(one.kpi.unit for one in series)
    return [PanelGroup(unit, [Panel(one.name, one.points) for one in series if one.kpi.unit == unit]) for unit in units]


def _place(s: Snapshot, text: str, day: date) -> Area:
    """Of `code` or `code@day`."""
    code, _, own = text.partition("@")
    return find_place(s, code, read_day("area", own) or day)


def _ordered(found: Sequence[Area]) -> list[Area]:
    order = {area.area_id: place for place, area in enumerate(found)}
    districts = {area.area_id for area in found if area.level == "district"}

    def key(area: Area) -> tuple[int, int]:
        parent = area.parent_id if area.level == "commune" and area.parent_id in districts else area.area_id
        return order[parent or area.area_id], 0 if area.area_id in districts else order[area.area_id] + 1

    return sorted(found, key=key)


def _periods(freq: Freq, asked: Period) -> list[Period]:
    found = [standard_period(freq, asked.last)]
    if found[0].last > asked.last and freq != "ytd":
        found = [previous(found[0])]
    while found[-1].last >= asked.first and len(found) <= MOST_PERIODS:
        found.append(previous(found[-1], freq))
    if len(found) > MOST_PERIODS:
        raise invalid_parameter("from", msg("more than {most_periods} periods", most_periods=MOST_PERIODS))
    return found[-2::-1]


def _entries(s: Snapshot, asked: Exploration) -> dict[tuple[str, int], dict[Period, Entry]]:
    """KPI and area → what is published of them, or of the account's organisations where it is limited to some, in the
    measure and unit of the KPI as it is today."""
    own = s.caller.organisations
    slice_ = "" if own is None else slices_text({"organisation": sorted(own)})
    ids = [same_place(s, place) for place in asked.places]
    found: dict[tuple[str, int], dict[Period, Entry]] = {
        (kpi.id, place.area_id): {} for kpi in asked.kpis for place in asked.places
    }
    definitions = {kpi.id: kpi for kpi in asked.kpis}
    for place, entries in zip(asked.places, published_places(s, asked.kpis, asked.periods, ids, slice_), strict=True):
        for (kpi_id, period), entry in entries.items():
            if entry.value is not None and comparable(entry, definitions[kpi_id]):
                found[kpi_id, place.area_id][period] = entry
    return found


def _point(entry: Entry | None, period: Period) -> Point:
    value: Decimal | None = entry.value if entry else None
    status: Status = entry.status if entry else "missing"
    return Point(period.first, period.last, value, status, (entry and entry.revision) or 1)


def _name(s: Snapshot, asked: Exploration, kpi: Definition, place: Area) -> str:
    own: str = getattr(kpi.name, s.language)
    if len(asked.places) == 1:
        return own
    return place.name if len(asked.kpis) == 1 else f"{own}, {place.name}"
