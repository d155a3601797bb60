"""The areas of one era by one rate, from the province by its districts to their communes, ranked beside the map."""

from collections.abc import Callable
from dataclasses import replace
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
from screens.mappable import WITHOUT_MAP, has_map
from screens.pages.area_maps import Scale, area_map, scales, usual
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, Visited, address, home_of
from screens.pages.kpi import chart_files, trail
from screens.pages.places import below, name_of
from screens.pages.ranking import Values, areas_known, computed, published, ranking
from screens.request_errors import invalid_parameter
from screens.view_models.kpi import MapPage
from screens.view_models.page import Link, Option
from warehouse.areas import REFORM
from warehouse.serving import Area

router = APIRouter(include_in_schema=False)
Era = Literal["before", "today"]
MapLevel = Literal["district", "commune"]
KEPT = ("from", "to", "area", "era", "level", "scale")
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
def map_page(
    v: Visited, kpi_id: str, era: Era | None = None, level: MapLevel | None = None, scale: Scale | None = None
) -> Response:
    """Figures of the areas of their time, or of before the reform carried to today's. A commune has none below it: its
    map is its own page."""
    with v.reading() as s:
        kpi, choice = find_kpi(s, kpi_id), choose(v, s)
        check_mappable(kpi)
        (own,) = observations(s, kpi, [choice.period], choice.area)
        if own.place and own.place.level == "commune":
            return RedirectResponse(choice.of(None).to(f"/areas/{own.place.area}"), status_code=303)
        own_era = era_of(own)
        shown_era = era or own_era
        if shown_era == "before" and own_era == "today":
            raise invalid_parameter("era", msg("this period has the areas since 1 July 2025 only"))
        areas, values, shown_level = by_area(s, own, shown_era, level)
        note = None
        if not areas or shown_level != (level or shown_level):
            note = v.say("This indicator is not known by area in this period. Choose another indicator or period.")
            if areas:
                note = v.say("This indicator is not known by commune: the map shows districts.")
        path, compared = f"/kpis/{kpi_id}/map", scales(s, own)
        days = choice if shown_era == own_era else choice.of(None)
        asked: dict[str, str | None] = {"era": era, "level": level, "scale": scale}

        def here(where: Choice, **changed: str | None) -> str:
            return address(where.to(path), [*(asked | changed).items()])

        def inner(area: Area) -> str:
            if area.level == "district":
                return here(choice.of(area.area), level=None)
            return choice.of(None).to(f"/areas/{area.area}")

        is_own_era, drawn = shown_era == own_era, [("level", shown_level), ("scale", scale), ("era", era)]
        model = MapPage(
            figure=own,
            map=area_map(s, own, areas, values, scale, inner if is_own_era else None, is_published=is_own_era),
            ranking=replace(
                ranking(s, days, own, areas, values, links=is_own_era),
                files=chart_files(v, choice, own, "parts", [("by", "area"), ("level", shown_level)])
                if is_own_era
                else (),
            ),
            kpis=_options(v, s, kpi, choice.period),
            zoom=_zoom(v, s, choice, own, here),
            levels=[
                Link(v.label(f"map.{one}"), here(choice, level=one), one == shown_level)
                for one in _levels(s, own, shown_era)
            ],
            scales=[
                Link(words, here(choice, scale=one), one == (scale or usual(compared)))
                for one, words in (
                    *((one, found.name) for one, found in compared.items()),
                    ("breaks", v.label("map.breaks")),
                )
            ],
            eras=[
                Link(
                    v.label(f"map.{one}"),
                    here(choice, era=one if one != own_era else None, level=None),
                    one == shown_era,
                )
                for one in (("before", "today") if own_era == "before" else ("today",))
            ],
            periods=period_links(v, s, choice, here(choice.at(choice.newest).of(None).slice(None)), [own]),
            kept=[(k, val) for k, val in v.request.query_params.multi_items() if k in KEPT],
            note=note,
            files=chart_files(v, choice, own, "map", drawn) if is_own_era or not kpi.about_persons else (),
            area_href=choice.of(None).to(f"/areas/{own.place.area}") if own.place else None,
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
    if not has_map(kpi):
        raise invalid_parameter("kpi", WITHOUT_MAP)


def era_of(own: Figure) -> Era:
    """In which of the areas' times the figure's period ends."""
    return "before" if own.last < REFORM else "today"


def by_area(s: Snapshot, own: Figure, era: Era, level: MapLevel | None = None) -> tuple[list[Area], Values, Level]:
    """The areas of that level and time with their figures, of before the reform carried to today's where they are asked
    for; of the other level where none of the asked one has any. Without a level a province is shown by its districts,
    where it has such."""
    if level is None:
        level = "district" if own.is_of_province and era == "before" else "commune"
    values = published(s, own) if era == era_of(own) else computed(s, own, "today")
    communes = _areas(s, own, era, "commune")
    districts = _areas(s, own, era, "district") if era == "before" else []
    has_communes, has_districts = (any(area.area_id in values for area in one) for one in (communes, districts))
    if has_communes and not (has_districts and level == "district"):
        return communes, values, "commune"
    return districts if has_districts else [], values, "district"


def _mappable(s: Snapshot) -> list[Definition]:
    return [kpi for kpi in kpis(s).values() if has_map(kpi)]


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


def _levels(s: Snapshot, own: Figure, era: Era) -> list[MapLevel]:
    """Those of which the shown place has areas: a choice only where there are two."""
    if not own.is_of_province or era != "before":
        return []
    return ["district", "commune"] if len(_areas(s, own, era, "district")) > 1 else []


def _zoom(v: Visit, s: Snapshot, choice: Choice, own: Figure, here: Callable[..., str]) -> list[Link]:
    """From the whole that the reader sees down to what is shown."""
    links = [Link(home_of(s) or v.say("Whole province"), here(choice.of(None), level=None), choice.area is None)]
    if choice.area is not None:
        links.append(Link(name_of(s, own), here(choice, level=None), current=True))
    return links
