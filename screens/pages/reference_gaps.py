"""What the reference data lack: codes that records name and no list has."""

from fastapi import APIRouter
from fastapi.responses import Response

from accounts.account_roles import ENGINEERS
from hub.errors import RequestError
from hub.translation import msg
from screens import formats
from screens.evidence import sees_evidence
from screens.pages.frame import Visited, province_of
from screens.view_models.page import Link, Table, TableColumn, TableRow
from warehouse.unlisted_codes import DIMENSIONS, UnlistedCode, unlisted_codes

router = APIRouter(include_in_schema=False)
MOST = 500
"""Codes on the page: a source that confuses its fields names any number."""


@router.get("/reference")
def reference_gaps(v: Visited) -> Response:
    """The codes, the most frequent first, for whoever mends the reference data of a whole province."""
    with v.reading() as s:
        if s.caller.role not in ENGINEERS or not sees_evidence(s):
            said = msg("Your account does not see the gaps in the reference data; ask an administrator")
            raise RequestError(said, 403, "forbidden")
        found = unlisted_codes(s.connection, s.province.code, s.catalogue.sources)
        shown = found[:MOST]
        titles = {feed: s.catalogue.feed_title(feed) for feed in {_feed(one) for one in shown}}
        trail = [Link(v.say("Freshness of the data"), "/freshness")]
        page = v.frame(s, v.say("Gaps in the reference data"), trail=trail, place=province_of(s))
    columns = [
        TableColumn(v.say("Code"), code=True),
        TableColumn(v.say("Of what")),
        TableColumn(v.say("Source")),
        TableColumn(v.say("Records"), True),
        TableColumn(v.say("First seen")),
        TableColumn(v.say("Last seen")),
        TableColumn(v.say("First batch")),
    ]
    rows = [
        TableRow(
            [
                *(one.code, v.say(DIMENSIONS[one.dimension]), titles[_feed(one)], one.records),
                *(one.first_day, one.last_day, str(one.batch_id)),
            ],
            f"/quality/runs/{one.batch_id}",
        )
        for one in shown
    ]
    caption = v.say(
        "{shown} of {count} codes, those with most records first",
        shown=len(shown),
        count=formats.number(len(found), v.language),
    )
    table = Table(caption, columns, rows, v.say("Every code of the records is in the lists"))
    return v.answer("reference_gaps.html", page, table)


def _feed(one: UnlistedCode) -> str:
    return f"{one.source}.{one.feed}"
