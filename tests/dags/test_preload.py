"""What tasks need is imported once, before they are forked, and by no other process of Airflow."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dags import preload, tasks

ROOT = Path(__file__).resolve().parents[2]
OF_A_MONTH = {"write_report", "write_quality_report"}
"""Tasks that run once a month, and import what is theirs alone by themselves."""
HEAVY = {"great_expectations", "pandas", "pyarrow", "psycopg", "requests", "sqlglot"}

PROGRAM = """
import json, os, sys
sys.argv = ["airflow", *json.loads(sys.argv[1])]
seen = {"connections": [], "settings": [], "files": []}

def hook(event, given):
    if event == "socket.connect":
        seen["connections"].append(str(given[1]))
    if event == "open" and str(given[0]).startswith(os.getcwd()) and str(given[0]).endswith((".toml", ".csv", ".sql")):
        seen["files"].append(str(given[0]))

read = type(os.environ).__getitem__

def spy(environment, name):
    if str(name).startswith("IOC_"):
        seen["settings"].append(name)
    return read(environment, name)

sys.addaudithook(hook)
type(os.environ).__getitem__ = spy
import airflow
import threading
seen["threads"] = [thread.name for thread in threading.enumerate()]
seen["modules"] = sorted(sys.modules)
"""
FORKED = """
from multiprocessing import Pipe
from types import SimpleNamespace

from airflow.executors import local_executor

ours, theirs = Pipe()

def run_workload(workload, **_):
    before = set(sys.modules)
    for name in workload.imports:
        __import__(name)
    theirs.send(sorted(set(sys.modules) - before))

local_executor.BaseExecutor.run_workload = run_workload
executor = local_executor.LocalExecutor(parallelism=1)
executor.start()
empty = {"key": 1, "running_state": None, "success_state": None, "display_name": ""}
executor.activity_queue.put(SimpleNamespace(**empty, imports=json.loads(sys.argv.pop())))
seen["imported"] = ours.recv() if ours.poll(60) else ["nothing was run"]
executor.end()
"""
TOLD = """
print("\\n" + json.dumps(seen))
"""


def started(folder: Path, command: list[str], program: str = "") -> dict[str, Any]:
    """What a process of Airflow has imported, opened and read as it starts, without any setting of the hub."""
    env = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "deploy" / "airflow")]),
    }
    words = [sys.executable, "-c", PROGRAM + program + TOLD, json.dumps(command)]
    done = subprocess.run(words, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def imports_of_tasks() -> list[str]:
    """Modules of the hub that the tasks of each day import when they run."""
    tree = ast.parse(Path(tasks.__file__).read_text("utf-8"))
    functions = [part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name not in OF_A_MONTH]
    named = [one for function in functions for one in ast.walk(function) if isinstance(one, ast.ImportFrom)]
    found: set[str] = set()
    for one in named:
        assert one.module is not None
        whole = [f"{one.module}.{alias.name}" for alias in one.names]
        found |= {one.module} | {name for name in whole if (ROOT / f"{name.replace('.', '/')}.py").exists()}
    return sorted(found)


def test_a_task_of_the_local_executor_has_all_that_it_imports_before_it_is_forked(tmp_path: Path) -> None:
    needed = [*imports_of_tasks(), *sorted(HEAVY), "sqlglot.dialects.postgres"]
    assert {"pipeline.fetch", "kpis.refresh", "audit.anchors"} <= set(needed)
    words = ["scheduler", "--skip-serve-logs", json.dumps(needed)]
    found = started(tmp_path, words, FORKED)
    assert found["imported"] == []
    assert set(needed) <= set(found["modules"]), "of the scheduler itself"
    # A connection, a thread or a lock would be shared by all tasks; a setting or a specification that was read before
    # the fork would hold for tasks long after it was changed.
    assert found["connections"] == []
    assert found["threads"] == ["MainThread"]
    assert found["settings"] == []
    assert found["files"] == []


def test_the_dag_processor_imports_nothing_of_it(tmp_path: Path) -> None:
    modules = set(started(tmp_path, ["dag-processor"])["modules"])
    assert "dags.preload" in modules, "what Airflow reads as it starts"
    assert not modules & {*HEAVY - {"requests"}, "dags.factory", "pipeline", "warehouse"}


@pytest.mark.parametrize(
    ("command", "executor", "forks"),
    [
        ("scheduler --skip-serve-logs", "LocalExecutor", True),
        ("scheduler", "CeleryExecutor,airflow.executors.local_executor.LocalExecutor", True),
        ("scheduler", "CeleryExecutor", False),
        ("celery worker -c 2", "CeleryExecutor", True),
        ("celery flower", "CeleryExecutor", False),
        ("dag-processor", "LocalExecutor", False),
        ("api-server", "LocalExecutor", False),
        ("triggerer", "LocalExecutor", False),
        ("dags list", "LocalExecutor", False),
        ("", "LocalExecutor", False),
    ],
)
def test_who_forks_tasks_is_told_by_command_and_executor(
    monkeypatch: pytest.MonkeyPatch, command: str, executor: str, forks: bool
) -> None:
    done: list[bool] = []
    monkeypatch.setattr(preload, "preload", lambda: done.append(True))
    monkeypatch.setattr(sys, "argv", ["airflow", *command.split()])
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    preload.preload_where_tasks_fork()
    assert bool(done) is forks
