"""The figures by which a batch is judged are those of the batch: its size beside the usual one, its age, its fields."""

from datetime import date
from typing import Any

import pytest

from hub.errors import Reject
from tests.connectors.simulated import Simulated
from tests.pipeline.hub import Hub
from tests.pipeline.test_versions import station, stations
from tests.pipeline.versions import document

FEED = ("ioffice", "documents")


def said(hub: Hub, batch: int, rule: str) -> Any:
    """(whether the rule held, what was measured) of a batch."""
    query = "select passed, observed from quality.rule_result where batch_id = %s and rule_id = %s"
    return hub.rows(query, batch, rule)[0]


def documents(count: int, first: int = 0, **changed: Any) -> list[dict[str, Any]]:
    return [document(f"D{number}", **changed) for number in range(first, first + count)]


def test_a_batch_far_from_the_usual_size_is_warned_of_and_published(hub: Hub) -> None:
    for first in (0, 60, 120):
        assert said(hub, hub.take(*FEED, documents(60, first)).batch_id, "share_of_usual") == (None, "—")
    assert said(hub, hub.take(*FEED, documents(30)).batch_id, "share_of_usual") == (True, "0.5")
    assert said(hub, hub.take(*FEED, documents(6)).batch_id, "share_of_usual") == (False, "0.1")
    assert said(hub, hub.take(*FEED, documents(360)).batch_id, "share_of_usual") == (False, "6")
    assert {status for (status,) in hub.batches("status")} == {"published"}


def test_old_data_are_warned_of_and_published(hub: Hub) -> None:
    fresh = hub.take(*FEED, documents(2, updated_at="2023-02-28T20:00:00")).batch_id
    old = hub.take(*FEED, documents(2, updated_at="2023-02-27T20:00:00")).batch_id
    assert said(hub, fresh, "age_hours") == (True, "4")
    assert said(hub, old, "age_hours") == (False, "28")


def test_a_field_that_nobody_knows_is_warned_of_and_named(hub: Hub) -> None:
    batch = hub.take(*FEED, documents(2, ghi_chu="bí mật", la=1)).batch_id
    assert said(hub, batch, "unknown_fields") == (False, "2: ghi_chu, la")
    assert hub.rows("select unknown_fields from landing.page") == [(["ghi_chu", "la"],)]


def test_a_field_that_is_only_missing_did_not_vanish(hub: Hub) -> None:
    without = [{name: value for name, value in row.items() if name != "signed_at"} for row in documents(2)]
    assert said(hub, hub.take(*FEED, without).batch_id, "vanished_fields") == (True, "0")


def test_a_field_that_is_gone_while_another_is_new_was_renamed(hub: Hub) -> None:
    renamed = [
        {"ky_luc" if name == "signed_at" else name: value for name, value in row.items()} for row in documents(2)
    ]
    with pytest.raises(Reject, match="vanished_fields: 1: signed_at"):
        hub.take(*FEED, renamed)


def test_a_new_field_from_the_gateway_does_not_block(hub: Hub, gateway: Simulated) -> None:
    with gateway.faults("extra_field:1"):
        assert hub.run("ioffice", "work_files").status == "published"
    assert said(hub, 1, "unknown_fields") == (False, "1: ghi_chu_he_thong")


def test_a_record_that_breaks_two_rules_is_refused_once(hub: Hub) -> None:
    twice_bad = document("X", signed=None, secret=None)
    batch = hub.take(*FEED, [*documents(1999), twice_bad], per_page=1000).batch_id
    assert said(hub, batch, "rejected_share") == (True, "1/2000")


def test_a_file_that_lost_rows_is_held_back_and_another_operators_is_not(hub: Hub) -> None:
    stations(hub, *(station(f"S{number}") for number in range(10)), submission=1)
    stations(hub, *(station(f"S{number}") for number in range(2)), submission=1, operator="VIETTEL")
    with pytest.raises(Reject, match=r"kept_share: 0\.7 "):
        stations(hub, *(station(f"S{number}") for number in range(7)), submission=2)
    assert hub.one("select count(*) from warehouse.fact_station") == 12
    assert stations(hub, *(station(f"S{number}") for number in range(8)), submission=2)["removed"] == 2


def test_a_month_is_compared_with_the_month_before(hub: Hub) -> None:
    january = [station(f"S{number}") | {"ky": "2023-01"} for number in range(10)]
    days = (date(2023, 1, 1), date(2023, 1, 31))
    hub.take("telecom", "stations", january, days=days, doanh_nghiep="VNPT", lan_nop=1)
    with pytest.raises(Reject, match=r"kept_share: 0\.5 "):
        stations(hub, *(station(f"S{number}") for number in range(5)), submission=1)
