"""Loads quarantined records again, after the specification, the reference data or the rules were mended."""

from collections.abc import Iterator

import msgspec

from connectors.decoding import Decoded, Decoder, WirePage
from connectors.slices import Slice
from connectors.source_files import find_feed
from hub.errors import Abort
from hub.installation import Installation
from hub.translation import msg
from pipeline import batch
from pipeline.batch import Outcome
from pipeline.fetch import open_decoder
from pipeline.origin import Origin
from pipeline.progress import Progress, silent
from warehouse import ledger, quality
from warehouse.database import connect, warehouse_url


def replay(installation: Installation, batch_id: int, progress: Progress = silent) -> Outcome:
    """Judges and publishes what a batch had to refuse, as a batch of its own with an account of its own.

    It is loaded for the province whose batch it was, which must be one of the settings. What is refused again stays
    quarantined. Raises Abort when there is no such batch or nothing left to replay, else as batch.load does.
    """
    with connect(warehouse_url(installation.settings), "loader") as connection:
        found = quality.replayable(connection, batch_id)
        province = ledger.province_of(connection, batch_id)
    if found is None:
        raise Abort(
            msg("There is no batch {batch_id}; `ioc quality runs` lists them", batch_id=batch_id),
        )
    installation = installation.with_gateway(province)
    settings = installation.settings
    source, feed, first, last, pages = found
    if not pages:
        raise Abort(
            msg("Batch {batch_id} has no quarantined record that is still to be accepted", batch_id=batch_id),
        )
    spec = find_feed(source, feed, settings.sources)
    decoder = open_decoder(settings, spec)
    origin = Origin(
        source,
        feed,
        spec,
        decoder,
        lambda _: [Slice(first, last)],
        lambda _slice, _declaration: _wire_pages(decoder, pages),
        replayed=batch_id,
    )
    return batch.load(installation, origin, progress)


def _wire_pages(decoder: Decoder, pages: list[quality.QuarantinedPage]) -> Iterator[WirePage]:
    for page in pages:
        decoded = Decoded([decoder.revive(record) for record in page.records], page.stated, [], set())
        size = len(msgspec.json.encode(page.records))
        yield WirePage(decoded, page.wire_sha256, size, page.correlation_id, page.request, page.fetched_at)
