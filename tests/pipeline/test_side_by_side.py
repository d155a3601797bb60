"""Two runs of one feed never mix: one works, the other is told to come again; who was overtaken publishes nothing."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from connectors.decoding import WirePage
from connectors.paging.feed_reader import Declaration
from connectors.slices import Slice
from connectors.source_files import find_feed
from hub.errors import Abort, Retry
from pipeline import publication
from pipeline.batch import Outcome, load
from pipeline.claim import Claim
from pipeline.fetch import open_decoder, run_feed
from pipeline.intake import Intake
from pipeline.origin import Origin
from pipeline.progress import silent
from tests.connectors.simulated import FIRST, LAST
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from warehouse.database import connect
from warehouse.landing import Landing


def connections(hub: Hub) -> int:
    query = "select count(*) from pg_stat_activity where datname = current_database() and application_name = %s"
    return int(hub.one(query, "ioc-loader"))


def in_the_middle(hub: Hub, act: Callable[[], None]) -> Outcome:
    """A load of the platforms that does something while it reads."""
    done = Event()

    def progress(_step: str, _done: int, _total: int | None) -> None:
        if not done.is_set():
            done.set()
            act()

    return run_feed(hub.installation, "ecommerce", "platforms", FIRST, LAST, progress)


def test_a_feed_that_is_being_loaded_is_left_to_that_run(hub: Hub) -> None:
    told: list[Retry] = []

    def run_too() -> None:
        before = connections(hub)
        for _ in range(3):
            with pytest.raises(Retry, match=r"ecommerce\.platforms is being loaded by another run") as error:
                hub.run("ecommerce", "platforms")
            told.append(error.value)
        assert connections(hub) == before, "who is turned away leaves no connection behind"
        assert hub.run("telecom", "revenue").status == "published", "another feed is free"

    assert in_the_middle(hub, run_too).status == "published"
    assert [error.after for error in told] == [20, 20, 20]
    assert set(hub.batches("feed", "status")) == {("platforms", "published"), ("revenue", "published")}


def test_runs_at_the_same_moment_end_in_the_same_warehouse(hub: Hub, new_hub: NewHub) -> None:
    def attempt(_: int) -> str:
        try:
            return hub.run("ioffice", "work_files").status
        except Retry:
            return "later"

    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(attempt, range(3)))
    assert set(ends) <= {"published", "later"}
    assert "published" in ends
    alone = new_hub()
    alone.run("ioffice", "work_files")
    assert hub.checksums() == alone.checksums()
    assert hub.staging_tables() == []


def end_guards(hub: Hub) -> list[int]:
    """Ends the sessions that hold locks."""
    rows = hub.rows(
        "select pid, pg_terminate_backend(pid, 5000) from pg_locks where relation = 'ledger.lock'::regclass and granted"
        " and mode = 'RowShareLock'"
    )
    return [pid for pid, _ in rows]


def overtake(hub: Hub, late: Claim) -> None:
    """Another run loads the feed while `late` is believed dead: its lock is lost with the session that held it."""
    assert late.main.info.backend_pid not in (ended := end_guards(hub))
    assert len(ended) == 1
    hub.take("ioffice", "documents", [document("1")])


@pytest.mark.parametrize("step", ["take", "settle"])
def test_who_was_overtaken_publishes_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    owner: Any = Intake if step == "take" else publication
    right = getattr(owner, step)

    def overtaken(late: Intake, *args: Any) -> Any:
        if late.first.batch_id != 1:
            return right(late, *args)
        if step == "settle":
            overtake(hub, late.claim)
            return right(late, *args)
        right(late, *args)
        overtake(hub, late.claim)
        return None

    def nothing(_: Slice, declaration: Declaration) -> Iterator[WirePage]:
        declaration.declared = 0
        yield from ()

    monkeypatch.setattr(owner, step, overtaken)
    documents = find_feed("ioffice", "documents")
    decoder = open_decoder(hub.settings, documents)
    with pytest.raises(Retry, match=r"Batch 1 .*was overtaken by a later run"):
        origin = Origin("ioffice", "documents", documents, decoder, lambda _: [Slice(FIRST, LAST)], nothing)
        load(hub.installation, origin, silent)
    assert hub.rows("select document_code from warehouse.fact_document") == [("1",)]
    assert hub.batches("status") == [("failed",), ("published",)]
    assert hub.one("select batch_id from ledger.watermark") == 2
    assert hub.staging_tables() == []


def test_a_database_that_breaks_off_is_a_matter_of_time(hub: Hub) -> None:
    def cut_off() -> None:
        hub.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ioc-loader'")

    with pytest.raises(Retry, match=r"(an administrator ended the session|is lost).*; batch 1 was not published"):
        in_the_middle(hub, cut_off)
    assert hub.one("select count(*) from warehouse.fact_ecommerce") == 0
    assert hub.run("ecommerce", "platforms").status == "published"
    (first, *others) = hub.batches("status")
    assert first == ("failed",)
    assert set(others) == {("published",)}


def test_a_province_that_nobody_knows_is_told_and_leaves_no_connection(new_hub: NewHub) -> None:
    hub = new_hub(province="H99", area="99")
    with pytest.raises(
        Abort,
        match=r"Province 'H99' is not in this hub's reference data: add its organisations",
    ):
        hub.run("ecommerce", "platforms")
    assert connections(hub) == 0


def test_two_feeds_may_land_the_same_page_at_once(hub: Hub) -> None:
    landing = Landing(hub.settings.landing_address)
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            page = f'{{"page":{{}},"records":[{number}]}}'.encode()
            hashes = set(pool.map(lambda _, page=page: landing.write(page), range(8)))
            assert len(hashes) == 1
            assert landing.read(hashes.pop()) == page


def test_a_landed_page_that_was_changed_is_not_believed(hub: Hub) -> None:
    landing = Landing(hub.settings.landing_address)
    first, second = landing.write(b"{}"), landing.write(b"[]")
    Path(landing.path(first)).write_bytes(Path(landing.path(second)).read_bytes())
    with pytest.raises(Abort, match="has been changed since it was written"):
        landing.read(first)
    with pytest.raises(Abort, match="cannot be read"):
        landing.read("0" * 64)


def test_evidence_is_not_the_loaders_to_change(hub: Hub) -> None:
    hub.take("ioffice", "documents", [document("1")])
    with connect(hub.url, "loader") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("update quality.verdict set passed = true")
