"""The REST interface of the stack's Airflow."""

import json
from typing import Any

from deploy.trial.commands import Failed, fetched, wait
from deploy.trial.stack import Stack

HALF_YEAR = ("2023-01-01", "2023-06-30")


class Airflow:
    """The REST interface of the stack's Airflow."""

    def __init__(self, stack: Stack) -> None:
        self._address = f"http://127.0.0.1:{stack.ports['AIRFLOW_PORT']}"
        [server] = stack.containers("airflow-api-server")
        self._password = json.loads(stack.exec(server, "cat", "/opt/airflow/access/passwords.json"))["admin"]
        self._token = ""

    def call(self, path: str, body: Any = None, method: str | None = None) -> Any:
        if not self._token:
            account = {"username": "admin", "password": self._password}
            self._token = fetched(f"{self._address}/auth/token", body=account)["access_token"]
        return fetched(f"{self._address}/api/v2/{path}", self._token, body, method)

    def load(self, source: str, days: tuple[str, str] = HALF_YEAR) -> tuple[str, str]:
        """Starts loading the days of a source, first and last; gives DAG and run."""
        dag = f"source_{source}_h37"
        wait(f"Airflow knows {dag}", lambda: self.call(f"dags/{dag}", {"is_paused": False}, "PATCH"), 180)
        conf = dict(zip(("from", "to"), days, strict=True))
        return dag, str(self.call(f"dags/{dag}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])

    def tasks(self, dag: str, run_id: str) -> dict[str, dict[str, Any]]:
        """The run's loading tasks by feed."""
        listed = self.call(f"dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task for task in listed if task["task_id"] != "verdict"}

    def ended(self, dag: str, run_id: str) -> bool:
        """Whether a run has succeeded. Raises Failed when it failed, with what its tasks logged last."""
        state = self.call(f"dags/{dag}/dagRuns/{run_id}")["state"]
        if state == "failed":
            tasks = self.tasks(dag, run_id)
            failed = {name: task["try_number"] for name, task in tasks.items() if task["state"] == "failed"}
            place = f"dags/{dag}/dagRuns/{run_id}/taskInstances"
            said = [self.call(f"{place}/{name}/logs/{number}")["content"] for name, number in failed.items()]
            events = [
                str(line.get("event")) for lines in said for line in lines if line.get("level") in ("error", "warning")
            ]
            raise Failed(f"{dag} failed, {failed} (number of tries):\n" + "\n".join(events[-10:]))
        return bool(state == "success")
