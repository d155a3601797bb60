"""How long loading takes with so many workers."""

import time

from deploy.trial.airflow_api import Airflow
from deploy.trial.commands import seen, wait
from deploy.trial.stack import AIRFLOW, Stack

TWO_MONTHS = ("2023-05-01", "2023-06-30")
MEASURED = ("citizen_app", "dvc", "ecommerce", "feedback", "gate", "ioffice", "lgsp", "press", "security")


def measure(stack: Stack, workers: int, delay_ms: int) -> None:
    """Loads two months of nine sources into an empty warehouse and prints how long it took, and who worked."""
    stack.configure(delay_ms, concurrency=1)
    stack.down()
    try:
        stack.up(workers)
        airflow = Airflow(stack)
        services = ("worker", "postgres", "gateway", *AIRFLOW)
        before = {name: stack.cpu(name) for name in services}
        pages, begun = stack.requests(), time.monotonic()
        runs = [airflow.load(source, TWO_MONTHS) for source in MEASURED]
        wait("the sources are loaded", lambda: all(airflow.ended(*one) for one in runs), 3600)
        seconds, pages = time.monotonic() - begun, stack.requests() - pages
        records = int(stack.sql("select sum(fetched) from ledger.batch where status = 'published'"))
        spent = {name: stack.cpu(name) - before[name] for name in services}
        rest = sum(spent[name] for name in AIRFLOW)
        seen(
            f"{workers} workers: {seconds:.0f} s, {pages} pages, {records} records, {records / seconds:.0f} records/s;"
            f" processor seconds: workers {spent['worker']:.0f}, PostgreSQL {spent['postgres']:.0f},"
            f" gateway {spent['gateway']:.0f}, Airflow {rest:.0f}"
        )
    finally:
        stack.down()
