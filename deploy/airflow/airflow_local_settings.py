"""Airflow imports this as each of its processes starts, from PYTHONPATH or AIRFLOW_HOME/config: a process that forks
tasks first imports what they need (docs/decisions/0038)."""

from dags.preload import preload_where_tasks_fork

__all__: list[str] = []  # its names would become settings of Airflow

preload_where_tasks_fork()
