"""A load works on two groups of slices at once: one is judged and published while the next is read."""

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from hub.errors import HubError, Retry
from pipeline import batch, publication
from pipeline.fetch import run_feed
from tests.connectors.stub import Asked, Reply, says, stub
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub

FEED = ("lgsp", "connections")
BEGIN = date(2023, 1, 1)
DAYS = [BEGIN + timedelta(days=number) for number in range(4)]
INTERRUPTED = "interrupted; the next run loads the interval again"
_SECONDS = 60


class Platform:
    """The LGSP's list of connections; waits before it answers for a day, where a test says for what."""

    def __init__(self) -> None:
        self.waits: dict[date, threading.Event] = {}
        self.asked: dict[date, threading.Event] = {day: threading.Event() for day in DAYS}

    def __call__(self, asked: Asked) -> Reply:
        day = date.fromisoformat(asked.query["ngay"])
        self.asked[day].set()
        if day in self.waits:
            assert self.waits[day].wait(_SECONDS)
        names = {"ma_he_thong": "HT-01", "ten": "Hệ thống", "bo_nganh": "Bộ", "bat_buoc": True}
        return says({"ngay": str(day), "du_lieu": [{**names, "trang_thai": "CHINH_THUC"}]})


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def hub(new_hub: NewHub, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub for which each slice is a group."""
    monkeypatch.setattr(batch, "GROUP", 1)
    with stub(platform) as there:
        yield new_hub(gateway_url=there.url)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> dict[date, threading.Event]:
    """By the first day of a group, whether it was settled."""
    events = {day: threading.Event() for day in DAYS}
    right = publication.settle

    def told(intake: Any, *args: Any) -> Any:
        ends = right(intake, *args)
        events[intake.first.first_day].set()
        return ends

    monkeypatch.setattr(publication, "settle", told)
    return events


def test_a_slice_is_published_while_the_next_one_is_read(
    hub: Hub, platform: Platform, settled: dict[date, threading.Event]
) -> None:
    platform.waits = {following: settled[day] for day, following in itertools.pairwise(DAYS)}
    outcome = hub.run(*FEED, DAYS[0], DAYS[-1])
    assert [end.batch.first_day for end in outcome.published] == DAYS
    assert hub.batches("status") == [("published",)] * len(DAYS)
    assert hub.verify().findings == []
    assert hub.staging_tables() == []


def test_no_more_than_two_groups_are_on_their_way(
    hub: Hub, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, may_end = publication.settle, threading.Event()
    monkeypatch.setattr(publication, "settle", lambda *args: may_end.wait(_SECONDS) and right(*args))
    run = threading.Thread(target=hub.run, args=(*FEED, DAYS[0], DAYS[-1]))
    run.start()
    assert platform.asked[DAYS[1]].wait(_SECONDS)
    assert not platform.asked[DAYS[2]].wait(1)
    may_end.set()
    run.join(_SECONDS)
    assert hub.batches("status") == [("published",)] * len(DAYS)


def test_where_a_group_cannot_be_published_the_load_ends_and_nothing_of_the_next_counts(
    hub: Hub, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> None:
        platform.asked[DAYS[1]].wait(_SECONDS)
        raise psycopg.errors.DeadlockDetected

    monkeypatch.setattr(publication, "settle", refused)
    with pytest.raises(HubError, match="two sessions waited for each other"):
        hub.run(*FEED, DAYS[0], DAYS[-1])
    monkeypatch.undo()
    assert [status for (status,) in hub.batches("status")] == ["failed", "failed"]
    assert hub.one("select count(*) from warehouse.fact_connection") == 0
    assert hub.staging_tables() == []
    assert hub.run(*FEED, DAYS[0], DAYS[-1]).status == "published"


def test_a_signal_while_the_next_slice_is_read_lets_the_group_before_end(
    hub: Hub, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = publication.settle

    def interrupted(*args: Any) -> Any:
        platform.asked[DAYS[1]].wait(_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        return right(*args)

    platform.waits = {DAYS[1]: threading.Event()}
    threading.Timer(2, platform.waits[DAYS[1]].set).start()
    monkeypatch.setattr(publication, "settle", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hub.run(*FEED, DAYS[0], DAYS[-1])
    assert hub.batches("status", "reason_en") == [("published", None), ("failed", INTERRUPTED)]
    assert hub.staging_tables() == []
    assert hub.verify().findings == []


def test_a_later_run_that_takes_the_feed_over_stops_both_groups(
    hub: Hub, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = publication.settle

    def overtaken(*args: Any) -> Any:
        platform.asked[DAYS[1]].wait(_SECONDS)
        hub.change("update ledger.claim set token = token + 1")
        return right(*args)

    monkeypatch.setattr(publication, "settle", overtaken)
    with pytest.raises(Retry, match="overtaken by a later run"):
        hub.run(*FEED, DAYS[0], DAYS[-1])
    assert hub.one("select count(*) from warehouse.fact_connection") == 0
    assert [status for (status,) in hub.batches("status")] == ["failed", "failed"]


def test_a_load_tells_how_many_of_its_slices_are_read_and_one_of_a_slice_how_many_records(hub: Hub) -> None:
    told: list[tuple[str, int, int | None]] = []
    run_feed(hub.installation, *FEED, DAYS[0], DAYS[-1], lambda *news: told.append(news))
    assert told == [("slices", number, len(DAYS)) for number in range(1, len(DAYS) + 1)]
    told.clear()
    run_feed(hub.installation, *FEED, DAYS[0], DAYS[0], lambda *news: told.append(news))
    assert [(counted, done) for counted, done, _ in told] == [("records", 1)]
