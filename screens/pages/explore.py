"""Any KPIs and areas over any months or longer periods, side by side; the address holds the whole choice."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, get_args

from fastapi import APIRouter, Query
from fastapi.responses import Response

from hub.periods import Freq, Period, previous, standard_period
from hub.translation import msg
from kpis.definition import Definition, comparable
from kpis.slices import slices_text
from screens import formats
from screens.database import Snapshot
from screens.directory import domains, find_kpi, find_place, is_own, kpis, own_place, whole
from screens.formats import RATES, period
from screens.pages.choice import choose
from screens.pages.frame import Visit, Visited, address
from screens.pages.places import below, same_place
from screens.pages.points import published
from screens.pages.ranking import areas_known
from screens.request_errors import invalid_parameter
from screens.texts import unit_text
from screens.view_models.kpi import Explore
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from warehouse.serving import Area

router = APIRouter(include_in_schema=False)
MOST_SERIES, MOST_PERIODS, MOST_UNITS = 12, 120, 2


@router.get("/explore")
def explore(
    v: Visited,
    kpi: Annotated[list[str] | None, Query()] = None,
    area: Annotated[list[str] | None, Query()] = None,
    freq: str = "month",
) -> Response:
    """A line for each pair of KPI and area, from what is published."""
    with v.reading() as s:
        choice = choose(v, s)
        if freq not in get_args(Freq):
            raise invalid_parameter("freq", msg("month, quarter, half, year or ytd"))
        chosen = [find_kpi(s, one) for one in dict.fromkeys(kpi or ())]
        asked = choice.period
        if not v.request.query_params.get("from"):
            asked = Period(_year_before(choice.period), choice.period.last)
        places = _places(s, list(dict.fromkeys(area or ())), asked.last)
        _require_few(v, chosen, places)
        periods = _periods(freq, asked)  # type: ignore[arg-type]
        table = _table(v, s, chosen, places, periods) if chosen else None
        units = {one.unit for one in chosen}
        model = Explore(
            kpis=[
                Option(one.id, v.words(one.name), one in chosen)
                for one in sorted(
                    (one for field in domains(s) for one in field.kpis), key=lambda one: one not in chosen
                )
            ],
            areas=_area_options(s, places, asked.last),
            frequencies=[Option(one, v.label(f"freq.{one}"), one == freq) for one in get_args(Freq)],
            first=_months(v, s, asked.first, lambda month: month.first),
            last=_months(v, s, asked.last, lambda month: month.last),
            table=table,
            unit=units.pop() if len(units) == 1 else None,
            files=_files(v, chosen, places, asked, freq),
            examples=[] if chosen else _examples(v, s, asked.last),
        )
        page = v.frame(s, v.say("Explore"), place=", ".join(place.name for place in places))
    return v.answer("explore.html", page, model)


def _months(v: Visit, s: Snapshot, asked: date, day: Callable[[Period], date]) -> list[Option]:
    """Months to begin or end with, the newest first; an asked day that is none of theirs stays a choice, too.

    A list instead of the browser's own field: figures are kept by months, and a browser writes dates in its own
    language, which may not be the page's.
    """
    rows = s.connection.execute(
        "select distinct first_day, last_day from serving.kpi_observations where province_id = %s"
        " and last_day - first_day < 31",
        (s.province.province_id,),
    )
    named = {day(Period(first, last)): period(first, last, v.language) for first, last in rows}
    month = standard_period("month", asked)
    own = period(month.first, month.last, v.language) if day(month) == asked else formats.day(asked, v.language)
    named.setdefault(asked, own)
    return [Option(str(one), named[one], one == asked) for one in sorted(named, reverse=True)]


def _examples(v: Visit, s: Snapshot, day: date) -> list[Link]:
    """Questions to begin with: two rates of one unit, one rate in several areas, one count by quarters."""
    first = sorted(kpis(s).values(), key=lambda one: not one.government)
    known = areas_known(s, first, standard_period("month", day))
    rates, by_area = [one for one in first if one.unit == "%"][:2], [one for one in first if one.id in known]
    counts, here = [one for one in first if one.unit not in RATES], own_place(s, day)
    near = [area for area in below(s, here, day) if is_own(s, area)][:3]
    asked: list[tuple[str, Sequence[Definition], Sequence[Area], Freq]] = []
    if len(rates) > 1:
        asked.append((f"{v.words(rates[0].name)} · {v.words(rates[1].name)}", rates, [], "month"))
    if by_area and len(near) > 1:
        asked.append(
            (f"{v.words(by_area[0].name)}: {', '.join(area.name for area in near)}", by_area[:1], near, "month")
        )
    if counts:
        asked.append((v.words(counts[0].name), counts[:1], [], "quarter"))
    return [
        Link(
            v.say("{what}, by {freq}", what=what, freq=v.label(f"freq.{freq}")),
            address(
                "/explore",
                [
                    *(("kpi", one.id) for one in own),
                    *(("area", area.area) for area in places),
                    ("freq", freq),
                ],
            ),
        )
        for what, own, places, freq in asked
    ]


def _year_before(shown: Period) -> date:
    return previous(standard_period("year", shown.last)).first


def _periods(freq: Freq, asked: Period) -> list[Period]:
    """Those that end in the asked range, oldest first."""
    found = [standard_period(freq, asked.last)]
    if found[0].last > asked.last and freq != "ytd":
        found = [previous(found[0])]
    while found[-1].last >= asked.first and len(found) <= MOST_PERIODS:
        found.append(previous(found[-1], freq))
    if len(found) > MOST_PERIODS:
        raise invalid_parameter("from", msg("more than {most_periods} periods", most_periods=MOST_PERIODS))
    return found[-2::-1]


def _places(s: Snapshot, codes: Sequence[str], day: date) -> list[Area]:
    return [find_place(s, code, day) for code in codes] or [own_place(s, day)]


def _require_few(v: Visit, chosen: Sequence[Definition], places: Sequence[Area]) -> None:
    if len(chosen) * len(places) > MOST_SERIES:
        raise invalid_parameter("kpi", msg("more than {most_series} lines on a chart", most_series=MOST_SERIES))
    if len({kpi.unit for kpi in chosen}) > MOST_UNITS:
        names = ", ".join(dict.fromkeys(unit_text(kpi.unit, v.language) for kpi in chosen))
        raise invalid_parameter("kpi", msg("more than two units ({names})", names=names))


def _table(
    v: Visit, s: Snapshot, chosen: Sequence[Definition], places: Sequence[Area], periods: Sequence[Period]
) -> Table:
    columns, values = [TableColumn(v.say("Reporting period"))], []
    for kpi in chosen:
        for place in places:
            own = v.words(kpi.name)
            name = own if len(places) == 1 else place.name if len(chosen) == 1 else f"{own}, {place.name}"
            unit = unit_text(kpi.unit, v.language)
            columns.append(TableColumn(f"{name} ({unit})", True, 2 if kpi.unit in RATES else None, unit=unit))
            values.append(_values(s, kpi, place, periods))
    start = next((place for place, p in enumerate(periods) if any(p in known for known in values)), 0)
    rows = [
        TableRow([period(p.first, p.last, v.language), *(known.get(p) for known in values)]) for p in periods[start:]
    ]
    return Table(v.say("All figures"), columns, rows)


def _values(s: Snapshot, kpi: Definition, place: Area, periods: Sequence[Period]) -> dict[Period, Decimal]:
    """What is published of one place, or of the account's organisations where it is limited to some, in the measure and
    unit of the KPI as it is today."""
    own = s.caller.organisations
    slice_ = "" if own is None else slices_text({"organisation": sorted(own)})
    found = published(s, [kpi], periods, same_place(s, place), slice_)
    return {period: e.value for (_, period), e in found.items() if e.value is not None and comparable(e, kpi)}


def _area_options(s: Snapshot, chosen: Sequence[Area], day: date) -> list[Option]:
    """The province and what lies right below it; what is chosen is among them in any case."""
    province = whole(s, day)
    offered = {area.area_id: area for area in [province, *below(s, province, day)] if is_own(s, area)}
    offered |= {area.area_id: area for area in chosen}
    ids = {area.area_id for area in chosen}
    return [Option(area.area, area.name, area.area_id in ids) for area in offered.values()]


def _files(v: Visit, chosen: Sequence[Definition], places: Sequence[Area], asked: Period, freq: str) -> list[Link]:
    """The same figures as CSV, a file for each KPI and area: the API gives one series at a time."""
    return [
        Link(
            v.words(kpi.name) if len(places) == 1 else f"{v.words(kpi.name)}, {place.name}",
            address(
                f"/api/v1/kpis/{kpi.id}/observations.csv",
                [("area", place.area), ("from", asked.first), ("to", asked.last), ("freq", freq)],
            ),
        )
        for kpi in chosen
        for place in places
    ]
