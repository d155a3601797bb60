"""What counts as a cause: blocked slices, late deliveries, a silent gateway, quarantine that grows, indicators beyond
their bands."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from alerts import causes
from alerts.anomalies import Anomaly
from alerts.lateness import late_deliveries
from alerts.situation import Cause
from hub.periods import VIETNAM
from hub.translation import Text
from tests.alerts.test_lateness import late
from tests.alerts.world import FEEDBACK, GATE, NOON, PRESS, Ledger, day, only

JUNE = date(2023, 6, 1)
Add = Callable[..., int]


def keys(found: object) -> list[str]:
    return [cause.key for cause in found]  # type: ignore[attr-defined]


@pytest.fixture
def blocked(ledger: Ledger) -> Callable[[], list[str]]:
    return lambda: keys(causes.blocked_slices(ledger.situation()))


def test_a_blocked_slice_says_its_days_and_keeps_the_reason_in_the_hub(ledger: Ledger) -> None:
    number = ledger.batch(FEEDBACK, day(1), day(3), "blocked", reason=("vì sao", "why"))
    [cause] = causes.blocked_slices(ledger.situation())
    assert (cause.key, cause.source, cause.feed) == ("feedback/cases/2023-06-01/2023-06-03", "feedback", "cases")
    assert f"lô {number}" in cause.what.vi
    assert "từ 01/06/2023 đến 03/06/2023" in cause.what.vi
    assert "why" not in cause.what.en
    assert cause.detail is not None
    assert (cause.detail.vi, cause.detail.en) == ("vì sao", "why")
    assert ledger.situation().kpis_of(cause) == ["feedback_resolved_rate"]


def test_failed_and_published_slices_are_none(ledger: Ledger, blocked: Callable[[], list[str]]) -> None:
    ledger.batch(FEEDBACK, day(1), status="failed")
    ledger.batch(FEEDBACK, day(2))
    assert blocked() == []


def test_the_same_days_are_one_cause_with_its_attempts_since_they_last_were_good(ledger: Ledger) -> None:
    for status in ("blocked", "published", "blocked", "blocked"):
        ledger.batch(FEEDBACK, day(1), day(3), status)
    [cause] = causes.blocked_slices(ledger.situation())
    assert "(2 attempts)" in cause.what.en


def test_it_is_over_when_its_days_are_published_together_or_one_by_one(
    ledger: Ledger, blocked: Callable[[], list[str]]
) -> None:
    ledger.batch(FEEDBACK, day(1), day(3), "blocked")
    ledger.batch(FEEDBACK, day(1))
    ledger.batch(FEEDBACK, day(3))
    assert len(blocked()) == 1, "the second day still is to come"
    ledger.batch(FEEDBACK, day(2))
    assert blocked() == []


def test_what_was_published_before_or_of_another_feed_ends_nothing(
    ledger: Ledger, blocked: Callable[[], list[str]]
) -> None:
    ledger.batch(FEEDBACK, day(1), day(3))
    ledger.batch(FEEDBACK, day(1), day(3), "blocked")
    ledger.batch(PRESS, day(1), day(3))
    assert blocked() == ["feedback/cases/2023-06-01/2023-06-03"]


def test_a_replay_ends_a_blocked_replay_but_no_blocked_fetch(ledger: Ledger, blocked: Callable[[], list[str]]) -> None:
    published = ledger.batch(FEEDBACK, day(1), day(3))
    ledger.batch(FEEDBACK, day(1), day(3), "blocked", replayed=published)
    held = ledger.batch(FEEDBACK, day(4), day(5), "blocked")
    ledger.batch(FEEDBACK, day(4), day(5), replayed=held)
    ledger.batch(FEEDBACK, day(1), day(3), replayed=published)
    assert blocked() == ["feedback/cases/2023-06-04/2023-06-05"]


def test_a_replay_is_no_answer_of_the_gateway(ledger: Ledger) -> None:
    published = [ledger.batch(feed, day(1), day(10)) for feed in (FEEDBACK, GATE)]
    for feed in (FEEDBACK, GATE):
        ledger.batch(feed, day(11), status="failed")
    ledger.batch(FEEDBACK, day(1), day(10), at=NOON - timedelta(hours=1), replayed=published[0])
    assert len(list(causes.silent_gateway(ledger.situation(sources=only("feedback", "gate"))))) == 1


def test_one_source_that_fails_is_late_by_itself_and_many_are_one_silent_gateway(ledger: Ledger) -> None:
    """Eleven sources behind a gateway that is down are one incident, and none of their owners is late."""
    for feed in (FEEDBACK, GATE, PRESS):
        ledger.batch(feed, day(1), day(10))
    ledger.batch(FEEDBACK, day(11), status="failed")
    three = only("feedback", "gate", "press")
    assert list(causes.silent_gateway(ledger.situation(sources=three))) == []
    ledger.batch(GATE, day(11), status="failed", at=datetime(2023, 6, 12, 2, 10, tzinfo=VIETNAM))
    [cause] = causes.silent_gateway(ledger.situation(sources=three))
    assert "Nền tảng cửa khẩu số; Phản ánh, kiến nghị 1022" in cause.what.vi
    assert "12/06/2023 02:00" in cause.what.vi
    assert late(ledger, NOON, "feedback", "gate", "press") == []
    ledger.batch(PRESS, day(11), at=datetime(2023, 6, 12, 9, tzinfo=VIETNAM))
    s = ledger.situation(datetime(2023, 6, 12, 9, 1, tzinfo=VIETNAM), three)
    assert list(causes.silent_gateway(s)) == []
    assert list(late_deliveries(s)) == [], "they have the time again that the outage took"
    assert {cause.source for cause in late(ledger, NOON, "feedback", "gate", "press")} == {"feedback", "gate", "press"}


def test_failures_of_the_hub_itself_are_no_silent_gateway(ledger: Ledger) -> None:
    for feed in (FEEDBACK, GATE):
        ledger.batch(feed, day(1), day(10))
        ledger.batch(feed, day(11), status="failed", is_own_fault=True)
    assert list(causes.silent_gateway(ledger.situation(sources=only("feedback", "gate")))) == []


def test_a_growing_quarantine_is_one_that_brought_twice_a_usual_week(ledger: Ledger) -> None:
    batch = ledger.batch(FEEDBACK, day(1))

    def refuse(count: int, days_ago: int, first: int) -> None:
        ledger.connection.execute(
            "insert into quality.quarantine (batch_id, page_number, row_number, rules, record, quarantined_at)"
            " select %s, 1, n, '[\"x\"]', '{}', %s from generate_series(%s::int, %s) as n",
            [batch, NOON - timedelta(days=days_ago), first, first + count - 1],
        )

    def found() -> list[str]:
        return keys(causes.growing_quarantine(ledger.situation()))

    refuse(60, 20, 1)
    refuse(29, 1, 101)
    assert found() == []
    refuse(1, 1, 201)
    assert found() == ["feedback/cases"]


def test_an_indicator_beyond_its_band_is_told_without_its_value(ledger: Ledger) -> None:
    ledger.connection.execute(
        "insert into kpi.observation (province_id, kpi_id, first_day, last_day, area_id, revision, value, status,"
        " definition_version) select p.province_id, 'gate_vehicles', '2023-05-01', '2023-05-31', a.area_id, 1, 98765,"
        " 'official', 1 from warehouse.dim_province as p join warehouse.dim_area as a on a.code = p.area_code"
        " and a.level = 'province' where p.code = 'H37' order by a.valid_from desc limit 1"
    )

    def found(lowest: int | None, highest: int | None) -> list[Cause]:
        band = (None if lowest is None else Decimal(lowest), None if highest is None else Decimal(highest))
        return list(causes.kpis_beyond_bands(ledger.situation(bands={"gate_vehicles": band})))

    assert found(98765, 98765) == []
    assert found(None, None) == []
    [below], [above] = found(98766, None), found(None, 98764)
    assert "below its band, which begins at 98766" in below.what.en
    assert "vượt" in above.what.vi
    assert "98765" not in below.what.vi + above.what.vi


def test_a_place_that_takes_no_checkpoint_is_named_and_its_error_stays_in_the_hub(ledger: Ledger) -> None:
    for place, failed in (("s3://province/audit", "2023-06-20T08:00:00+07:00"), ("/backup", None)):
        ledger.connection.execute(
            "insert into ledger.anchor values (%s, 5, '2023-06-19T08:00:00+07:00', %s, 'bị từ chối', 'Denied')",
            [place, failed],
        )
    [cause] = causes.failed_anchors(ledger.situation())
    assert cause.key == "s3://province/audit"
    assert "20/06/2023" in cause.what.vi
    assert cause.detail is not None
    assert cause.detail.en == "Denied"
    assert "Denied" not in cause.what.en


def test_what_is_not_as_usual_names_the_feed_and_days_and_keeps_the_counts_in_the_hub(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Anomaly(
        cause="gate.vehicles/volume//2023-06-01",
        subject="volume",
        source="gate",
        feed="vehicles",
        first_day=day(1),
        last_day=day(1),
        seen=35,
        text=Text("35 lượt", "35 vehicles"),
    )
    monkeypatch.setattr(causes, "anomalies", lambda *_: [one])
    [cause] = causes.current_anomalies(ledger.situation())
    assert (cause.source, cause.feed, cause.key) == ("gate", "vehicles", one.cause)
    assert "gate.vehicles" in cause.what.en
    assert "35" not in cause.what.en
    assert cause.detail == one.text
