"""A world's records, made when first asked for and then kept.

A world never changes; what a gateway shows of it depends on the gateway's clock.
"""

import gc
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from threading import RLock
from typing import Any, Protocol, TypeVar

import msgspec

from gateway.areas import Province, province
from gateway.moments import of_datetime
from gateway.records.accounts import AccountFigures
from gateway.records.bench import BenchDossiers
from gateway.records.certificates import certificate_versions
from gateway.records.connections import Connections
from gateway.records.documents import document_versions
from gateway.records.dossier_counts import Count, DossierCounts
from gateway.records.dossier_history import dossier_versions
from gateway.records.dossier_rows import Facts
from gateway.records.ecommerce import platform_days
from gateway.records.post import PostFigures, post_figures
from gateway.records.press import PressFeed, press_feed
from gateway.records.reports import ReportMaker, ReportShelf
from gateway.records.services import Catalogue
from gateway.records.telecom import MonthFile, month_files
from gateway.records.threats import Found, threats_found
from gateway.records.vehicles import Step, VehicleMaker, processed_by_day
from gateway.records.work_files import work_file_versions
from gateway.sections import LARGEST_BENCH
from gateway.shelf import Pages, Shelf
from gateway.workdays import workdays_of
from gateway.worldfile import WorldFile, history, read_world


class NoSuchFeedError(LookupError):
    """The world file has no such section: its province does not have this source."""


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
        return DossierCounts(self.facts(stop))


class VehicleShelf(Shelf[Step | None]):
    """Kept vehicle steps, with the platform's own totals."""

    @lru_cache(maxsize=2)  # noqa: B019 - a shelf lives as long as its process
    def totals(self, now: int) -> dict[tuple[date, str, str], int]:
        return processed_by_day(self.facts(self.span(0, now + 1)[1]))


class World:
    """Lazily made feeds. Each raises NoSuchFeedError when the world file has no such section."""

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self.history = history(file)
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
            "reports": self._make_reports,
            "post": self._make_post,
            "accounts": self._make_accounts,
            "press": self._make_press,
            "threats": self._make_threats,
            "connections": self._make_connections,
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
            except NoSuchFeedError:
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

    @property
    def reports(self) -> ReportShelf:
        return self.make("reports")  # type: ignore[no-any-return]

    @property
    def post(self) -> PostFigures:
        return self.make("post")  # type: ignore[no-any-return]

    @property
    def accounts(self) -> AccountFigures:
        return self.make("accounts")  # type: ignore[no-any-return]

    @property
    def press(self) -> PressFeed:
        return self.make("press")  # type: ignore[no-any-return]

    @property
    def threats(self) -> list[Found]:
        return self.make("threats")  # type: ignore[no-any-return]

    @property
    def connections(self) -> Connections:
        return self.make("connections")  # type: ignore[no-any-return]

    def office(self, feed: str) -> Pages:
        """``documents``, ``work_files`` or ``certificates``."""
        return self.make(feed)  # type: ignore[no-any-return]

    # -- makers

    @property
    def _province(self) -> Province:
        return province(self.file.province, self.file.area)

    def _make_dossiers(self) -> DossierFeed:
        file = self.file
        if file.bench:
            return BenchDossiers(file, file.bench, self._province)
        _declared(file.dossiers or None, "dossiers")
        return DossierShelf(dossier_versions(self.history, file, self.catalogue, self._province))

    def _make_catalogue(self) -> Catalogue:
        _declared(self.file.services or self.file.services_before, "services")
        return Catalogue(self.history, _declared(self.history[-1].services, "services"), self._province)

    def _make_documents(self) -> Pages:
        plan = _declared(self.file.documents, "documents")
        return Shelf(document_versions(self.file, plan, self._province, workdays_of(self.file)))

    def _make_work_files(self) -> Pages:
        plans = _declared(self.file.work_files or None, "work_files")
        return Shelf(work_file_versions(self.file, plans, self._province, workdays_of(self.file)))

    def _make_certificates(self) -> Pages:
        plan = _declared(self.file.certificates, "certificates")
        return Shelf(certificate_versions(self.history, self.file, plan, self._province))

    def _make_ecommerce(self) -> dict[date, list[dict[str, str]]]:
        return platform_days(self.file, _declared(self.file.ecommerce, "ecommerce"))

    def _make_telecom(self) -> list[MonthFile]:
        _declared(self.file.telecom, "telecom")
        return month_files(self.history, self.file, self._province)

    def _make_vehicles(self) -> VehicleShelf:
        return VehicleShelf(VehicleMaker(self.file, _declared(self.file.vehicles, "vehicles")).steps())

    def _make_reports(self) -> ReportShelf:
        plan = _declared(self.file.feedback, "feedback")
        return ReportShelf(ReportMaker(self.file, plan, self._province, workdays_of(self.file)).states())

    def _make_post(self) -> PostFigures:
        return post_figures(self.file, _declared(self.file.post, "post"), self._province)

    def _make_accounts(self) -> AccountFigures:
        return AccountFigures(self.file, _declared(self.file.citizen_app, "citizen_app"), self._province)

    def _make_press(self) -> PressFeed:
        return press_feed(self.file, _declared(self.file.press, "press"))

    def _make_threats(self) -> list[Found]:
        return threats_found(self.file, _declared(self.file.security or None, "security"))

    def _make_connections(self) -> Connections:
        return Connections(self.file, _declared(self.history[-1].lgsp or None, "lgsp"))


T = TypeVar("T")


def _declared(section: T | None, name: str) -> T:
    if section is None:
        raise NoSuchFeedError(f"this world has no [{name}]")
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
