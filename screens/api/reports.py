"""Routes of reports: documents that leave the hub, each entered into the trail with its hash.

A report is of a whole province, so it is for accounts that see all of one.
"""

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from accounts.caller import log_read
from hub.errors import RequestError
from hub.periods import Period
from hub.translation import msg
from reports.filing import MissingAgency, make_periodic
from screens.api.call import Call
from screens.api.figure_parameters import read_period
from screens.api.parameters import Day, Parameters, PeriodText
from screens.downloads import MEDIA_TYPES, attachment
from screens.request_errors import invalid_parameter
from screens.scope import outside_rights, sees_all
from warehouse.trail import account_actor

router = APIRouter(tags=["files"])
DOCX = MEDIA_TYPES["docx"]


class ReportParameters(Parameters):
    """Of which days."""

    period: PeriodText = None
    first: Annotated[Day | None, Field(alias="from", description="First day", examples=["2023-01-01"])] = None
    last: Annotated[Day | None, Field(alias="to", description="Last day, inclusive", examples=["2023-06-30"])] = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.period and (self.first or self.last):
            raise invalid_parameter("period", msg("is not combined with from or to"))
        if not self.period and not (self.first and self.last and self.first <= self.last):
            raise invalid_parameter("from", msg("both are needed, from not after to"))
        return self

    @property
    def days(self) -> Period:
        if self.first and self.last:
            return Period(self.first, self.last)
        return read_period(str(self.period))


@router.get(
    "/reports/periodic.docx",
    summary="The periodic report as a Word document",
    response_class=Response,
    responses={200: {"content": {DOCX: {"schema": {"type": "string", "format": "binary"}}}, "description": "DOCX"}},
)
def periodic(call: Call, parameters: Annotated[ReportParameters, Query()]) -> Response:
    """In the form of Decree 30/2020, in Vietnamese, with a footnote to each figure. For accounts that see all of a
    province; the trail keeps who took it, and its hash. Takes some seconds."""
    call.may("export")
    if not sees_all(call.caller):
        raise outside_rights(msg("a report is of the whole province, of which the account sees a part"))
    installation = call.database.settings.installation
    if installation is None:
        raise RequestError(msg("the screens were started without an installation"), 404, "not-configured")
    with call.snapshot(leaves=True, is_logged=True) as s:
        try:
            own = installation.for_province(s.province.code)
            made = make_periodic(s.connection, own, parameters.days, catalogue=s.catalogue)
        except MissingAgency as error:
            raise RequestError(error, 503, "not-configured") from None
    with call.database.accounts() as keeper:
        made.enter(keeper, account_actor(call.caller.login))
        log_read(keeper, call.caller, "export", {"file": made.name, "sha256": made.sha256, "province": made.province})
    return Response(made.document, 200, attachment(made.name), DOCX)
