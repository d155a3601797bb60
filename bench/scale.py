"""What a province's questions and repairs cost while its own history and other provinces grow beside it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from statistics import median

import psycopg
from fastapi.testclient import TestClient

from bench import gateway, hub
from bench.database import Server, cpu_seconds
from hub.installation import Installation
from hub.periods import Period
from kpis.catalogue import Catalogue
from kpis.explanation import explain
from kpis.question import Question
from kpis.refresh import recompute, refresh
from pipeline.fetch import run_feed
from pipeline.replay import replay
from screens.app import create_app
from screens.database import ScreenSettings
from warehouse.database import connect

FIRST, LAST = date(2023, 6, 1), date(2023, 6, 30)
"""The month that is asked about, which the hub loads from the gateway."""
A_MONTH = 40_850
"""Dossiers of one month of one province that are made beside it: nearly 50 million of 34 provinces and 36 months."""
LATER = tuple(Period(date(2023, month, 1), date(2023, month + 1, 1) - timedelta(days=1)) for month in range(1, 6))
"""Months that are loaded while it is measured, one each round."""
KEPT = (FIRST, *(month.first for month in LATER))
"""Months of which none are made."""
ROUNDS = len(LATER) - 1
"""At most; the first fills caches and is not counted."""
KPIS = ("on_time_dossier_rate", "online_dossier_rate")
_FILL = Path(__file__).with_name("many_provinces.sql")


@dataclass(frozen=True)
class Size:
    """How much there is beside the month that is asked about."""

    provinces: int
    months: int

    @property
    def dossiers(self) -> int:
        """How many are made: none of the months that are loaded from the gateway."""
        return (self.provinces * self.months - len(KEPT)) * A_MONTH


SIZES = (Size(1, 12), Size(4, 36), Size(34, 36))


@dataclass(frozen=True)
class Cost:
    """One kind of work: medians of milliseconds, and of CPU milliseconds of client and server, by size as in SIZES."""

    name: str
    wall: list[float]
    cpu: list[float]

    @property
    def ratio(self) -> float:
        """CPU of the largest size as a multiple of the smallest's."""
        return self.cpu[-1] / self.cpu[0]


def measure(server: Server, sizes: tuple[Size, ...], rounds: int, tell: Callable[[str], None]) -> list[Cost]:
    """Each kind of work so often at each size; sizes take turns, so that other work disturbs all alike."""
    with ExitStack() as open_, gateway.running("--world", hub.WORLD, "--faults", "bad_rows") as source:
        works = []
        for size in sizes:
            address = open_.enter_context(server.database(hub=True, name=f"measured_{size.dossiers}"))
            installation = open_.enter_context(hub.installed(address, source))
            tell(f"loading {FIRST:%B %Y}")
            batch = _load(installation)
            tell(f"making {size.dossiers:,} other dossiers")
            began = time.perf_counter()
            _fill(address, size)
            tell(f"made in {time.perf_counter() - began:.0f} s")
            works.append((installation.settings.warehouse_url, open_.enter_context(_works(installation, batch))))
        return [_cost(name, [(url, own[name]) for url, own in works], rounds, tell) for name in works[0][1]]


def _cost(name: str, works: list[tuple[str, Callable[[], object]]], rounds: int, tell: Callable[[str], None]) -> Cost:
    wall: list[list[float]] = [[] for _ in works]
    cpu: list[list[float]] = [[] for _ in works]
    for number in range(rounds + 1):
        for place, (url, work) in enumerate(works):
            began, used = time.perf_counter(), cpu_seconds(url)
            work()
            took, used = time.perf_counter() - began, cpu_seconds(url) - used
            if number:  # the first fills caches
                wall[place].append(took * 1000)
                cpu[place].append(used * 1000)
    found = Cost(name, [median(one) for one in wall], [median(one) for one in cpu])
    tell(f"{name}: {', '.join(f'{one:.0f}' for one in found.wall)} ms")
    return found


def _load(installation: Installation) -> int:
    """The batch of the month's dossiers, some of which it refused."""
    catalogue = Catalogue.of(installation)
    run_feed(installation, "dvc", "services", LAST, LAST)
    outcome = run_feed(installation, "dvc", "dossiers", FIRST, LAST)
    refresh(installation.settings.warehouse_url, hub.PROVINCE, KPIS, catalogue=catalogue)
    return next(end.batch.batch_id for end in outcome.published if end.account.quarantined)


def _fill(address: str, size: Size) -> None:
    """What was loaded stays; keys and indexes are made afterwards, which is faster."""
    with psycopg.connect(address, autocommit=True, cursor_factory=psycopg.ClientCursor) as owner:
        owner.execute("set maintenance_work_mem = '1GB'")
        keys = owner.execute(
            "select conname, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = 'warehouse.fact_dossier'::regclass and contype = 'p'"
        ).fetchall()
        indexes = owner.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid = 'warehouse.fact_dossier'::regclass and not indisprimary"
        ).fetchall()
        for name, _ in keys:
            owner.execute(f"alter table warehouse.fact_dossier drop constraint {name}")
        for name, _ in indexes:
            owner.execute(f"drop index {name}")
        values = {
            "provinces": size.provinces,
            "months": size.months,
            "a_month": A_MONTH,
            "kept": list(KEPT),
        }
        owner.execute(_FILL.read_text("utf-8"), values)
        for name, definition in keys:
            owner.execute(f"alter table warehouse.fact_dossier add constraint {name} {definition}")
        for _, definition in indexes:
            owner.execute(definition)
        owner.execute("vacuum analyze")
        owner.execute("checkpoint")


@contextmanager
def _works(installation: Installation, batch: int) -> Iterator[dict[str, Callable[[], object]]]:
    """Name → what is done once."""
    url, catalogue = installation.settings.warehouse_url, Catalogue.of(installation)
    question = Question(KPIS[0], Period(FIRST, LAST), hub.PROVINCE)
    headers = {"Authorization": f"Bearer {hub.key(url, 'read')}"}
    days, months = count(), iter(LATER)

    def board() -> None:
        for _ in range(10):
            later = LAST + timedelta(days=1000 + next(days))
            answer = client.get(f"/api/v1/board?period=2023-06&as_of={later}", headers=headers)
            if answer.status_code != 200:
                raise SystemExit(f"bench: the board answered {answer.status_code}: {answer.text[:300]}")

    def explained() -> None:
        with connect(url, "reader") as reader:
            explain(reader, question, catalogue=catalogue)

    def another() -> None:
        month = next(months)
        run_feed(installation, "dvc", "dossiers", month.first, month.last)

    app = create_app(ScreenSettings(url, hub.PROVINCE, catalogue))
    with TestClient(app, client=("127.0.0.1", 5000)) as client:
        yield {
            "the KPIs of the month computed again": lambda: recompute(
                url, hub.PROVINCE, KPIS, FIRST, LAST, catalogue=catalogue
            ),
            "ten boards of the month": board,
            "a figure of the month explained": explained,
            "the month's refused records loaded again": lambda: replay(installation, batch),
            "a day loaded again": lambda: run_feed(installation, "dvc", "dossiers", LAST, LAST),
            "another month loaded": another,
        }
