"""One KPI: its figure, how it went, what it is made of, and where."""

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter
from fastapi.responses import Response

from kpis.figure import Figure
from screens.answers import observations
from screens.database import Snapshot
from screens.directory import domains, find_kpi, whole
from screens.formats import RATES, period
from screens.pages.area_maps import area_map
from screens.pages.breakdowns import breakdowns, can_be_computed, computed_breakdowns
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, Visited, address, home_of
from screens.pages.places import area_options, below, name_of, organisation_options, same_place
from screens.pages.points import Months, alike, months, points
from screens.pages.ranking import computed, places, published, ranking
from screens.texts import unit_text
from screens.view_models.kpi import Downloads, KpiPage
from screens.view_models.page import Cell, Link, Table, TableColumn, TableRow

router = APIRouter(include_in_schema=False)


@router.get("/kpis/{kpi_id}")
def kpi_page(v: Visited, kpi_id: str, parts: bool = False) -> Response:
    """The figure of the chosen period, area and slice, with everything that is published around it.

    Parts that are not kept take a second to compute: the page is there without them and asks for itself with `parts`.
    """
    with v.reading() as s:
        kpi, choice, path = find_kpi(s, kpi_id), choose(v, s), f"/kpis/{kpi_id}"
        (own,) = observations(s, kpi, [choice.period], choice.area, choice.slices)
        series = months(s, [kpi], choice.period.last, same_place(s, own.place), own.breakdown)[kpi.id]
        areas = places(s, own)
        values = published(s, own) if areas and not own.breakdown else {}
        made_of = breakdowns(v, s, choice, own)
        unknown = areas and not values and own.value is not None
        later = bool(unknown) or (not made_of and can_be_computed(own))
        if later and parts:
            made_of = made_of or computed_breakdowns(v, s, choice, own)
            values = values or (computed(s, own) if unknown else {})
        on_map = None
        if values and own.unit in RATES:
            on_map = area_map(s, own, areas, values, href=lambda area: choice.of(area.area).to(path))
        model = KpiPage(
            figure=own,
            place=name_of(s, own),
            periods=period_links(v, s, choice, path, [own]),
            areas=area_options(s, kpi, own.place, choice.period.last),
            organisations=organisation_options(s, kpi, own),
            points=points(s, own, series),
            breakdowns=made_of,
            ranking=ranking(v, s, choice, own, areas, values) if values else None,
            map=on_map,
            table=month_table(v, choice, own, alike(own, series)),
            downloads=downloads(choice, kpi_id, len(series)),
            explain_href=choice.to(f"{path}/explain", pinned=True),
            map_href=choice.of(None).to(f"{path}/map") if on_map and not own.breakdown else None,
            ranking_note=v.say("This indicator is not known by area, so there is nothing to rank.")
            if own.breakdown and "area" not in kpi.breakdowns
            else None,
            trend_files=chart_files(v, choice, kpi_id, "trend"),
            parts_href=address(choice.to(path), [("parts", "true")]) if later and not parts else None,
        )
        page = v.frame(s, v.words(kpi.name), kpi.field, trail(v, s, choice, own), place=own.area_name)
    return v.answer("kpi.html", page, model)


def trail(v: Visit, s: Snapshot, choice: Choice, own: Figure, below_it: bool = False) -> list[Link]:
    """From the province by its field down to the shown figure; that too where the page lies `below_it`."""
    kpi, home = own.definition, choice.of(None).slice(None)
    path, named = f"/kpis/{kpi.id}", {domain.field: domain.name for domain in domains(s)}
    links = [
        Link(home_of(s) or v.say("Whole province"), home.to("/")),
        Link(named.get(str(kpi.field), str(kpi.field)), home.to(f"/fields/{kpi.field}")),
    ]
    narrowed = choice.area is not None or choice.slices is not None
    if below_it or narrowed:
        links.append(Link(v.words(kpi.name), home.to(path)))
    if narrowed and own.place and own.place.level == "commune":
        day = choice.period.last
        district = [a for a in below(s, whole(s, day), day, "district") if a.area_id == own.place.parent_id]
        links += [Link(area.name, home.of(area.area).to(path)) for area in district]
    if below_it and narrowed:
        links.append(Link(name_of(s, own), choice.to(path)))
    return links


def month_table(v: Visit, choice: Choice, own: Figure, series: Months) -> Table:
    """Every month of the trend, the newest first, each a way to its own figure."""
    rates = own.unit in RATES
    columns = [
        TableColumn(v.say("Reporting period")),
        TableColumn(f"{v.say('Value')} ({unit_text(own.unit, v.language)})", True, 2 if rates else None),
        *([TableColumn(v.label(f"explain.{part}"), True) for part in ("numerator", "denominator")] if rates else []),
        TableColumn(v.say("Status")),
        TableColumn(v.say("Data to")),
        TableColumn(v.say("Revision"), True),
    ]
    rows = []
    for month, entry in reversed(series.items()):
        known = entry if entry and entry.value is not None else None
        cells: list[Cell] = [
            period(month.first, month.last, v.language),
            known and known.value,
            *([entry and entry.numerator, entry and entry.denominator] if rates else []),
            v.label(f"status.{known.status if known else 'missing'}"),
            entry and entry.data_as_of,
            known and known.revision,
        ]
        rows.append(TableRow(cells, choice.at(month).to(f"/kpis/{own.kpi}")))
    return Table(v.say("Figures by month"), columns, rows)


def chart_files(
    v: Visit,
    choice: Choice,
    kpi: str,
    chart: Literal["trend", "map"],
    more: Sequence[tuple[str, object]] = (),
) -> list[Link]:
    """A chart as files, from the API; none for who may take none. `more` are further parameters of it."""
    if not v.known().may("export"):
        return []
    path = f"/api/v1/kpis/{kpi}/{chart}"
    return [Link(form.upper(), address(choice.to(f"{path}.{form}", pinned=True), more)) for form in ("svg", "png")]


def downloads(choice: Choice, kpi: str, count: int) -> Downloads:
    """The months of the trend as files, from the API."""
    path, kept = f"/api/v1/kpis/{kpi}/observations", [one for one in choice.query() if one[0] in ("area", "where")]
    query = [("freq", "month"), ("to", choice.period.last), ("last", max(count, 1)), *kept]
    return Downloads(*(address(f"{path}.{form}", query) for form in ("csv", "xlsx", "metadata.json")))
