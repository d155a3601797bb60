"""Figures as they are published: one KPI over periods, all KPIs of one period, the parts of a figure.

What is published comes from the kept observations, and so does why something is missing. A range, slice or area of
which none is kept is computed in the same snapshot, within the caller's rights, and says so; with `as_of` only what was
published then is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from hub.errors import RequestError, WrongQuestion
from hub.periods import Period
from kpis.availability import judge
from kpis.computation import compute
from kpis.figure import Figure, Reason, breakdown_text
from kpis.memo import Once
from kpis.series import with_changes
from screens import kept
from screens.coverage import coverages, freshness_of, quality_of
from screens.database import Snapshot
from screens.reading import Kpi, Place, kpis, places_of
from screens.scope import Where, asked_place, not_countable, own_where
from screens.view_models.figure import Freshness, Quality


@dataclass(frozen=True)
class Observed:
    """A figure, where it is of, and what is known about it."""

    kpi: Kpi
    figure: Figure
    place: Place
    breakdown: str
    """Slice such as channel=online; empty for the whole."""
    origin: Literal["published", "computed"]
    recorded_at: datetime | None
    """Since when a published value is the hub's word."""
    cause: str | None
    """Why a published value was said: first, data, time, definition, recompute."""
    quality: Quality
    freshness: Freshness


def observations(
    s: Snapshot,
    kpi: Kpi,
    asked: Sequence[Period],
    area: str | None = None,
    where: Where | None = None,
    as_of: date | None = None,
) -> list[Observed]:
    """The KPI's own figure of each period, each beside the period before it and the same one a year ago.

    `area` is a code as of each period's last day, by default where the caller is at home; `where` keeps values of
    breakdowns, by default the caller's organisations where it is limited to some. Raises RequestError 403 for an area
    that the caller knows by name only, 404 for one that there is not, 422 for a slice that cannot be.
    """
    return _observe(s, [(kpi, period, asked_place(s, area, period.last)) for period in asked], where, as_of)


def board(s: Snapshot, period: Period, area: str | None = None, as_of: date | None = None) -> list[Observed]:
    """Every KPI that the caller sees, of one period and area: what one screen shows, in the order of the catalogue."""
    place = asked_place(s, area, period.last)
    return _observe(s, [(kpi, period, place) for kpi in kpis(s).values()], None, as_of)


def parts(
    s: Snapshot, kpi: Kpi, period: Period, breakdown: str, area: str | None = None, as_of: date | None = None
) -> list[Observed]:
    """The published parts of the figure by one breakdown, without changes; by `area`: the areas below the asked one.

    Empty where none is kept; parts of slices of an area are not. The order is that of the values' codes.
    """
    if breakdown not in kpi.breakdowns:
        return []
    rows = kept.read_parts(s, kpi, period, breakdown, asked_place(s, area, period.last).area_id, as_of)
    places = _places(s, {key.area_id for key in rows})
    found = [(places[key.area_id], key.breakdown, row) for key, row in rows.items() if key.area_id in places]
    return [
        _observed(s, kpi, kept.said(s, kpi, period, place, text, row), place, text, row)
        for place, text, row in found
        if row.value is not None
    ]


def computed(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    area: str | None = None,
    where: Where | None = None,
    measure: str | None = None,
    by: Sequence[str] = (),
    compare: bool = True,
) -> Observed:
    """The figure straight from the facts, of any range, slice and measure; `by` fills `figure.rows`.

    Raises RequestError as `observations`, and 403 where the caller sees only a part of what would be counted.
    """
    place = asked_place(s, area, period.last)
    slice_ = own_where(s, kpi, where)
    if refusal := not_countable(s, kpi, place, slice_):
        raise RequestError(refusal.vi, refusal.en, 403, "outside-rights")
    return _computed(s, kpi, period, place, slice_, measure, by, compare)


def _places(s: Snapshot, ids: Iterable[int]) -> dict[int, Place]:
    known: dict[int, Place] = s.cache.setdefault("places_by_id", {})
    missing = [area_id for area_id in ids if area_id not in known]
    if missing:
        known.update({place.area_id: place for place in places_of(s, missing)})
    return known


def _observe(
    s: Snapshot, asked: Sequence[tuple[Kpi, Period, Place]], where: Where | None, as_of: date | None
) -> list[Observed]:
    wheres = {name: own_where(s, kpi, where) for name, kpi in {kpi.kpi: kpi for kpi, _, _ in asked}.items()}
    texts = {name: breakdown_text(where) for name, where in wheres.items()}
    beside: dict[tuple[Period, int], kept.Around] = {}
    for _, period, place in asked:
        if (period, place.area_id) not in beside:
            beside[period, place.area_id] = kept.around(s, period, place)
    keys = {
        kept.Key(kpi.kpi, one.first, one.last, area_id, texts[kpi.kpi])
        for kpi, period, place in asked
        for one, area_id in (kept.Then(period, place.area_id), *beside[period, place.area_id])
        if area_id is not None
    }
    rows = kept.read_all(s, keys, as_of)
    return [
        _one(s, kpi, period, place, wheres[kpi.kpi], texts[kpi.kpi], beside[period, place.area_id], rows, as_of)
        for kpi, period, place in asked
    ]


def _one(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    place: Place,
    where: Where,
    text: str,
    beside: kept.Around,
    rows: kept.Rows,
    as_of: date | None,
) -> Observed:
    row = rows.get(kept.Key(kpi.kpi, period.first, period.last, place.area_id, text))
    if row is not None and row.value is not None:
        return _observed(s, kpi, kept.said(s, kpi, period, place, text, row, where, beside, rows), place, text, row)

    def missing(reason: Reason, row: kept.Row | None = None) -> Observed:
        return _observed(s, kpi, kept.not_said(s, kpi, period, place, where, reason, row), place, text, row)

    if row is not None and row.reason is not None:
        return missing(Reason(row.reason_vi, row.reason), row)
    if as_of is not None:
        return missing(
            Reason(f"Đến ngày {as_of:%d/%m/%Y} chưa công bố số liệu này", f"nothing was published of this by {as_of}")
        )
    if refusal := not_countable(s, kpi, place, where):
        return missing(refusal)
    available = judge(kpi.definition.formula(kpi.definition.measure), coverages(s)[kpi.kpi], period)
    if available.missing:
        return missing(available.missing, row)
    try:
        return _computed(s, kpi, period, place, where, None, (), compare=row is None)
    except WrongQuestion as error:
        return missing(Reason(error.vi, error.en))


def _computed(
    s: Snapshot,
    kpi: Kpi,
    period: Period,
    place: Place,
    where: Where,
    measure: str | None,
    by: Sequence[str],
    compare: bool,
) -> Observed:
    area = None if place.level == "province" else place.area
    once = s.cache.setdefault("once", Once(s.connection))
    question: dict[str, Any] = {"area": area, "where": where, "now": s.now, "sources": s.sources, "once": once}
    figure = compute(
        s.connection, kpi.kpi, period.first, period.last, s.province.code, measure=measure, by=by, **question
    )
    if compare and figure.value is not None:
        figure = with_changes(s.connection, figure, **question)
    return _observed(s, kpi, figure, place, breakdown_text(where), origin="computed")


def _observed(
    s: Snapshot,
    kpi: Kpi,
    figure: Figure,
    place: Place,
    text: str,
    row: kept.Row | None = None,
    origin: Literal["published", "computed"] = "published",
) -> Observed:
    return Observed(
        kpi,
        figure,
        place,
        text,
        origin,
        row.recorded_at if row else None,
        row.cause if row else None,
        quality_of(s, kpi, Period(figure.first, figure.last)),
        freshness_of(s, kpi),
    )
