"""Routes of files: the same figures as CSV, XLSX, and a description of the columns. Every file taken is logged.

A file leaves the hub, whoever takes it: small cells are not in it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from accounts.caller import log_read
from hub.periods import Period
from kpis.definition import Definition
from kpis.figure import Figure
from screens.absolute_address import absolute
from screens.api import files
from screens.api.call import ApiCall, Call, by_the_clock
from screens.api.catalogue import KpiId
from screens.api.figure_parameters import FigureParameters
from screens.database import Snapshot
from screens.directory import find_kpi
from screens.downloads import MEDIA_TYPES
from screens.pages.choice import Choice
from screens.texts import LANGUAGES

router = APIRouter(tags=["files"])
XLSX = MEDIA_TYPES["xlsx"]


class FileParameters(FigureParameters):
    """Which figures, and how much of each."""

    columns: Annotated[
        files.Columns | None,
        Field(
            description="The main columns or all, in words of the asked language. Without it CSV is for machines:"
            " all columns by their names, values as codes; a workbook has the main ones"
        ),
    ] = None


@contextmanager
def _reading(
    call: ApiCall, kpi: str, parameters: FileParameters, kind: str
) -> Iterator[tuple[Snapshot, Definition, list[Figure]]]:
    """The figures, and the snapshot that they are of; that they were taken is in the log before they are given."""
    call.may("export")
    call.revalidate(by_the_clock())
    with call.snapshot(leaves=True, is_logged=True) as s:
        found, (rows, _) = find_kpi(s, kpi), parameters.read(s, kpi)
        yield s, found, rows
        subject = {"kpi": kpi, "file": kind, "province": s.province.code, "query": str(call.request.query_params)}
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject)


@router.get(
    "/kpis/{kpi}/observations.csv",
    summary="A KPI's figures as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"example": "kpi,from,to,value\r\n"}}, "description": "CSV, RFC 4180"}},
)
def as_csv(call: Call, kpi: KpiId, parameters: Annotated[FileParameters, Query()]) -> Response:
    """UTF-8 with a mark that Excel needs; texts that a spreadsheet would run are made harmless by an apostrophe."""
    columns = parameters.columns
    with _reading(call, kpi, parameters, "csv") as (s, _, rows):
        body = files.csv_in_words(s, rows, columns) if columns else files.csv(rows, call.language)
    return call.file(body, f"{kpi}.csv")


@router.get(
    "/kpis/{kpi}/observations.xlsx",
    summary="A KPI's figures as a workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "XLSX"}},
)
def as_xlsx(call: Call, kpi: KpiId, parameters: Annotated[FileParameters, Query()]) -> Response:
    """Words in the asked language, numbers and days as such; a second sheet has the definition, a third one says who
    made the file of which page."""
    with _reading(call, kpi, parameters, "xlsx") as (s, found, rows):
        page = absolute(call.request, _page(kpi, parameters, rows))
        body = files.xlsx(s, found, rows, parameters.columns or "main", page, call.notice())
    return call.file(body, f"{kpi}.xlsx")


def _page(kpi: str, parameters: FileParameters, rows: list[Figure]) -> str:
    """The KPI's page, of the last of the figures where there are any."""
    if not rows:
        return f"/kpis/{kpi}"
    days = Period(rows[-1].first, rows[-1].last)
    choice = Choice(days, days, parameters.area, parameters.slices, parameters.measure)
    return choice.to(f"/kpis/{kpi}", pinned=True)


@router.get("/kpis/{kpi}/observations.metadata.json", summary="What the columns of the CSV are")
def metadata(call: Call, kpi: KpiId, parameters: Annotated[FileParameters, Query()]) -> dict[str, Any]:
    """After W3C's CSV on the Web: titles in both languages, types, the definition, and which figures the file holds."""
    query = str(call.request.query_params)
    with _reading(call, kpi, parameters, "metadata.json") as (_, found, rows):
        made = files.metadata(found, rows, parameters.columns, query, call.language)
    described: dict[str, Any] = json.loads(json.dumps(made))
    if call.database.is_simulated:
        described["ioc:notice"] = {language: call.notice(language) for language in LANGUAGES}
    return described
