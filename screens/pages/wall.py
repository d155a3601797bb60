"""The wall: boards to be read from afar, which follow each other, and what is wrong now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from accounts.account_roles import Scope
from kpis.figure import Figure
from screens.answers import board as figures
from screens.database import Snapshot
from screens.directory import domains, find_kpi
from screens.pages.area_maps import area_map
from screens.pages.choice import Choice, choose
from screens.pages.frame import Visit, Visited, address
from screens.pages.maps import by_area, era_of
from screens.pages.tiles import place_of, that_exist, tiles, weight
from screens.scope import sees_all
from screens.view_models.wall import Board, Wall
from screens.wall_alerts import wall_alerts
from screens.wall_file import BoardSpec
from screens.wall_grid import MOST

router = APIRouter(include_in_schema=False)
ON_A_WALL = 8
"""Tiles of the board that the hub chooses itself."""
ALERTS = 3


@router.get("/wall")
def wall(
    v: Visited, kpi: Annotated[list[str] | None, Query()] = None, board: Annotated[int, Query(ge=1)] = 1
) -> Response:
    """The installation's boards, beginning with that one; or one board of the KPIs that the address names."""
    scope: Scope = "wall" if v.caller and v.caller.may("wall") else "read"
    with v.reading(scope) as s:
        choice = choose(v, s)
        named = [find_kpi(s, one).id for one in kpi or ()]
        every = figures(s, choice.period, choice.area)
        shown = that_exist(s, every)
        boards = _boards(v, s, choice, shown, named)
        alerts = wall_alerts(s, [tile.figure.definition for one in boards for tile in one.tiles])
        model = Wall(
            choice.period.first,
            choice.period.last,
            boards,
            min(board, len(boards)) - 1,
            alerts[:ALERTS],
            len(alerts[ALERTS:]),
        )
        loaded = [tile.figure.loaded_at for one in boards for tile in one.tiles if tile.figure.loaded_at]
        page = v.frame(s, v.say("Wall"), place=place_of(every), loaded_at=max(loaded, default=None))
    return v.answer("wall.html", page, model)


def _boards(v: Visit, s: Snapshot, choice: Choice, shown: Sequence[Figure], named: Sequence[str]) -> list[Board]:
    """The boards of which something is known to the reader; where there is none, the hub's own choice."""
    links = v.caller is not None and v.caller.may("read")
    if named:
        own = [o for one in dict.fromkeys(named) for o in shown if o.kpi == one][:MOST]
        found = [_tile_board(s, choice, v.say("Key indicators"), own, links=links)] if own else []
    else:
        made = [_file_board(s, choice, spec, v.words(spec.title), shown, links) for spec in v.database.settings.boards]
        found = [one for one in made if one is not None]
    if not found:
        own = _by_field(s, _for_a_wall(s, shown))[:ON_A_WALL]
        found = [_tile_board(s, choice, v.say("Key indicators"), own, links=links)]
    return [
        replace(one, href=address(choice.to("/wall"), [("board", number)])) for number, one in enumerate(found, start=1)
    ]


def _tile_board(
    s: Snapshot, choice: Choice, title: str, own: Sequence[Figure], large: int = 0, links: bool = True
) -> Board:
    return Board(title, tiles(s, choice, own, links=links, compared=False), large)


def _file_board(
    s: Snapshot, choice: Choice, spec: BoardSpec, title: str, shown: Sequence[Figure], links: bool
) -> Board | None:
    """A board of the installation's, as far as the province has it and the reader sees it; None where no figure of it
    is known."""
    known = {o.kpi: o for o in _with_sources(s, shown) if o.value is not None or sees_all(s.caller)}
    own = [known[kpi] for kpi in spec.shown if kpi in known]
    if all(o.value is None for o in own):
        return None
    large = sum(kpi in known for kpi in spec.large)
    made = replace(_tile_board(s, choice, title, own, large, links), seconds=spec.seconds)
    if spec.map is None:
        return made
    (mapped,) = own
    if mapped.place is not None and mapped.place.level == "commune":
        return None
    areas, values, _ = by_area(s, mapped, era_of(mapped))
    drawn = area_map(s, mapped, areas, values)
    return replace(made, map=replace(drawn, name=f"map-{spec.map}")) if drawn.places else None


def _with_sources(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """Those whose sources the province has."""
    return [o for o in shown if all(feed.partition(".")[0] in s.catalogue.sources for feed in o.definition.sources)]


def _for_a_wall(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """What a wall shows by itself: the figures for the Government whose sources the province has. A wall of a part of
    the province has no place for one without a value while others have one: the next ones by weight take it."""
    own = _with_sources(s, shown)
    asked = [o for o in own if o.definition.government]
    if s.caller.area is None and s.caller.organisations is None and asked and asked[0].is_of_province:
        return asked
    known = sorted((o for o in own if o.value is not None), key=weight)
    return (known or asked or own)[:ON_A_WALL]


def _by_field(s: Snapshot, shown: Sequence[Figure]) -> list[Figure]:
    """In the order of the reports, so that figures that belong together stand together."""
    position = {domain.field: domain.position for domain in domains(s)}
    return sorted(shown, key=lambda o: (position.get(str(o.definition.field), len(position)), *weight(o)))
