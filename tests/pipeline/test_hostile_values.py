"""One strange record is refused or stored as it is; it never stops the others."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.source_files import find_feed
from hub.texts import clean
from tests.expectations import rows
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document

FEED = ("ioffice", "documents")
STRANGE: list[dict[str, Any]] = [
    {"document_id": "a\0b"},
    {"document_id": "a\ud83d"},
    {"document_id": "\\."},
    {"document_id": "a\n\\.\nb"},
    {"document_id": 'a,"b";\\N\t\r\n'},
    {"document_id": "x" * 100_000},
    {"document_id": 10**30},
    {"document_id": {"la": 1}},
    {"updated_at": "0001-01-01T00:00:00"},
    {"updated_at": "0001-01-01T00:00:00+14:00"},
    {"updated_at": "9999-12-31T23:59:59-12:00"},
    {"updated_at": "0000-00-00T00:00:00"},
    {"promulgationdate": "1959-12-31T23:30:00"},
    {"secret": "maybe"},
    {"steeringtype": ["a"]},
    {"organid": None},
]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda strange: str(strange)[:40])
def test_a_strange_record_stops_no_other(hub: Hub, strange: dict[str, Any]) -> None:
    outcome = hub.take(*FEED, [document("A"), document("B") | strange, document("C")])
    assert outcome.status == "published"
    assert outcome.account.loaded + outcome.account.quarantined == 3
    kept = {code for (code,) in hub.rows("select document_code from warehouse.fact_document")}
    assert kept >= {"A", "C"}


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_texts_are_stored_in_their_one_form(hub: Hub, texts: list[str]) -> None:
    hub.change("delete from warehouse.fact_document")
    given = [document(f"D{number}", steeringtype=text) for number, text in enumerate(texts)]
    assert hub.take(*FEED, given).account.loaded == len(texts)
    stored = hub.rows("select steering_type from warehouse.fact_document order by document_code")
    assert [row[0] for row in stored] == [clean(text.replace("\0", "�")) or None for text in texts]


def test_a_step_beyond_all_numbers_is_refused(hub: Hub) -> None:
    feed = find_feed("gate", "vehicles")
    given = [
        {str(column.wire): row[name] for name, column in feed.kept.items()}
        for row in (rows.good(feed, "1"), rows.good(feed, "2") | {"seq": 2**40}, rows.good(feed, "3") | {"seq": 2**70})
    ]
    account = hub.take("gate", "vehicles", given).account
    assert (account.loaded, account.quarantined) == (1, 2)


def test_a_dossier_of_nowhere_in_a_year_without_a_province_counts(hub: Hub) -> None:
    feed = find_feed("dvc", "dossiers")
    good = rows.good(feed, "1")
    ancient = rows.good(feed, "2") | {"area_code": None, "received_at": "19010301103000", "filed_at": "19010301103000"}
    given = [{str(column.wire): row[name] for name, column in feed.kept.items()} for row in (good, ancient)]
    account = hub.take("dvc", "dossiers", given).account
    assert (account.loaded, account.quarantined) == (2, 0)
