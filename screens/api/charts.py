"""Routes of charts as files, SVG or PNG, and of the board as a page of paper. Every file taken is logged.

A file leaves the hub, whoever takes it: small cells are not in it."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from accounts.caller import log_read
from kpis.figure import Figure
from kpis.slices import Slices
from screens.answers import observations
from screens.api.call import ApiCall, Call, by_the_clock
from screens.api.catalogue import KpiId
from screens.api.parameters import Area, DaysParameters, PlaceParameters
from screens.database import Snapshot
from screens.directory import find_kpi, newest_days
from screens.documents.board import make_board
from screens.documents.charts import map_svg, trend_svg
from screens.documents.typesetting import as_png
from screens.downloads import MEDIA_TYPES
from screens.pages.area_maps import Scale
from screens.pages.maps import MapLevel

router = APIRouter(tags=["files"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PICTURES = {MEDIA_TYPES[kind]: _BINARY for kind in ("svg", "png")}
Kind = Annotated[Literal["svg", "png"], Path(description="As lines or as pixels")]
Drawn = Callable[[Snapshot, Figure], bytes]


class AreaParameters(DaysParameters):
    """Of which place and days; of the newest period when none is named."""

    area: Area = None


class MapParameters(AreaParameters):
    """Of which place and days, which of its areas, and what their colours compare with."""

    level: Annotated[MapLevel, Field(description="Which areas: districts until 30 June 2025, or communes")] = "commune"
    scale: Annotated[
        Scale | None,
        Field(
            description="Classes on both sides of the province's target or of the place's own figure (whole), or"
            " natural breaks; without it the target where there is one, else breaks"
        ),
    ] = None


class TrendParameters(PlaceParameters, DaysParameters):
    """Of which figure; of the newest period when none is named."""


@router.get(
    "/kpis/{kpi}/trend.{kind}",
    summary="A KPI's trend as a picture",
    response_class=Response,
    responses={200: {"content": _PICTURES, "description": "The picture"}},
)
def trend(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[TrendParameters, Query()]) -> Response:
    """The months up to the asked period, with targets, gaps and what is provisional, as on the KPI's page."""
    chosen = parameters.area, parameters.slices
    return _picture(call, kpi, kind, parameters, chosen, "trend", lambda s, own: trend_svg(s, own, call.notice()))


@router.get(
    "/kpis/{kpi}/map.{kind}",
    summary="A KPI's map as a picture",
    response_class=Response,
    responses={200: {"content": _PICTURES, "description": "The picture"}},
)
def area_map(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[MapParameters, Query()]) -> Response:
    """The communes or districts of the period's time, as on the map's page; of rates that are known by area. Outlines
    that are computed, and no boundaries, are said to be schematic."""
    level, scale = parameters.level, parameters.scale
    chosen, notice = (parameters.area, None), call.notice()
    return _picture(call, kpi, kind, parameters, chosen, "map", lambda s, own: map_svg(s, own, notice, level, scale))


@router.get(
    "/board.pdf",
    summary="The board on a page of paper",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPES["pdf"]: _BINARY}, "description": "PDF/A-3a"}},
)
def board(call: Call, parameters: Annotated[AreaParameters, Query()]) -> Response:
    """Every KPI of one period and area, by field, on one sheet of A4 where they fit (40 do). What is computed for the
    days that are asked for, and not published, says so."""
    call.may("export")
    call.revalidate(by_the_clock())
    with call.snapshot(leaves=True, is_logged=True) as s:
        asked = parameters.days or newest_days(s)
        page = make_board(s, asked, parameters.area, call.notice())
        subject = {"file": "board.pdf", "province": s.province.code, "query": str(call.request.query_params)}
    body = page.pdf()
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject)
    return call.file(body, f"board-{asked.first}_{asked.last}.pdf")


def _picture(
    call: ApiCall,
    kpi: str,
    kind: Kind,
    days: DaysParameters,
    chosen: tuple[str | None, Slices | None],
    chart: str,
    drawn: Drawn,
) -> Response:
    call.may("export")
    call.revalidate(by_the_clock())
    with call.snapshot(leaves=True, is_logged=True) as s:
        [own] = observations(s, find_kpi(s, kpi), [days.days or newest_days(s)], *chosen)
        svg = drawn(s, own)
        query = str(call.request.query_params)
        subject = {"kpi": kpi, "file": f"{chart}.{kind}", "province": s.province.code, "query": query}
    body = svg if kind == "svg" else as_png(svg)
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject)
    return call.file(body, f"{kpi}-{chart}-{own.first}_{own.last}.{kind}")
