"""Loads the sources by real DAG runs and tells what each feed's account says, as it happens."""

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from connectors.specification import Source
from demo.airflow_rest import Airflow
from demo.progress_board import ProgressBoard
from hub.errors import Abort, Retry
from hub.translation import msg
from ioc.texts import language, say, written

_PAUSE = 1.0
"""Seconds between two looks."""
KPI_DAG, GOVERNMENT_DAG = "kpis", "government"


@dataclass(frozen=True)
class BatchProgress:
    """What the ledger says of a feed's newest load."""

    batch_id: int
    status: str
    reason: str | None
    records: int
    """Records on the pages that have come, of all slices of a load that goes on."""


def dag_of(source: str, province: str) -> str:
    """The DAG that loads a source of a province."""
    return f"source_{source}_{province.lower()}"


def load(
    airflow: Airflow,
    url: str,
    province: str,
    sources: Mapping[str, Source],
    first: date,
    last: date,
    board: ProgressBoard,
) -> dict[str, dict[str, int | str | None]]:
    """Load the days of all sources of a province, one run each, side by side; gives each feed's account by
    `source.feed`.

    Raises Abort that names the feeds which were not loaded, and why.
    """
    dags = {name: dag_of(name, province) for name in sources}
    runs = {name: airflow.trigger(dag, {"from": str(first), "to": str(last)}) for name, dag in dags.items()}
    accounts: dict[str, dict[str, int | str | None]] = {}
    faults: dict[str, str] = {}
    before = newest_batches(url)
    for name, source in sources.items():
        for feed in source.feeds:
            board.note(f"{name}.{feed}", say("waiting"))
    while runs:
        batches = newest_batches(url)
        states = airflow.states({dags[name]: run for name, run in runs.items()})
        for name, run in list(runs.items()):
            over = states[dags[name]].is_over
            tasks = states[dags[name]].tasks
            for feed, state in ((feed, tasks.get(feed, "none")) for feed in sources[name].feeds):
                line = f"{name}.{feed}"
                if line in accounts or line in faults:
                    continue
                batch = batches.get(line)
                if batch == before.get(line):
                    batch = None
                if state == "success":
                    accounts[line] = airflow.returned(dags[name], run, feed)
                    board.done(line, account_text(accounts[line]))
                elif over or state == "failed":
                    faults[line] = airflow.why_failed(dags[name], run, feed)
                    board.failed(line, faults[line])
                else:
                    board.note(line, _state_text(state, batch))
            if over:
                del runs[name]
        time.sleep(_PAUSE)
    if faults:
        listed = "; ".join(f"{line}: {why}" for line, why in faults.items())
        raise Abort(msg("Not loaded: {listed}", listed=listed))
    return accounts


def refresh_kpis(airflow: Airflow, province: str) -> Mapping[str, int]:
    """Run the KPI DAG and wait for it; gives what it counted for the province. Raises Abort when it failed."""
    return _run(airflow, KPI_DAG, f"refresh_{province.lower()}")


def tell_the_government(airflow: Airflow, province: str) -> Mapping[str, int]:
    """Run the DAG that sends to the Government and wait for it; gives what it counted. Raises Abort when it failed."""
    return _run(airflow, GOVERNMENT_DAG, f"send_{province.lower()}")


def _run(airflow: Airflow, dag: str, task: str) -> Mapping[str, int]:
    run = airflow.trigger(dag)
    while not (state := airflow.states({dag: run})[dag]).is_over:
        time.sleep(_PAUSE)
    if state.tasks[task] != "success":
        why = airflow.why_failed(dag, run, task)
        raise Abort(msg("{dag} failed: {why}", dag=dag, why=why))
    counted: Mapping[str, int] = airflow.returned(dag, run, task)
    return counted


def newest_batches(url: str) -> dict[str, BatchProgress]:
    """The newest batch of each feed, by `source.feed`."""
    import psycopg

    from warehouse.database import connect

    try:
        with closing(connect(url, "reader")) as connection:
            rows = connection.execute(
                "with newest as materialized (select distinct on (source, feed) source || '.' || feed as line, batch_id,"
                f" status, reason_{language()} as reason, run_id from serving.batches"
                " order by source, feed, batch_id desc)"
                " select line, batch_id, status, reason, case status when 'running' then coalesce((select"
                " sum(p.records) from serving.pages as p join serving.batches as s using (batch_id)"
                " where s.run_id = newest.run_id), 0) else 0 end from newest"
            ).fetchall()
    except psycopg.Error as error:
        kind = type(error).__name__
        raise Retry(msg("The ledger cannot be read: {kind}", kind=kind)) from None
    return {line: BatchProgress(batch, status, reason, int(records)) for line, batch, status, reason, records in rows}


def account_text(account: Mapping[str, str | int | float | None]) -> str:
    """An account in one line; a load that brought nothing new says so first."""
    parts = {
        "loaded": say("loaded"),
        "unchanged": say("unchanged"),
        "superseded": say("superseded"),
        "quarantined": say("quarantined"),
        "removed": say("removed"),
    }
    counts = {name: int(account[name] or 0) for name in parts}
    shown = [f"{written(counts[name])} {label}" for name, label in parts.items() if counts[name]]
    fetched = f"{written(int(account['fetched'] or 0))} {say('records')}"
    nothing_new = counts["loaded"] == 0 and counts["removed"] == 0
    return (say("unchanged: ") if nothing_new else "") + f"{fetched} = {' + '.join(shown) or '0'}"


def total(accounts: Iterable[Mapping[str, int | str | None]]) -> dict[str, int]:
    """Counts of several accounts together."""
    sums = {"fetched": 0, "loaded": 0, "removed": 0, "quarantined": 0}
    for account in accounts:
        for name in sums:
            sums[name] += int(account[name] or 0)
    return sums


def _state_text(state: str, batch: BatchProgress | None) -> str:
    if state == "up_for_retry":
        why = batch.reason if batch and batch.reason else ""
        return say("will try again") + (f": {why}" if why else "")
    if batch and batch.status == "running" and batch.records:
        return say("{batch} records so far", batch=written(batch.records))
    return say("loading") if state == "running" else say("waiting")
