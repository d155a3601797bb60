"""The year before the demo's half-year, so that every figure has a year to be compared with.

`python -m demo.earlier_year [SOURCE…]` runs beside the screens, which do not wait for it: one feed after the other and
without Airflow, from a gateway of its own with the world of that year. Lists that come every day are asked for at the
ends of months alone. What people leave in a folder and what the hub knows itself are of the half-year only.
"""

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date

from connectors.catalogue import sources_of
from connectors.specification import Feed
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from hub.errors import HubError
from hub.installation import Installation
from hub.periods import Period, last_periods
from kpis.catalogue import Catalogue
from kpis.refresh import refresh
from pipeline.fetch import run_feed
from warehouse.database import warehouse_url

WORLD = "lang-son-2022"
YEAR = Period(date(2022, 1, 1), date(2022, 12, 31))
LAST_EVENTS = date(2022, 12, 30)
"""What happened on the year's last day is in the world of the demo's half-year, see gateway/worlds."""
_WITHOUT_WORLD = ("inbox", "hub")
"""Paging styles that read no gateway."""
_LOG = logging.getLogger(__name__)


def main(names: Sequence[str]) -> int:
    """0 when all of the sources, or of those that are named, was loaded, else 1; what was loaded counts either way."""
    logging.basicConfig(format="%(asctime)s %(message)s", stream=sys.stdout)
    _LOG.setLevel(logging.INFO)
    os.nice(10)  # people look at the screens meanwhile
    with running(WORLD) as url:
        own = {"IOC_GATEWAY_URL": url, "IOC_CLIENT_ID": CLIENT_ID, "IOC_CLIENT_SECRET": CLIENT_SECRET}
        os.environ.update(own)
        installation = Installation.open().with_gateway(None)
        settings = installation.settings
        sources = sources_of(installation, settings.province)
        wanted = {name: source for name, source in sources.items() if not names or name in names}
        loaded = [
            _load(installation, name, feed, days)
            for name, source in wanted.items()
            for feed, specification in source.feeds.items()
            for days in asked_days(specification)
        ]
    refresh(warehouse_url(settings), settings.province, now=settings.now, catalogue=Catalogue.of(installation))
    _LOG.info("indicators refreshed")
    return 0 if all(loaded) else 1


def asked_days(feed: Feed) -> Iterator[Period]:
    """The days of a feed that are loaded: of a daily list also the day before the year, from which totals grow."""
    if feed.paging.style in _WITHOUT_WORLD:
        return
    if feed.slice == "day":
        ends = [min(month.last, LAST_EVENTS) for month in last_periods("month", YEAR.last, 13)]
        yield from (Period(day, day) for day in ends)
    elif feed.slice == "month":
        yield YEAR
    else:
        yield Period(YEAR.first, LAST_EVENTS)


def _load(installation: Installation, source: str, feed: str, days: Period) -> bool:
    """Whether a feed's days could be read; what is blocked or refused stands in the ledger."""
    try:
        outcome = run_feed(installation, source, feed, days.first, days.last)
    except HubError as error:
        _LOG.warning("%s.%s %s: %s", source, feed, days.last, error)
        return False
    _LOG.info("%s.%s %s: %s", source, feed, days.last, outcome.account)
    return not outcome.failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
