"""A process that is killed at any step leaves nothing half done, and the next run ends where it would have."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.connectors.simulated import FIRST, LAST, Simulated
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.pipeline.killed import BESIDE, STEPS
from tests.postgres import Postgres

FEED = ("dvc", "services")
BEFORE_COMMIT = ["fetch", "staged", "judged", "merged", "publishing"]
_SECONDS = 60


@pytest.fixture(scope="module")
def undisturbed(postgres: Postgres, gateway: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    hub = Hub(postgres.database(), tmp_path_factory.mktemp("undisturbed"), gateway.url)
    hub.run(*FEED)
    hub.refresh()
    return hub


def run_and_die(hub: Hub, step: str) -> None:
    said = hub.settings
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
        "IOC_WAREHOUSE_URL": hub.url,
        "IOC_STATE": str(said.state),
        "IOC_GATEWAY_URL": said.gateway_url,
        "IOC_CLIENT_ID": said.client_id,
        "IOC_CLIENT_SECRET": said.client_secret.get_secret_value(),
        "IOC_HMAC_KEY": said.hmac_key.get_secret_value(),
        "IOC_PROVINCE": said.province,
        "IOC_AREA": said.area,
    }
    command = [sys.executable, "-m", "tests.pipeline.killed", step, *FEED, FIRST.isoformat(), LAST.isoformat()]
    died = subprocess.run(
        command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, timeout=_SECONDS, check=False
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()


def wait_until_the_server_noticed(hub: Hub) -> None:
    """The server ends a dead client's session, which frees its claim, as soon as it reads from it."""
    patience = time.monotonic() + _SECONDS
    query = "select count(*) from pg_stat_activity where datname = current_database() and application_name = %s"
    while hub.one(query, "ioc-loader"):
        assert time.monotonic() < patience
        time.sleep(0.02)


def run_again(hub: Hub, undisturbed: Hub) -> None:
    """The next run, which ends in the same warehouse."""
    hub.run(*FEED)
    hub.refresh()
    assert hub.verify().findings == []
    assert hub.checksums() == undisturbed.checksums()
    assert hub.kpi_checksum() == undisturbed.kpi_checksum()
    assert hub.staging_tables() == []


@pytest.mark.parametrize("step", [step for step in STEPS if step not in BESIDE])
def test_after_a_kill_the_next_run_ends_in_the_same_warehouse(new_hub: NewHub, undisturbed: Hub, step: str) -> None:
    hub = new_hub()
    empty = hub.checksums()
    run_and_die(hub, step)
    wait_until_the_server_noticed(hub)
    if step in BEFORE_COMMIT:
        assert hub.checksums() == empty, "a reader sees whole publishes only"
        assert set(hub.batches("status")) == {("running",)}
        assert hub.rows("select covered_to from ledger.watermark") == []
    else:
        assert hub.checksums() == undisturbed.checksums()
        assert set(hub.batches("status")) == {("published",)}
    found = hub.verify()
    assert found.findings == []
    assert (found.left_behind > 0) == (step == "fetch"), "pages that were landed, and no batch that names them"
    died = hub.one("select max(batch_id) from ledger.batch")
    run_again(hub, undisturbed)
    sums = "select sum(loaded)::int, sum(unchanged)::int from ledger.batch where batch_id"
    first, second = hub.rows(f"{sums} <= %s", died)[0], hub.rows(f"{sums} > %s", died)[0]
    if step in BEFORE_COMMIT:
        ended = hub.rows("select distinct status, reason_en from ledger.batch where batch_id <= %s", died)
        assert ended == [("failed", "interrupted; the next run loads the interval again")]
        assert first == (0, 0)
        assert second[0] > 0
    else:
        assert second == (0, sum(first))


@pytest.mark.parametrize("step", BESIDE)
def test_after_a_kill_while_a_group_is_settled_and_the_next_is_read_the_next_run_ends_in_the_same_warehouse(
    new_hub: NewHub, undisturbed: Hub, step: str
) -> None:
    hub = new_hub()
    run_and_die(hub, step)
    wait_until_the_server_noticed(hub)
    published = 1 if step == "beside published" else 0
    assert hub.one("select count(*) from ledger.batch where status = 'published'") == published
    assert hub.one("select count(distinct batch_id) from warehouse.fact_service") == published
    assert hub.verify().findings == []
    run_again(hub, undisturbed)
