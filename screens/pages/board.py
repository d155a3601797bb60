"""The pages of many figures: the wall, the province by its fields, one field."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from accounts.account_roles import Scope
from screens.database import Snapshot
from screens.figures import Observed, board
from screens.pages.choice import Choice, choose, period_links
from screens.pages.frame import Visit, visit
from screens.pages.places import same_place
from screens.pages.points import months, points
from screens.pages.shown import figure
from screens.reading import Domain, Kpi, domains, find_kpi
from screens.request_errors import not_found
from screens.view_models.board import FieldCard, FieldPage, Province, Wall
from screens.view_models.figure import Tile
from screens.view_models.page import Field, Link

router = APIRouter(include_in_schema=False)
Visited = Annotated[Visit, Depends(visit)]
ON_A_WALL, ON_A_CARD = 8, 3


@router.get("/wall")
def wall(v: Visited, kpi: Annotated[list[str] | None, Query()] = None) -> Response:
    """At most eight figures to be read from afar: those that go to the Government, or those that the address names."""
    scope: Scope = "wall" if v.caller and v.caller.may("wall") else "read"
    with v.reading(scope) as s:
        choice = choose(v, s)
        chosen = [find_kpi(s, one).kpi for one in kpi or ()]
        shown = board(s, choice.period, choice.area)
        wanted = [o for one in chosen for o in shown if o.kpi.kpi == one]
        wanted = wanted or [o for o in _by_field(s, shown) if o.kpi.government]
        tiles = _tiles(v, s, choice, (wanted or shown)[:ON_A_WALL], links=v.caller is not None and v.caller.may("read"))
        model = Wall(v.text("wall.title"), choice.period.first, choice.period.last, tiles)
        newest = max((t.figure.loaded_at for t in tiles if t.figure.loaded_at), default=None)
        page = v.frame(s, v.text("base.wall"), loaded_at=newest)
    return v.answer("wall.html", page, model)


@router.get("/")
def province(v: Visited) -> Response:
    """The nine fields, each with its first figures."""
    with v.reading() as s:
        choice = choose(v, s)
        cards = _cards(v, s, choice, board(s, choice.period, choice.area))
        first, last = choice.period.first, choice.period.last
        model = Province(first, last, period_links(v, choice, "/"), cards)
        page = v.frame(s, v.text("base.province"))
    return v.answer("province.html", page, model)


@router.get("/fields/{field}")
def field_page(v: Visited, field: str) -> Response:
    """All figures of one field."""
    with v.reading() as s:
        choice = choose(v, s)
        domain = next((one for one in domains(s) if one.field == field), None)
        if domain is None:
            raise not_found("lĩnh vực", "field", field, [one.field for one in domains(s)])
        shown = [o for o in board(s, choice.period, choice.area) if o.kpi.field == field]
        model = FieldPage(
            field=field_of(choice, domain, current=True),
            first=choice.period.first,
            last=choice.period.last,
            periods=period_links(v, choice, f"/fields/{field}") if shown else (),
            tiles=_tiles(v, s, choice, sorted(shown, key=_weight)),
        )
        home = Link(v.text("base.province"), choice.to("/"))
        page = v.frame(s, domain.name, field, [home])
    return v.answer("field.html", page, model)


def field_of(choice: Choice, domain: Domain, current: bool = False) -> Field:
    """A field as menus and cards show it."""
    return Field(
        domain.field, domain.name, choice.to(f"/fields/{domain.field}"), wired=bool(domain.kpis), current=current
    )


def _weight(o: Observed) -> tuple[bool, bool, bool]:
    """What says most comes first: figures for the Government, then those with a target; those without a value last."""
    return (o.figure.value is None, not o.kpi.government, o.figure.target is None)


def _by_field(s: Snapshot, shown: Sequence[Observed]) -> list[Observed]:
    """In the order of the reports, so that figures that belong together stand together."""
    position = {domain.field: domain.position for domain in domains(s)}
    return sorted(shown, key=lambda o: (position.get(o.kpi.field, len(position)), *_weight(o)))


def _cards(v: Visit, s: Snapshot, choice: Choice, shown: Sequence[Observed]) -> list[FieldCard]:
    """Each field with the figures that say most."""
    first: dict[str, list[Observed]] = {}
    for o in sorted(shown, key=_weight):
        first.setdefault(o.kpi.field, []).append(o)
    tiles = _tiles(v, s, choice, [o for own in first.values() for o in own[:ON_A_CARD]])
    own = {tile.figure.kpi: tile for tile in tiles}
    return [
        FieldCard(
            field_of(choice, domain),
            [own[o.kpi.kpi] for o in first.get(domain.field, ())[:ON_A_CARD]],
            len(domain.kpis),
        )
        for domain in domains(s)
    ]


def _tiles(v: Visit, s: Snapshot, choice: Choice, shown: Sequence[Observed], links: bool = True) -> list[Tile]:
    if not shown:
        return []
    by_slice: dict[str, list[Kpi]] = {}
    for o in shown:
        by_slice.setdefault(o.breakdown, []).append(o.kpi)
    place = shown[0].place
    ids = same_place(s, place)
    series = {}
    for slice_, kpis in by_slice.items():
        for kpi, found in months(s, kpis, choice.period.last, ids, slice_).items():
            series[kpi] = (slice_, found)
    tiles = []
    for o in shown:
        made = figure(v, choice, o)
        if not links:
            made = replace(made, href="", explain_href="")
        slice_, found = series[o.kpi.kpi]
        tiles.append(Tile(made, points(s, o.kpi, found, place.level == "province", slice_)))
    return tiles
