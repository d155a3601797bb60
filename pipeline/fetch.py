"""Loads an interval of a feed from the gateway."""

from collections.abc import Iterator
from datetime import date

from connectors import slices
from connectors.client import Gateway
from connectors.decoding import Decoder, WirePage
from connectors.paging.feed_reader import Declaration, FeedReader
from connectors.slices import Slice
from connectors.specification import Feed, find_feed
from expectations import control_totals
from expectations.control_totals import ControlTotal
from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import msg
from pipeline import batch
from pipeline.batch import Outcome
from pipeline.origin import Origin
from pipeline.progress import Progress, silent


def run_feed(
    installation: Installation, source: str, feed: str, first: date, last: date, progress: Progress = silent
) -> Outcome:
    """Loads the days from `first` to `last`, both inclusive. Running it again is harmless. Raises as batch.load."""
    if last < first:
        raise Abort(msg("The range is reversed: {first} is after {last}", first=first, last=last))
    settings = installation.settings
    spec = find_feed(source, feed, settings.sources)
    gateway, decoder = open_gateway(settings), open_decoder(settings, spec)
    place = {"province": settings.province, "area": settings.area}

    def pages(declaration: Declaration) -> Iterator[WirePage]:
        pieces = slices.cut(first - spec.look_back, last, spec.slice)
        return FeedReader(gateway, spec, decoder, **place).read(pieces, declaration)

    def controls() -> list[ControlTotal]:
        return list(control_totals.totals(gateway, spec, Slice(first, last), place))

    return batch.load(installation, Origin(source, feed, first, last, spec, decoder, pages, controls), progress)


def open_gateway(settings: Settings) -> Gateway:
    """The gateway of the settings; nothing is called yet."""
    secret = settings.client_secret.get_secret_value()
    return Gateway(settings.gateway_url, settings.client_id, secret, settings.gateway_timeout, ca=settings.gateway_ca)


def open_decoder(settings: Settings, spec: Feed) -> Decoder:
    """The decoder of a feed, with the installation's key for hashes."""
    return Decoder(spec, settings.hmac_key.get_secret_value())
