"""`ioc demo` as a person runs it: a real Airflow, one source, killed, started again, and stopped."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psutil
import pytest
import requests

from demo import command, services
from demo.airflow_rest import Airflow
from demo.processes import free_port
from gateway.worldfile import read_world
from tests.files import open_to_all
from tests.postgres import server_folder
from warehouse import embedded_server
from warehouse.database import connect

COMMAND = [sys.executable, "-c", "from ioc.main import main; main()", "demo", "--source", "ecommerce"]


class Demo:
    """A running `ioc demo`, with what it said so far."""

    def __init__(self, state: Path, *options: str) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("IOC_", "AIRFLOW_"))}
        root = str(Path(__file__).resolve().parents[2])
        env |= {"IOC_STATE": str(state), "IOC_LANG": "en", "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [*COMMAND, *options], env=env, cwd=state, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._readers = [
            threading.Thread(target=lines.extend, args=[stream], daemon=True)
            for lines, stream in ((self.out, self.process.stdout), (self.err, self.process.stderr))
            if stream
        ]
        for reader in self._readers:
            reader.start()

    def serving(self) -> "Demo":
        deadline = time.monotonic() + 240
        while not any("Ctrl-C" in line for line in self.err):
            assert self.process.poll() is None, "".join(self.err)
            assert time.monotonic() < deadline, "".join(self.err)
            time.sleep(0.1)
        return self

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        for reader in self._readers:
            reader.join(10)
        return code

    def address(self, name: str) -> str:
        return next(line.split()[1] for line in self.err if line.startswith(f"{name}:"))


def of_state(state: Path) -> list[str]:
    """Command lines of the processes that work in the state folder or for it."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE and _works_for(process, state):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def _nothing_is_for_everybody(state: Path) -> None:
    found = open_to_all(state)
    assert found == []
    assert any(state.glob("airflow/logs/**/*.log"))


def _works_for(process: psutil.Process, state: Path) -> bool:
    return Path(process.cwd()).is_relative_to(state)


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    with server_folder("demo") as folder:
        yield folder


@contextmanager
def demo(state: Path, *options: str) -> Iterator[Demo]:
    running = Demo(state, *options)
    try:
        yield running.serving()
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_a_demo_that_is_killed_is_cleaned_up_and_reused_by_the_next_which_leaves_nothing(state: Path) -> None:
    with demo(state, "--port-base", str(free_port(0))) as first:
        assert any("310 records = 310 loaded" in line for line in first.err)
        _the_table_shows_equal_figures(first)
        _the_government_took_every_figure(state)
        _figures_are_official_by_the_worlds_clock(state)
        _the_screens_take_the_worlds_day_for_today(first)
        _no_secret_is_on_a_command_line(state)
        _nobody_listens_to_the_outside(state)
        _secrets_are_the_users_own(state)
        _nothing_is_for_everybody(state)
        first.end(signal.SIGKILL)
    assert len(of_state(state)) > 5

    with demo(state, "--port-base", str(free_port(0))) as second:
        assert any("left by an earlier demo" in line for line in second.err)
        assert any("unchanged: 310 records = 310 unchanged" in line for line in second.err)
        assert any("All: unchanged" in line for line in second.err)
        _a_backfill_loads_each_day_by_itself(second, state)
        _a_second_demo_beside_it_is_refused(state)
        assert second.end(signal.SIGTERM) == 0
    assert of_state(state) == []
    assert not embedded_server.status(state).running


def test_a_demo_that_is_interrupted_while_it_starts_leaves_nothing(state: Path) -> None:
    starting = Demo(state, "--once")
    while not any("· Airflow" in line for line in starting.err):
        assert starting.process.poll() is None, "".join(starting.err)
        time.sleep(0.05)
    assert starting.end(signal.SIGINT) == 130
    assert of_state(state) == []
    assert not embedded_server.status(state).running


def test_the_demos_clock_is_the_worlds() -> None:
    assert datetime.fromisoformat(services.NOW) == read_world(services.WORLD).now


def test_simulated_records_are_kept_out_of_other_databases(state: Path, tmp_path: Path) -> None:
    env = {
        **os.environ,
        "IOC_STATE": str(tmp_path),
        "IOC_LANG": "en",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    configured = env | {"IOC_WAREHOUSE_URL": "postgresql+psycopg://ioc@127.0.0.1/ioc"}
    refused = subprocess.run(COMMAND, env=configured, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "IOC_WAREHOUSE_URL" in refused.stderr
    (state / "demo.keys.json").rename(state / "keys.aside")
    env["IOC_STATE"] = str(state)
    refused = subprocess.run(COMMAND, env=env, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "not the demo's" in refused.stderr


def _the_table_shows_equal_figures(running: Demo) -> None:
    table = "".join(running.out)
    assert "10,915,692,416 VND" in table
    assert table.count("✓ equal") == 11
    assert "✗" not in table


def _the_government_took_every_figure(state: Path) -> None:
    with connect(embedded_server.start(state), "reader") as connection:
        rows = connection.execute("select distinct kpi, status from serving.government_messages").fetchall()
    assert rows == [("ecommerce_transactions", "accepted")]


def _figures_are_official_by_the_worlds_clock(state: Path) -> None:
    """E-commerce may deliver two days late: on the first of July that holds for June and no longer for May."""
    with connect(embedded_server.start(state), "reader") as connection:
        said = connection.execute(
            "select first_day::text, status from serving.kpi_observations where is_latest and breakdown = ''"
            " and kpi = 'ecommerce_listings' and last_day - first_day < 31 and first_day >= '2023-05-01' order by 1"
        ).fetchall()
    assert said == [("2023-05-01", "official"), ("2023-06-01", "provisional")]


def _the_screens_take_the_worlds_day_for_today(running: Demo) -> None:
    page = requests.get(f"{running.address('Screens')}/login", params={"lang": "en"}, timeout=30).text
    assert "Simulated data · today is taken to be 1 Jul 2023" in page


def _no_secret_is_on_a_command_line(state: Path) -> None:
    secrets = json.loads((state / "demo.keys.json").read_text()).values()
    password = (state / "postgres" / "password").read_text().strip()
    commands = "\n".join(of_state(state))
    assert "gateway" in commands
    assert not [secret for secret in (*secrets, password) if secret in commands]


def _nobody_listens_to_the_outside(state: Path) -> None:
    for connection in psutil.net_connections("tcp"):
        if connection.status != psutil.CONN_LISTEN or connection.pid is None:
            continue
        if _works_for(psutil.Process(connection.pid), state):
            assert connection.laddr[:1] == ("127.0.0.1",)


def _secrets_are_the_users_own(state: Path) -> None:
    for name in ("demo.keys.json", "demo.env"):
        assert (state / name).stat().st_mode & 0o077 == 0


def _a_backfill_loads_each_day_by_itself(running: Demo, state: Path) -> None:
    address = running.address("Airflow")
    airflow = Airflow(address)
    token = requests.get(f"{address}/auth/token", timeout=10).json()["access_token"]
    asked = {
        "dag_id": "source_ecommerce_h37",
        "from_date": "2023-05-02T06:00:00+07:00",
        "to_date": "2023-05-03T06:00:00+07:00",
        "run_backwards": False,
        "dag_run_conf": {},
        "max_active_runs": 2,
        "reprocess_behavior": "none",
    }
    loaded = _newest_batch(state)
    made = requests.post(
        f"{address}/api/v2/backfills", json=asked, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert made.ok, made.text
    deadline = time.monotonic() + 60
    while list(airflow.runs("source_ecommerce_h37").values()).count("backfill") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    with connect(embedded_server.start(state), "reader") as connection:
        days = connection.execute(
            "select first_day::text, last_day::text from serving.batches"
            " where source = 'ecommerce' and batch_id > %s and first_day >= %s order by 1",
            [loaded, command.FIRST],  # the year before is loaded beside
        ).fetchall()
    assert days == [("2023-05-02", "2023-05-02"), ("2023-05-03", "2023-05-03")]


def _newest_batch(state: Path) -> int:
    with connect(embedded_server.start(state), "reader") as connection:
        row = connection.execute("select max(batch_id) from serving.batches").fetchone()
    return int(row[0]) if row else 0


def _a_second_demo_beside_it_is_refused(state: Path) -> None:
    beside = Demo(state)
    assert beside.process.wait(60) == 1
    assert "already running" in "".join(beside.err)
