"""Pages of quality over time: the overview, lists, one run, one landed page."""

from collections.abc import Sequence
from dataclasses import dataclass

from screens.charts.series import Point
from screens.view_models.page import Link, Option, Table


@dataclass(frozen=True)
class FilterForm:
    """The filters of a list, as a form that keeps what was chosen; `texts` are name, label and value."""

    action: str
    sources: Sequence[Option]
    statuses: Sequence[Option]
    """Empty where the list has none."""
    texts: Sequence[tuple[str, str, str]]
    first: str
    last: str


@dataclass(frozen=True)
class DimensionTrend:
    """A dimension's score by month, in percent."""

    name: str
    label: str
    points: Sequence[Point]


@dataclass(frozen=True)
class QualityPage:
    """How quality went over the last months, and where to look further."""

    filters: FilterForm
    lists: Sequence[Link]
    trends: Sequence[DimensionTrend]
    sources: Table
    rules: Table
    drifts: Table
    runs: Table
    deliverers: Table | None
    note: str | None
    """Why there is nothing to see."""
    reports: Sequence[Link] = ()
    """The report on data quality of these months; none for who may not take it."""


@dataclass(frozen=True)
class QualityList:
    """A list with its filters, its files, and the way on."""

    title: str
    filters: FilterForm
    table: Table
    files: Sequence[Link]
    more_href: str | None
    note: str | None


@dataclass(frozen=True)
class DecisionForm:
    """What may be decided about the open refused records of a run, or that its values are true."""

    action: str
    ways: Sequence[Option]
    records: Sequence[Option]
    error: str | None = None
    reason: str = ""
    assignee: str = ""
    is_confirmation: bool = False
    """Whether it says of a run without open refused records that its values are true."""


@dataclass(frozen=True)
class RunPage:
    """One batch: its account, rules, refused records with what became of them, and its pages."""

    title: str
    facts: Sequence[tuple[str, str]]
    reason: str | None
    rules: Table
    refused: Table
    effects: Table
    pages: Table
    form: DecisionForm | None
    """None for whoever may not decide, or where nothing is open."""


@dataclass(frozen=True)
class LandedPage:
    """A page as it was landed, redacted; `text` may be cut."""

    title: str
    facts: Sequence[tuple[str, str]]
    text: str
    is_cut: bool
    href: str
    """Of its bytes."""
