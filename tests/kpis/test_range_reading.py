"""What happened in several ranges is read at once, and is what each alone gives."""

from datetime import date

from hub.periods import Period
from kpis.definition import Formula
from kpis.query import Scope
from kpis.range_reading import read_ranges
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts

QUARTER = Period(date(2023, 1, 1), date(2023, 3, 31))
MARCH = Period(date(2023, 3, 1), date(2023, 3, 31))
APRIL = Period(date(2023, 4, 1), date(2023, 4, 30))


def test_what_no_record_of_a_range_says_stays_unsaid_where_a_month_of_it_has_no_records(facts: Facts) -> None:
    definition = CATALOGUE.find("postal_revenue")
    formula = definition.formula("items")
    silent = {"sector": "post", "service": "post", "operator_code": "vnpost", "revenue_vnd": 10**9}
    facts.add("fact_revenue", [silent | {"month_end_day": "2023-03-31"}])
    scope, ranges = Scope(definition.reads, facts.province_id, None, {}, ()), {"q": QUARTER, "m": MARCH, "a": APRIL}
    found = read_ranges(facts.connection, formula, scope, ranges)
    alone = {name: read_ranges(facts.connection, formula, scope, {name: one})[name] for name, one in ranges.items()}
    assert found == alone
    assert [found[name].whole.numerator for name in ranges] == [None, None, 0]


def test_ranges_are_read_of_a_view_whose_own_rows_have_a_first_and_a_last_day(facts: Facts) -> None:
    facts.publish("post.revenue", (date(2023, 3, 1), date(2023, 3, 31)))
    formula = Formula(unit="batches", kind="flow", day="last_day", where="first_day <= last_day", numerator="count(*)")
    scope, ranges = Scope("batches", facts.province_id, None, {}, ()), {"m": MARCH, "a": APRIL}
    found = read_ranges(facts.connection, formula, scope, ranges)
    assert [found[name].whole.numerator for name in ranges] == [1, 0]
