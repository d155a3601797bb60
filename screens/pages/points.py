"""Months of KPIs for trends and sparklines, all in one query."""

from collections.abc import Collection, Mapping
from datetime import date

from hub.periods import Period, last_periods
from kpis.definition import Definition, comparable
from kpis.figure import Figure
from kpis.history import Entry, History, Key
from screens.charts.series import Point
from screens.database import Snapshot
from screens.formats import RATES

MONTHS = 13
"""A year and the month that it is compared with."""
Months = dict[Period, Entry | None]
"""Period → what is published of it."""


def months(
    s: Snapshot, kpis: Collection[Definition], last: date, area_ids: Collection[int], breakdown: str = ""
) -> dict[str, Months]:
    """KPI → its months up to the one that `last` is in.

    `area_ids` are one place in its times: the province's key before and after a reform. Months before the first
    value are left out.
    """
    periods = last_periods("month", last, MONTHS)
    entries = published(s, kpis, periods, area_ids, breakdown)
    found = {}
    for kpi in kpis:
        own = {period: entries.get((kpi.id, period)) for period in periods}
        start = next((n for n, entry in enumerate(own.values()) if entry and entry.value is not None), len(own))
        found[kpi.id] = dict([*own.items()][start:])
    return found


def published(
    s: Snapshot, kpis: Collection[Definition], periods: Collection[Period], area_ids: Collection[int], breakdown: str
) -> dict[tuple[str, Period], Entry]:
    """What is published of one place in its times."""
    return published_places(s, kpis, periods, [area_ids], breakdown)[0]


def published_places(
    s: Snapshot,
    kpis: Collection[Definition],
    periods: Collection[Period],
    places: Collection[Collection[int]],
    breakdown: str,
) -> list[dict[tuple[str, Period], Entry]]:
    """The same of several places, in one read and in their order. KPIs about persons are noted as read."""
    s.about_persons.update(kpi.id for kpi in kpis if kpi.about_persons)
    area_ids = {area_id for place in places for area_id in place}
    keys = [Key(kpi.id, p.first, p.last, area_id, breakdown) for kpi in kpis for p in periods for area_id in area_ids]
    entries = History(s.once, s.province, s.catalogue, leaves=s.leaves).entries(keys)
    return [
        {(key.kpi, Period(key.first, key.last)): entry for key, entry in entries.items() if key.area_id in place}
        for place in places
    ]


def alike(figure: Figure, shown: Mapping[Period, Entry | Figure | None]) -> dict[Period, Entry | Figure | None]:
    """The periods as far as they are comparable with the figure; those of another measure or unit are left empty."""
    return {period: entry if entry and comparable(entry, figure) else None for period, entry in shown.items()}


def points(s: Snapshot, figure: Figure, shown: Mapping[Period, Entry | Figure | None]) -> list[Point]:
    """What a chart is given. A target of a year's sum says nothing about a month of it, so only levels have one."""
    kpi, is_whole = figure.definition, figure.is_of_province
    has_target = is_whole and (figure.unit in RATES or kpi.kind == "stock")
    return [
        Point(
            period.first,
            period.last,
            entry.value if entry else None,
            entry.status if entry and entry.value is not None else "missing",
            (entry and entry.revision) or 1,
            s.catalogue.find_target(s.province.code, kpi.id, figure, figure.breakdown, period.last.year)
            if has_target
            else None,
        )
        for period, entry in alike(figure, shown).items()
    ]
