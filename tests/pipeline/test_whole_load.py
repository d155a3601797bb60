"""From the wire to the facts: everything once, whole batches only, and the same again however often."""

import itertools
import os
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from connectors.source_files import find_feed
from hub.errors import Abort, Retry
from tests.connectors.simulated import FIRST, LAST, Simulated
from tests.files import open_to_all
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import ACCOUNT, FEEDS, Hub
from tests.postgres import Postgres
from warehouse.database import connect


def test_every_account_balances(loaded: Hub) -> None:
    accounts = loaded.batches("source", "feed", "status", "declared", *ACCOUNT[:5])
    quiet = {(source, feed) for source, feed in FEEDS if find_feed(source, feed).allow_empty}
    assert {(source, feed) for source, feed, _, _, fetched, *_ in accounts if fetched} | quiet == set(FEEDS)
    for source, feed, status, declared, fetched, *places in accounts:
        assert status == "published"
        assert fetched == sum(places), (source, feed)
        assert declared == (fetched if find_feed(source, feed).paging.total else None)


def test_a_batch_is_a_day_a_month_or_a_window_of_changes(loaded: Hub) -> None:
    days = {
        source: loaded.rows(
            "select first_day, last_day from ledger.batch where source = %s and feed = %s order by 1", source, feed
        )
        for source, feed in [("dvc", "services"), ("telecom", "stations"), ("gate", "vehicles")]
    }
    every = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    assert days["dvc"] == [(day, day) for day in every]
    assert days["telecom"] == [(LAST.replace(day=1), LAST)]
    assert days["gate"] == [(FIRST, LAST)]
    assert loaded.one("select count(distinct run_id) from ledger.batch") == len(FEEDS)


def test_facts_hold_what_the_accounts_say(loaded: Hub) -> None:
    for source, feed, batch, count in loaded.batches("source", "feed", "batch_id", "loaded"):
        fact = find_feed(source, feed).fact
        assert loaded.one(f"select count(*) from warehouse.{fact} where batch_id = %s", batch) == count


def test_a_load_into_an_empty_database_asks_for_its_migration(postgres: Postgres, new_hub: NewHub) -> None:
    empty = new_hub(warehouse_url=postgres.database(migrated=False))
    with pytest.raises(Abort, match="run `ioc db migrate`"):
        empty.run("telecom", "stations")


def test_no_landed_page_is_for_everybody(hub: Hub) -> None:
    before = os.umask(0)
    try:
        hub.run("ecommerce", "platforms")
    finally:
        os.umask(before)
    assert list(hub.settings.state.rglob("*.zst"))
    assert open_to_all(hub.settings.state.parent) == []


def test_every_rule_ran_on_every_batch(loaded: Hub) -> None:
    verdicts = loaded.rows(
        "select v.passed, v.declared_rules, v.executed_rules, (select count(*) from quality.rule_result r"
        " where r.batch_id = v.batch_id and r.executed) from quality.verdict v"
    )
    assert len(verdicts) == loaded.one("select count(*) from ledger.batch")
    assert all(passed and declared == executed == kept for passed, declared, executed, kept in verdicts)


def test_what_the_sources_count_themselves_agrees(loaded: Hub) -> None:
    compared = loaded.rows("select measure, breakdown, source_value, hub_value, equal from quality.reconciliation")
    assert {measure for measure, *_ in compared} >= {"online_dossier_rate.received", "gate_vehicles.vehicles"}
    assert [row for row in compared if row[0].startswith("gate") and not row[-1]] == []


def test_every_fact_leads_to_its_page_and_the_page_to_its_bytes(loaded: Hub) -> None:
    for _, feed in itertools.groupby(FEEDS):
        for source, name in feed:
            fact = find_feed(source, name).fact
            lost = loaded.one(
                f"select count(*) from warehouse.{fact} f left join landing.page p using (batch_id, page_number)"
                " where p.landed_sha256 is null"
            )
            assert lost == 0, fact
    landing = Path(loaded.settings.landing_address)
    for (sha256,) in loaded.rows("select distinct landed_sha256 from landing.page"):
        assert (landing / sha256[:2] / f"{sha256}.json.zst").exists()
    assert list(landing.rglob("*.part")) == []


def test_loading_again_changes_nothing(loaded: Hub, postgres: Postgres) -> None:
    hub = loaded.copy(postgres)
    before, kpis = hub.checksums(), hub.kpi_checksum()
    assert before == loaded.checksums()
    sums = ", ".join(f"sum({name})" for name in ACCOUNT)
    first = {row[:2]: row[2:] for row in hub.rows(f"select source, feed, {sums} from ledger.batch group by 1, 2")}
    outcomes = hub.run_all()
    hub.refresh()
    for key, outcome in outcomes.items():
        fetched, loaded_first, held, superseded, quarantined, _ = first[key]
        account = outcome.account
        assert (account.loaded, account.removed, account.changed_from) == (0, 0, None), key
        assert (account.fetched, account.unchanged, account.superseded, account.quarantined) == (
            fetched,
            loaded_first + held,
            superseded,
            quarantined,
        )
    assert hub.checksums() == before
    assert hub.kpi_checksum() == kpis
    assert hub.staging_tables() == []


def test_day_by_day_is_the_same_as_all_at_once(loaded: Hub, hub: Hub) -> None:
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        for source, feed in [("dvc", "dossiers"), ("gate", "vehicles"), ("ioffice", "work_files")]:
            hub.run(source, feed, day, day)
    mine, theirs = hub.checksums(), loaded.checksums()
    for fact in ("fact_dossier", "fact_vehicle", "fact_work_file"):
        assert mine[fact] == theirs[fact]


def test_a_cursor_goes_on_where_it_ended(hub: Hub, gateway: Simulated) -> None:
    hub.run("gate", "vehicles", FIRST, FIRST)
    went_on = hub.run("gate", "vehicles", FIRST + timedelta(days=1), LAST)
    assert went_on.account.fetched == 0, "the first reading went up to now"
    assert "cursor=" in hub.one("select request from landing.page where batch_id = %s", went_on.batch_id)


def test_repairing_an_old_day_leaves_the_watermark(hub: Hub) -> None:
    hub.run("ecommerce", "platforms")
    hub.run("ecommerce", "platforms", FIRST, FIRST)
    assert hub.rows("select covered_to from ledger.watermark") == [(LAST,)]


def test_the_database_itself_refuses_an_account_that_does_not_balance(hub: Hub) -> None:
    batch = hub.run("ecommerce", "platforms").batch_id
    for change in ("loaded = loaded + 1", "fetched = fetched - 1", "declared = fetched + 1"):
        with connect(hub.url, "loader") as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"update ledger.batch set {change} where batch_id = %s".encode(), [batch])


def test_a_reversed_range_is_told(hub: Hub) -> None:
    with pytest.raises(Abort, match=r"The range is reversed: 2023-02-28 is after 2023-02-26"):
        hub.run("ecommerce", "platforms", LAST, FIRST)
    assert hub.batches("batch_id") == []


def test_wrong_credentials_and_nobody_there_leave_a_failed_batch(new_hub: NewHub, gateway: Simulated) -> None:
    with pytest.raises(Abort, match="check IOC_CLIENT_ID and IOC_CLIENT_SECRET"):
        (wrong := new_hub(client_id="somebody")).run("ecommerce", "platforms")
    with pytest.raises(Retry, match="cannot be reached"):
        (alone := new_hub(gateway_url="http://127.0.0.1:9")).run("ecommerce", "platforms")
    for hub in (wrong, alone):
        batches = hub.batches("status", "reason_en")
        assert [status for status, _ in batches] == ["failed"] * 2, "after two in a row no more are tried"
        assert all("IOC_" in reason for _, reason in batches)
        assert hub.staging_tables() == []


def test_a_feed_that_may_not_be_read_is_told(hub: Hub, gateway: Simulated) -> None:
    with gateway.faults("forbidden"), pytest.raises(Abort, match="may not read this feed"):
        hub.run("ioffice", "documents")
    assert hub.batches("status") == [("failed",)]


@pytest.mark.parametrize("seed", [1, 2])
def test_with_all_faults_at_once_the_warehouse_is_the_same(
    loaded: Hub, new_hub: NewHub, gateway: Simulated, seed: int, waits: list[float]
) -> None:
    hub = new_hub(gateway_timeout=0.7)
    with gateway.faults("all", seed):
        hub.run_all()
        fired = gateway.fired()
    assert len(fired) >= 12, fired
    assert hub.checksums() == loaded.checksums()
    assert hub.staging_tables() == []
    assert waits


def test_a_resubmitted_file_replaces_the_earlier_one_whole(hub: Hub, gateway: Simulated) -> None:
    month = (date(2023, 1, 1), date(2023, 1, 31))
    gateway.clock("2023-01-31T23:30:00+07:00")
    try:
        first = hub.run("telecom", "stations", *month)
        early = hub.rows("select operator_code, submission, count(*) from warehouse.fact_station group by 1, 2")
        gateway.clock("2023-03-01T06:00:00+07:00")
        again = hub.run("telecom", "stations", *month)
        late = hub.rows("select operator_code, submission, count(*) from warehouse.fact_station group by 1, 2")
        gateway.clock("2023-01-31T23:30:00+07:00")
        before = hub.checksums()
        lower = hub.run("telecom", "stations", *month)
    finally:
        gateway.clock("2023-03-01T06:00:00+07:00")
    assert {submission for _, submission, _ in early} == {1}
    assert {submission for _, submission, _ in late} >= {2}
    assert first.account.loaded == sum(count for *_, count in early)
    assert again.account.loaded > 0
    assert lower.account.loaded == lower.account.removed == 0
    assert lower.account.superseded > 0
    assert hub.checksums() == before
