"""What is refused is kept, explained, and accepted later when what was wrong has been mended."""

import json
from typing import Any

import pytest

from hub.errors import Abort, Reject
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.test_versions import station, stations
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document

FEED = ("ioffice", "documents")
STRANGER: dict[str, Any] = {"organid": UNKNOWN_ORGANISATION}


@pytest.fixture
def hub(hub: Hub) -> Hub:
    return strict(hub)


def documents(hub: Hub) -> list[str]:
    return [code for (code,) in hub.rows("select document_code from warehouse.fact_document order by 1")]


def quarantine(hub: Hub, batch: int) -> list[tuple[Any, ...]]:
    return hub.rows(
        "select record_key, rules, replay_batch_id from quality.quarantine where batch_id = %s order by row_number",
        batch,
    )


def test_a_refused_record_is_kept_as_it_came_but_for_what_is_personal(hub: Hub) -> None:
    outcome = hub.take(*FEED, [document("A"), document("B", **STRANGER), document("C", secret="?", signed=None)])
    assert (outcome.account.loaded, outcome.account.quarantined) == (1, 2)
    rows = hub.rows("select row_number, page_number, record_key, rules, record from quality.quarantine order by 1")
    stranger = {name: value for name, value in document("B", **STRANGER).items() if name != "subject"}
    assert rows[0] == (2, 1, "B", ["organisation_code:pattern"], {"page": {}, "record": stranger})
    assert rows[1][:4] == (3, 2, "C", ["secret:required", "signed:required", "types"])
    assert rows[1][4]["record"]["secret"] == "?"
    assert "Nguyễn" not in json.dumps([row[4] for row in rows], ensure_ascii=False)


def test_after_a_fix_exactly_the_mended_records_are_accepted(hub: Hub) -> None:
    given = [
        document("A"),
        document("B", **STRANGER),
        document("C", **STRANGER),
        document("D", organid="000.00.88.H37"),
    ]
    first = hub.take(*FEED, [*given, document("E", promulgationdate="2023-02-31T08:00:00")])
    accept(hub, UNKNOWN_ORGANISATION)
    second = hub.replay(first.batch_id)
    assert (second.account.fetched, second.account.loaded, second.account.quarantined) == (4, 2, 2)
    assert documents(hub) == ["A", "B", "C"]
    assert quarantine(hub, first.batch_id) == [
        ("B", ["organisation_code:pattern"], second.batch_id),
        ("C", ["organisation_code:pattern"], second.batch_id),
        ("D", ["organisation_code:pattern"], None),
        ("E", ["issued_at:required", "types"], None),
    ]
    assert hub.rows("select kind, replayed_batch_id, status from ledger.batch where batch_id = 2") == [
        ("replay", first.batch_id, "published")
    ]
    accept(hub, "000.00.88.H37")
    third = hub.replay(first.batch_id)
    assert (third.account.fetched, third.account.loaded, third.account.quarantined) == (2, 1, 1)
    assert documents(hub) == ["A", "B", "C", "D"]
    assert hub.batches("first_day", "last_day")[0] == hub.batches("first_day", "last_day")[2]


def test_a_replay_leads_to_the_page_on_which_its_records_first_came(hub: Hub) -> None:
    first = hub.take(*FEED, [document("A"), document("B", **STRANGER)])
    accept(hub, UNKNOWN_ORGANISATION)
    second = hub.replay(first.batch_id)
    pages = hub.rows("select batch_id, wire_sha256, correlation_id, request from landing.page order by 1")
    assert [row[0] for row in pages] == [first.batch_id, second.batch_id]
    assert pages[0][1:] == pages[1][1:]


def test_a_replay_does_not_bring_back_what_is_older_than_the_facts(hub: Hub) -> None:
    first = hub.take(*FEED, [document("A", 1, "old", **STRANGER)])
    hub.take(*FEED, [document("A", 2, "new")])
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(first.batch_id).account.superseded == 1
    assert hub.rows("select steering_type from warehouse.fact_document") == [("new",)]


def test_a_replay_leaves_the_watermark(hub: Hub) -> None:
    first = hub.take(*FEED, [document("A", **STRANGER)])
    accept(hub, UNKNOWN_ORGANISATION)
    hub.replay(first.batch_id)
    assert hub.rows("select batch_id from ledger.watermark") == [(first.batch_id,)]


def test_a_replay_of_a_files_rows_leaves_its_other_rows(hub: Hub) -> None:
    good = [station(f"S{number}") for number in range(60)]
    account = stations(hub, *good, station("S98", area="09999"), station("S99", technology="6G"), submission=1)
    assert account["quarantined"] == 2
    accept(hub, "09999")
    replayed = hub.replay(1).account
    assert (replayed.loaded, replayed.quarantined, replayed.removed) == (1, 1, 0)
    assert hub.one("select count(*) from warehouse.fact_station") == 61


def test_a_replay_of_a_file_that_was_replaced_adds_nothing(hub: Hub) -> None:
    good = [station(f"S{number}") for number in range(9)]
    stations(hub, *good, station("S98", area="05977"), station("S99", area="09999"), submission=1)
    stations(hub, *good, submission=2)
    accept(hub, "09999")
    replayed = hub.replay(1).account
    assert (replayed.loaded, replayed.superseded) == (0, 1)
    assert hub.one("select count(*) from warehouse.fact_station") == 9


def test_many_records_that_are_refused_again_do_not_hold_back_the_others(hub: Hub) -> None:
    hub.take(*FEED, [document(f"A{number}") for number in range(500)], per_page=500)
    strangers = [document(f"B{number}", **STRANGER) for number in range(9)]
    batches = [hub.take(*FEED, [*strangers, document("C", organid="000.00.88.H37")]).batch_id for _ in range(2)]
    accept(hub, "000.00.88.H37")
    replayed = hub.replay(batches[0]).account
    assert (replayed.loaded, replayed.quarantined) == (1, 9)


def test_a_batch_with_too_many_bad_records_is_blocked_and_kept_for_replay(hub: Hub) -> None:
    count = 21
    given = [document("A"), *(document(f"B{number}", **STRANGER) for number in range(count))]
    with pytest.raises(Reject, match=r"rejected_share: 21/22"):
        hub.take(*FEED, given, max_rejected=None)
    assert documents(hub) == []
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(1).account.loaded == count
    hub.take(*FEED, [document("A"), *(document(f"B{number}", **STRANGER) for number in range(count))])
    assert len(documents(hub)) == count + 1


def test_a_replay_of_very_many_bad_records_accepts_the_mended_one(hub: Hub) -> None:
    with pytest.raises(Reject):
        strangers = [document(f"B{number}", **STRANGER) for number in range(30)]
        hub.take(*FEED, [*strangers, document("C", organid="000.00.88.H37")], max_rejected=None)
    accept(hub, "000.00.88.H37")
    replayed = hub.replay(1).account
    assert (replayed.loaded, replayed.quarantined) == (1, 30)


def test_there_is_nothing_to_replay(hub: Hub) -> None:
    hub.take(*FEED, [document("A")])
    with pytest.raises(Abort, match="Batch 1 has no quarantined record"):
        hub.replay(1)
    with pytest.raises(Abort, match="There is no batch 99"):
        hub.replay(99)
