"""Runs DAGs one after the other in this process, as `dag.test()` does: `python play.py runs.json results.json`.

A run is `{"dag", "conf", "logical_date", "env"}`; its result is the state, the returned value and the account of each
task. DAG files are parsed anew for each run and build the run's DAG only, as for a task of Airflow.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID

from dags.factory import ACCOUNT


def play(run: dict[str, Any]) -> dict[str, Any]:
    """One run."""
    os.environ.update(run.get("env", {}), **{_AIRFLOW_PARSING_CONTEXT_DAG_ID: run["dag"]})
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    assert not bag.import_errors, bag.import_errors
    dag, conf = bag.dags[run["dag"]], run.get("conf")
    if "logical_date" in run:
        played = dag.test(run_conf=conf, logical_date=datetime.fromisoformat(run["logical_date"]))
    else:
        played = dag.test(run_conf=conf)
    return {
        instance.task_id: {
            "state": instance.state,
            "returned": instance.xcom_pull(task_ids=instance.task_id),
            "account": instance.xcom_pull(task_ids=instance.task_id, key=ACCOUNT),
        }
        for instance in played.get_task_instances()
    }


if __name__ == "__main__":
    asked, results = map(Path, sys.argv[1:])
    results.write_text(json.dumps([play(run) for run in json.loads(asked.read_text())]))
