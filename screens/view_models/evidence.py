"""Pages of what stands behind the figures: freshness, and the explanation of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts.incidents import Incident, Step
from alerts.kinds import Kind
from kpis.figure import Figure
from screens.view_models.page import Link, Option, Table
from warehouse.deliverers import Matrix
from warehouse.punctuality import SourceState


@dataclass(frozen=True)
class FreshnessPage:
    """Every source, the late ones first."""

    sources: Sequence[SourceState]
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of the feeds, by `source.feed`."""
    deliverers_href: str | None = None
    """To who has delivered what; None for whoever may not see it."""
    audit_href: str | None = None
    """To the audit trail; None for whoever may not read it."""
    incidents_href: str | None = None
    """To the incidents, likewise."""
    runs_href: str | None = None
    """To the batches, which say why a source is blocked or was not read, likewise."""

    def state_of(self, source: SourceState) -> str:
        """How a source is: `failed` where its data could not be read, so that no batch was judged and blocked."""
        attempts = {one.last_attempt for one in source.feeds if one.state == "blocked"}
        return "failed" if source.state == "blocked" and attempts == {"failed"} else source.state


@dataclass(frozen=True)
class DeliverersPage:
    """Who has delivered what, when, and who was to: a table for each feed that several deliver together."""

    matrices: Sequence[tuple[str, Matrix]]
    """With the titles of the feeds."""


@dataclass(frozen=True)
class AuditPage:
    """Who did what: a page of the audit trail, the newest first. The fields of the form as they were filled in."""

    table: Table
    acts: Sequence[Option]
    subject: str
    actor: str
    first: str
    last: str
    files: Sequence[Link]
    older_href: str | None


@dataclass(frozen=True)
class IncidentsPage:
    """The open incidents, or the resolved ones, the newest first."""

    incidents: Sequence[Incident]
    kinds: Mapping[str, Kind]
    are_resolved: bool
    other_href: str
    """To the others."""


@dataclass(frozen=True)
class IncidentPage:
    """An incident, its history, and what the reader may do about it."""

    incident: Incident
    kind: Kind | None
    kpis: Sequence[tuple[str, str]]
    """Names and addresses."""
    steps: Sequence[Step]
    may_handle: bool


@dataclass(frozen=True)
class Explain:
    """Where a figure comes from, step by step down to its records."""

    figure: Figure
    sources: Sequence[str]
    """Titles of the feeds that the KPI reads."""
    formula: str
    """The formula in words: numerator ÷ denominator."""
    statements: Sequence[tuple[str, str]]
    """Title and SQL."""
    references: Table | None
    batches: Table
    checks: Table
    refused: Table
    revisions: Table
    pages: Table
    rows: Table | None
    """None for whoever may not see records."""
    refused_note: str | None = None
    batches_note: str | None = None
    """Why their accounts are not to be seen."""
    place: str = ""
    """Of what the figure is."""
    href: str = ""
    """Back to the figure."""
    more_href: str | None = None
    """To more of the rows."""
