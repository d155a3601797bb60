"""DAG runs of every source, against a real database and a gateway over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.source_files import load_sources
from dags.factory import VERDICT
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from tests.connectors.simulated import simulated_inbox
from tests.postgres import Postgres

ROOT = Path(__file__).resolve().parents[2]
SOURCES = load_sources()
ASKED = {"from": "2023-06-29", "to": "2023-06-30"}
RUNS: dict[str, dict[str, Any]] = {
    **{name: {"dag": f"source_{name}_h37", "conf": ASKED} for name in SOURCES},
    "again": {"dag": "source_ecommerce_h37", "conf": ASKED},
    "interval": {"dag": "source_ecommerce_h37", "logical_date": "2023-05-16T12:00:00+07:00"},
    "kpis": {"dag": "kpis"},
    "government": {"dag": "government"},
    "reversed": {"dag": "source_ecommerce_h37", "conf": {"from": "2023-06-30", "to": "2023-06-29"}},
    "strict": {"dag": "source_strict_h37", "conf": {"from": "2023-01-01", "to": "2023-06-30"}},
    "wrong secret": {"dag": "source_ecommerce_h37", "conf": ASKED, "env": {"IOC_CLIENT_SECRET": "not-the-secret"}},
}


@dataclass
class Played:
    """What became of RUNS, and what was written about it."""

    results: dict[str, dict[str, Any]]
    log: str


@pytest.fixture(scope="module")
def played(postgres: Postgres, warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("airflow")
    with running() as gateway:
        env = os.environ | {
            "AIRFLOW_HOME": str(folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.database(migrated=False),
            "IOC_CLIENT_ID": CLIENT_ID,
            "IOC_CLIENT_SECRET": CLIENT_SECRET,
            "IOC_GATEWAY_URL": gateway,
            "IOC_HMAC_KEY": "5a" * 32,
            "IOC_SOURCES": str(_strict(folder / "sources")),
            "IOC_INBOX": str(simulated_inbox()),
            "IOC_STATE": str(folder),
            "IOC_WAREHOUSE_URL": warehouse_url,
            "PYTHONPATH": str(ROOT),
        }
        _run([sys.executable, "-m", "airflow", "db", "migrate"], env)
        (folder / "runs.json").write_text(json.dumps(list(RUNS.values())))
        play = [sys.executable, str(Path(__file__).with_name("play.py")), "runs.json", "results.json"]
        log = _run(play, env | {"PWD": str(folder)}, folder)
    results = json.loads((folder / "results.json").read_text())
    yield Played(dict(zip(RUNS, results, strict=True)), log)


def _strict(folder: Path) -> Path:
    """A source of an installation's own, of which months with two refused records are held back."""
    folder.mkdir()
    text = (ROOT / "connectors/sources/telecom.toml").read_text("utf-8")
    (folder / "strict.toml").write_text(text.replace('fact = "', 'max_rejected = 0\nfact = "'), "utf-8")
    return folder


def _run(command: list[str], env: dict[str, str], folder: Path | None = None) -> str:
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_every_feed_of_a_source_is_loaded_and_its_account_balances(played: Played, source: str) -> None:
    tasks = dict(played.results[source])
    assert tasks.pop(VERDICT)["state"] == "skipped"
    assert {name: task["state"] for name, task in tasks.items()} == dict.fromkeys(SOURCES[source].feeds, "success")
    for feed, task in tasks.items():
        account = task["account"]
        assert account["fetched"] > 0 or SOURCES[source].feeds[feed].allow_empty
        parts = ("loaded", "unchanged", "superseded", "quarantined")
        assert account["fetched"] == sum(account[part] for part in parts)
        assert (account["first_day"], account["last_day"]) == (ASKED["from"], ASKED["to"])


def test_what_a_task_hands_on_holds_counts_days_and_ids_only(played: Played) -> None:
    for source in SOURCES:
        for name, task in played.results[source].items():
            if name == VERDICT:
                continue
            text = {name for name, value in task["account"].items() if not isinstance(value, int | None)}
            assert task["returned"] == []
            assert text == {"first_day", "last_day"}


def test_a_run_of_which_batches_were_held_back_publishes_the_others_and_fails(played: Played) -> None:
    tasks = played.results["strict"]
    stations, verdict = tasks["stations"], tasks[VERDICT]
    assert stations["state"] == "success"
    assert stations["account"]["published"] > 0
    assert stations["account"]["blocked"] > 0
    assert stations["returned"] == [f"stations: {stations['account']['blocked']}"]
    assert verdict["state"] == "failed"
    assert f"blocked batches: stations: {stations['account']['blocked']}" in played.log


def test_the_same_days_again_change_nothing(played: Played) -> None:
    account = played.results["again"]["platforms"]["account"]
    assert account["loaded"] == account["removed"] == 0
    assert account["unchanged"] == account["fetched"] > 0


def test_a_run_without_parameters_loads_the_days_of_its_interval(played: Played) -> None:
    account = played.results["interval"]["platforms"]["account"]
    assert (account["first_day"], account["last_day"]) == ("2023-05-15", "2023-05-15")


def test_the_kpi_run_takes_its_work_from_the_ledger(played: Played) -> None:
    refreshed = played.results["kpis"]["refresh_h37"]
    assert refreshed["state"] == "success"
    assert refreshed["returned"]["revisions"] > 0


def test_the_government_takes_the_figures_since_january(played: Played) -> None:
    sent = played.results["government"]["send_h37"]
    assert sent["state"] == "success"
    assert sent["returned"]["accepted"] > 0
    assert sent["returned"]["refused"] == 0


def test_a_reversed_range_fails_at_once_with_the_reason(played: Played) -> None:
    assert played.results["reversed"]["platforms"]["state"] == "failed"
    assert "The range is reversed: from 2023-06-30 is after to 2023-06-29" in played.log


def test_a_wrong_secret_fails_at_once_and_is_never_written(played: Played) -> None:
    assert played.results["wrong secret"]["platforms"]["state"] == "failed"
    assert "IOC_CLIENT_SECRET" in played.log
    assert "not-the-secret" not in played.log
    assert CLIENT_SECRET not in played.log
