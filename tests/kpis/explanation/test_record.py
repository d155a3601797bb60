"""From a record up: where it came from, whether it was refused, and every figure that it counts in."""

from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from kpis.lineage import Counted, Record
from tests.installation import counted_in
from tests.kpis.explanation.test_refused import FEED, STRANGER
from tests.kpis.facts import Facts
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document
from warehouse.database import connect

FIFTH, NINTH = date(2023, 1, 5), date(2023, 1, 9)


@pytest.fixture
def facts(owner: psycopg.Connection) -> Facts:
    return Facts(owner)


def of(found: Record, kpi: str) -> dict[str, tuple[Any, ...]]:
    """Measure → days and parts."""
    return {c.measure: (c.day, c.until, c.numerator, c.denominator) for c in found.counted if c.kpi == kpi}


def test_a_dossier_counts_on_the_day_it_was_received_and_on_the_day_it_ended(facts: Facts) -> None:
    days = {"received_at": "2023-01-05T08:00:00+07:00", "ended_at": "2023-01-09T08:00:00+07:00"}
    late = {"due_at": "2023-01-08T08:00:00+07:00", "channel_code": "direct", "level": 3}
    facts.add("fact_dossier", [{"dossier_code": "D", **days, **late}, {"dossier_code": "D2", **days}])
    found = counted_in(facts.connection, "H37", "D")
    assert [(row["view"], row["key"], row["is_on_time"]) for row in found.rows] == [("dossiers", "D", False)]
    assert of(found, "online_dossier_rate") == {
        "rate": (FIFTH, FIFTH, 0, 1),
        "received": (FIFTH, FIFTH, 1, None),
        "direct_rate": (FIFTH, FIFTH, 1, 1),
    }
    assert of(found, "on_time_dossier_rate")["rate"] == (NINTH, NINTH, 0, 1)
    assert of(found, "active_online_service_rate")["rate"] == (FIFTH, FIFTH, 0, 1)
    assert of(found, "level4_online_dossier_rate") == {}, "it is of level 3"


def test_a_certificate_counts_from_its_issue_until_the_day_before_it_was_revoked(facts: Facts) -> None:
    facts.add(
        "fact_certificate",
        [
            {"serial": "S", "issued_at": "2023-01-05T08:00:00+07:00", "revoked_at": "2023-01-10T08:00:00+07:00"},
            {"serial": "T", "issued_at": "2023-01-05T08:00:00+07:00"},
        ],
    )
    assert of(counted_in(facts.connection, "H37", "S"), "digital_certificates") == {
        "certificates": (FIFTH, NINTH, 1, None),
        "issued": (FIFTH, FIFTH, 1, None),
    }
    assert of(counted_in(facts.connection, "H37", "T"), "digital_certificates")["certificates"][:2] == (FIFTH, None)


def test_a_negative_article_is_below_the_line_of_the_positive_share_only(facts: Facts) -> None:
    facts.add(
        "fact_article",
        [{"article_code": "A", "published_at": "2023-01-05T08:00:00+07:00", "sentiment": "negative"}],
    )
    assert of(counted_in(facts.connection, "H37", "A"), "positive_press_rate") == {
        "rate": (FIFTH, FIFTH, 0, 1),
        "articles": (FIFTH, FIFTH, 1, None),
    }


def test_a_part_of_a_longer_key_finds_its_rows_newest_first_and_the_whole_key_one(facts: Facts) -> None:
    months = ["2023-01-31", "2023-02-28"]
    facts.add("fact_post_point", [{"point_code": "P1", "month_end_day": month} for month in months])
    keys = [f"{month}|P1" for month in reversed(months)]
    assert [row["key"] for row in counted_in(facts.connection, "H37", "P1").rows] == keys
    found = counted_in(facts.connection, "H37", keys[0])
    assert [row["key"] for row in found.rows] == keys[:1]
    assert of(found, "postal_points") == {
        "points": (date(2023, 2, 28), None, 1, None),
        "people_per_point": (date(2023, 2, 28), None, None, 1),
        "radius": (date(2023, 2, 28), None, None, 1),
        "communes": (date(2023, 2, 28), None, 1, None),
    }


def test_another_provinces_record_of_the_same_code_is_another_record(facts: Facts) -> None:
    record = {"case_code": "C", "received_at": "2023-01-05T08:00:00+07:00"}
    facts.add("fact_feedback", [record])
    assert counted_in(facts.connection, "H37", "C").rows
    assert counted_in(facts.connection, "H59", "C") == Record("C", [], [], [])


def test_a_refused_record_says_which_rules_it_broke_and_which_batch_took_it_later(hub: Hub) -> None:
    strict(hub)
    first = hub.take(*FEED, [document("A"), document("B", **STRANGER)])

    def found() -> Record:
        with connect(hub.url, "reader") as connection:
            return counted_in(connection, "H37", "B")

    before = found()
    assert (before.rows, before.counted) == ([], [])
    [refused] = before.refused
    assert (refused["batch_id"], refused["rules"], refused["replay_batch_id"]) == (
        first.batch_id,
        ["organisation_code:pattern"],
        None,
    )
    accept(hub, UNKNOWN_ORGANISATION)
    replayed = hub.replay(first.batch_id)
    after = found()
    assert (after.refused[0]["replay_batch_id"], after.rows[0]["batch_id"]) == (replayed.batch_id,) * 2
    day, one = date(2023, 2, 27), Decimal(1)
    counted = [c for c in after.counted if c.measure == "rate"]
    assert counted == [Counted("signed_document_rate", "rate", "B", day, day, one, one)]
