"""How old news is when an open wall shows it: every source is asked each minute, by schedules of a real Airflow.

The demo's hub, with its clock in the middle of the simulated half-year (bench.clock): what came before is loaded first,
then records appear at the gateway as time passes, and each is followed to the wall.
"""

import os
import re
import shutil
import tempfile
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil
import psycopg
import requests

from bench import hub as loaded_hub
from connectors.source_files import SOURCES, load_sources
from demo.loading import GOVERNMENT_DAG, KPI_DAG, dag_of
from demo.progress_board import ProgressBoard
from demo.services import PROVINCE, LocalHub
from hub.installation import Installation
from hub.periods import VIETNAM
from kpis.catalogue import Catalogue
from warehouse.database import connect

START = datetime(2023, 6, 13, 9, tzinfo=VIETNAM)
"""When the hub begins: a Tuesday morning, when offices and gates are at work."""
BEFORE = (date(2022, 12, 31), date(2023, 6, 12))
"""Days that are loaded before schedules begin."""
SHOWN = "/wall?from=2023-01-01&to=2023-06-30"
"""The wall of the running half-year: left to itself it shows whole months."""
CADENCE = "* * * * *"
AIM = 75.0
"""Seconds from a record's appearance to the wall, of which 95 of 100 are to stay within."""
WARM_UP, REST = 180, 180
"""Seconds of schedules before the first record that counts, and after the last."""
_FACTS = {
    "fact_dossier": "updated_at",
    "fact_document": "updated_at",
    "fact_work_file": "updated_at",
    "fact_certificate": "updated_at",
    "fact_feedback": "updated_at",
    "fact_case": "updated_at",
    "fact_vehicle": "greatest(declared_at, processed_at)",
    "fact_article": "published_at",
}
"""Facts whose records come by the minute, and when a version of one appeared."""
STAGES = (
    ("until the schedule", "waits for the minute of the cadence"),
    ("until the task", "Airflow makes the run, queues and starts the task"),
    ("load", "fetch, judge, publish"),
    ("until the refresh", "Airflow sees the publish and starts the refresh"),
    ("refresh", "until every KPI of the feed reflects it"),
    ("wall", "told, and read again"),
)


@dataclass(frozen=True)
class Stage:
    """Seconds of all records in one part of their way."""

    name: str
    p50: float
    p95: float
    longest: float


@dataclass(frozen=True)
class Freshness:
    """What became of the records that appeared in so many minutes."""

    minutes: float
    sources: int
    feeds: int
    records: int
    never_shown: int
    """Of these those that the wall did not show within REST seconds after the last; they count as the oldest."""
    stages: Sequence[Stage]
    """In their order, at last the whole way."""
    tasks: int
    """Task runs that ended in these minutes."""
    loads: int
    """Of these those of feeds."""
    skipped: int
    refreshes: int
    failed: Mapping[str, int]
    """Tasks that failed, and how often."""
    cpu: Mapping[str, float]
    """Part of the hub → CPU seconds of these minutes."""
    reads: int
    """How often the wall was read again."""
    changes: int
    """Of these those that showed something else."""


class _ScheduledHub(LocalHub):
    """The demo's hub whose clock goes on, each source on CADENCE."""

    def _settings(self) -> dict[str, str]:
        own = super()._settings()
        del own["IOC_NOW"]
        return own | {
            "IOC_SOURCES": str(self._state / "sources"),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "True",
        }

    def installation(self) -> Installation:
        """As a task of Airflow opens it."""
        os.environ.update({name: value for name, value in self._settings().items() if name.startswith("IOC_")})
        return Installation.open().with_gateway(PROVINCE)

    def set_gateway(self, now: str) -> None:
        """Set the gateway's clock: to a moment at which it stands still, or `system`, with whose clock it goes on."""
        requests.post(f"{self._gateway}/__admin/clock", json={"now": now}, timeout=60).raise_for_status()

    def wall(self) -> str:
        """Address of the screens."""
        return self._screens

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far of each part, with its processes that have ended."""
        parts = {
            name: psutil.Process(child.pid) for name, child in self._children._started.items() if child.poll() is None
        }
        used = {name: _tree(process) for name, process in parts.items()}
        scheduler = sum(parts["airflow-scheduler"].cpu_times()[:2])
        used |= {"airflow-scheduler": scheduler, "tasks": used["airflow-scheduler"] - scheduler}
        with connect(self.warehouse, "owner") as connection:
            [server] = psutil.Process(connection.info.backend_pid).parents()[:1]
        return used | {
            "postgresql": _tree(server),
            "bench, with the wall's client": sum(psutil.Process().cpu_times()[:2]),
        }


def _tree(process: psutil.Process) -> float:
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])
    return total


def measure(minutes: float, names: Sequence[str], tell: Callable[[str], None]) -> Freshness:
    """Follow the records of so many minutes, with the sources of these names, or all."""
    with _started(names, tell) as (hub, airflow, sources):
        wall = _Wall(hub.wall(), loaded_hub.key(hub.warehouse, "wall"))
        followed = _Followed(hub.warehouse)
        with wall, followed:
            tell("schedules begin")
            hub.set_gateway("system")
            for dag in (KPI_DAG, GOVERNMENT_DAG, *(dag_of(name, PROVINCE) for name in sources)):
                airflow.unpause(dag)
            _wait(WARM_UP, "before it counts", followed, tell)
            begun, used = datetime.now(VIETNAM), hub.cpu()
            _wait(minutes * 60, "measured", followed, tell)
            ended, used_then = datetime.now(VIETNAM), hub.cpu()
            _wait(REST, "afterwards", followed, tell)
        runs = _task_runs(hub.warehouse, begun - timedelta(seconds=WARM_UP))
        ways = list(_ways(hub.warehouse, begun, ended, runs, followed, wall))
        inside = [one for one in runs if one.ended and begun <= one.ended <= ended]
        return Freshness(
            minutes=minutes,
            sources=len(sources),
            feeds=sum(len(source.feeds) for source in sources.values()),
            records=len(ways),
            never_shown=sum(way[-1] == float("inf") for way in ways),
            stages=_stages(ways),
            tasks=len(inside),
            loads=sum(one.is_load and one.state == "success" for one in inside),
            skipped=sum(one.is_load and one.state == "skipped" for one in inside),
            refreshes=sum(one.dag == KPI_DAG for one in inside),
            failed=Counter(f"{one.dag}.{one.task}" for one in inside if one.state in ("failed", "up_for_retry")),
            cpu={name: round(used_then[name] - used[name], 1) for name in used if name in used_then},
            reads=len(wall.reads),
            changes=len({one.content for one in wall.reads}),
        )


@contextmanager
def _started(names: Sequence[str], tell: Callable[[str], None]) -> Iterator[tuple]:
    """The hub with what came before, its Airflow, and its sources by name."""
    state = Path(tempfile.mkdtemp(prefix="ioc-bench-"))
    state.chmod(0o755)
    os.environ["IOC_STATE"] = str(state)
    (state / "sources").mkdir()
    wanted = [name for name in load_sources() if not names or name in names]
    for name in wanted:
        text = (SOURCES / f"{name}.toml").read_text("utf-8")
        asked = re.sub(r"^cadence = .*$", f'cadence = "{CADENCE}"', text, count=1, flags=re.MULTILINE)
        (state / "sources" / f"{name}.toml").write_text(asked, "utf-8")
    try:
        with _ScheduledHub.open(8080) as hub:
            with ProgressBoard() as board:
                airflow = hub.start(board, wanted)
            installation = hub.installation()
            hub.set_gateway(START.isoformat())  # still, as it keeps its answers then
            loaded_hub.load(installation, BEFORE, wanted, tell)
            hub.start_screens()
            yield hub, airflow, {name: Catalogue.of(installation).sources[name] for name in wanted}
    finally:
        shutil.rmtree(state, ignore_errors=True)


@dataclass(frozen=True)
class _TaskRun:
    """One run of a task that has begun."""

    dag: str
    task: str
    state: str
    due: datetime
    """When its DAG run was to begin."""
    begun: datetime
    ended: datetime | None

    @property
    def is_load(self) -> bool:
        """Whether it is of a feed."""
        return self.dag.startswith("source_") and self.task != "verdict"


def _task_runs(url: str, since: datetime) -> list[_TaskRun]:
    """All that began since then, oldest first, as Airflow's own database knows them."""
    with psycopg.connect(_plain(url, "airflow")) as connection:
        rows = connection.execute(
            "select t.dag_id, t.task_id, coalesce(t.state, 'none'), r.run_after, coalesce(t.start_date, t.end_date),"
            " t.end_date from task_instance as t join dag_run as r using (dag_id, run_id)"
            " where coalesce(t.start_date, t.end_date) >= %s order by 5",
            [since],
        )
        return [_TaskRun(*row) for row in rows]


def _ways(url: str, begun: datetime, ended: datetime, runs: Sequence[_TaskRun], followed: "_Followed", wall: "_Wall"):
    """Of each record that appeared between the two moments, the seconds of each stage and of the whole way."""
    by_task: dict[tuple[str, str], list[_TaskRun]] = {}
    for one in runs:
        by_task.setdefault((one.dag, one.task), []).append(one)
    refreshes = by_task.get((KPI_DAG, f"refresh_{PROVINCE.lower()}"), [])
    for source, feed, batch, read, published, appeared in _versions(url, begun, ended):
        load = _last_before(by_task.get((dag_of(source, PROVINCE), feed), []), read)
        reflected = followed.reflected(source, feed, batch)
        shown = wall.shown(reflected) if reflected else None
        if load is None or shown is None:
            yield [float("inf")] * (len(STAGES) + 1)
            continue
        refresh = _last_before(refreshes, reflected)
        moments = [appeared, load.due, load.begun, published, refresh.begun if refresh else published, reflected, shown]
        for place in range(1, len(moments)):
            moments[place] = max(moments[place], moments[place - 1])
        parts = [(after - before).total_seconds() for before, after in pairwise(moments)]
        yield [*parts, (shown - appeared).total_seconds()]


def _versions(url: str, begun: datetime, ended: datetime) -> Iterator[tuple]:
    """Source, feed, batch, when its reading began, when it was published, and when the record's version appeared."""
    with connect(url, "owner") as connection:
        for fact, appeared in _FACTS.items():
            yield from connection.execute(
                f"select b.source, b.feed, b.batch_id, b.started_at, b.finished_at, {appeared}"
                f" from warehouse.{fact} as f join ledger.batch as b using (batch_id)"
                f" where {appeared} >= %s and {appeared} < %s",
                [begun, ended],
            ).fetchall()


def _last_before(runs: Sequence[_TaskRun], moment: datetime) -> _TaskRun | None:
    """Of runs in their order the last that had begun."""
    place = bisect_left(runs, moment, key=lambda one: one.begun)
    return runs[place - 1] if place else None


def _stages(ways: Sequence[Sequence[float]]) -> list[Stage]:
    """Each stage of the records that were shown, and the whole way of all of them."""
    shown = [way for way in ways if way[-1] < float("inf")]
    if not shown:
        raise SystemExit(f"bench: of {len(ways)} records none was shown")
    parts = [
        _stage(f"{name}: {what}", sorted(way[place] for way in shown)) for place, (name, what) in enumerate(STAGES)
    ]
    return [*parts, _stage("from the source to the wall", sorted(way[-1] for way in ways))]


def _stage(name: str, seconds: Sequence[float]) -> Stage:
    return Stage(name, median(seconds), seconds[int(0.95 * (len(seconds) - 1))], seconds[-1])


class _Followed:
    """When the KPIs of a feed reflected each of its batches, looked for each half second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._seen: dict[tuple[str, str], list[tuple[int, datetime]]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "_Followed":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def reflected(self, source: str, feed: str, batch: int) -> datetime | None:
        """When every KPI of the feed reflected the batch; None where one does not yet."""
        return next((at for newest, at in self._seen.get((source, feed), ()) if newest >= batch), None)

    @property
    def batches(self) -> int:
        """How many batches were seen to be reflected."""
        return sum(map(len, self._seen.values()))

    def _follow(self) -> None:
        with connect(self._url, "owner") as connection:
            connection.autocommit = True
            while not self._over.wait(0.5):
                rows = connection.execute(
                    "select source, feed, min(batch_id) from kpi.refresh group by 1, 2"
                ).fetchall()
                for source, feed, batch in rows:
                    seen = self._seen.setdefault((source, feed), [])
                    if not seen or seen[-1][0] != batch:
                        seen.append((batch, datetime.now(VIETNAM)))


@dataclass(frozen=True)
class _Read:
    """The wall, read once."""

    begun: datetime
    ended: datetime
    content: str
    """Hash of its boards."""


@dataclass
class _Wall:
    """An open wall: it listens to events, and reads itself again when told, as its script does."""

    address: str
    key: str
    reads: list[_Read] = field(default_factory=list)

    def __enter__(self) -> "_Wall":
        self._told, self._over = threading.Event(), threading.Event()
        for work in (self._listen, self._read):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._told.set()

    def shown(self, reflected: datetime) -> datetime | None:
        """When the wall had been read that was asked for after that moment."""
        return next((one.ended for one in self.reads if one.begun >= reflected), None)

    def _listen(self) -> None:
        cookies = {"ioc_wall": self.key}
        while not self._over.is_set():
            with suppress(requests.RequestException):
                answer = requests.get(f"{self.address}/api/v1/events", cookies=cookies, stream=True, timeout=(5, 45))
                answer.raise_for_status()
                for line in answer.iter_lines(chunk_size=1):
                    if line == b"event: version":
                        self._told.set()
            self._over.wait(3)

    def _read(self) -> None:
        http = requests.Session()
        http.cookies.set("ioc_wall", self.key)
        while self._told.wait() and not self._over.is_set():
            self._told.clear()
            begun = datetime.now(VIETNAM)
            answer = http.get(self.address + SHOWN, timeout=60)
            if answer.ok:
                boards = answer.text.partition('<div class="boards"')[2]
                self.reads.append(_Read(begun, datetime.now(VIETNAM), sha256(boards.encode()).hexdigest()))


def _wait(seconds: float, what: str, followed: _Followed, tell: Callable[[str], None]) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(60.0, left))
        rest, load = max(0.0, until - time.monotonic()), os.getloadavg()[0]
        tell(f"{what}: {rest:.0f} s left, {followed.batches} batches reflected, load {load:.1f}")


def _plain(url: str, database: str) -> str:
    return f"{url.replace('+psycopg', '').rpartition('/')[0]}/{database}"
