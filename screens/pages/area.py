"""One area: every KPI that the reader may see of it, beside the province and the other areas of its level."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from kpis.figure import Figure
from screens.answers import board
from screens.database import Snapshot
from screens.directory import Domain, domains, is_own, whole
from screens.pages.choice import Choice, choose, explanation_href, period_links
from screens.pages.frame import Visit, Visited, home_of
from screens.pages.places import below
from screens.pages.tiles import that_exist
from screens.peers import PeerComparison, peer_comparisons
from screens.scope import asked_place
from screens.view_models.area import AreaField, AreaFigure, AreaPage
from screens.view_models.page import Link
from warehouse.serving import Area

router = APIRouter(include_in_schema=False)


@router.get("/areas/{code}")
def area_page(v: Visited, code: Annotated[str, Path(pattern="^[0-9A-Za-z]{1,20}$")]) -> Response:
    """All figures of an area in a period, the missing ones with their reasons; `code` as of the period's last day."""
    with v.reading() as s:
        choice = choose(v, s)
        place = asked_place(s, code, choice.period.last)
        every = board(s, choice.period, code)
        known = that_exist(s, every)
        around = _around(s, place, choice.period.last)
        mapped = place if place.level == "district" else next(iter(around), None)
        compared = peer_comparisons(s, choice.period, known)
        fields = [field for one in domains(s) if (field := _field(s, choice.of(code), one, known, compared)).figures]
        model = AreaPage(
            name=place.name,
            first=choice.period.first,
            last=choice.period.last,
            periods=period_links(v, s, choice, f"/areas/{code}", known),
            fields=fields,
            is_compared=bool(compared),
            elsewhere=[v.words(o.definition.name) for o in every if o not in known],
            inside=[
                Link(area.name, choice.to(f"/areas/{area.area}"))
                for area in below(s, place, choice.period.last)
                if is_own(s, area)
            ],
            map_href=choice.of(mapped.area if mapped else None).to("/map"),
            board_href=choice.of(code).to("/api/v1/board.pdf", pinned=True) if s.caller.may("export") else None,
        )
        page = v.frame(s, place.name, trail=_trail(v, s, choice, around), place=place.name)
    return v.answer("areas/area.html", page, model)


def _field(
    s: Snapshot, choice: Choice, domain: Domain, known: Sequence[Figure], compared: Mapping[str, PeerComparison]
) -> AreaField:
    """The figures of a field, KPIs before further indicators, those without a value last."""
    own = [o for o in known if o.definition.field == domain.field]
    return AreaField(
        domain.field,
        domain.name,
        [
            AreaFigure(
                o,
                choice.to(f"/kpis/{o.kpi}"),
                explanation_href(s, choice, o),
                compared.get(o.kpi),
            )
            for o in sorted(own, key=lambda o: (o.definition.further, o.value is None))
        ],
    )


def _trail(v: Visit, s: Snapshot, choice: Choice, districts: Sequence[Area]) -> list[Link]:
    home = Link(home_of(s) or v.say("Whole province"), choice.of(None).to("/"))
    return [home, *(Link(area.name, choice.of(None).to(f"/areas/{area.area}")) for area in districts)]


def _around(s: Snapshot, place: Area, day: date) -> list[Area]:
    """The district that a commune is in, where the reader sees all of it and is not at home there."""
    districts = below(s, whole(s, day), day, "district")
    return [a for a in districts if a.area_id == place.parent_id and is_own(s, a) and a.area_id != s.caller.area]
