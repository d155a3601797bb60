"""The pages of many figures: the wall, the province by its fields, one field."""

from collections.abc import Sequence
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
from screens.pages.frame import Visit, Visited, address
from screens.pages.places import same_place
from screens.pages.points import months, points
from screens.request_errors import not_found
from screens.scope import sees_all
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
        shown = board(s, choice.period, choice.area)
        wanted = [o for one in chosen for o in shown if o.kpi == one]
        wanted = wanted or [o for o in _by_field(s, shown) if o.definition.government]
        tiles = _tiles(s, choice, (wanted or shown)[:ON_A_WALL], links=v.caller is not None and v.caller.may("read"))
        model = Wall(v.say("Key indicators"), choice.period.first, choice.period.last, tiles)
        newest = max((t.figure.loaded_at for t in tiles if t.figure.loaded_at), default=None)
        page = v.frame(s, v.say("Wall"), loaded_at=newest)
    return v.answer("wall.html", page, model)


@router.get("/")
def province(v: Visited) -> Response:
    """The fields, each with its first figures."""
    with v.reading() as s:
        choice = choose(v, s)
        cards = _cards(s, choice, board(s, choice.period, choice.area))
        first, last = choice.period.first, choice.period.last
        paper = choice.to("/api/v1/board.pdf", pinned=True) if s.caller.may("export") else None
        model = ProvincePage(first, last, period_links(v, choice, "/"), cards, paper, _report_href(s, v, choice))
        page = v.frame(s, v.say("Whole province"))
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
        shown = [o for o in board(s, choice.period, choice.area) if o.definition.field == field]
        model = FieldPage(
            field=field_of(choice, domain, current=True),
            first=choice.period.first,
            last=choice.period.last,
            periods=period_links(v, choice, f"/fields/{field}") if shown else (),
            tiles=_tiles(s, choice, sorted(shown, key=_weight)),
        )
        home = Link(v.say("Whole province"), choice.to("/"))
        page = v.frame(s, domain.name, field, [home])
    return v.answer("field.html", page, model)


def field_of(choice: Choice, domain: Domain, current: bool = False) -> FieldLink:
    """A field as menus and cards show it."""
    return FieldLink(
        domain.field, domain.name, choice.to(f"/fields/{domain.field}"), wired=bool(domain.kpis), current=current
    )


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
            len(domain.kpis),
        )
        for domain in domains(s)
    ]


def _tiles(s: Snapshot, choice: Choice, shown: Sequence[Figure], links: bool = True) -> list[Tile]:
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
    return [Tile(o, points(s, o, series[o.kpi]), choice.to(f"/kpis/{o.kpi}") if links else "") for o in shown]
