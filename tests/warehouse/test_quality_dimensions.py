"""Every rule of every feed is about one of the five dimensions of quality, named in one place."""

from datetime import date

import pytest

from connectors.source_files import load_sources
from expectations.rules import batch_rules, row_rules
from tests.connectors import specs
from warehouse.ledger import Batch
from warehouse.quality_dimensions import DRIFT, OF_COLUMN, OF_RULE, dimension_of
from warehouse.staging import Staging

DAY = date(2023, 6, 1)
FEEDS = [(source.name, name, feed) for source in load_sources().values() for name, feed in source.feeds.items()]
RULES = {
    rule.rule_id
    for source, name, feed in [*FEEDS, ("archive", "papers", specs.workbook_feed())]
    for rule in [*row_rules(feed), *batch_rules(feed, Staging(Batch(1, 1, source, name, DAY, DAY, 1), feed), 6.0)]
}


def test_each_rule_is_mapped_and_none_that_there_is_not() -> None:
    told = {rule for rule in RULES if rule in OF_RULE}
    by_column = {rule for rule in RULES - told if rule.rpartition(":")[2] in OF_COLUMN or ":not_before_" in rule}
    assert told | by_column == RULES
    assert told == set(OF_RULE)
    assert set(DRIFT) <= told


@pytest.mark.parametrize(
    ("rule", "dimension"),
    [
        ("area_code:required", "completeness"),
        ("missing_records", "completeness"),
        ("level:codes", "validity"),
        ("keys:unique", "uniqueness"),
        ("age_hours", "timeliness"),
        ("due_at:not_before_received_at", "consistency"),
        ("area_code:known", "consistency"),
    ],
)
def test_a_rule_is_about_the_dimension_that_its_kind_says(rule: str, dimension: str) -> None:
    assert dimension_of(rule) == dimension
