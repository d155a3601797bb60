"""Airflow for one machine: its settings, its processes, and the wait until it answers.

`airflow standalone` would do, but its scheduler opens a log server on every network address; started one by one,
the parts listen on loopback only.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from demo.airflow_rest import Airflow
from demo.processes import Children
from hub.errors import Abort
from hub.periods import VIETNAM
from hub.translation import Text, msg

ROOT = Path(__file__).resolve().parents[1]
_COMMAND = [sys.executable, "-m", "airflow"]
_PARTS = {
    "airflow-api-server": ["api-server", "--host", "127.0.0.1"],
    "airflow-scheduler": ["scheduler", "--skip-serve-logs"],
    "airflow-dag-processor": ["dag-processor"],
}
"""Those that a DAG of the hub needs: none defers a task, so there is no triggerer."""
_START_LIMIT = 180.0
"""Seconds; 25 are usual on two cores."""


def environment(home: Path, database: str, port: int, keys: Mapping[str, str]) -> dict[str, str]:
    """The variables that make every `airflow` process of this machine one installation. Schedules are off, as its
    screen says: the demo's world ended in the past, and asking it for yesterday would only fail."""
    address = f"http://127.0.0.1:{port}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "IOC_"))}
    return inherited | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__BASE_URL": address,
        "AIRFLOW__API__INSTANCE_NAME": "IOC (lịch tự chạy đang tắt / schedules are off)",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": keys["airflow_secret_key"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["airflow_jwt_secret"],
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": VIETNAM.key,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__FERNET_KEY": keys["airflow_fernet_key"],
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "6",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",  # as new files: a DAG changes with the code only
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o640",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o750",
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "GX_ANALYTICS_ENABLED": "false",
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "deploy" / "airflow")]),
        "PYTHONUTF8": "1",
    }


def begin_migration(children: Children, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start bringing Airflow's own database up to its version; `finish_migration` waits for it."""
    return children.start("airflow-migrate", [*_COMMAND, "db", "migrate"], env)


def finish_migration(children: Children, migration: subprocess.Popen[bytes]) -> None:
    """Wait until Airflow's database is ready. Raises Abort with the end of the log."""
    if migration.wait() != 0:
        log, end = children.log("airflow-migrate"), children.last_words("airflow-migrate")
        raise Abort(
            msg("Airflow could not prepare its database. Its log {log} ends with:\n{end}", log=log, end=Text(end, end)),
        )


def start(children: Children, env: Mapping[str, str], dags: Iterable[str]) -> Airflow:
    """Start the parts and wait until they are healthy and know `dags`. Raises Abort that names the part's log."""
    running = {name: children.start(name, [*_COMMAND, *arguments], env) for name, arguments in _PARTS.items()}
    airflow = Airflow(env["AIRFLOW__API__BASE_URL"])
    deadline = time.monotonic() + _START_LIMIT
    while not airflow.ready(dags):
        for name, process in running.items():
            if process.poll() is not None:
                raise children.ended_early(name)
        if faults := airflow.import_errors():
            raise Abort(msg("Airflow cannot read the DAG files: {faults}", faults=faults[0]))
        if time.monotonic() > deadline:
            logs = children.log("").parent
            raise Abort(
                msg(
                    "Airflow is not ready after {start_limit:.0f} s; look into the logs in {logs}.",
                    start_limit=_START_LIMIT,
                    logs=logs,
                ),
            )
        time.sleep(0.5)
    return airflow
