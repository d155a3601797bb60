"""The board's API, and the page of a KPI, as clients see them: how many answers a second, and how long one takes. One
server process, clients and PostgreSQL on the same machine."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import count, cycle, product
from statistics import quantiles
from threading import Barrier

import psutil
import urllib3

CONCURRENCY = (1, 16)
_BOARD = "/api/v1/board"
_LATER = date(2030, 1, 1)
"""After everything that was published: what was known then is what is known now, asked for in a way of its own."""

_WITH_DATA = [f"2023-{month:02}" for month in range(1, 7)]
_WITHOUT_DATA = [f"{year}-{month:02}" for year in range(2024, 2200) for month in range(1, 13)]
_LANGUAGES = ("vi", "en")
_AIMS = {"made": 3.0, "area": 8.0, "finished": 0.6, "page": 60.0}
"""Milliseconds of the server's CPU that an answer is to take at most."""
_NOT_MODIFIED = 3
"""So many times the constant answer's a 304 is to take at most."""
_PAGE = "/kpis/on_time_dossier_rate?from=2023-01-01&to=2023-06-30"
"""With five breakdowns, and the areas ranked."""
_days = count()
"""Each asked for once."""

Ask = tuple[str, dict[str, str], int]
"""Path, headers, and the status that the answer must have."""


@dataclass(frozen=True)
class Measured:
    """One kind of question at one concurrency. Milliseconds from the question's start to the answer's last byte."""

    name: str
    title: str
    concurrency: int
    answers: int
    seconds: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    """Of the server's process, an answer; PostgreSQL's is not in it."""
    aim_ms: float | None
    """At most so many of these are wanted; None where nothing is aimed at."""

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def measure(
    address: str, pid: int, key: str, session: str, seconds: float, tell: Callable[[str], None]
) -> list[Measured]:
    """Each kind of question in turn, for so long."""
    found: list[Measured] = []
    for concurrency in CONCURRENCY:
        for name, title, asks in kinds(address, key, session):
            _run(address, asks, concurrency, min(seconds, 1))  # connections, prepared statements
            before = _cpu_seconds(pid)
            taken = _run(address, asks, concurrency, seconds)
            used = _cpu_seconds(pid) - before
            cpu = 1000 * used / len(taken)
            constant = next((one.cpu_ms for one in found[::-1] if one.name == "constant"), cpu)
            aim = _NOT_MODIFIED * constant if name == "not_modified" else _AIMS.get(name)
            cuts = quantiles(taken, n=20, method="inclusive")
            p50, p95 = 1000 * cuts[9], 1000 * cuts[18]
            found.append(Measured(name, title, concurrency, len(taken), seconds, p50, p95, cpu, aim))
            tell(f"{title}, {concurrency} at a time: {found[-1].per_second:.0f}/s")
    return found


def kinds(address: str, key: str, session: str) -> list[tuple[str, str, Callable[[], Ask]]]:
    """Name, title, and what is asked: an API key asks for boards, a signed-in browser for the page."""
    browser = {"Cookie": f"ioc_session={session}", "Accept-Encoding": "gzip"}
    headers = {"Authorization": f"Bearer {key}", "Accept-Encoding": "gzip"}
    return [
        ("constant", "constant answer (/healthz), no credentials", _same("/healthz", {})),
        ("not_modified", "board, 304: the client has it", _had(address, headers)),
        ("finished", "board, 200: asked again, given from memory", _same(_BOARD, headers)),
        ("made", "board, 200: made anew, each another question", _new(headers)),
        ("area", "board of a commune, 200: made anew", _areas(address, headers)),
        ("ahead", "board of a month without data, 200: made anew", _ahead(headers)),
        ("page", "page of a KPI with five breakdowns, signed in", _same(_PAGE, browser)),
    ]


def _same(path: str, headers: dict[str, str]) -> Callable[[], Ask]:
    return lambda: (path, headers, 200)


def _had(address: str, headers: dict[str, str]) -> Callable[[], Ask]:
    """With the tag of now; it changes every five minutes."""
    http = urllib3.PoolManager()

    def tag(_minute: int) -> str:
        return http.request("GET", address + _BOARD, headers=headers).headers["ETag"]

    known = lru_cache(maxsize=1)(tag)
    return lambda: (_BOARD, headers | {"If-None-Match": known(int(time.time() // 60))}, 304)


def _new(headers: dict[str, str]) -> Callable[[], Ask]:
    return lambda: (f"{_BOARD}?as_of={_LATER + timedelta(days=next(_days))}", headers, 200)


def _areas(address: str, headers: dict[str, str]) -> Callable[[], Ask]:
    """Every month of every commune; of most communes no population and no plan is known."""
    answer = urllib3.request("GET", f"{address}/api/v1/areas?level=commune&as_of=2023-06-30", headers=headers)
    codes = [area["area"] for area in answer.json()["data"]]
    asked = cycle(product(_WITH_DATA, codes, _LANGUAGES))

    def ask() -> Ask:
        period, code, language = next(asked)
        return f"{_BOARD}?period={period}&area={code}&lang={language}", headers, 200

    return ask


def _ahead(headers: dict[str, str]) -> Callable[[], Ask]:
    asked = cycle(product(_WITHOUT_DATA, _LANGUAGES))

    def ask() -> Ask:
        period, language = next(asked)
        return f"{_BOARD}?period={period}&lang={language}", headers, 200

    return ask


def _run(address: str, asks: Callable[[], Ask], concurrency: int, seconds: float) -> list[float]:
    """Seconds of each answer."""
    start = Barrier(concurrency)

    def ask() -> list[float]:
        http, taken = urllib3.PoolManager(), []
        start.wait()
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            path, headers, status = asks()
            answer = http.request("GET", address + path, headers=headers)
            taken.append(time.perf_counter() - began)
            if answer.status != status and (answer.status, status) != (200, 304):  # the tag's turn met a question
                raise SystemExit(f"bench: {path} answered {answer.status}, not {status}: {answer.data[:300]!r}")
        return taken

    with ThreadPoolExecutor(concurrency) as pool:
        return [one for future in [pool.submit(ask) for _ in range(concurrency)] for one in future.result()]


def _cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
