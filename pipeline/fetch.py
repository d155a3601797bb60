"""Loads an interval of a feed: from the gateway, an inbox, or the hub itself."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from accounts.counts import open_accounts
from connectors.client import Gateway
from connectors.decoding import Decoder, WirePage
from connectors.inbox import Inbox
from connectors.paging.feed_reader import Declaration, FeedReader, OwnData
from connectors.slices import Slice
from connectors.source_files import find_feed
from connectors.specification import Feed
from expectations import control_totals
from expectations.control_totals import ControlTotal
from hub.errors import Abort
from hub.installation import Installation
from hub.periods import VIETNAM
from hub.settings import Settings
from hub.translation import msg
from pipeline import batch, claim
from pipeline.batch import Outcome
from pipeline.claim import Claim
from pipeline.error_workbooks import give_back
from pipeline.origin import Origin
from pipeline.plan import slices_to_read
from pipeline.progress import Progress, silent
from warehouse.database import connect, warehouse_url
from warehouse.ledger import Batch, FeedCoverage


def run_feed(
    installation: Installation,
    source: str,
    feed: str,
    first: date,
    last: date,
    progress: Progress = silent,
    *,
    fill_gaps: bool = False,
) -> Outcome:
    """Loads the days from `first` to `last`, both inclusive, and takes up again what is not read for good of the days
    before (see plan.slices_to_read). Running it again is harmless. Raises as batch.load, and Abort for days that are
    yet to come."""
    if last < first:
        raise Abort(msg("The range is reversed: {first} is after {last}", first=first, last=last))
    today = claim.now().astimezone(VIETNAM).date()
    if last > today:
        raise Abort(msg("The range ends on {last}, which is yet to come; today is {today}", last=last, today=today))
    settings = installation.settings
    spec = find_feed(source, feed, settings.sources)
    gateway, decoder = open_gateway(settings), open_decoder(settings, spec)
    place = {"province": settings.province, "area": settings.area}
    inbox, hub = open_inbox(settings, source, spec), open_hub(settings, spec)

    def pieces(known: FeedCoverage) -> list[Slice]:
        return slices_to_read(spec, first, last, known, fill_gaps=fill_gaps)

    def pages(piece: Slice, declaration: Declaration) -> Iterator[WirePage]:
        return FeedReader(gateway, spec, decoder, **place, inbox=inbox, hub=hub).read([piece], declaration)

    def controls(piece: Slice) -> list[ControlTotal]:
        return list(control_totals.totals(gateway, spec, piece, place))

    def settled(held: Claim, ended: Batch) -> None:
        if inbox is not None:
            give_back(held, ended, inbox, spec, decoder)

    return batch.load(installation, Origin(source, feed, spec, decoder, pieces, pages, controls, settled), progress)


def open_gateway(settings: Settings) -> Gateway:
    """The gateway of the settings; nothing is called yet."""
    secret = settings.client_secret.get_secret_value()
    return Gateway(settings.gateway_url, settings.client_id, secret, settings.gateway_timeout, ca=settings.gateway_ca)


def open_inbox(settings: Settings, source: str, spec: Feed) -> Inbox | None:
    """Where the files of a feed are left; None of a feed that makes calls. Raises Abort when nobody has said where."""
    return Inbox(settings.inbox_of(source)) if spec.paging.style == "inbox" else None


def open_hub(settings: Settings, spec: Feed) -> OwnData | None:
    """The hub's own data: its open accounts by role. None of a feed that comes from elsewhere. Asking raises
    as connect does, and psycopg.Error."""
    if spec.paging.style != "hub":
        return None

    def tell(day: date) -> tuple[str, list[dict[str, Any]]]:
        with connect(warehouse_url(settings), "loader") as connection:
            counted = open_accounts(connection, settings.province, day)
        records = [{"role": role, "accounts": count} for role, count in counted.items()]
        return f"access.open_accounts {settings.province} {day}", records

    return tell


def open_decoder(settings: Settings, spec: Feed) -> Decoder:
    """The decoder of a feed, with the installation's key for hashes."""
    return Decoder(spec, settings.hmac_key.get_secret_value())
