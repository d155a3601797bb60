"""Runs paths in turn, each as a process of its own that loads the same pages into an empty database."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import database, gateway
from bench.database import Server

_PATHS = Path(__file__).with_name("paths")
_ROOT = _PATHS.parent.parent
_PEERS = _ROOT / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True)
class Subject:
    """A path that is measured: its program and the environment that it runs in."""

    name: str
    title: str
    python: Path
    program: str


SUBJECTS = {
    subject.name: subject
    for subject in [
        Subject("bare", "bare limit: fetch, decode, COPY, MERGE", Path(sys.executable), "bare.py"),
        Subject("hub", "hub: redact, land, stage, judge, account", Path(sys.executable), "whole_load.py"),
        Subject("dlt_best", "dlt: Arrow by hand, parquet over ADBC", _PEERS, "dlt_best.py"),
        Subject("dlt_default", "dlt: rest_api by default", _PEERS, "dlt_default.py"),
    ]
}


@dataclass(frozen=True)
class Measured:
    """Medians of a path's rounds. Memory in MB, resident, of the client's process."""

    name: str
    rows: int
    seconds: float
    cpu_seconds: float
    import_seconds: float
    memory_before_mb: float
    memory_peak_mb: float
    all_seconds: list[float]

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


def measure(server: Server, address: str, rows: int, names: list[str], rounds: int, tell) -> dict[str, Measured]:
    """Each path `rounds` times, taking turns, so that a machine's bad minute meets all."""
    results = {name: [] for name in names}
    for number in range(1, rounds + 1):
        for name in names:
            result = _once(server, address, rows, SUBJECTS[name])
            results[name].append(result)
            tell(f"{rows:,} rows, round {number}/{rounds}: {name} {result['seconds']:.1f} s")
    return {name: _medians(name, rows, found) for name, found in results.items()}


def _once(server: Server, address: str, rows: int, subject: Subject) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder, server.database(hub=subject.name == "hub") as url:
        job = Path(folder) / "job.json"
        job.write_text(json.dumps(_job(address, url, rows, folder)))
        found = {**os.environ, "PYTHONPATH": str(_ROOT)} if subject.name == "hub" else dict(os.environ)
        run = subprocess.run(
            [subject.python, _PATHS / subject.program, job],
            check=False,
            capture_output=True,
            text=True,
            env=found,
        )
        if run.returncode != 0:
            raise SystemExit(f"bench: {subject.name} failed:\n{run.stderr[-2000:]}")
        result = json.loads(run.stdout.splitlines()[-1])
        loaded = database.count(url, result["table"])
        if loaded != rows:
            raise SystemExit(f"bench: {subject.name} loaded {loaded} of {rows} rows")
        return result


def _job(address: str, url: str, rows: int, folder: str) -> dict[str, object]:
    feed = gateway.FEED
    return {
        **gateway.CLIENT,
        "token": gateway.token(address),
        "gateway": address,
        "url": address + feed.request.path,
        "queries": gateway.queries(),
        "first": gateway.FIRST.isoformat(),
        "last": gateway.LAST.isoformat(),
        "columns": {column.wire: column.type for column in feed.kept.values()},
        "key": feed.columns[feed.keys[0]].wire,
        "version": feed.columns[feed.version].wire,
        "database": url,
        "folder": folder,
        "rows": rows,
    }


def _medians(name: str, rows: int, results: list[dict[str, object]]) -> Measured:
    figures = ("seconds", "cpu_seconds", "import_seconds", "memory_before_mb", "memory_peak_mb")
    middle = {figure: median(result[figure] for result in results) for figure in figures}
    return Measured(name, rows, **middle, all_seconds=[round(result["seconds"], 2) for result in results])
