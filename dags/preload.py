"""What tasks import, imported once, in the process that forks them: by itself each task would spend seconds on it.

What a fork inherits is code alone: importing it opens no connection, starts no thread of Python's, and reads no setting
and no specification.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

from airflow.configuration import conf

MODULES = (
    "dags.factory",
    "government.sending",
    "kpis.refresh",
    "pipeline.fetch",
    "sqlglot.dialects.postgres",
)
"""What the tasks of each hour and day import; those of a month import their own."""


def preload_where_tasks_fork() -> None:
    """Import MODULES where this process of Airflow is one that forks tasks, and nothing in any other."""
    if _forks_tasks(sys.argv[1:], conf.get("core", "executor")):
        preload()


def preload() -> None:
    """Import MODULES and Great Expectations, as rules use it."""
    for name in MODULES:
        import_module(name)
    import_module("expectations.suite").library()


def _forks_tasks(command: Sequence[str], executor: str) -> bool:
    """Whether `airflow` with these words runs tasks in forks of itself: the scheduler does where `executor` has it run
    them (LocalExecutor, alone or among others), and so does a Celery worker."""
    return command[:2] == ["celery", "worker"] or (command[:1] == ["scheduler"] and "LocalExecutor" in executor)
