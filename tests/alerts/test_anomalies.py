"""Anomalies as the warehouse's own figures tell them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import psycopg
import pytest

from alerts.anomalies import Anomaly, anomalies
from alerts.series import FeedKey, feed_counts, feed_series
from hub.periods import VIETNAM
from tests.alerts.world import Ledger
from tests.installation import CATALOGUE
from tests.kpis.facts import Facts
from warehouse.serving import find_province

FIRST = date(2023, 3, 6)
DAYS = 90
LAST = FIRST + timedelta(DAYS - 1)
NOW = datetime(2023, 6, 4, 2, tzinfo=UTC)
FAULT = FIRST + timedelta(DAYS - 3)
"""A Thursday."""


@pytest.fixture
def found(owner: psycopg.Connection) -> Callable[..., list[Anomaly]]:
    def look(first: date | None = None, last: date | None = None) -> list[Anomaly]:
        return anomalies(owner, "H37", CATALOGUE, NOW, first, last)

    return look


def vehicles(owner: psycopg.Connection, gates: dict[str, int], at: dict[date, dict[str, int]] | None = None) -> None:
    """So many vehicles a day and gate, a few more or less; `at` says otherwise of a day."""
    facts = Facts(owner)
    facts.publish("gate.vehicles", (FIRST, LAST))
    for n in range(DAYS):
        day = FIRST + timedelta(n)
        for place, (gate, count) in enumerate(gates.items()):
            some = (at or {}).get(day, {}).get(gate, count + (n * 7 + place * 3) % 5 - 2)
            owner.execute(
                "insert into warehouse.fact_vehicle (province_id, batch_id, page_number, declaration_code, seq,"
                " gate_code, direction, declared_online, declared_at, processed_at, status_code)"
                " select %s, 1, 1, %s || '-' || s, s, %s, case when s %% 2 = 0 then 'export' else 'import' end, true,"
                " %s, %s, 'processed' from generate_series(1, %s) as s",
                (facts.province_id, f"{day}-{gate}", gate, f"{day}T08:00:00+07:00", f"{day}T09:00:00+07:00", some),
            )


def test_a_day_with_far_fewer_records_is_told_with_what_is_usual(
    owner: psycopg.Connection, found: Callable[..., list[Anomaly]]
) -> None:
    vehicles(owner, {"huu_nghi": 60, "tan_thanh": 40}, {FAULT: {"huu_nghi": 20, "tan_thanh": 15}})
    [one] = [one for one in found() if one.subject == "volume"]
    assert (one.source, one.feed, one.first_day, one.last_day, one.seen) == ("gate", "vehicles", FAULT, FAULT, 35)
    assert one.low is not None
    assert one.high is not None
    assert 35 < one.low < 100 < one.high
    assert one.text.en.startswith("gate.vehicles has 35 on 2023-06-01; ")
    assert one.cause == f"gate.vehicles/volume//{FAULT}"


def test_a_silent_deliverer_is_named(owner: psycopg.Connection, found: Callable[..., list[Anomaly]]) -> None:
    vehicles(owner, {"huu_nghi": 300, "tan_thanh": 25}, {FAULT: {"tan_thanh": 0}})
    [one] = [one for one in found() if one.feed == "vehicles"]
    assert (one.subject, one.part, one.last_day) == ("silent", "gate=tan_thanh", FAULT)
    assert one.part_name is not None
    assert one.part_name.vi == "Cửa khẩu phụ Tân Thanh"
    assert "Tân Thanh" in one.text.vi


def test_it_is_gone_when_the_day_was_loaded_again_and_after_a_week(
    owner: psycopg.Connection, found: Callable[..., list[Anomaly]]
) -> None:
    fault = FIRST + timedelta(DAYS - 10)
    vehicles(owner, {"huu_nghi": 60}, {fault: {"huu_nghi": 5}})
    assert [one for one in found() if one.feed == "vehicles"] == []
    assert [one.last_day for one in found(first=fault) if one.subject == "volume"] == [fault]
    assert [one.last_day for one in found(first=fault, last=fault) if one.subject == "volume"] == [fault]


def test_blocked_days_teach_nothing(owner: psycopg.Connection, found: Callable[..., list[Anomaly]]) -> None:
    vehicles(owner, {"huu_nghi": 60}, {FAULT: {"huu_nghi": 5}})
    assert [one.last_day for one in found() if one.subject == "volume"] == [FAULT]
    Facts(owner).publish("gate.vehicles", (FIRST, FIRST + timedelta(60)), status="blocked")
    assert [one for one in found() if one.subject == "volume"] == [], "too few good days are left to judge by"


def test_what_came_late_or_is_filled_otherwise_is_current_for_a_week_like_all_others(
    owner: psycopg.Connection, found: Callable[..., list[Anomaly]]
) -> None:
    ledger, batches = Ledger(owner), {}
    for n in range(DAYS):
        day = FIRST + timedelta(n)
        hours = 14 if n in (DAYS - 8, DAYS - 7) else 2
        at = datetime.combine(day + timedelta(1), time(hours), VIETNAM)
        batches[n] = ledger.batch("gate.vehicles", day, at=at)
    for n in (DAYS - 8, DAYS - 7):
        owner.execute(
            "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
            " failed, observed, description_vi, description_en) values (%s, 'unusual_null_share', 'warn', 'x', true,"
            " false, 9, 2, %s, 'đầy như trước', 'filled as before')",
            [batches[n], "gate_code: 0 % → 40 %; direction: 1 % → 30 %"],
        )
    last_week = [FIRST + timedelta(DAYS - 7)]
    assert [one.last_day for one in found() if one.subject == "late" and one.seen and one.seen > 10] == last_week
    [filled] = [one for one in found() if one.subject == "filled"]
    assert ([filled.last_day], filled.part) == (last_week, "gate_code, direction")
    assert filled.part_name is not None
    assert filled.part_name.vi == "Cửa khẩu, Chiều"


def test_feeds_that_share_a_view_are_counted_each_by_itself(owner: psycopg.Connection) -> None:
    facts = Facts(owner)
    month = date(2023, 3, 31)
    for feed in ("telecom.revenue", "post.revenue"):
        facts.publish(feed, (date(2023, 3, 1), month))
    facts.add("fact_revenue", [{"month_end_day": month, "revenue_vnd": 700}])
    facts.add("fact_revenue", [{"month_end_day": month, "revenue_vnd": 11, "sector": "post", "operator_code": "ghn"}])
    counted = feed_counts(CATALOGUE)
    for source, revenue in (("telecom", 700), ("post", 11)):
        key = FeedKey(source, "revenue")
        series = feed_series(owner, find_province(owner, "H37"), key, counted[key], None, None)
        assert series is not None
        assert (series.total.tolist(), len(series.parts)) == ([revenue], 1)


def test_a_kpi_beyond_what_it_usually_is_is_told_by_month(
    owner: psycopg.Connection, found: Callable[..., list[Anomaly]]
) -> None:
    for n in range(18):
        month = date(2022 + n // 12, n % 12 + 1, 1)
        end = (month + timedelta(31)).replace(day=1) - timedelta(1)
        owner.execute(
            "insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, revision, value, status,"
            " definition_version) select p.province_id, 'security_threats', %s, %s, a.area_id, 1, %s, 'official', 1"
            " from warehouse.dim_province as p join warehouse.dim_area as a on a.code = p.area_code"
            " where p.code = 'H37' and a.level = 'province' limit 1",
            (month, end, 5000 if n == 17 else 1000 + (n * 7) % 5 * 10),
        )
    [one] = [one for one in found() if one.kpi is not None]
    assert (one.kpi, one.subject, one.last_day, one.seen) == ("security_threats", "kpi", date(2023, 6, 30), 5000)
    assert "06/2023" in one.text.vi
