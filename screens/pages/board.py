"""The pages of many figures: the province by its fields, one field."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import Response

from hub.translation import msg
from kpis.figure import Figure
from screens.answers import board
from screens.database import Snapshot
from screens.directory import Domain, domains
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, Visited, address, home_of, province_of
from screens.pages.tiles import place_of, that_exist, tiles, weight
from screens.request_errors import not_found
from screens.scope import sees_all
from screens.view_models.board import FieldCard, FieldPage, ProvincePage
from screens.view_models.page import FieldLink, Link

router = APIRouter(include_in_schema=False)
ON_A_CARD = 3


@router.get("/")
def province(v: Visited) -> Response:
    """The fields, each with its first figures."""
    with v.reading() as s:
        choice = choose(v, s)
        every = board(s, choice.period, choice.area)
        shown = that_exist(s, every)
        cards = _cards(s, choice, shown)
        first, last = choice.period.first, choice.period.last
        paper = choice.to("/api/v1/board.pdf", pinned=True) if s.caller.may("export") else None
        model = ProvincePage(
            first, last, period_links(v, s, choice, "/", shown), cards, paper, _report_href(s, v, choice)
        )
        place = place_of(every)
        if place != province_of(s):
            own = next((o.place for o in every if o.place), None)
            href = choice.of(None).to(f"/areas/{own.area}") if own else None
            model = replace(model, place=place, area_href=href)
        page = v.frame(s, home_of(s) or v.say("Whole province"), place=place)
    return v.answer("province.html", page, model)


def _report_href(s: Snapshot, v: Visit, choice: Choice) -> str | None:
    """The way to the report of the shown period."""
    installation = v.database.settings.installation
    if installation is None or not (s.caller.may("export") and sees_all(s.caller)):
        return None
    if installation.for_province(s.province.code).settings.agency.missing():
        return None
    days = [("from", choice.period.first), ("to", choice.period.last)]
    return address("/api/v1/reports/periodic.docx", [*days, ("province", s.province.code)])


@router.get("/fields/{field}")
def field_page(v: Visited, field: str) -> Response:
    """All figures of one field."""
    with v.reading() as s:
        choice = choose(v, s)
        domain = next((one for one in domains(s) if one.field == field), None)
        if domain is None:
            raise not_found(msg("field"), field, [one.field for one in domains(s)])
        every = board(s, choice.period, choice.area)
        shown = [o for o in that_exist(s, every) if o.definition.field == field]
        model = FieldPage(
            field=field_of(choice, domain, current=True),
            first=choice.period.first,
            last=choice.period.last,
            periods=period_links(v, s, choice, f"/fields/{field}", shown) if shown else (),
            tiles=tiles(s, choice, sorted(shown, key=weight)),
            is_elsewhere=bool(domain.kpis),
        )
        home = Link(home_of(s) or v.say("Whole province"), choice.to("/"))
        page = v.frame(s, domain.name, field, [home], place=place_of(every))
    return v.answer("field.html", page, model)


def field_of(choice: Choice, domain: Domain, current: bool = False) -> FieldLink:
    """A field as menus and cards show it."""
    return FieldLink(
        domain.field, domain.name, choice.to(f"/fields/{domain.field}"), wired=bool(domain.kpis), current=current
    )


def _cards(s: Snapshot, choice: Choice, shown: Sequence[Figure]) -> list[FieldCard]:
    """Each field with the figures that say most."""
    first: dict[str, list[Figure]] = {}
    for o in sorted(shown, key=weight):
        first.setdefault(str(o.definition.field), []).append(o)
    made = tiles(s, choice, [o for own in first.values() for o in own[:ON_A_CARD]])
    own = {tile.figure.kpi: tile for tile in made}
    return [
        FieldCard(
            field_of(choice, domain),
            [own[o.kpi] for o in first.get(domain.field, ())[:ON_A_CARD]],
            len(first.get(domain.field, ())),
        )
        for domain in domains(s)
    ]
