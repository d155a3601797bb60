"""One interval of one feed, from the wire to the facts: claim, fetch, land, stage, judge, publish."""

from collections.abc import Iterator
from datetime import date

from connectors import slices
from connectors.client import Gateway
from connectors.decoding import Decoder
from connectors.paging import Fetched, Reader, Reading
from connectors.slices import Slice
from connectors.specification import Feed, find_feed
from expectations import control_totals
from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from pipeline.load import Incoming, Load
from pipeline.progress import Progress, silent
from pipeline.session import Outcome, Session
from warehouse import facts, ledger


def run_feed(
    installation: Installation, source: str, feed: str, first: date, last: date, progress: Progress = silent
) -> Outcome:
    """Loads the days from `first` to `last`, both inclusive. Running it again is harmless.

    Raises Retry when the gateway, the database or another run is in the way, Reject when the batch was judged unfit
    (it is then `blocked`, and the facts are as before), Abort when a person must change something first.
    """
    if last < first:
        raise Abort(f"Khoảng ngày bị ngược: {first} sau {last}", f"The range is reversed: {first} is after {last}")
    settings = installation.settings
    spec = find_feed(source, feed, settings.sources)
    facts.mapping(f"{source}.{feed}", spec)
    gateway = open_gateway(settings)
    decoder = open_decoder(settings, spec)
    place = {"province": settings.province, "area": settings.area}
    with Session(installation, source, feed) as session, session.batch(spec, decoder, first, last) as (batch, load):
        cursor = None
        if spec.paging.style == "cursor":
            cursor = ledger.cursor_after(session.main, batch.province_id, source, feed, first)
        reading = Reading()
        pieces = slices.cut(first - spec.look_back, last, spec.slice)
        pages = Reader(gateway, spec, decoder, **place).read(pieces, reading, cursor)
        load.take(_watched(pages, reading, load), progress)
        controls = list(control_totals.totals(gateway, spec, Slice(first, last), place))
        return session.finish(batch, load, spec, reading.cursor, controls)


def open_gateway(settings: Settings) -> Gateway:
    """The gateway of the settings; nothing is called yet."""
    secret = settings.client_secret.get_secret_value()
    return Gateway(settings.gateway_url, settings.client_id, secret, timeout=settings.gateway_timeout)


def open_decoder(settings: Settings, spec: Feed) -> Decoder:
    """The decoder of a feed, with the installation's key for hashes."""
    return Decoder(spec, settings.hmac_key.get_secret_value())


def _watched(pages: Iterator[Fetched], reading: Reading, load: Load) -> Iterator[Incoming]:
    """Pages on their way into the load, which thereby learns what the source declares."""
    for page in pages:
        load.seen.declared = reading.declared
        yield Incoming(
            page.decoded,
            page.wire_sha256,
            len(page.answer.body),
            page.answer.correlation_id,
            page.answer.request,
            page.fetched_at,
        )
    load.seen.declared = reading.declared
