"""Routes of files: the same figures as CSV, XLSX, and a description of the columns. Every file taken is logged.

A file leaves the hub, whoever takes it: small cells are not in it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from accounts.rights import log_read
from kpis.definition import Definition
from kpis.figure import Figure
from screens.api import files
from screens.api.asked import Ask, Asked
from screens.api.catalogue import KpiId
from screens.api.figures import by_the_clock
from screens.api.wanted import Wanted
from screens.directory import find_kpi
from screens.texts import LANGUAGES

router = APIRouter(tags=["files"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Want = Annotated[Wanted, Depends()]


def _read(ask: Asked, kpi: str, wanted: Wanted, kind: str) -> tuple[Definition, list[Figure]]:
    """The figures, once the read is in the log."""
    ask.may("export")
    ask.revalidate(by_the_clock())
    with ask.snapshot() as s:
        found, (rows, _) = find_kpi(s, kpi), wanted.read(s, kpi, leaves=True)
        subject = {"kpi": kpi, "file": kind, "province": s.province.code, "query": str(ask.request.query_params)[:500]}
    with ask.database.accounts() as keeper:
        log_read(keeper, ask.caller, "export", subject)
    return found, rows


def _file(ask: Asked, body: bytes, kind: str, name: str) -> Response:
    if ask.is_simulated:  # a file outlives the header that says so
        name = f"simulated-{name}"
    return Response(body, 200, {**ask.headers, "Content-Disposition": f'attachment; filename="{name}"'}, kind)


@router.get(
    "/kpis/{kpi}/observations.csv",
    summary="A KPI's figures as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {"example": "kpi,from,to,value\r\n"}}, "description": "CSV, RFC 4180"}},
)
def as_csv(ask: Ask, kpi: KpiId, wanted: Want) -> Response:
    """UTF-8 with a mark that Excel needs; texts that a spreadsheet would run are made harmless by an apostrophe."""
    _, rows = _read(ask, kpi, wanted, "csv")
    return _file(ask, files.csv(rows, ask.language), "text/csv; charset=utf-8", f"{kpi}.csv")


@router.get(
    "/kpis/{kpi}/observations.xlsx",
    summary="A KPI's figures as a workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "XLSX"}},
)
def as_xlsx(ask: Ask, kpi: KpiId, wanted: Want) -> Response:
    """Headings in the asked language, numbers and days as such; a second sheet says what the figures are."""
    found, rows = _read(ask, kpi, wanted, "xlsx")
    return _file(ask, files.xlsx(found, rows, ask.language, ask.notice()), XLSX, f"{kpi}.xlsx")


@router.get("/kpis/{kpi}/observations.metadata.json", summary="What the columns of the CSV are")
def metadata(ask: Ask, kpi: KpiId, wanted: Want) -> dict[str, Any]:
    """After W3C's CSV on the Web: titles in both languages, types, the definition, and which figures the file holds."""
    found, rows = _read(ask, kpi, wanted, "metadata.json")
    described: dict[str, Any] = json.loads(
        json.dumps(files.metadata(found, rows, str(ask.request.query_params), ask.language))
    )
    if ask.is_simulated:
        described["ioc:notice"] = {language: ask.notice(language) for language in LANGUAGES}
    return described
