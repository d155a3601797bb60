"""What a trial shows, step by step."""

import time
import urllib.error
import urllib.request
from typing import Any

from deploy.trial.airflow_api import HALF_YEAR, Airflow
from deploy.trial.commands import Failed, fetched, run, seen, wait
from deploy.trial.stack import Stack

SAME_ROWS = {
    "fact_dossier": "select count(*), sum(hashtextextended((to_jsonb(f) - '{batch_id,page_number,service_id,"
    "organisation_id}'::text[] || jsonb_build_array(s.code, o.code))::text, 0)::numeric) from warehouse.fact_dossier f"
    " left join warehouse.dim_service s using (service_id)"
    " left join warehouse.dim_organisation o using (organisation_id)",
    "services": "select count(*), sum(hashtextextended((to_jsonb(f) - '{batch_id,page_number}'::text[])::text, 0)"
    "::numeric) from serving.services f",
}
"""Rows and the sum of their hashes: all but which batch and page brought a row. Surrogate keys depend on who came
first, so codes stand for them; rows of validity depend on the catalogue's pages, so its days stand for them."""


def try_out(stack: Stack, delay_ms: int) -> None:
    """The whole trial. Raises Failed at the first thing that does not hold."""
    stack.configure(delay_ms, concurrency=1)
    stack.down()
    try:
        stack.up(workers=2)
        seen(f"{len(stack.containers())} containers run, and each is healthy by its own check")
        show_closed(stack)
        show_screens(stack)
        airflow = Airflow(stack)
        show_two_workers(stack, airflow)
        disturb(stack, airflow)
        show_undisturbed(stack)
    finally:
        stack.down()
    seen("containers, volumes and networks are removed")


def show_closed(stack: Stack) -> None:
    """Nobody is root, has a capability or can get one, or writes to the root file system."""
    users = set()
    for name in stack.containers():
        user = stack.exec(name, "id", "-u").strip()
        status = dict(line.split(":", 1) for line in stack.exec(name, "cat", "/proc/self/status").splitlines())
        mounts = [line.split() for line in stack.exec(name, "cat", "/proc/self/mounts").splitlines()]
        read_only = all("ro" in options.split(",") for _, place, _, options, *_ in mounts if place == "/")
        capabilities, no_more = int(status["CapBnd"], 16), status["NoNewPrivs"].strip()
        if user == "0" or capabilities or no_more != "1" or not read_only:
            raise Failed(f"{name}: user {user}, {capabilities=:x}, {no_more=}, {read_only=}")
        users.add(user)
    seen(f"users {', '.join(sorted(users))}, no capabilities, none to be had, root file systems read-only")


def show_screens(stack: Stack) -> None:
    """The screens are ready, have a page to sign in, and show nothing to who has not."""
    address = f"http://127.0.0.1:{stack.ports['SCREENS_PORT']}"
    if fetched(f"{address}/readyz") != {"status": "ok"}:
        raise Failed("the screens are not ready")
    with urllib.request.urlopen(f"{address}/login", timeout=30) as page:
        if b'name="csrf"' not in page.read():
            raise Failed("the page to sign in has no form")
    try:
        urllib.request.urlopen(f"{address}/api/v1/kpis", timeout=30)
        raise Failed("the read API answers somebody who is not signed in")
    except urllib.error.HTTPError as error:
        seen(f"the screens answer: ready, a page to sign in, and {error.code} to who is not signed in")


def show_two_workers(stack: Stack, airflow: Airflow) -> None:
    """The feeds of a source are loaded side by side, by both workers."""
    ioffice = airflow.load("ioffice")
    wait("ioffice is loaded", lambda: airflow.ended(*ioffice), 600)
    hosts = {task["hostname"] for task in airflow.tasks(*ioffice).values()}
    if len(hosts) != 2:
        raise Failed(f"ioffice was loaded by {hosts}")
    seen(f"the feeds of source ioffice are loaded by two workers; {account(stack, 'ioffice')}")


def account(stack: Stack, source: str, database: str = "warehouse") -> str:
    """The account of what was published of a source. Raises Failed where it does not balance."""
    counts = ("fetched", "loaded", "unchanged", "superseded", "quarantined")
    sums = ", ".join(f"sum({name})" for name in counts)
    condition = f"where source = '{source}' and status = 'published'"
    wrong = "fetched <> loaded + unchanged + superseded + quarantined"
    if (bad := stack.sql(f"select count(*) from ledger.batch {condition} and ({wrong})", database)) != "0":
        raise Failed(f"{bad} batches of {source} do not balance")
    fetched_, *others = map(int, stack.sql(f"select {sums} from ledger.batch {condition}", database).split())
    if fetched_ != sum(others):
        raise Failed(f"{source}: {fetched_} fetched, {others} accounted for")
    return f"{fetched_} fetched = " + " + ".join(f"{n} {name}" for n, name in zip(others, counts[1:], strict=True))


def disturb(stack: Stack, airflow: Airflow) -> None:
    """Loads a source whose worker is killed and whose database is restarted meanwhile."""
    dvc = airflow.load("dvc")
    lost, pages = in_the_middle(stack, airflow, dvc, attempt=1)
    [killed] = [name for name in stack.containers("worker") if stack.exec(name, "hostname").strip() == lost["hostname"]]
    run(stack.engine, "kill", "--signal", "KILL", killed)
    begun = time.monotonic()
    seen(f"{killed} is killed (SIGKILL) while it loads dvc.dossiers, {pages} pages of dvc after it began")
    other, pages = in_the_middle(stack, airflow, dvc, attempt=2)
    if other["hostname"] == lost["hostname"]:
        raise Failed(f"the second try ran on {lost['hostname']}, which was killed")
    run(stack.engine, "restart", *stack.containers("postgres"))
    seen(
        f"the other worker has tried again, within {time.monotonic() - begun:.0f} s, and PostgreSQL is restarted"
        f" {pages} pages later"
    )
    wait("dvc is loaded", lambda: airflow.ended(*dvc), 1200)
    tries = {feed: task["try_number"] for feed, task in airflow.tasks(*dvc).items()}
    broken = stack.sql("select count(*) from ledger.batch where source = 'dvc' and status = 'failed'")
    if tries["dossiers"] < 3 or broken == "0":
        raise Failed(f"dvc was not disturbed: {tries=}, {broken=}")
    seen(f"dvc is loaded in the end; tries: {tries}, batches broken off: {broken}; {account(stack, 'dvc')}")


def in_the_middle(stack: Stack, airflow: Airflow, dvc: tuple[str, str], attempt: int) -> tuple[dict[str, Any], int]:
    """The task that loads the dossiers, once its attempt has run for at least 60 pages of the source, and how many."""

    def runs() -> Any:
        task = airflow.tasks(*dvc)["dossiers"]
        return task["state"] == "running" and task["try_number"] == attempt and task

    wait(f"try {attempt} of dossiers runs", runs, 600)
    before = stack.requests()
    task: dict[str, Any] = wait("pages are read", lambda: stack.requests() >= before + 60 and runs(), 300)
    return task, stack.requests() - before


def show_undisturbed(stack: Stack) -> None:
    """The facts are those of a load that nothing disturbed, into a database beside the other."""
    [worker] = stack.containers("worker")
    stack.sql("create database undisturbed owner ioc_owner")
    url = f"postgresql+psycopg://ioc_owner:{stack.given['IOC_DB_PASSWORD']}@postgres:5432/undisturbed"
    there = {"IOC_WAREHOUSE_URL": url, "IOC_LANDING": "/tmp/undisturbed"}
    stack.exec(worker, "ioc", "db", "migrate", limit=300, **there)
    stack.exec(worker, "ioc", "run", "dvc", "--from", HALF_YEAR[0], "--to", HALF_YEAR[1], limit=1200, **there)
    for rows, query in SAME_ROWS.items():
        here, undisturbed = stack.sql(query), stack.sql(query, "undisturbed")
        if here != undisturbed or here.startswith("0 "):
            raise Failed(f"{rows}: {here} (rows, sum of hashes) here, {undisturbed} undisturbed")
        seen(f"{rows}: {here.split()[0]} rows, the same as those of an undisturbed load")
    stack.exec(worker, "ioc", "audit", "verify", limit=600)
    seen("`ioc audit verify` finds nothing changed, deleted or added")
