"""A world's records, made when first asked for and then kept.

A world never changes; what a gateway shows of it depends on the gateway's clock.
"""

import gc
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache, lru_cache
from threading import RLock
from typing import Any, Protocol, TypeVar

import msgspec

from gateway.areas import Province, province
from gateway.moments import of_datetime
from gateway.records.bench import BenchDossiers
from gateway.records.certificates import certificate_versions
from gateway.records.documents import document_versions
from gateway.records.dossier_counts import Count, DossierCounts
from gateway.records.dossier_rows import Facts
from gateway.records.dossier_versions import VersionMaker, dirty
from gateway.records.dossiers import DossierMaker
from gateway.records.ecommerce import platform_days
from gateway.records.services import Catalogue
from gateway.records.telecom import MonthFile, month_files
from gateway.records.vehicles import Step, VehicleMaker, processed_by_day
from gateway.records.work_files import work_file_versions
from gateway.shelf import Entry, Pages, Shelf
from gateway.workdays import Workdays
from gateway.worldfile import LARGEST_BENCH, WorldFile, read_world


class DossierFeed(Pages, Protocol):
    """Dossiers to page through and to count."""

    def between(self, low: int, high: int, now: int) -> Count:
        """The portal's own count of [low, high), in the state of ``now``."""


class DossierShelf(Shelf[Facts | None]):
    """Kept dossiers, with the portal's own counts."""

    def between(self, low: int, high: int, now: int) -> Count:
        return self._counts(self.span(0, now + 1)[1]).between(low, high)

    @lru_cache(maxsize=2)  # noqa: B019 - a shelf lives as long as its process
    def _counts(self, stop: int) -> DossierCounts:
        return DossierCounts(self.facts[:stop])


class VehicleShelf(Shelf[Step | None]):
    """Kept vehicle steps, with the platform's own totals."""

    @lru_cache(maxsize=2)  # noqa: B019 - a shelf lives as long as its process
    def totals(self, now: int) -> dict[tuple[date, str, str], int]:
        return processed_by_day(self.facts[: self.span(0, now + 1)[1]])


class World:
    """Lazily made feeds. Each raises LookupError when the world file has no such section."""

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self.now = of_datetime(file.now)
        self._made: dict[str, Any] = {}
        self._lock = RLock()
        self.makers: dict[str, Callable[[], object]] = {
            "dossiers": self._make_dossiers,
            "catalogue": self._make_catalogue,
            "documents": self._make_documents,
            "work_files": self._make_work_files,
            "certificates": self._make_certificates,
            "ecommerce": self._make_ecommerce,
            "telecom": self._make_telecom,
            "vehicles": self._make_vehicles,
        }

    def has(self, feed: str) -> bool:
        """True when ``feed`` is made already and costs nothing to ask for."""
        return feed in self._made

    def make(self, feed: str) -> Any:
        with self._lock:
            if feed not in self._made:
                collecting = gc.isenabled()
                gc.disable()  # a million tuples and no cycle among them
                try:
                    self._made[feed] = self.makers[feed]()
                finally:
                    if collecting:
                        gc.enable()
            return self._made[feed]

    def make_all(self) -> None:
        for feed in self.makers:
            try:
                self.make(feed)
            except LookupError:
                continue

    @property
    def dossiers(self) -> DossierFeed:
        return self.make("dossiers")  # type: ignore[no-any-return]

    @property
    def catalogue(self) -> Catalogue:
        return self.make("catalogue")  # type: ignore[no-any-return]

    @property
    def ecommerce(self) -> dict[date, list[dict[str, str]]]:
        return self.make("ecommerce")  # type: ignore[no-any-return]

    @property
    def telecom(self) -> list[MonthFile]:
        return self.make("telecom")  # type: ignore[no-any-return]

    @property
    def vehicles(self) -> VehicleShelf:
        return self.make("vehicles")  # type: ignore[no-any-return]

    def office(self, feed: str) -> Pages:
        """``documents``, ``work_files`` or ``certificates``."""
        return self.make(feed)  # type: ignore[no-any-return]

    # -- makers

    @property
    def _province(self) -> Province:
        return province(self.file.province, self.file.area)

    @property
    def _workdays(self) -> Workdays:
        first, last = self.file.first_day, self.file.last_day
        return Workdays(first - timedelta(days=90), last + timedelta(days=90), self.file.holidays)

    def _make_dossiers(self) -> DossierFeed:
        file = self.file
        if file.bench:
            return BenchDossiers(file, file.bench, self._province)
        plan = _declared(file.dossiers, "dossiers")
        catalogue, workdays = self.catalogue, self._workdays
        maker = DossierMaker(file, plan, catalogue, self._province, workdays)
        versions = VersionMaker(file, plan)
        entries: list[Entry[Facts | None]] = [
            entry for number, dossier in enumerate(maker.make()) for entry in versions.of(number, dossier)
        ]
        entries += dirty(file, maker, catalogue, self._province, workdays)
        return DossierShelf(entries)

    def _make_catalogue(self) -> Catalogue:
        plan = _declared(self.file.services, "services")
        return Catalogue(self.file, plan, self.file.dossiers, self._province)

    def _make_documents(self) -> Pages:
        plan = _declared(self.file.documents, "documents")
        return Shelf(document_versions(self.file, plan, self._province, self._workdays))

    def _make_work_files(self) -> Pages:
        plans = _declared(self.file.work_files or None, "work_files")
        return Shelf(work_file_versions(self.file, plans, self._province, self._workdays))

    def _make_certificates(self) -> Pages:
        plan = _declared(self.file.certificates, "certificates")
        return Shelf(certificate_versions(self.file, plan, self._province, self._workdays))

    def _make_ecommerce(self) -> dict[date, list[dict[str, str]]]:
        return platform_days(self.file, _declared(self.file.ecommerce, "ecommerce"))

    def _make_telecom(self) -> list[MonthFile]:
        return month_files(self.file, _declared(self.file.telecom, "telecom"), self._province)

    def _make_vehicles(self) -> VehicleShelf:
        return VehicleShelf(VehicleMaker(self.file, _declared(self.file.vehicles, "vehicles")).steps())


T = TypeVar("T")


def _declared(section: T | None, name: str) -> T:
    if section is None:
        raise LookupError(f"this world has no [{name}]")
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
    return World(file)
