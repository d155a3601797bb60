"""The pages of many figures: the wall, the province by its fields, one field."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from accounts.account_roles import Scope
from hub.translation import msg
from kpis.definition import Definition
from kpis.figure import Figure
from screens.answers import board
from screens.database import Snapshot
from screens.directory import Domain, domains, find_kpi
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, Visited, address, home_of, province_of
from screens.pages.places import same_place
from screens.pages.points import months, points
from screens.peers import peer_comparisons
from screens.request_errors import not_found
from screens.scope import Subject, not_countable, sees_all
from screens.view_models.board import FieldCard, FieldPage, ProvincePage, Wall
from screens.view_models.figure import Tile
from screens.view_models.page import FieldLink, Link

router = APIRouter(include_in_schema=False)
ON_A_WALL, ON_A_CARD = 8, 3


@router.get("/wall")
def wall(v: Visited, kpi: Annotated[list[str] | None, Query()] = None) -> Response:
    """At most eight figures to be read from afar: those that go to the Government, or those that the address names."""
    scope: Scope = "wall" if v.caller and v.caller.may("wall") else "read"
    with v.reading(scope) as s:
        choice = choose(v, s)
        chosen = [find_kpi(s, one).id for one in kpi or ()]
        every = board(s, choice.period, choice.area)
        shown = _that_exist(s, every)
        wanted = [o for one in chosen for o in shown if o.kpi == one]
        wanted = (wanted or _by_field(s, _for_a_wall(s, shown)))[:ON_A_WALL]
        tiles = _tiles(s, choice, wanted, links=v.caller is not None and v.caller.may("read"), compared=False)
        model = Wall(v.say("Key indicators"), choice.period.first, choice.period.last, tiles)
        newest = max((t.figure.loaded_at for t in tiles if t.figure.loaded_at), default=None)
        page = v.frame(s, v.say("Wall"), place=_place_of(every), loaded_at=newest)
    return v.answer("wall.html", page, model)


@router.get("/")
def province(v: Visited) -> Response:
    """The fields, each with its first figures."""
    with v.reading() as s:
        choice = choose(v, s)
        every = board(s, choice.period, choice.area)
        shown = _that_exist(s, every)
        cards = _cards(s, choice, shown)
        first, last = choice.period.first, choice.period.last
        paper = choice.to("/api/v1/board.pdf", pinned=True) if s.caller.may("export") else None
        model = ProvincePage(
            first, last, period_links(v, s, choice, "/", shown), cards, paper, _report_href(s, v, choice)
        )
        place = _place_of(every)
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
        shown = [o for o in _that_exist(s, every) if o.definition.field == field]
        model = FieldPage(
            field=field_of(choice, domain, current=True),
            first=choice.period.first,
            last=choice.period.last,
            periods=period_links(v, s, choice, f"/fields/{field}", shown) if shown else (),
            tiles=_tiles(s, choice, sorted(shown, key=_weight)),
            is_elsewhere=bool(domain.kpis),
        )
        home = Link(home_of(s) or v.say("Whole province"), choice.to("/"))
        page = v.frame(s, domain.name, field, [home], place=_place_of(every))
    return v.answer("field.html", page, model)


def field_of(choice: Choice, domain: Domain, current: bool = False) -> FieldLink:
    """A field as menus and cards show it."""
    return FieldLink(
        domain.field, domain.name, choice.to(f"/fields/{domain.field}"), wired=bool(domain.kpis), current=current
    )


def _that_exist(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """Without the figures that can never be known of where they are asked of: those of the whole province for an area,
    those of all offices for an account of some."""
    return [
        o
        for o in shown
        if o.value is not None or not (o.place and not_countable(s, Subject(o.question, o.definition, o.place)))
    ]


def _place_of(shown: Sequence[Figure]) -> str | None:
    """The name of the area that the figures are of."""
    return next((o.place.name for o in shown if o.place), None)


def _for_a_wall(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """What a wall shows by itself: the figures for the Government whose sources the province has. A wall of a part of
    the province has no place for one without a value while others have one: the next ones by weight take it."""
    own = [o for o in shown if all(feed.partition(".")[0] in s.catalogue.sources for feed in o.definition.sources)]
    asked = [o for o in own if o.definition.government]
    if s.caller.area is None and s.caller.organisations is None and asked and asked[0].is_of_province:
        return asked
    known = sorted((o for o in own if o.value is not None), key=_weight)
    return (known or asked or own)[:ON_A_WALL]


def _weight(o: Figure) -> tuple[bool, bool, bool, bool]:
    """What says most comes first: KPIs before further indicators, figures for the Government, then those with a target;
    those without a value last."""
    return (o.value is None, o.definition.further, not o.definition.government, o.target is None)


def _by_field(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """In the order of the reports, so that figures that belong together stand together."""
    position = {domain.field: domain.position for domain in domains(s)}
    return sorted(shown, key=lambda o: (position.get(str(o.definition.field), len(position)), *_weight(o)))


def _cards(s: Snapshot, choice: Choice, shown: Sequence[Figure]) -> list[FieldCard]:
    """Each field with the figures that say most."""
    first: dict[str, list[Figure]] = {}
    for o in sorted(shown, key=_weight):
        first.setdefault(str(o.definition.field), []).append(o)
    tiles = _tiles(s, choice, [o for own in first.values() for o in own[:ON_A_CARD]])
    own = {tile.figure.kpi: tile for tile in tiles}
    return [
        FieldCard(
            field_of(choice, domain),
            [own[o.kpi] for o in first.get(domain.field, ())[:ON_A_CARD]],
            len(first.get(domain.field, ())),
        )
        for domain in domains(s)
    ]


def _tiles(
    s: Snapshot, choice: Choice, shown: Sequence[Figure], links: bool = True, compared: bool = True
) -> list[Tile]:
    if not shown:
        return []
    by_slice: dict[str, list[Definition]] = {}
    for o in shown:
        by_slice.setdefault(o.breakdown, []).append(o.definition)
    ids = same_place(s, shown[0].place)
    series = {
        kpi: found
        for slice_, kpis in by_slice.items()
        for kpi, found in months(s, kpis, choice.period.last, ids, slice_).items()
    }
    others = peer_comparisons(s, choice.period, shown) if compared else {}
    return [
        Tile(
            o,
            points(s, o, series[o.kpi]),
            choice.to(f"/kpis/{o.kpi}") if links else "",
            choice.to(f"/kpis/{o.kpi}/explain", pinned=True) if links else "",
            others.get(o.kpi),
        )
        for o in shown
    ]
