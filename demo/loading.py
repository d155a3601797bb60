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

_PAUSE = 2.0
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


def start_loads(airflow: Airflow, province: str, sources: Iterable[str], first: date, last: date) -> dict[str, str]:
    """Start one run for the days of each source of a province, side by side; gives their ids by source."""
    days = {"from": str(first), "to": str(last)}
    return {name: airflow.trigger(dag_of(name, province), days) for name in sources}


def load(
    airflow: Airflow,
    url: str,
    province: str,
    sources: Mapping[str, Source],
    runs: Mapping[str, str],
    board: ProgressBoard,
) -> dict[str, dict[str, int | str | None]]:
    """Wait until the runs have loaded every feed, and show how far they are; gives each feed's account by
    `source.feed`. The runs may go on until their verdicts.

    Raises Abort that names the feeds which were not loaded, and why.
    """
    accounts: dict[str, dict[str, int | str | None]] = {}
    faults: dict[str, str] = {}
    before = newest_batches(url)
    waiting = {name: list(source.feeds) for name, source in sources.items()}
    for name, feeds in waiting.items():
        for feed in feeds:
            board.note(f"{name}.{feed}", say("waiting"))
    while waiting := {name: feeds for name, feeds in waiting.items() if feeds}:
        batches = newest_batches(url)
        states = airflow.states({dag_of(name, province): runs[name] for name in waiting})
        for name, feeds in waiting.items():
            dag = dag_of(name, province)
            for feed in list(feeds):
                line = f"{name}.{feed}"
                state = states[dag].tasks.get(feed, "none")
                if state == "success":
                    accounts[line] = airflow.returned(dag, runs[name], feed, "account")
                    board.done(line, account_text(accounts[line]))
                elif states[dag].end or state == "failed":
                    faults[line] = airflow.why_failed(dag, runs[name], feed)
                    board.failed(line, faults[line])
                else:
                    batch = batches.get(line)
                    board.note(line, _state_text(state, None if batch == before.get(line) else batch))
                    continue
                feeds.remove(feed)
        time.sleep(_PAUSE)
    if faults:
        listed = "; ".join(f"{line}: {why}" for line, why in faults.items())
        raise Abort(msg("Not loaded: {listed}", listed=listed))
    return accounts


def wait_for_verdicts(airflow: Airflow, province: str, runs: Mapping[str, str]) -> None:
    """Wait until the runs are over. Raises Abort that names the sources of which slices were held back."""
    by_dag = {dag_of(name, province): run for name, run in runs.items()}
    while None in (ends := {dag: state.end for dag, state in airflow.states(by_dag).items()}).values():
        time.sleep(_PAUSE)
    if held_back := [name for name in runs if ends[dag_of(name, province)] == "failed"]:
        listed = ", ".join(held_back)
        raise Abort(msg("Blocked batches: {listed}; see `ioc incident list`", listed=listed))


def refresh_kpis(airflow: Airflow, province: str) -> Mapping[str, int]:
    """Run the KPI DAG and wait for it; gives what it counted for the province. Raises Abort when it failed."""
    return _run(airflow, KPI_DAG, f"refresh_{province.lower()}")


def tell_the_government(airflow: Airflow, province: str) -> Mapping[str, int]:
    """Run the DAG that sends to the Government and wait for it; gives what it counted. Raises Abort when it failed."""
    return _run(airflow, GOVERNMENT_DAG, f"send_{province.lower()}")


def _run(airflow: Airflow, dag: str, task: str) -> Mapping[str, int]:
    run = airflow.trigger(dag)
    while not (state := airflow.states({dag: run})[dag]).end:
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
                "with newest as materialized (select distinct on (source, feed) source || '.' || feed as line,"
                f" batch_id, status, reason_{language()} as reason, run_id from serving.batches"
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
