"""How long `ioc plan` takes for all KPIs over two years, and for how long it keeps others waiting."""

import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.database import Server, cpu_seconds
from demo.services import FOLDER
from hub.installation import Installation
from hub.settings import Settings
from kpis import planner
from kpis.catalogue import Catalogue
from kpis.inputs import note_first
from kpis.refresh import refresh
from warehouse.database import connect

_FILL = Path(__file__).with_name("two_years.sql")


@dataclass(frozen=True)
class Planned:
    """One change. Seconds; `cpu_seconds` are the client's and the server's of planning, which other work on the machine
    does not lengthen, `longest_read` is the longest that a read of the reference tables took meanwhile."""

    name: str
    kpis: int
    moves: int
    seconds: float
    cpu_seconds: float
    apply_seconds: float
    longest_read: float


def measure(server: Server, rows: int, tell: Callable[[str], None]) -> list[Planned]:
    """A change that touches every KPI, and one of the population alone."""
    with server.database(hub=True) as address:
        url = address.replace("postgresql://", "postgresql+psycopg://")
        _fill(url, rows, tell)
        return [
            _measured(url, "organisations", _another_tier, tell),
            _measured(url, "population", _another_population, tell),
        ]


def _fill(url: str, rows: int, tell: Callable[[str], None]) -> None:
    installation = Installation(Settings(installation=FOLDER, hmac_key="benchmark-only"))
    catalogue = Catalogue.of(installation)
    feeds = sorted({feed for definition in catalogue.definitions.values() for feed in definition.sources})
    with connect(url, "owner") as connection:
        asked = connection.execute("select province_id from warehouse.dim_province where code = 'H37'")
        [(province,)] = asked.fetchall()
        tell(f"making {rows:,} dossiers and what belongs to them")
        cursor = psycopg.ClientCursor(connection)
        cursor.execute(_FILL.read_text("utf-8"), {"rows": rows, "province": province, "feeds": feeds})
        connection.commit()
        connection.autocommit = True
        connection.execute("vacuum analyze")
    began, used = time.perf_counter(), cpu_seconds(url)
    refresh(url, "H37", catalogue=catalogue)
    tell(f"published in {time.perf_counter() - began:.0f} s, {cpu_seconds(url) - used:.0f} s of CPU")
    with connect(url, "owner") as connection:
        note_first(connection, installation, catalogue)
        connection.commit()


def _another_tier(folder: Path) -> None:
    _replace(folder / "reference" / "organisations.csv", ",district,", ",commune,")


def _another_population(folder: Path) -> None:
    _replace(folder / "reference" / "area_population.csv", ",805794,", ",805000,")


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    if old not in text:
        raise SystemExit(f"bench: {file.name} has no {old!r} to change")
    file.write_text(text.replace(old, new, 1), "utf-8")


def _measured(url: str, name: str, change: Callable[[Path], None], tell: Callable[[str], None]) -> Planned:
    with tempfile.TemporaryDirectory() as state:
        folder = Path(shutil.copytree(FOLDER, Path(state) / "installation"))
        change(folder)
        installation = Installation(Settings(installation=folder, hmac_key="benchmark-only"))
        reader = _Reader(url)
        began, used = time.perf_counter(), cpu_seconds(url)
        try:
            plan = planner.make(url, installation, lambda *_: None)
            seconds, used = time.perf_counter() - began, cpu_seconds(url) - used
        finally:
            longest = reader.end()
        began = time.perf_counter()
        planner.apply(url, installation, plan.document, "bench", {}, lambda *_: None)
        found = Planned(name, len(plan.figures), len(plan.moves), seconds, used, time.perf_counter() - began, longest)
        tell(f"{name}: {found}")
        return found


class _Reader:
    """Reads the reference tables all the time, as screens do."""

    def __init__(self, url: str) -> None:
        self._url, self._ended = url, threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._longest = self._pool.submit(self._read)

    def _read(self) -> float:
        longest = 0.0
        with connect(self._url, "reader") as connection:
            while not self._ended.wait(0.05):
                began = time.perf_counter()
                connection.execute("select count(*) from serving.populations").fetchone()
                connection.execute("select count(*) from serving.organisations").fetchone()
                connection.rollback()
                longest = max(longest, time.perf_counter() - began)
        return longest

    def end(self) -> float:
        """Seconds of the longest read. Raises what a read raised."""
        self._ended.set()
        with self._pool:
            return self._longest.result()
