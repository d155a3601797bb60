"""A world's records, made when first asked for and then kept.

A world never changes; what a gateway shows of it depends on the gateway's clock.
"""

import gc
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from threading import RLock
from typing import Any, Generic, TypeVar

import msgspec

from gateway.areas import Province, province
from gateway.moments import of_datetime
from gateway.records.bench import BenchDossiers
from gateway.records.cases import CaseMaker
from gateway.records.dossier import DossierCounts, DossierFacts
from gateway.records.dossier_versions import dossier_versions
from gateway.records.figures import Accounts, PostFigures, connections, platform_days, threats
from gateway.records.office import certificate_versions, document_versions, work_file_versions
from gateway.records.press import PressFeed
from gateway.records.reports import ReportMaker, newest_states
from gateway.records.schools import SchoolLists
from gateway.records.services import Catalogue
from gateway.records.statistics import StatisticMaker
from gateway.records.telecom import MonthFile, month_files
from gateway.records.things import ThingFeed
from gateway.records.vehicles import VehicleMaker, processed_by_day
from gateway.records.workbooks import Workbook, workbooks
from gateway.shelf import Shelf
from gateway.systemfile import SystemFile, read_systems
from gateway.worldfile import LARGEST_BENCH, WorldFile, history, read_world, whole_history, world_path

T = TypeVar("T")


class NoSuchFeedError(LookupError):
    """The world file has no such section: its province does not have this source."""


class Made(Generic[T]):
    """A feed of a world: made when first asked for, once, whichever thread asks."""

    def __init__(self, maker: Callable[["World"], T]) -> None:
        self._maker = maker

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, world: "World", owner: type) -> T:
        return world.once(self._name, lambda: self._maker(world))


class World:
    """The feeds. Each raises NoSuchFeedError when the world file has no such section.

    ``made`` has those that cost nothing to ask for any more, by name.
    """

    def __init__(self, file: WorldFile, systems: Mapping[str, SystemFile] | None = None) -> None:
        self.file = file
        self.systems = systems or {}
        self.history = history(file)
        self.now = of_datetime(file.now)
        self.made: dict[str, Any] = {}
        self.lock = RLock()

    def make_all(self) -> None:
        """Makes every feed that the world has."""
        for name, feed in vars(World).items():
            if isinstance(feed, Made):
                with suppress(NoSuchFeedError):
                    getattr(self, name)
        for system in self.systems:
            for form in (self.statistics, self.cases, self.things, self.schools, self.workbooks):
                with suppress(NoSuchFeedError):
                    form(system)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What ``make`` makes, kept by ``name``. Raises ValueError for what a file does not declare."""
        with self.lock:
            if name not in self.made:
                collecting = gc.isenabled()
                gc.disable()  # a million tuples and no cycle among them
                try:
                    self.made[name] = make()
                except (KeyError, IndexError) as error:
                    raise ValueError(f"world: what {name} needs is not declared: {error!r}") from None
                finally:
                    if collecting:
                        gc.enable()
            feed: T = self.made[name]
            return feed

    @property
    def province(self) -> Province:
        """Its areas. Raises ValueError when the area data has none."""
        return province(self.file.province, self.file.area)

    @Made
    def dossiers(self) -> Shelf[DossierFacts | None, DossierCounts] | BenchDossiers:
        if self.file.bench:
            return BenchDossiers(self.file, self.file.bench, self.province)
        _declared(self.file.dossiers)
        return Shelf(dossier_versions(self.history, self.file, self.catalogue, self.province), DossierCounts)

    @Made
    def catalogue(self) -> Catalogue:
        _declared(self.file.services or self.file.services_before)
        return Catalogue(self.history, _declared(self.history[-1].services), self.province)

    def statistics(self, system: str) -> Shelf[None, int]:
        """The rows of ``system``, each at the moment at which its last day begins."""
        return self._of_system("statistics", system, lambda *what: Shelf(StatisticMaker(*what).rows(), len))

    def cases(self, system: str) -> Shelf[int, list[int]]:
        """The states of the cases of ``system``."""
        return self._of_system("cases", system, lambda *what: Shelf(CaseMaker(*what).states(), newest_states))

    def things(self, system: str) -> ThingFeed:
        """The things of ``system``."""
        return self._of_system("things", system, ThingFeed)

    def schools(self, system: str) -> SchoolLists:
        """The schools of ``system``."""
        return self._of_system("schools", system, SchoolLists)

    def workbooks(self, system: str) -> list[Workbook]:
        """The monthly workbooks of ``system``, by the time at which they were sent."""
        return self._of_system("workbooks", system, workbooks)

    def _of_system(self, form: str, system: str, maker: Callable[[WorldFile, str, SystemFile, Province], T]) -> T:
        plan = self.systems.get(system)
        if plan is None or not _has(plan, form):
            raise NoSuchFeedError("this world has no such system")
        whole = msgspec.structs.replace(whole_history(self.history), dirt=plan.dirt)

        def make() -> T:
            try:
                return maker(whole, system, plan, self.province)
            except ValueError as error:
                raise ValueError(f"{self.file.systems}/{system}.toml: {error}") from None

        return self.once(f"{form} of {system}", make)

    @Made
    def telecom(self) -> list[MonthFile]:
        _declared(self.file.telecom)
        return month_files(self.history, self.file, self.province)

    def file_content(self, path: str) -> bytes:
        """The content of a listed file of the operators."""
        return next(file.content for file in self.telecom if path.endswith(f"/{file.name}"))

    documents = Made(lambda w: Shelf(document_versions(w.file, _declared(w.file.documents), w.province), len))
    work_files = Made(lambda w: Shelf(work_file_versions(w.file, _declared(w.file.work_files), w.province), len))
    certificates = Made(
        lambda w: Shelf(certificate_versions(w.history, w.file, _declared(w.file.certificates), w.province), len)
    )
    ecommerce = Made(lambda w: platform_days(w.file, _declared(w.file.ecommerce)))
    vehicles = Made(lambda w: Shelf(VehicleMaker(w.file, _declared(w.file.vehicles)).steps(), processed_by_day))
    reports = Made(lambda w: Shelf(ReportMaker(w.file, _declared(w.file.feedback), w.province).states(), newest_states))
    post = Made(lambda w: PostFigures(w.file, _declared(w.file.post), w.province))
    accounts = Made(lambda w: Accounts(w.file, _declared(w.file.citizen_app), w.province))
    press = Made(lambda w: PressFeed(w.file, _declared(w.file.press)))
    threats = Made(lambda w: threats(w.file, _declared(w.file.security)))
    connections = Made(lambda w: connections(w.file, _declared(w.history[-1].lgsp)))


def _has(plan: SystemFile, form: str) -> bool:
    """Whether a system is told in that form."""
    told = plan.flow or plan.stock
    blocks: dict[str, tuple[object, ...]] = {
        "statistics": () if plan.facilities else told,
        "workbooks": told if plan.facilities else (),
        "cases": plan.case,
        "things": plan.thing,
        "schools": plan.school,
    }
    return bool(blocks[form])


def _declared(section: T | None) -> T:
    if not section:
        raise NoSuchFeedError("this world has no such section")
    return section


@cache
def load_world(name: str, seed: int | None = None, dossiers: int | None = None) -> World:
    """The world ``name``, once per process; ``dossiers`` sets the size of a benchmark world.

    Raises ValueError with one line that says what is wrong.
    """
    file = read_world(name)
    if seed is not None:
        file = msgspec.structs.replace(file, seed=seed)
    if dossiers is not None:
        if file.bench is None:
            raise ValueError(f"world {name!r} has no [bench]: --dossiers is for the world bench")
        if not 0 < dossiers <= LARGEST_BENCH:
            raise ValueError(f"--dossiers {dossiers}: it must be 1 to {LARGEST_BENCH}")
        file = msgspec.structs.replace(file, bench=msgspec.structs.replace(file.bench, dossiers=dossiers))
    return World(file, read_systems(world_path(name).parent / file.systems) if file.systems else None)
