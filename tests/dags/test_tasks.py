"""A task's log tells first what a person needs to know."""

import logging
import traceback
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.sdk.exceptions import AirflowFailException

from dags.tasks import ByRecovery, load_feed, tell_blocked, write_quality_report, write_report
from hub.errors import Abort, Blocked, HubError, Retry
from hub.installation import Installation
from hub.periods import Period
from hub.translation import Text, msg
from pipeline.batch import Outcome
from pipeline.publication import End
from tests.hostile import FORBIDDEN, HOSTILE
from warehouse.ledger import Batch, BatchAccount

BROKEN = [Text("missing_records: 1 (Nhận đủ)", "missing_records: 1 (All have come)"), Text("types: 2", "types: 2 rows")]
COUNTS = {"fetched": 10, "declared": 11, "loaded": 0, "unchanged": 0, "superseded": 0, "quarantined": 2}
NIGHT = datetime(2023, 7, 1, tzinfo=UTC)
RUN = {
    "params": {},
    "dag_run": SimpleNamespace(data_interval_start=None, data_interval_end=None, run_after=NIGHT),
}


def given(monkeypatch: pytest.MonkeyPatch, outcome: Outcome | HubError) -> None:
    """The feed's load ends so."""

    def run_feed(*_: Any, **__: Any) -> Outcome:
        if isinstance(outcome, HubError):
            raise outcome
        return outcome

    monkeypatch.setattr("pipeline.fetch.run_feed", run_feed)
    monkeypatch.setattr("hub.installation.Installation.open", lambda *_: SimpleNamespace(with_gateway=lambda *_: None))


def load() -> dict[str, Any]:
    account, _ = load_feed("H37", "dvc", "dossiers", RUN)
    return account


def test_a_blocked_batch_fails_at_once_and_tells_reason_account_and_rules(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given(monkeypatch, Blocked(Text("Lô 7 bị chặn", "Batch 7 is blocked"), 7, COUNTS, BROKEN))
    with pytest.raises(AirflowFailException, match="Batch 7 is blocked") as raised:
        load()
    assert [record.getMessage() for record in caplog.records] == [
        "Lô 7 bị chặn / Batch 7 is blocked",
        "đã nhận 10, nguồn công bố 11, cách ly 2, chưa công bố gì"
        " / 10 fetched, 11 declared, 2 quarantined, nothing published",
        "missing_records: 1 (Nhận đủ) / missing_records: 1 (All have come)",
        "types: 2 / types: 2 rows",
    ]
    assert raised.value.__suppress_context__
    assert not any(record.exc_info for record in caplog.records)


def test_a_count_that_the_source_does_not_state_is_a_dash(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given(monkeypatch, Blocked(Text("Bị chặn", "Blocked"), 7, COUNTS | {"declared": None}, []))
    with pytest.raises(AirflowFailException):
        load()
    assert "nguồn công bố —, " in caplog.records[1].getMessage()
    assert ", — declared, " in caplog.records[1].getMessage()


@pytest.mark.parametrize(
    ("error", "ends"),
    [(Abort(Text("Sai", "Wrong")), AirflowFailException), (Retry(Text("Bận", "Wrong"), after=9), Retry)],
)
def test_any_error_of_the_hub_is_told_without_where_it_was_raised(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: HubError, ends: type[Exception]
) -> None:
    given(monkeypatch, error)
    with pytest.raises(ends, match="Wrong") as raised:
        load()
    assert [record.getMessage() for record in caplog.records] == [f"{error.vi} / Wrong"]
    assert "run_feed" not in "".join(traceback.format_exception(raised.value))
    assert getattr(raised.value, "after", None) == getattr(error, "after", None)


def test_a_published_batch_tells_its_account_and_what_records_broke(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    account = BatchAccount(fetched=10, loaded=7, unchanged=1, quarantined=2)
    batch = Batch(7, 1, "dvc", "dossiers", date(2023, 6, 1), date(2023, 6, 1), 1)
    given(monkeypatch, Outcome("dvc", "dossiers", [End(batch, account, (), BROKEN[1:])], 1.0))
    with caplog.at_level(logging.INFO):
        assert load()["fetched"] == 10
    lines = [record.getMessage() for record in caplog.records]
    assert "10 fetched = 7 loaded + 1 unchanged + 0 superseded + 2 quarantined" in lines[0]
    assert lines[1] == "types: 2 / types: 2 rows"
    assert lines[2].endswith("1 batches published, 0 blocked, 0 not read")


def test_a_load_that_held_back_a_batch_succeeds_and_tells_which(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    days = [Batch(n, 1, "lgsp", "connections", date(2023, 6, n), date(2023, 6, n), 1) for n in (1, 2)]
    ends = [End(days[0], BatchAccount(fetched=1, loaded=1)), End(days[1], BatchAccount(), BROKEN[:1], BROKEN[:1])]
    given(monkeypatch, Outcome("lgsp", "connections", ends, 1.0))
    told = load()
    assert (told["published"], told["blocked"]) == (1, 1)
    assert any("lô 2 (2023-06-02)" in record.getMessage() for record in caplog.records)
    with pytest.raises(AirflowFailException, match="connections: 1"):
        tell_blocked("connections: 1")


def test_a_load_that_could_not_read_a_slice_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [Batch(n, 1, "lgsp", "connections", date(2023, 6, n), date(2023, 6, n), 1) for n in (1, 2)]
    failure = (days[1], Retry(Text("Bận", "Busy"), after=7))
    given(monkeypatch, Outcome("lgsp", "connections", [End(days[0], BatchAccount())], 1.0, [failure]))
    with pytest.raises(Retry, match="Busy"):
        load()


@pytest.mark.parametrize("after", [3601.0, 86400.0 * 3650, 1e12, float("inf")])
def test_nobody_makes_a_task_wait_longer_than_an_hour(after: float) -> None:
    decision = ByRecovery().evaluate(Retry(Text("Bận", "Busy"), after=after), 1, 6)
    assert decision.retry_delay == timedelta(hours=1)


def test_a_shorter_wait_is_kept() -> None:
    assert ByRecovery().evaluate(Retry(Text("Bận", "Busy"), after=90), 1, 6).retry_delay == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("error", "ends", "told"),
    [
        (psycopg.errors.ReadOnlySqlTransaction("x"), AirflowFailException, "takes no changes"),
        (psycopg.errors.AdminShutdown("x"), Retry, "an administrator ended the session"),
        (psycopg.OperationalError("x"), Retry, "The connection to the database is lost"),
    ],
)
def test_an_error_of_the_database_is_one_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, error: Exception, ends: type[Exception], told: str
) -> None:
    def run_feed(*_: Any, **__: Any) -> Outcome:
        raise error

    given(monkeypatch, Retry(Text("Bận", "Busy")))
    monkeypatch.setattr("pipeline.fetch.run_feed", run_feed)
    with pytest.raises(ends, match=told):
        load()


def test_no_words_of_a_source_command_the_reader_of_a_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reason = msg("the source says {said}", said=HOSTILE)
    given(monkeypatch, Blocked(reason, 7, COUNTS, [Text(HOSTILE, HOSTILE)]))
    with pytest.raises(AirflowFailException) as raised:
        load()
    logged = [record.getMessage() for record in caplog.records]
    assert len(logged) == 3
    assert not FORBIDDEN.search("".join(logged) + str(raised.value))
    assert "\n" not in logged[0]
    assert not any(line.startswith("ERROR:root:forged") for said in logged for line in said.splitlines())


def test_nor_do_those_of_an_error_that_nobody_foresaw(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError(f"cannot read {HOSTILE}")

    given(monkeypatch, Abort(Text("", "")))
    monkeypatch.setattr("pipeline.fetch.run_feed", fail)
    with pytest.raises(ValueError, match="cannot read") as raised:
        load()
    assert not FORBIDDEN.search(str(raised.value))


@pytest.mark.parametrize(
    ("ran", "first", "last"),
    [
        (datetime(2023, 7, 5, 1, tzinfo=UTC), date(2023, 1, 1), date(2023, 6, 30)),
        (datetime(2024, 1, 5, 1, tzinfo=UTC), date(2023, 1, 1), date(2023, 12, 31)),
        (datetime(2023, 2, 28, 18, tzinfo=UTC), date(2023, 1, 1), date(2023, 2, 28)),
    ],
)
def test_the_monthly_report_is_of_the_year_to_the_end_of_the_month_before(
    monkeypatch: pytest.MonkeyPatch, ran: datetime, first: date, last: date
) -> None:
    """The last run is on 1 March in Vietnam."""
    asked: list[Period] = []

    def file_periodic(_: Installation, period: Period, **__: Any) -> tuple[Any, str]:
        asked.append(period)
        return SimpleNamespace(sha256="ab", figures=2), "/reports/a.docx"

    monkeypatch.setattr("reports.filing.file_periodic", file_periodic)
    told = write_report("H37", {"dag_run": SimpleNamespace(run_after=ran)})
    assert asked == [Period(first, last)]
    assert told == {"path": "/reports/a.docx", "sha256": "ab", "figures": 2}


def test_the_monthly_report_on_quality_is_of_the_month_before(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Period] = []

    def file_quality(_: Installation, period: Period, **__: Any) -> list[tuple[Any, str]]:
        asked.append(period)
        return [(None, "/reports/q.pdf"), (None, "/reports/q.xlsx")]

    monkeypatch.setattr("screens.documents.quality_filing.file_quality", file_quality)
    told = write_quality_report("H37", {"dag_run": SimpleNamespace(run_after=datetime(2023, 7, 5, 1, tzinfo=UTC))})
    assert asked == [Period(date(2023, 6, 1), date(2023, 6, 30))]
    assert told == ["/reports/q.pdf", "/reports/q.xlsx"]
