"""The rules that a feed is judged by, from its specification alone."""

from datetime import date

from connectors.specification import Source
from expectations.rules import Rule, batch_rules, row_rules
from warehouse.ledger import Batch
from warehouse.staging import Staging

_NO_BATCH = (0, 0, date.min, date.min, 0)


def rules_of(source: Source, feed: str) -> list[Rule]:
    """All rules of a feed, those of its records first. They name a staging table that no batch has."""
    own = source.feeds[feed]
    batch_id, province_id, first, last, token = _NO_BATCH
    staging = Staging(Batch(batch_id, province_id, source.name, feed, first, last, token), own)
    return [*row_rules(own), *batch_rules(own, staging, source.lateness.total_seconds() / 3600)]
