"""When a delivery is late, and when it is not."""

from datetime import datetime, timedelta

from alerts.lateness import late_deliveries
from alerts.situation import Cause
from tests.alerts.world import FEEDBACK, NOON, Ledger, day, only
from warehouse.punctuality import due_at


def late(ledger: Ledger, now: datetime, *sources: str) -> list[Cause]:
    return list(late_deliveries(ledger.situation(now, only(*sources))))


def test_a_feed_is_late_from_its_deadline_on(ledger: Ledger) -> None:
    ledger.batch(FEEDBACK, day(1), day(10))
    s = ledger.situation(sources=only("feedback"))
    due = due_at(day(10), s.sources["feedback"].cadence, s.sources["feedback"].lateness)
    assert late(ledger, due - timedelta(seconds=1), "feedback") == []
    [cause] = late(ledger, due + timedelta(seconds=1), "feedback")
    assert cause.key == "feedback/cases"
    assert "từ 11/06/2023" in cause.what.vi
    assert "Trung tâm 1022" in cause.what.vi
    assert cause.missed is not None
    assert (cause.missed.unit, cause.missed.days.first) == ("trung-tam-1022", day(11))


def test_what_was_delivered_and_held_back_is_not_late(ledger: Ledger) -> None:
    ledger.batch(FEEDBACK, day(1), day(10))
    ledger.batch(FEEDBACK, day(11), status="blocked")
    assert late(ledger, NOON, "feedback") == []
    ledger.batch(FEEDBACK, day(11), status="failed", at=NOON - timedelta(hours=1))
    assert late(ledger, NOON, "feedback", "gate") == [], "a later look that failed takes nothing back"


def test_a_blocked_batch_of_other_days_excuses_no_delivery(ledger: Ledger) -> None:
    ledger.batch(FEEDBACK, day(1), day(10))
    ledger.batch(FEEDBACK, day(13), status="blocked")
    assert [cause.key for cause in late(ledger, NOON, "feedback")] == ["feedback/cases"]
