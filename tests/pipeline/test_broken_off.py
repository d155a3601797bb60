"""What breaks while a batch is loaded is told truly, and no batch is left running."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.errors import Abort, HubError, Retry
from pipeline import claim, publication
from pipeline.claim import Claim
from tests.connectors.simulated import FIRST, LAST
from tests.connectors.stub import Asked, Reply, says, stub
from tests.pipeline.hub import Hub
from tests.pipeline.proxy import Failure, Network, network
from warehouse import facts
from warehouse.landing import Landing

FEED = ("security", "threats")
NOT_PUBLISHED = r"batch 1 was not published"


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Ctrl-C interrupts, even where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def between(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hub, Network]]:
    """A hub behind a network, which fails over the publishing COMMIT."""
    monkeypatch.setattr(claim, "_COMMIT", 0.5)
    with network(hub.url) as there:
        settings = hub.settings.model_copy(update={"warehouse_url": there.url})
        behind = Hub(hub.url, settings.state, settings.gateway_url)
        behind.settings = settings
        yield behind, there


def fail_at_publishing(there: Network, failure: Failure, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Claim.commit

    def failing(self: Claim, batch: Any) -> None:
        there.failure = failure
        commit(self, batch)

    monkeypatch.setattr(Claim, "commit", failing)


@pytest.mark.parametrize("failure", ["reply cut", "reply silent"])
def test_a_reply_lost_after_the_commit_is_told_as_published(
    between: tuple[Hub, Network], failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, there = between
    fail_at_publishing(there, failure, monkeypatch)
    assert hub.run(*FEED).status == "published"
    assert hub.batches("status") == [("published",)]
    assert hub.one("select count(*) from warehouse.fact_threat") > 0


@pytest.mark.parametrize("failure", ["call cut", "call silent"])
def test_a_commit_that_never_arrived_is_told_as_not_published(
    between: tuple[Hub, Network], failure: Failure, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, there = between
    fail_at_publishing(there, failure, monkeypatch)
    with pytest.raises(Retry, match=rf"connection to the database is lost .*; {NOT_PUBLISHED}"):
        hub.run(*FEED)
    assert hub.batches("status") == [("failed",)]
    assert hub.one("select count(*) from warehouse.fact_threat") == 0
    monkeypatch.undo()
    assert hub.run(*FEED).status == "published"


def test_where_even_the_ledger_cannot_be_asked_nothing_is_claimed(
    between: tuple[Hub, Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, there = between
    there.is_down = True
    monkeypatch.setattr("pipeline.claim.time.sleep", lambda _: None)
    fail_at_publishing(there, "reply cut", monkeypatch)
    with pytest.raises(Retry, match="the ledger cannot be asked: `ioc quality runs` tells whether it is published"):
        hub.run(*FEED)
    assert hub.batches("status") == [("published",)]


def during(step: tuple[Any, str], happens: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    owner, name = step
    right = getattr(owner, name)

    def disturbed(*args: Any, **kwargs: Any) -> Any:
        happens()
        return right(*args, **kwargs)

    monkeypatch.setattr(owner, name, disturbed)


STEPS: list[tuple[Any, str]] = [(publication, "_publish"), (facts, "publish"), (publication, "settle")]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_batch_that_a_signal_interrupts_is_closed_as_failed(
    hub: Hub, number: signal.Signals, step: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    during(step, lambda: os.kill(os.getpid(), number), monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        hub.run(*FEED)
    assert hub.batches("status", "reason_en") == [("failed", "interrupted; the next run loads the interval again")]
    assert hub.staging_tables() == []
    assert hub.one("select count(*) from warehouse.fact_threat") == 0
    assert signal.getsignal(signal.SIGTERM) == before
    monkeypatch.undo()
    assert hub.run(*FEED).status == "published"


def test_a_signal_after_the_commit_leaves_the_batch_published(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Claim.commit

    def interrupted(self: Claim, batch: Any) -> None:
        commit(self, batch)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Claim, "commit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        hub.run(*FEED)
    assert hub.batches("status", "reason_en") == [("published", None)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_a_signal_stops_leaves_no_batch_running(hub: Hub, number: signal.Signals) -> None:
    asked, over = threading.Event(), threading.Event()

    def silent(_: Asked) -> Reply:
        asked.set()
        over.wait(60)
        return says({})

    said = hub.settings
    with stub(silent) as there:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
            "IOC_INSTALLATION": str(said.installation),
            "IOC_WAREHOUSE_URL": hub.url,
            "IOC_STATE": str(said.state),
            "IOC_GATEWAY_URL": there.url,
            "IOC_CLIENT_ID": "hub",
            "IOC_CLIENT_SECRET": "secret",
            "IOC_HMAC_KEY": "5a" * 32,
            "IOC_PROVINCE": said.province,
            "IOC_AREA": said.area,
            "IOC_LANG": "en",
        }
        days = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
        command = [sys.executable, "-m", "ioc", "run", *FEED[:1], "--feed", FEED[1], *days]
        started = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], stderr=subprocess.DEVNULL)
        try:
            assert asked.wait(120)
            started.send_signal(number)
            code = started.wait(60)
        finally:
            over.set()
            started.kill()
    assert code == 130
    assert hub.batches("status", "reason_en") == [("failed", "interrupted; the next run loads the interval again")]


@pytest.mark.parametrize(
    ("error", "kind", "told"),
    [
        ("57P01", Retry, "an administrator ended the session"),
        ("25P03", Retry, "idle_in_transaction_session_timeout"),
        ("57014", Retry, "a statement took longer than statement_timeout"),
        ("40P01", Retry, "two sessions waited for each other"),
        ("40001", Retry, "another session changed the same rows"),
        ("53300", Retry, "no connection free"),
        ("25006", Abort, "it takes no changes"),
        ("53100", Abort, "its disk is full"),
        ("22001", Abort, "a value is too long for its column"),
        ("22003", Abort, "a number is outside the range of its column"),
        ("23502", Abort, "a value is missing"),
        ("54000", Abort, "a value is too long for an index"),
        ("XX000", Abort, "error XX000"),
    ],
)
def test_a_batch_that_the_database_refuses_is_closed_with_the_reason(
    hub: Hub, error: str, kind: type[Exception], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise psycopg.errors.lookup(error)("made by a test")

    during((facts, "publish"), refused, monkeypatch)
    with pytest.raises(kind, match=f"{told}.*; {NOT_PUBLISHED}"):
        hub.run(*FEED)
    [(status, reason, is_own_fault)] = hub.batches("status", "reason_en", "is_own_fault")
    assert (status, is_own_fault) == ("failed", True)
    assert told in reason


@pytest.mark.parametrize(
    ("answer", "is_own_fault"), [(says({}, 503), None), (says({}, 403), True), (says({}, 418), True)]
)
def test_only_what_may_pass_by_itself_is_the_fault_of_the_other_side(
    hub: Hub, answer: Reply, is_own_fault: bool | None
) -> None:
    with stub(lambda _: answer) as there:
        behind = Hub(hub.url, hub.settings.state, there.url)
        with pytest.raises(HubError):
            behind.run(*FEED)
    assert hub.batches("status", "is_own_fault") == [("failed", is_own_fault)]


def test_an_interrupted_batch_is_the_hubs_own_fault(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    during((publication, "settle"), lambda: os.kill(os.getpid(), signal.SIGINT), monkeypatch)
    monkeypatch.setattr(claim.RunningBatches, "fail", lambda *_: None)
    with pytest.raises(KeyboardInterrupt):
        hub.run(*FEED)
    monkeypatch.undo()
    assert hub.run(*FEED).status == "published"
    assert sorted(hub.batches("status", "is_own_fault")) == [("failed", True), ("published", None)]


def test_a_database_that_takes_no_changes_is_told(hub: Hub) -> None:
    name = hub.url.rsplit("/", 1)[1].split("?")[0]
    hub.change(f"alter database {name} set default_transaction_read_only = on")
    try:
        with pytest.raises(Abort, match="it takes no changes: it is a standby or set to read only"):
            hub.run(*FEED)
    finally:
        with psycopg.connect(hub.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("set default_transaction_read_only = off")
            connection.execute(f"alter database {name} reset default_transaction_read_only".encode())


def test_a_page_that_a_full_disk_cut_does_not_block_its_day(hub: Hub) -> None:
    hub.run(*FEED)
    landed = [hash_ for (hash_,) in hub.rows("select landed_sha256 from landing.page")]
    landing = Landing(hub.settings.landing_address)
    for sha256 in landed:
        Path(landing.path(sha256)).write_bytes(Path(landing.path(sha256)).read_bytes()[:20])
    part = Path(f"{landing.path(landed[0])}.killed.part")
    part.touch()
    os.utime(part, (0, 0))
    assert hub.run(*FEED).account.unchanged > 0
    assert all(landing.read(sha256) for sha256 in landed)
    assert not part.exists()
