"""Routes of reports: documents that leave the hub, each entered into the trail with its hash.

A report is of a whole province, so it is for accounts that see all of one.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from accounts.caller import log_read
from hub.errors import RequestError
from hub.periods import Period, year_fault
from hub.translation import msg
from reports.filing import MissingAgency, make_periodic
from screens.api.call import ApiCall, Call, by_the_clock
from screens.api.parameters import DaysParameters
from screens.documents.quality_files import Kind, quality_file
from screens.documents.quality_files import quality_pdf as write_quality_pdf
from screens.documents.quality_files import quality_xlsx as write_quality_xlsx
from screens.documents.quality_report import make_quality_report
from screens.downloads import MEDIA_TYPES, attachment
from screens.request_errors import invalid_parameter
from screens.scope import outside_rights, sees_all
from warehouse.trail import account_actor

router = APIRouter(tags=["files"])
_BINARY = {"schema": {"type": "string", "format": "binary"}}
DOCX, PDF, XLSX = (MEDIA_TYPES[ending] for ending in ("docx", "pdf", "xlsx"))


class ReportParameters(DaysParameters):
    """Of which days."""

    @property
    def asked(self) -> Period:
        """The days. Raises RequestError 422 where none are named."""
        if self.days is None:
            raise invalid_parameter("from", msg("both are needed, from not after to"))
        if fault := year_fault((self.days.first - timedelta(days=1)).year):  # growth is from the day before
            raise invalid_parameter("from", fault)
        return self.days


@router.get(
    "/reports/periodic.docx",
    summary="The periodic report as a Word document",
    response_class=Response,
    responses={200: {"content": {DOCX: _BINARY}, "description": "DOCX"}},
)
def periodic(call: Call, parameters: Annotated[ReportParameters, Query()]) -> Response:
    """In the form of Decree 30/2020, in Vietnamese, with a footnote to each figure. For accounts that see all of a
    province; the trail keeps who took it, and its hash. Takes some seconds."""
    call.may("export")
    if not sees_all(call.caller):
        raise outside_rights(msg("a report is of the whole province, of which the account sees a part"))
    asked, installation = parameters.asked, call.database.settings.installation
    if installation is None:
        raise RequestError(msg("the screens were started without an installation"), 404, "not-configured")
    with call.snapshot(leaves=True, is_logged=True) as s:
        try:
            own = installation.for_province(s.province.code)
            made = make_periodic(s.connection, own, asked, catalogue=s.catalogue)
        except MissingAgency as error:
            raise RequestError(error, 503, "not-configured") from None
    with call.database.accounts() as keeper:
        made.enter(keeper, account_actor(call.caller.login))
        log_read(keeper, call.caller, "export", {"file": made.name, "sha256": made.sha256, "province": made.province})
    return Response(made.document, 200, attachment(made.name), DOCX)


@router.get(
    "/reports/quality.pdf",
    summary="The report on data quality as a document",
    response_class=Response,
    responses={200: {"content": {PDF: _BINARY}, "description": "PDF/A-3a with its tables attached"}},
)
def quality_pdf(call: Call, parameters: Annotated[ReportParameters, Query()]) -> Response:
    """Scores by month and source, batches, worst rules, incidents, and the KPIs of the days. For accounts that see all
    of a province; the trail keeps who took it, and its hash. Receipts are in the one that `ioc report quality`
    writes."""
    return _quality(call, parameters, "pdf")


@router.get(
    "/reports/quality.xlsx",
    summary="The report on data quality as a workbook",
    response_class=Response,
    responses={200: {"content": {XLSX: _BINARY}, "description": "XLSX; shares and totals are formulas"}},
)
def quality_xlsx(call: Call, parameters: Annotated[ReportParameters, Query()]) -> Response:
    """The same tables."""
    return _quality(call, parameters, "xlsx")


def _quality(call: ApiCall, parameters: ReportParameters, kind: Kind) -> Response:
    call.may("export")
    call.may("explain")
    if not sees_all(call.caller):
        raise outside_rights(msg("a report is of the whole province, of which the account sees a part"))
    call.revalidate(by_the_clock())
    with call.snapshot(leaves=True, is_logged=True) as s:
        report = make_quality_report(
            s.connection, s.province.code, parameters.asked, catalogue=s.catalogue, now=s.now, language=s.language
        )
        body = {"pdf": write_quality_pdf, "xlsx": write_quality_xlsx}[kind](report, call.notice())
    made = quality_file(report, body, kind, is_simulated=call.database.is_simulated)
    with call.database.accounts() as keeper:
        made.enter(keeper, account_actor(call.caller.login))
        log_read(keeper, call.caller, "export", {"file": made.name, "sha256": made.sha256, "province": made.province})
    return Response(body, 200, attachment(made.name), MEDIA_TYPES[kind])
