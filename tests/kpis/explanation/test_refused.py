"""What a figure would be had the refused records been accepted, and which of them can be counted at all."""

from datetime import date
from typing import Any

import pytest

from hub.errors import Reject
from kpis.explanation import Explanation
from kpis.refused_records import Refusals
from tests.connectors.simulated import FIRST, LAST
from tests.kpis.asking import explain
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.test_versions import station, stations
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document
from warehouse.database import connect

FEED = ("ioffice", "documents")
STRANGER: dict[str, Any] = {"organid": UNKNOWN_ORGANISATION}


@pytest.fixture
def hub(hub: Hub) -> Hub:
    return strict(hub)


def explained(hub: Hub, kpi: str, first: date = FIRST, last: date = LAST, **question: Any) -> Explanation:
    with connect(hub.url, "reader") as connection:
        return explain(connection, kpi, first, last, "H37", **question)


def refused(hub: Hub, kpi: str = "signed_document_rate", **question: Any) -> Refusals:
    found = explained(hub, kpi, **question).refused
    assert found is not None
    return found


def test_the_value_with_refused_records_is_what_it_will_be_after_the_replay(hub: Hub) -> None:
    batch = hub.take(*FEED, [document("A"), document("B", signed=False), document("C", signed=False, **STRANGER)])
    before = explained(hub, "signed_document_rate")
    assert before.figure.value == 50
    assert before.refused is not None
    assert (before.refused.records, before.refused.counting) == (1, 1)
    assert before.refused.by_rule == {"organisation_code:pattern": 1}
    assert [before.refused.numerator, before.refused.denominator] == [1, 3]
    accept(hub, UNKNOWN_ORGANISATION)
    hub.replay(batch.batch_id)
    after = explained(hub, "signed_document_rate")
    assert after.figure.value == before.refused.value
    assert after.refused is not None
    assert (after.refused.records, after.refused.value) == (0, after.figure.value)


def test_a_record_counts_once_however_often_it_was_refused(hub: Hub) -> None:
    for version in (1, 2, 3):
        hub.take(*FEED, [document("A"), document("C", version, signed=False, **STRANGER)])
    assert [refused(hub).records, refused(hub).denominator] == [1, 2]


def test_a_refused_newer_version_counts_in_the_place_of_the_one_held(hub: Hub) -> None:
    hub.take(*FEED, [document("A"), document("B", signed=False)])
    batch = hub.take(*FEED, [document("A", 2, signed=False, **STRANGER)])
    before = refused(hub)
    assert [before.records, before.counting, before.held, before.value, before.denominator] == [1, 1, 0, 0, 2]
    accept(hub, UNKNOWN_ORGANISATION)
    hub.replay(batch.batch_id)
    assert explained(hub, "signed_document_rate").figure.value == before.value


def test_a_refused_version_that_is_older_than_the_facts_is_told_apart(hub: Hub) -> None:
    hub.take(*FEED, [document("A", 2), document("B", signed=False)])
    hub.take(*FEED, [document("A", 1, signed=False, **STRANGER)])
    found = refused(hub)
    assert [found.records, found.held, found.counting, found.value] == [1, 1, 0, 50]


def test_a_newer_version_that_lacks_what_decides_takes_no_other_place(hub: Hub) -> None:
    hub.take(*FEED, [document("A"), document("B", signed=False)])
    hub.take(*FEED, [document("A", 2, promulgationdate="2023-02-31T08:00:00"), document("B", 2, secret="?")])
    found = refused(hub)
    assert [found.records, found.unplaced, found.counting, found.value] == [2, 2, 0, 50]


def test_a_newer_version_of_another_day_leaves_the_day_of_the_one_held(hub: Hub) -> None:
    hub.take(*FEED, [document("A"), document("B", signed=False)])
    hub.take(*FEED, [document("A", 2, promulgationdate="2023-03-15T08:00:00", **STRANGER)])
    found = refused(hub)
    assert [found.records, found.counting, found.value, found.denominator] == [1, 0, 0, 1]


def test_refused_records_of_a_blocked_batch_do_not_count_since_the_good_ones_beside_them_do_not(hub: Hub) -> None:
    hub.take(*FEED, [document("A")])
    with pytest.raises(Reject):
        hub.take(*FEED, [document(f"B{number}", signed=False, **STRANGER) for number in range(21)], max_rejected=None)
    found = refused(hub)
    assert [found.records, found.blocked, found.counting, found.value] == [21, 21, 0, 100]


def test_what_the_formula_leaves_out_or_another_day_has_is_not_counted(hub: Hub) -> None:
    secret, later = STRANGER | {"secret": True}, STRANGER | {"promulgationdate": "2023-03-15T08:00:00"}
    hub.take(*FEED, [document("A"), document("B", **secret), document("C", **later)])
    found = refused(hub)
    assert [found.records, found.counting, found.value] == [1, 0, 100]


def test_a_record_without_its_day_or_without_what_decides_is_said_to_be_open(hub: Hub) -> None:
    hub.take(*FEED, [document("A"), document("B", promulgationdate="2023-02-31T08:00:00"), document("C", secret="?")])
    found = refused(hub)
    assert [found.records, found.unplaced, found.counting, found.value] == [2, 2, 0, 100]
    assert found.by_rule == {"types": 2, "issued_at:required": 1, "secret:required": 1}


def test_a_version_that_lacked_its_day_is_open_no_longer_once_a_good_one_has_come(hub: Hub) -> None:
    hub.take(*FEED, [document("A", promulgationdate="2023-02-31T08:00:00")])
    assert refused(hub).unplaced == 1
    hub.take(*FEED, [document("A", 2)])
    assert (refused(hub).unplaced, refused(hub).held) == (0, 1)


def test_a_resubmission_without_the_bad_row_leaves_nothing_refused(hub: Hub) -> None:
    good = [station(f"S{number}") for number in range(9)]
    stations(hub, *good, station("S99", area="09999"), submission=1)
    question: dict[str, Any] = {"kpi": "base_stations", "first": LAST, "last": LAST}
    assert [refused(hub, **question).counting, refused(hub, **question).value] == [1, 10]
    stations(hub, *good, submission=2)
    assert [refused(hub, **question).records, refused(hub, **question).value] == [0, 9]


def test_a_row_of_an_unknown_area_is_in_no_listed_one(hub: Hub) -> None:
    stations(hub, *[station(f"S{number}") for number in range(9)], station("S99", area="09999"), submission=1)
    found = refused(hub, "base_stations", first=LAST, last=LAST, area="05971")
    assert [found.unplaced, found.counting, found.value] == [0, 0, 9]


def test_a_number_that_no_fact_can_hold_stays_out_of_the_way(hub: Hub) -> None:
    good = [station(f"S{number}") for number in range(9)]
    stations(hub, *good, submission=2**40)
    assert hub.one("select distinct fact_row ->> 'submission' from quality.quarantine") is None
    stations(hub, *good, submission=1)
    found = explained(hub, "base_stations", first=LAST, last=LAST)
    assert found.refused is not None
    assert [found.figure.value, found.refused.value] == [9, 9]


def test_every_view_of_a_facts_rows_has_its_twin_with_the_same_columns(hub: Hub) -> None:
    columns = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum"
    twins = hub.rows(
        "select relname from pg_class where relname like 'refused!_%%' escape '!' and relkind = 'v'"
        " and relnamespace = 'serving'::regnamespace"
    )
    assert len(twins) == hub.one("select count(*) from pg_tables where tablename like 'fact!_%%' escape '!'")
    for (twin,) in twins:
        own = hub.rows(columns, f"serving.{twin.removeprefix('refused_')}")
        assert hub.rows(columns, f"serving.{twin}") == [*own, ("quarantine_id",), ("state",)]
