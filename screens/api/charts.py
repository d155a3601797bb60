"""Routes of charts as files, SVG or PNG, and of the board as a page of paper. Every file taken is logged.

A file leaves the hub, whoever takes it: small cells are not in it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from accounts.caller import log_read
from kpis.figure import Figure
from screens.absolute_address import absolute
from screens.answers import figure_of
from screens.api.call import ApiCall, Call, by_the_clock
from screens.api.catalogue import KpiId
from screens.api.parameters import Area, DaysParameters, PlaceParameters
from screens.database import Snapshot
from screens.directory import find_kpi, newest_days
from screens.documents.board import make_board
from screens.documents.charts import Imprint, map_svg, parts_svg, spread_svg, trend_svg
from screens.documents.typesetting import as_png
from screens.downloads import MEDIA_TYPES
from screens.pages.area_maps import Scale
from screens.pages.choice import Choice
from screens.pages.frame import address
from screens.pages.maps import Era, MapLevel
from screens.pages.series import Step
from screens.scope import Subject, ask

router = APIRouter(tags=["files"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_PICTURES = {MEDIA_TYPES[kind]: _BINARY for kind in ("svg", "png")}
Kind = Annotated[Literal["svg", "png"], Path(description="As lines or as pixels")]
Drawn = Callable[[Snapshot, Subject, Choice, Figure, Imprint], bytes]
_PICTURE: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": _PICTURES, "description": "The picture"}},
}


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
    era: Annotated[
        Era | None,
        Field(description="Boundaries before or since 1 July 2025; those of the period's last day without it"),
    ] = None


class SliceParameters(PlaceParameters, DaysParameters):
    """Of which figure; of the newest period when none is named."""


class TrendParameters(SliceParameters):
    """Of which figure, and by what it is drawn."""

    series: Annotated[Step, Field(description="By months, or by weeks or days where the KPI has them")] = "month"
    measure: Annotated[
        str | None, Field(max_length=60, description="Another figure of the KPI", examples=["received"])
    ] = None


class PartsParameters(SliceParameters):
    """Of which figure, and by what it is taken apart."""

    by: Annotated[
        str, Field(max_length=60, description="The breakdown; `area`: the areas below, ranked", examples=["channel"])
    ] = "area"
    level: Annotated[
        MapLevel | None, Field(description="Which areas are ranked; those right below the place without it")
    ] = None


@router.get("/kpis/{kpi}/trend.{kind}", summary="A KPI's trend as a picture", **_PICTURE)
def trend(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[TrendParameters, Query()]) -> Response:
    """The months, weeks or days up to the asked period's end, with targets, gaps and what is provisional, as on the
    KPI's page. Of KPIs about persons by months only."""

    def drawn(s: Snapshot, subject: Subject, _: Choice, own: Figure, imprint: Imprint) -> bytes:
        return trend_svg(s, subject, own, parameters.series, imprint)

    more = [("series", parameters.series if parameters.series != "month" else None)]
    return _picture(call, kpi, f"trend.{kind}", parameters, drawn, more=more, measure=parameters.measure)


@router.get("/kpis/{kpi}/parts.{kind}", summary="A KPI's parts as a picture", **_PICTURE)
def parts(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[PartsParameters, Query()]) -> Response:
    """Every part by one breakdown, or every area below, with its value, as on the KPI's page."""

    def drawn(s: Snapshot, _: Subject, choice: Choice, own: Figure, imprint: Imprint) -> bytes:
        return parts_svg(s, choice, own, parameters.by, imprint, parameters.level)

    return _picture(call, kpi, f"parts.{kind}", parameters, drawn, name=parameters.by)


@router.get("/kpis/{kpi}/spread.{kind}", summary="How a KPI's areas are spread, as a picture", **_PICTURE)
def spread(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[SliceParameters, Query()]) -> Response:
    """How many of the areas below lie in each stretch of one scale, as on the KPI's page."""

    def drawn(s: Snapshot, _: Subject, choice: Choice, own: Figure, imprint: Imprint) -> bytes:
        return spread_svg(s, choice, own, imprint)

    return _picture(call, kpi, f"spread.{kind}", parameters, drawn)


@router.get("/kpis/{kpi}/map.{kind}", summary="A KPI's map as a picture", **_PICTURE)
def area_map(call: Call, kpi: KpiId, kind: Kind, parameters: Annotated[MapParameters, Query()]) -> Response:
    """The communes or districts of the period's time, or of the asked one, as on the map's page; of rates that are
    known by area. Outlines that are computed, and no boundaries, are said to be schematic."""
    asked = parameters

    def drawn(s: Snapshot, _: Subject, __: Choice, own: Figure, imprint: Imprint) -> bytes:
        return map_svg(s, own, imprint, asked.level, asked.scale, asked.era)

    more = [("level", asked.level), ("scale", asked.scale), ("era", asked.era)]
    return _picture(call, kpi, f"map.{kind}", parameters, drawn, page="/map", more=more)


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
        where = Choice(asked, asked, parameters.area).to("/", pinned=True)
        page = make_board(s, asked, Imprint(absolute(call.request, where), call.notice()), parameters.area)
        subject = {"file": "board.pdf", "province": s.province.code, "query": str(call.request.query_params)}
    body = page.pdf()
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject)
    return call.file(body, f"board-{asked.first}_{asked.last}.pdf")


def _picture(
    call: ApiCall,
    kpi: str,
    file: str,
    parameters: AreaParameters | SliceParameters,
    drawn: Drawn,
    *,
    page: str = "",
    more: Sequence[tuple[str, object]] = (),
    measure: str | None = None,
    name: str = "",
) -> Response:
    """A chart as a file. `page` and `more` are the KPI's page that shows it and what its address says besides the
    choice; `name` tells the file from its like."""
    call.may("export")
    call.revalidate(by_the_clock())
    chart, _, kind = file.partition(".")
    slices = parameters.slices if isinstance(parameters, SliceParameters) else None
    with call.snapshot(leaves=True, is_logged=True) as s:
        found, period = find_kpi(s, kpi), parameters.days or newest_days(s)
        measure = None if measure == found.measure else measure
        subject = ask(s, found, period, parameters.area, slices, measure=measure)
        choice = Choice(period, period, parameters.area, slices, measure)
        where = address(choice.to(f"/kpis/{kpi}{page}", pinned=True), more)
        imprint = Imprint(absolute(call.request, where), call.notice())
        own = figure_of(s, subject)
        svg = drawn(s, subject, choice, own, imprint)
        query = str(call.request.query_params)
        subject_of_read = {"kpi": kpi, "file": file, "province": s.province.code, "query": query}
    body = svg if kind == "svg" else as_png(svg)
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject_of_read)
    return call.file(body, "-".join(filter(None, [kpi, chart, name, f"{own.first}_{own.last}.{kind}"])))
