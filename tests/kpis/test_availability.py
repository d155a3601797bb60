"""Which days a figure needs, by the kind of its formula."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hub.periods import Period
from hub.translation import msg
from kpis.availability import Availability, in_titles, judge, judge_newest, judge_told
from kpis.definition import Formula, load_definitions
from tests.installation import CATALOGUE
from warehouse.serving import Coverage

FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
MARCH, JUNE = date(2023, 3, 10), Period(date(2023, 6, 1), date(2023, 6, 30))
KNOWN = load_definitions()
FLOW = KNOWN["online_dossier_rate"].formula("rate")
SNAPSHOT = KNOWN["full_online_service_rate"].formula("rate")
IN_FORCE = KNOWN["digital_certificates"].formula("certificates")

Days = list[tuple[date, date]]
WHOLE: Days = [(FIRST, LAST)]
WITH_GAP: Days = [(FIRST, date(2023, 3, 9)), (date(2023, 3, 11), LAST)]


def status(formula: Formula, spans: Days, provisional: Days | None = None) -> str:
    found = judge(formula, Coverage(spans, spans, datetime(2024, 1, 1, tzinfo=UTC), [], provisional or []), JUNE)
    assert found.missing is None
    return "provisional" if found.provisional else "official"


@pytest.mark.parametrize("formula", [FLOW, SNAPSHOT, IN_FORCE])
def test_a_figure_whose_days_are_all_covered_is_official(formula: Formula) -> None:
    assert status(formula, WHOLE) == "official"


@pytest.mark.parametrize(
    ("formula", "expected"), [(FLOW, "official"), (SNAPSHOT, "official"), (IN_FORCE, "provisional")]
)
def test_what_is_in_force_needs_every_day_since_the_first_one_other_figures_their_own(
    formula: Formula, expected: str
) -> None:
    assert status(formula, WITH_GAP) == expected
    assert status(formula, WHOLE, [(MARCH, MARCH)]) == expected


def test_what_is_in_force_does_not_need_days_after_the_one_that_is_asked() -> None:
    assert status(IN_FORCE, [(FIRST, JUNE.last), (date(2023, 8, 1), LAST)], [(LAST, LAST)]) == "official"


def test_the_reason_names_the_days_of_which_too_much_was_refused() -> None:
    covered = Coverage(WHOLE, WHOLE, datetime(2024, 1, 1, tzinfo=UTC), [], [(MARCH, MARCH)])
    reason = judge(IN_FORCE, covered, JUNE).provisional
    assert reason is not None
    assert "2023-03-10 … 2023-03-10" in reason.en


@pytest.mark.parametrize(
    ("told", "missing", "provisional"),
    [
        ([(FIRST, LAST)], None, None),
        ([], "the source does not say this figure", None),
        ([(FIRST, date(2023, 5, 31))], "the source does not say this figure", None),
        ([(FIRST, date(2023, 6, 20))], None, "the source says nothing of 2023-06-21 … 2023-06-30"),
    ],
)
def test_days_of_which_a_source_tells_no_value_are_not_zero(
    told: Days, missing: str | None, provisional: str | None
) -> None:
    found = judge_told(told, JUNE, Availability())
    assert (found.missing and found.missing.en, found.provisional and found.provisional.en) == (missing, provisional)


def test_a_stock_of_indicators_that_were_told_on_different_days_is_provisional() -> None:
    may, june = date(2023, 5, 31), date(2023, 6, 30)
    assert judge_newest({june}, Availability()) == Availability()
    found = judge_newest({may, june}, Availability())
    assert found.provisional is not None
    assert found.provisional.en == "its values are of different days: 2023-05-31 and 2023-06-30"


def test_a_reason_names_feeds_by_their_titles_in_vietnamese() -> None:
    kpi = CATALOGUE.find("base_stations")
    (feed,) = kpi.sources
    source, _, name = feed.partition(".")
    spec = CATALOGUE.sources[source]
    said = in_titles(msg("nothing of {names} was ever loaded", names=feed), kpi, CATALOGUE)
    assert feed not in said.vi
    assert f"{spec.feeds[name].title} ({spec.title})" in said.vi
    assert said.en == f"nothing of {feed} was ever loaded", "by which a kept reason is told from another"


def test_a_feed_that_nobody_describes_keeps_its_name() -> None:
    kpi = CATALOGUE.find("base_stations")
    reason = msg("nothing of {names} was ever loaded", names=kpi.sources[0])
    assert in_titles(reason, kpi, replace(CATALOGUE, sources={})) == reason
