"""Routes of files: the same figures as CSV, XLSX, and a description of the columns. Every file taken is logged.

A file leaves the hub, whoever takes it: small cells are not in it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from accounts.caller import log_read
from kpis.definition import Definition
from kpis.figure import Figure
from screens.api import files
from screens.api.call import ApiCall, Call, by_the_clock
from screens.api.catalogue import KpiId
from screens.api.figure_parameters import FigureParameters
from screens.directory import find_kpi
from screens.downloads import MEDIA_TYPES
from screens.texts import LANGUAGES

router = APIRouter(tags=["files"])
XLSX = MEDIA_TYPES["xlsx"]
Figures = Annotated[FigureParameters, Query()]


def _read(call: ApiCall, kpi: str, parameters: FigureParameters, kind: str) -> tuple[Definition, list[Figure]]:
    """The figures, once the read is in the log."""
    call.may("export")
    call.revalidate(by_the_clock())
    with call.snapshot(leaves=True, is_logged=True) as s:
        found, (rows, _) = find_kpi(s, kpi), parameters.read(s, kpi)
        subject = {"kpi": kpi, "file": kind, "province": s.province.code, "query": str(call.request.query_params)}
    with call.database.accounts() as keeper:
        log_read(keeper, call.caller, "export", subject)
    return found, rows


@router.get(
    "/kpis/{kpi}/observations.csv",
    summary="A KPI's figures as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"example": "kpi,from,to,value\r\n"}}, "description": "CSV, RFC 4180"}},
)
def as_csv(call: Call, kpi: KpiId, parameters: Figures) -> Response:
    """UTF-8 with a mark that Excel needs; texts that a spreadsheet would run are made harmless by an apostrophe."""
    _, rows = _read(call, kpi, parameters, "csv")
    return call.file(files.csv(rows, call.language), f"{kpi}.csv")


@router.get(
    "/kpis/{kpi}/observations.xlsx",
    summary="A KPI's figures as a workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "XLSX"}},
)
def as_xlsx(call: Call, kpi: KpiId, parameters: Figures) -> Response:
    """Headings in the asked language, numbers and days as such; a second sheet says what the figures are."""
    found, rows = _read(call, kpi, parameters, "xlsx")
    return call.file(files.xlsx(found, rows, call.language, call.notice()), f"{kpi}.xlsx")


@router.get("/kpis/{kpi}/observations.metadata.json", summary="What the columns of the CSV are")
def metadata(call: Call, kpi: KpiId, parameters: Figures) -> dict[str, Any]:
    """After W3C's CSV on the Web: titles in both languages, types, the definition, and which figures the file holds."""
    found, rows = _read(call, kpi, parameters, "metadata.json")
    described: dict[str, Any] = json.loads(
        json.dumps(files.metadata(found, rows, str(call.request.query_params), call.language))
    )
    if call.database.is_simulated:
        described["ioc:notice"] = {language: call.notice(language) for language in LANGUAGES}
    return described
