"""Any KPIs and areas over any months or longer periods, side by side; the address holds the whole choice."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import get_args

from fastapi import APIRouter
from fastapi.responses import Response

from accounts.caller import log_read
from hub.periods import Freq, Period, standard_period
from hub.translation import msg
from kpis.definition import Definition
from screens import formats
from screens.absolute_address import absolute
from screens.database import Snapshot
from screens.directory import domains, is_own, kpis, own_place, periods
from screens.documents.charts import Imprint
from screens.documents.explored import chart_svg, table_file
from screens.documents.typesetting import as_png
from screens.downloads import MEDIA_TYPES, attachment
from screens.formats import RATES, period
from screens.lists import plain
from screens.pages.exploration import (
    Exploration,
    ExploredSeries,
    code_of,
    offered_areas,
    panel_groups,
    read_exploration,
    read_series,
)
from screens.pages.frame import Visit, Visited, address
from screens.pages.places import below
from screens.pages.ranking import areas_known
from screens.request_errors import not_found
from screens.texts import unit_text
from screens.view_models.kpi import Explore
from screens.view_models.page import Link, Option, Table, TableColumn, TableRow
from warehouse.areas import REFORM
from warehouse.serving import Area

router = APIRouter(include_in_schema=False)
FILES = {"chart": ("svg", "png"), "table": ("csv", "xlsx")}


@router.get("/explore")
def explore(v: Visited, find_kpi: str = "", find_area: str = "") -> Response:
    """A small chart for each pair of KPI and area, from what is published. `find_kpi` and `find_area` narrow the lists
    to choose from, for browsers without a script."""
    with v.reading() as s:
        asked = read_exploration(v, s)
        series = read_series(s, asked) if asked.kpis else []
        every = [one for field in domains(s) for one in field.kpis]
        model = Explore(
            kpis=_found([Option(one.id, v.words(one.name), one in asked.kpis) for one in every], find_kpi),
            areas=_found(_area_options(v, s, asked), find_area),
            frequencies=[Option(one, v.label(f"freq.{one}"), one == asked.freq) for one in get_args(Freq)],
            first=_months(v, s, asked.days.first, lambda month: month.first),
            last=_months(v, s, asked.days.last, lambda month: month.last),
            table=_table(v, series) if series else None,
            groups=panel_groups(series),
            chart_files=_files(v, asked, "chart"),
            table_files=_files(v, asked, "table"),
            sought_kpi=find_kpi,
            sought_area=find_area,
            examples=[] if series else _examples(v, s, asked.days.last),
        )
        page = v.frame(s, v.say("Explore"), place=", ".join(place.name for place in asked.places))
    return v.answer("explore.html", page, model)


@router.get("/explore/{name}.{kind}")
def explored_file(v: Visited, name: str, kind: str) -> Response:
    """The charts as a picture, or their figures as a table, of the same address. A file leaves the hub: small cells are
    not in it, and it is in the log before it is given."""
    caller = v.known("export")
    if kind not in FILES.get(name, ()):
        raise not_found(msg("file"), f"{name}.{kind}")
    with v.reading("export", is_logged=True, leaves=True) as s:
        asked = read_exploration(v, s)
        series = read_series(s, asked)
        imprint = Imprint(
            absolute(v.request, asked.to("/explore")), formats.assumed_now(v.database.settings.now, v.language)
        )
        svg = chart_svg(s, series, imprint) if name == "chart" else b""
        body = svg or table_file(s, series, kind, imprint)
        subject = {"file": f"explore/{name}.{kind}", "query": str(v.request.query_params), "province": s.province.code}
    with v.database.accounts() as keeper:
        log_read(keeper, caller, "export", subject)
    body = as_png(body) if kind == "png" else body
    headers = attachment(f"explore-{name}.{kind}", is_simulated=v.database.is_simulated)
    return Response(body, 200, headers, MEDIA_TYPES[kind])


def _files(v: Visit, asked: Exploration, name: str) -> list[Link]:
    if not (asked.kpis and v.known().may("export")):
        return []
    labels = {"csv": v.say("CSV"), "xlsx": v.say("Excel")}
    return [Link(labels.get(kind, kind.upper()), asked.to(f"/explore/{name}.{kind}")) for kind in FILES[name]]


def _found(options: Sequence[Option], text: str) -> list[Option]:
    """What is chosen, then those whose names hold the text, marks and letter case aside."""
    wanted = plain(text)
    found = [one for one in options if one.chosen or wanted in plain(one.label)]
    return sorted(found, key=lambda one: not one.chosen)


def _area_options(v: Visit, s: Snapshot, asked: Exploration) -> list[Option]:
    """Those offered, and what is chosen in any case; a commune with its district, since names repeat."""
    offered = {area.area_id: area for area in [*offered_areas(s, asked.days), *asked.places]}
    chosen = {area.area_id for area in asked.places}
    last = asked.days.last
    return [Option(code_of(a, last), _area_label(v, offered, a, last), a.area_id in chosen) for a in offered.values()]


def _area_label(v: Visit, known: dict[int, Area], area: Area, day: date) -> str:
    parent = known.get(area.parent_id or 0)
    name = f"{area.name} · {parent.name}" if parent and parent.level == "district" else area.name
    ended = area.valid_to is not None and area.valid_to <= day
    return f"{name} ({v.label('map.before')})" if ended and area.valid_to == REFORM else name


def _months(v: Visit, s: Snapshot, asked: date, day: Callable[[Period], date]) -> list[Option]:
    """Months to begin or end with, the newest first; an asked day that is none of theirs stays a choice, too.

    A list instead of the browser's own field: figures are kept by months, and a browser writes dates in its own
    language, which may not be the page's.
    """
    kept = [one for one in periods(s) if one.freq == "month"]
    named = {day(Period(one.first, one.last)): period(one.first, one.last, v.language) for one in kept}
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


def _table(v: Visit, series: Sequence[ExploredSeries]) -> Table:
    """A row for each period, a column for each series."""
    columns = [TableColumn(v.say("Reporting period"))]
    for one in series:
        unit = unit_text(one.kpi.unit, v.language)
        columns.append(TableColumn(f"{one.name} ({unit})", True, 2 if one.kpi.unit in RATES else None))
    rows = [
        TableRow([period(points[0].first, points[0].last, v.language), *(point.value for point in points)])
        for points in zip(*(one.points for one in series), strict=True)
    ]
    return Table(v.say("All figures"), columns, rows)
