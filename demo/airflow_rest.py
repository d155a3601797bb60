"""The few calls of Airflow's REST interface that loading from outside needs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from hub.errors import Abort
from hub.translation import msg
from ioc.texts import say

_DONE = {"success", "failed"}
_PAGE = 100
"""Entries of one list that Airflow gives at most."""
_OWN = {"Retry", "ExpiredToken", "AirflowFailException"}


@dataclass(frozen=True)
class RunState:
    """How far a run is."""

    end: str | None
    """`success` or `failed`; None of a run that goes on."""
    tasks: dict[str, str]
    """State of each task; "none" until it is scheduled."""


class Airflow:
    """A running Airflow; without an `account` (name and password) one in which everybody is an administrator."""

    def __init__(self, address: str, account: tuple[str, str] | None = None) -> None:
        self.address = address
        self._account = account
        self._http = requests.Session()
        self._http.trust_env = False

    def ready(self, dags: Iterable[str]) -> bool:
        """Whether scheduler and DAG processor are healthy and all `dags` are known."""
        try:
            health = self._http.get(f"{self.address}/api/v2/monitor/health", timeout=5).json()
            if any(health[part]["status"] != "healthy" for part in ("metadatabase", "scheduler", "dag_processor")):
                return False
            known = {dag["dag_id"] for dag in self._listed("GET", "dags", "dags")}
        except (requests.RequestException, Abort, KeyError, ValueError):
            return False
        return known.issuperset(dags)

    def import_errors(self) -> list[str]:
        """What Airflow could not read, the last line of each trace."""
        try:
            errors = self._call("GET", "importErrors")["import_errors"]
        except (requests.RequestException, Abort):
            return []
        return [f"{e['filename']}: {e['stack_trace'].strip().splitlines()[-1]}" for e in errors]

    def trigger(self, dag: str, params: dict[str, str] | None = None) -> str:
        """Start a run now; returns its id."""
        run = self._call("POST", f"dags/{dag}/dagRuns", json={"logical_date": None, "conf": params or {}})
        return str(run["dag_run_id"])

    def give_up_unfinished_runs(self) -> int:
        """Fail runs that a killed command left behind: nobody works on them, yet they would hold their feeds."""
        runs = list(self._listed("POST", "dags/~/dagRuns/list", "dag_runs", states=["running", "queued"]))
        for run in runs:
            self._call("PATCH", f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})
        return len(runs)

    def states(self, runs: Mapping[str, str]) -> dict[str, RunState]:
        """How far runs are, by their DAG: each DAG's one run, by its id."""
        listed = self._listed("POST", "dags/~/dagRuns/list", "dag_runs", dag_ids=list(runs), states=sorted(_DONE))
        # asked first, since the tasks of a run that has ended do not change
        ends = {(run["dag_id"], run["dag_run_id"]): run["state"] for run in listed}
        tasks: dict[str, dict[str, str]] = {dag: {} for dag in runs}
        of_runs = {"dag_ids": list(runs), "dag_run_ids": list(runs.values())}
        for task in self._listed("POST", "dags/~/dagRuns/~/taskInstances/list", "task_instances", **of_runs):
            if task["dag_run_id"] == runs[task["dag_id"]]:
                tasks[task["dag_id"]][task["task_id"]] = task["state"] or "none"
        return {dag: RunState(ends.get((dag, run)), tasks[dag]) for dag, run in runs.items()}

    def returned(self, dag: str, run: str, task: str, key: str = "return_value") -> Any:
        """What a task gave back, or left under another key."""
        path = f"dags/{dag}/dagRuns/{run}/taskInstances/{task}/xcomEntries/{key}"
        return self._call("GET", path, params={"deserialize": True})["value"]

    def why_failed(self, dag: str, run: str, task: str) -> str:
        """The last error in a task's log: the hub's own message, of others the kind only."""
        instance = f"dags/{dag}/dagRuns/{run}/taskInstances/{task}"
        number = self._call("GET", instance)["try_number"]
        content = self._call("GET", f"{instance}/logs/{number}", headers={"Accept": "application/json"})["content"]
        errors = [error for line in content if isinstance(line, dict) for error in line.get("error_detail") or ()]
        if not errors:
            return say("see its log in Airflow") + (f": {self.address}/dags/{dag}/runs/{run}/tasks/{task}")
        kind, message = str(errors[-1]["exc_type"]), str(errors[-1]["exc_value"])
        return message if kind in _OWN else kind

    def unpause(self, dag: str) -> None:
        """Let a DAG run."""
        self._call("PATCH", f"dags/{dag}", json={"is_paused": False})

    def runs(self, dag: str) -> dict[str, str]:
        """Kind of each run that succeeded (`manual`, `scheduled`, `asset_triggered` …), by its id."""
        runs = self._call("GET", f"dags/{dag}/dagRuns", params={"state": "success"})["dag_runs"]
        return {run["dag_run_id"]: run["run_type"] for run in runs}

    def _log_in(self) -> None:
        url = f"{self.address}/auth/token"
        if self._account is None:
            answer = self._http.get(url, timeout=30)
        else:
            name, password = self._account
            answer = self._http.post(url, json={"username": name, "password": password}, timeout=30)
        if not answer.ok:
            said = f"{answer.status_code} {answer.text[:300]}"
            raise Abort(
                msg("Airflow at {address} lets nobody in: {said}", address=self.address, said=said),
            )
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def _listed(self, method: str, path: str, entries: str, **body: Any) -> Iterator[dict[str, Any]]:
        """All entries of a list, page by page; a POST's `body` says which."""
        place = 0
        while True:
            if method == "GET":
                page = self._call(method, path, params={"limit": _PAGE, "offset": place})
            else:
                page = self._call(method, path, json=body | {"page_limit": _PAGE, "page_offset": place})
            yield from page[entries]
            place += _PAGE
            if place >= page["total_entries"]:
                return

    def _call(self, method: str, path: str, **options: Any) -> Any:
        for _ in range(2):
            answer = self._http.request(method, f"{self.address}/api/v2/{path}", timeout=30, **options)
            if answer.status_code != requests.codes.unauthorized:
                break
            self._log_in()
        if not answer.ok:
            said = f"{answer.status_code} {answer.text[:300]}"
            raise Abort(msg("Airflow refused {method} {path}: {said}", method=method, path=path, said=said))
        return answer.json()
