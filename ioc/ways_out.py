"""Commands of `ioc quality` about single batches: landed pages, and the ways out of quarantine."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.account_access import access
from ioc.arguments import Province
from ioc.output import Json, print_json, print_rows, print_text
from ioc.quality_arguments import BatchId, evidence
from ioc.reader import reader
from ioc.texts import say

if TYPE_CHECKING:
    from warehouse.decisions import Way

Records = Annotated[
    list[int] | None,
    typer.Option("--record", min=1, max=2**62, help=N_("Only this refused record; may be repeated")),
]
Reason = Annotated[str, typer.Option("--reason", help=N_("Why; kept with the decision"))]


def waive(batch: BatchId, reason: Reason, record: Records = None, json: Annotated[bool, Json] = False) -> None:
    """Official figures may do without a batch's refused records

    All open ones, or those of --record. Figures are no longer provisional for them and say who waived them; they can
    still be mended and replayed. Of a batch without open ones whose values are unlike those before: these are true.
    """
    _decide("waived", batch, record, reason, json=json)


def reject(batch: BatchId, reason: Reason, record: Records = None, json: Annotated[bool, Json] = False) -> None:
    """Refused records that are none: they are never loaded

    All open ones of a batch, or those of --record.
    """
    _decide("rejected", batch, record, reason, json=json)


def assign(
    batch: BatchId,
    to: Annotated[str, typer.Option("--to", help=N_("Login of an account, or code of an organisation"))],
    reason: Reason,
    record: Records = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Who is to see to a batch's open refused records."""
    _decide("assigned", batch, record, reason, to, json=json)


def _decide(
    way: "Way", batch: int, records: list[int] | None, reason: str, assignee: str | None = None, *, json: bool
) -> None:
    from connectors.catalogue import sources_of
    from warehouse.decisions import decide

    sources = sources_of(Installation.open())
    with access() as connection:
        done = decide(connection, way, batch, records or None, reason, sources, assignee=assignee)
    rows = [{"batch_id": batch, "records": done.records, "released": done.released}]
    labels = {"batch_id": say("batch"), "records": say("records"), "released": say("no longer provisional")}
    print_rows(say("Decided"), labels, rows, json=json)


def effects(
    batch: BatchId, province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False
) -> None:
    """Which figures are provisional because of a batch's refused records."""
    from screens.quality import effects as found

    with evidence(province) as (connection, own, catalogue):
        rows = found(connection, own, catalogue, batch)
    labels = {"kpi": say("KPI"), "first_day": say("from"), "last_day": say("to")}
    print_rows(say("Provisional because of batch {batch}", batch=batch), labels, rows, json=json)


def page(
    batch: BatchId,
    number: Annotated[int, typer.Argument(metavar="PAGE", help=N_("Number of the page in the batch"))],
    json: Annotated[bool, Json] = False,
) -> None:
    """A landed page, as it was redacted before it was written

    That it was read is an entry of the audit trail.
    """
    from warehouse import trail
    from warehouse.landing import Landing

    settings = Installation.open().settings
    with reader(settings) as connection:
        row = connection.execute(
            "select p.landed_sha256, p.request, v.province from serving.pages as p join serving.provinces as v"
            " using (province_id) where p.batch_id = %s and p.page_number = %s",
            [batch, number],
        ).fetchone()
    if row is None:
        raise Abort(msg("Batch {batch} has no page {number}", batch=batch, number=number))
    sha256, request, province = row
    content = Landing(settings.landing_address).read(sha256).decode("utf-8", "replace")
    with access() as connection:
        trail.write(connection, "read", f"page/{batch}/{number}", province=province, after={"sha256": sha256})
    if json:
        print_json({"batch_id": batch, "page_number": number, "sha256": sha256, "request": request, "page": content})
    else:
        print_text(content)
