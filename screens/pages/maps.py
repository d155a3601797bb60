"""The communes of one era by one rate, with all of them ranked beside the map; districts where communes are unknown."""

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from hub.periods import Period
from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure
from screens.answers import observations
from screens.database import Snapshot
from screens.directory import Level, find_kpi, is_own, kpis, whole
from screens.formats import RATES
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, Visited, address
from screens.pages.kpi import chart_files, trail
from screens.pages.outlines import rings
from screens.pages.places import below
from screens.pages.ranking import Values, area_map, areas_known, computed, published, ranking
from screens.request_errors import invalid_parameter
from screens.view_models.kpi import MapPage
from screens.view_models.page import Link, Option
from warehouse.areas import REFORM
from warehouse.serving import Area

router = APIRouter(include_in_schema=False)
Era = Literal["before", "today"]
KEPT = ("from", "to", "era")
"""What another KPI's map keeps of the choice."""


@router.get("/map")
def choose_kpi(v: Visited, kpi: str = "") -> Response:
    """Where the choice of a KPI leads; without one the first that has a map with anything on it."""
    with v.reading() as s:
        period = choose(v, s).period
        rates = _mappable(s)
        known = areas_known(s, rates, period)
        fullest = max(rates, key=lambda one: (known.get(one.id, 0), one.government), default=None)
        own = kpi if kpi in {one.id for one in rates} else fullest.id if fullest else ""
        if not own:
            raise invalid_parameter("kpi", msg("no KPI of this account has a map"))
        kept = [(k, val) for k, val in v.request.query_params.multi_items() if k in KEPT]
    return RedirectResponse(address(f"/kpis/{own}/map", kept), status_code=303)


@router.get("/kpis/{kpi_id}/map")
def map_page(v: Visited, kpi_id: str, era: Era | None = None) -> Response:
    """Figures of the communes of their time, or of before the reform carried to today's."""
    with v.reading() as s:
        kpi, choice = find_kpi(s, kpi_id), choose(v, s)
        check_mappable(kpi)
        (own,) = observations(s, kpi, [choice.period], choice.area)
        own_era = era_of(own)
        shown_era = era or own_era
        if shown_era == "before" and own_era == "today":
            raise invalid_parameter("era", msg("this period has the areas since 1 July 2025 only"))
        areas, values, level = by_area(s, own, shown_era)
        note = None
        if level != "commune":
            note = v.say("This indicator is not known by area in this period. Choose another indicator or period.")
            if areas:
                note = v.say("This indicator is not known by commune: the map shows districts.")
        path = f"/kpis/{kpi_id}/map"
        days = choice if shown_era == own_era else choice.of(None)
        model = MapPage(
            figure=own,
            map=area_map(s, own, areas, values, rings(v.request)),
            ranking=ranking(v, s, days, own, areas, values, links=shown_era == own_era),
            kpis=_options(v, s, kpi, choice.period),
            eras=_eras(v, choice, path, own_era, shown_era),
            periods=period_links(v, s, choice, path, [own]),
            kept=[(k, val) for k, val in v.request.query_params.multi_items() if k in KEPT],
            note=note,
            files=chart_files(v, choice, kpi_id, "map") if shown_era == own_era else (),
        )
        page = v.frame(
            s,
            v.say("Map: {name}", name=v.words(kpi.name)),
            kpi.field,
            trail(v, s, choice, own, below_it=True),
            place=own.area_name,
        )
    return v.answer("areas/map.html", page, model)


def check_mappable(kpi: Definition) -> None:
    """Raises RequestError 422 for a KPI that has no map."""
    if "area" not in kpi.breakdowns or kpi.unit not in RATES:
        raise invalid_parameter(
            "kpi", msg("only rates that are known by area have a map: of counts the largest area always has most")
        )


def era_of(own: Figure) -> Era:
    """In which of the areas' times the figure's period ends."""
    return "before" if own.last < REFORM else "today"


def by_area(s: Snapshot, own: Figure, era: Era) -> tuple[list[Area], Values, Level]:
    """The communes of that time with their figures, of before the reform carried to today's where they are asked for;
    the districts that have figures where no commune has one."""
    areas = _areas(s, own, era, "commune")
    values = published(s, own) if era == era_of(own) else computed(s, own, "today")
    if any(area.area_id in values for area in areas):
        return areas, values, "commune"
    values = published(s, own)
    return [area for area in _areas(s, own, era_of(own), "district") if area.area_id in values], values, "district"


def _mappable(s: Snapshot) -> list[Definition]:
    return [kpi for kpi in kpis(s).values() if "area" in kpi.breakdowns and kpi.unit in RATES]


def _options(v: Visit, s: Snapshot, shown: Definition, period: Period) -> list[Option]:
    """Those that have a map, and the one that is shown in any case."""
    rates = _mappable(s)
    offered = {*areas_known(s, rates, period), shown.id}
    return [Option(kpi.id, v.words(kpi.name), kpi.id == shown.id) for kpi in rates if kpi.id in offered]


def _areas(s: Snapshot, own: Figure, era: Era, level: Level) -> list[Area]:
    day = own.last if era == "before" else max(own.last, REFORM)
    place = whole(s, day) if own.is_of_province else own.place
    found = below(s, place, day, level)
    if not found and s.caller.area is not None:  # a district has no successor, but its communes have
        found = [area for area in below(s, whole(s, day), day, level) if is_own(s, area)]
    return found


def _eras(v: Visit, choice: Choice, path: str, own: Era, chosen: Era) -> list[Link]:
    offered: list[Era] = ["before", "today"] if own == "before" else ["today"]
    return [
        Link(v.label(f"map.{era}"), address(choice.to(path), [("era", era if era != own else None)]), era == chosen)
        for era in offered
    ]
