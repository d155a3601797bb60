"""What published figures are computed by: definitions, sources, targets and reference data, each by its keys."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from connectors.catalogue import sources_of
from hub.installation import Installation
from kpis.catalogue import Catalogue
from kpis.definition import PLAN, POPULATION, Definition
from warehouse.approved_inputs import FILES, Body, Inputs, approved, note, reference_inputs
from warehouse.serving import Connection

KPI, SOURCE, TARGETS = "kpi/", "source/", "targets"
_OF_FEEDS = ("feed_deliverers", "deliverer")
"""Tables whose keys begin with a feed's name."""


@dataclass(frozen=True)
class InputChange:
    """A key of an input that has another value than the approved one; None where it is not there."""

    name: str
    key: str
    before: str | None
    after: str | None

    @property
    def file(self) -> str:
        """The file to look at, in the installation's folder or the hub's."""
        if self.name.startswith(KPI):
            return f"kpis/{self.name.removeprefix(KPI)}.toml"
        if self.name.startswith(SOURCE):
            return f"sources/{self.name.removeprefix(SOURCE)}.toml"
        return "reference/targets.csv" if self.name == TARGETS else FILES[self.name]

    @property
    def is_of_deliveries(self) -> bool:
        """Whether it can say who delivers, and how late: what decides when a figure is official."""
        return self.name.startswith(SOURCE) or self.name in _OF_FEEDS

    def touches(self, versions: Iterable[Definition]) -> bool:
        """Whether figures of a KPI, by any of these versions of its definition, can depend on it. In doubt they can:
        then they are computed and compared."""
        return any(map(self._touches, versions))

    def _touches(self, definition: Definition) -> bool:
        formula = definition.formula(definition.measure)
        if self.name == TARGETS:
            return False
        if self.name.startswith(KPI):
            return self.name == KPI + definition.id
        if self.name.startswith(SOURCE):
            return self.name.removeprefix(SOURCE) in {source for source, _ in definition.feeds}
        if self.name == "area_population":
            return POPULATION in formula.quantities
        if self.name == "kpi_plan":
            return PLAN in formula.quantities and definition.id in self.key.split(" ")
        if self.name in _OF_FEEDS:
            return self.key.split(" ")[0] in definition.sources
        return True

    def explains(self, last: date, area: str) -> bool:
        """Whether it can be behind a changed figure of that area and a period that ends on `last`."""
        parts = self.key.split(" ")
        if self.name == "area_population":
            return parts[:2] == [area, str(last.year)]
        return self.name != "kpi_plan" or parts[-2] == str(last.year)


def inputs_of(connection: Connection, installation: Installation, catalogue: Catalogue) -> dict[str, Body]:
    """All inputs: the installation's files, and the reference data as the database holds them."""
    found = dict(reference_inputs(connection))
    found |= {KPI + kpi.id: _flat(kpi.meaning) for kpi in catalogue.definitions.values()}
    found |= {
        SOURCE + source.name: _flat(source.model_dump(mode="json", exclude_defaults=True))
        for source in sources_of(installation).values()
    }
    found[TARGETS] = {words(key): f"{target.normalize():f}" for key, target in catalogue.targets.items()}
    return found


def words(key: tuple[object, ...]) -> str:
    """A key of several parts among the inputs."""
    return " ".join(str(part) for part in key if part != "")


def changes(before: Inputs, after: Inputs) -> list[InputChange]:
    """What differs, by input and key. An input of which nothing was approved is no change."""
    return [
        InputChange(name, key, old, new)
        for name in sorted({*before, *after})
        if name in before
        for key, old, new in _differing(before[name], after.get(name, {}))
    ]


def _differing(before: Body, after: Body) -> Iterator[tuple[str, str | None, str | None]]:
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def note_first(connection: Connection, installation: Installation, catalogue: Catalogue) -> None:
    """Keeps what is in force as approved where nothing of it is known yet, and as long as nothing is published."""
    row = connection.execute("select exists (select from kpi.observation)").fetchone()
    note(connection, inputs_of(connection, installation, catalogue), replace=row == (False,))


def approved_or_held(connection: Connection) -> dict[str, Body]:
    """What was approved last; of reference data and definitions that nobody approved, what the database holds."""
    held = dict(reference_inputs(connection))
    for kpi, body in connection.execute(
        "select distinct on (kpi) kpi, body from serving.kpi_definitions order by kpi, version desc"
    ):
        with suppress(ValidationError):  # one that names what no longer exists
            held[KPI + kpi] = _flat(Definition.model_validate(body).meaning)
    return held | approved(connection)


def _flat(value: Any, place: str = "") -> dict[str, str]:
    """Values by their dotted places."""
    if isinstance(value, Mapping):
        entries = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list):
        entries = [(str(number), one) for number, one in enumerate(value)]
    else:
        return {place: str(value)}
    found: dict[str, str] = {}
    for key, one in entries:
        found |= _flat(one, f"{place}.{key}" if place else key)
    return found
