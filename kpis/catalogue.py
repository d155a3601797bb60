"""The KPIs of an installation, their targets, and the sources that feed them: read once and passed down."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from connectors.catalogue import sources_of
from connectors.specification import Source
from hub.errors import WrongQuestion
from hub.installation import Installation
from hub.suggestions import nearest
from hub.translation import msg
from kpis.definition import Definition, Measured, load_definitions
from kpis.targets import Key, Target, read_targets


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What an installation knows of its KPIs."""

    definitions: Mapping[str, Definition]
    targets: Mapping[Key, Decimal]
    sources: Mapping[str, Source]

    @classmethod
    def of(cls, installation: Installation, province: str | None = None) -> Self:
        """The catalogue of an installation; with the sources that a province has where one is named.

        Raises Abort for the first file with a fault.
        """
        definitions = load_definitions(installation.settings.kpis)
        targets: dict[Key, Decimal] = {}
        for file in installation.reference_files("targets.csv"):
            targets |= read_targets(file, definitions)
        return cls(definitions, targets, sources_of(installation, province))

    @property
    def fields(self) -> dict[str, str | None]:
        """The field of the reports that each KPI belongs to."""
        return {kpi.id: kpi.field for kpi in self.definitions.values()}

    def find(self, kpi: str) -> Definition:
        """The KPI of that id. Raises WrongQuestion naming the nearest ones."""
        if kpi not in self.definitions:
            near = nearest(kpi, list(self.definitions))
            raise WrongQuestion(msg("There is no KPI {kpi!r}; {near}", kpi=kpi, near=near))
        return self.definitions[kpi]

    def feed_title(self, feed: str) -> str:
        """What people call a feed, given as `source.feed`, and its source; its name where the province has it not."""
        name, _, own = feed.partition(".")
        source = self.sources.get(name)
        return f"{source.feeds[own].title} ({source.title})" if source and own in source.feeds else feed

    def feed_titles(self, kpi: Definition) -> list[str]:
        """What people call the feeds that the KPI reads."""
        return [self.feed_title(feed) for feed in kpi.sources]

    def find_target(self, province: str, kpi: str, measured: Measured, breakdown: str, year: int) -> Decimal | None:
        """The target of that figure in that year, where one was set. Targets are in the units of the newest
        definitions: a figure in another unit has none."""
        target = self.targets.get((province, kpi, measured.measure, breakdown, year))
        return target if target is not None and self.find(kpi).unit_of(measured.measure) == measured.unit else None

    def targets_of(self, province: str, kpi: str) -> list[Target]:
        """All targets of a KPI in a province, by year."""
        found = [
            Target(measure, breakdown, year, target)
            for (owner, name, measure, breakdown, year), target in self.targets.items()
            if (owner, name) == (province, kpi)
        ]
        return sorted(found, key=lambda target: (target.year, target.measure, target.breakdown))

    def source_titles(self, kpi: Definition) -> list[str]:
        """The names of the systems that the KPI's records come from, in the order of its feeds."""
        names = dict.fromkeys(feed.partition(".")[0] for feed in kpi.sources)
        return [self.sources[name].title if name in self.sources else name for name in names]
