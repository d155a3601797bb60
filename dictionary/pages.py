"""What the pages of the dictionary show: the catalogue of an installation beside the schema of the hub."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Column as TableColumn
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import dialect

from connectors.specification import Feed, Source
from dictionary import flows
from dictionary.descriptions import of_column, of_comment, tables, views
from dictionary.flows import Flow
from hub.translation import Message, Text, Wording, msg
from kpis.catalogue import Catalogue
from kpis.definition import Definition, Formula
from kpis.expression import columns as columns_of
from warehouse.serving_views import TWIN, View

SEVERITIES: Mapping[str, Message] = {
    "reject": msg("the record is quarantined"),
    "block": msg("the batch is blocked"),
    "provisional": msg("figures stay provisional"),
    "warn": msg("a warning"),
}
KINDS: Mapping[str, Message] = {
    "flow": msg("what happened in the period"),
    "distinct": msg("different things in the period, each counted once"),
    "stock": msg("the state on the last day of the period"),
    "cumulative": msg("a running total"),
}
DIRECTIONS: Mapping[str, Message] = {
    "up": msg("more is better"),
    "down": msg("less is better"),
    "none": msg("neither more nor less is better"),
}

_POSTGRES = dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Hit:
    """A line of the search: what it is, how it is called, what it says, and where it stands."""

    kind: Wording
    name: str
    text: Wording
    href: str


class Dictionary:
    """Everything that the pages show, of one installation."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.sources: Mapping[str, Source] = catalogue.sources
        self.kpis: Mapping[str, Definition] = catalogue.definitions

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Facts first, then dimensions, then what else there is."""
        order = {"fact": 0, "dim": 1}
        return dict(sorted(tables().items(), key=lambda one: (order.get(one[0].split("_")[0], 2), one[0])))

    @property
    def views(self) -> Mapping[str, View]:
        return views()

    @cached_property
    def ways(self) -> list[Flow]:
        return flows.flows(self.sources, self.kpis)

    def feeds_of(self, table: str) -> dict[str, Feed]:
        """The feeds that fill a table, by `source.feed`."""
        feeds = {
            f"{source.name}.{name}": feed for source in self.sources.values() for name, feed in source.feeds.items()
        }
        return {name: feed for name, feed in feeds.items() if feed.fact == table}

    def filled_by(self, table: str, column: str) -> list[tuple[str, str]]:
        """The feeds whose records fill a column of a fact, and by which of their columns."""
        names = (column, f"{column.removesuffix('_id')}_code" if column.endswith("_id") else column)
        return [
            (path, name)
            for path, feed in self.feeds_of(table).items()
            for name, one in feed.kept.items()
            if name in names and one.fact
        ]

    def counting(self, view: str) -> list[Definition]:
        """The KPIs that count a view's rows."""
        return [kpi for kpi in self.kpis.values() if kpi.reads == view]

    def columns_in(self, kpi: Definition) -> list[str]:
        """The columns of the view that any formula of a KPI names, in the order of the view."""
        named: set[str] = set()
        for measure in (kpi.measure, *kpi.measures):
            formula = kpi.formula(measure)
            named |= {*formula.columns, *columns_of(formula.where)}
            named |= {name for text in formula.aggregates for name in columns_of(text)}
        return [name for name in self.views[kpi.reads].columns if name in named]

    def hits(self) -> Iterator[Hit]:
        """What the search finds, things before their columns."""
        for source in self.sources.values():
            yield Hit(msg("source"), source.name, Text(source.title, source.title), f"sources/{source.name}.html")
            for name, feed in source.feeds.items():
                path = f"sources/{source.name}.html#{name}"
                yield Hit(msg("feed"), f"{source.name}.{name}", Text(feed.title, feed.title), path)
        for kpi in self.kpis.values():
            yield Hit(msg("KPI"), kpi.id, kpi.name, f"kpis/{kpi.id}.html")
        for name, table in self.tables.items():
            yield Hit(msg("table"), name, of_comment(table.comment), f"tables/{name}.html")
        for name, view in self.views.items():
            yield Hit(msg("view"), name, of_comment(view.comment), f"views/{name}.html")
        yield from self._columns()

    def _columns(self) -> Iterator[Hit]:
        for source in self.sources.values():
            for name, feed in source.feeds.items():
                for column in feed.columns:
                    path = f"sources/{source.name}.html#{name}.{column}"
                    yield Hit(msg("column"), f"{source.name}.{name}.{column}", of_column(feed, column), path)
        for name, table in self.tables.items():
            for one in table.columns:
                href = f"tables/{name}.html#{one.name}"
                yield Hit(msg("column"), f"{name}.{one.name}", of_comment(one.comment), href)
        for name, view in self.views.items():
            for column in view.columns:
                href = f"views/{name}.html#{column}"
                yield Hit(msg("column"), f"{name}.{column}", of_comment(view.comments.get(column)), href)
        for kpi in self.kpis.values():
            for measure in kpi.measures:
                href = f"kpis/{kpi.id}.html#{measure}"
                yield Hit(msg("measure"), f"{kpi.id}.{measure}", kpi.name_of(measure), href)


def type_of(column: TableColumn[object]) -> str:
    """A column's type as PostgreSQL calls it."""
    return str(column.type.compile(_POSTGRES)).lower()


def formula_text(formula: Formula, of: str) -> str:
    """A formula in one line, with the scale and the root that it has."""
    text = formula.numerator
    if formula.denominator is not None:
        text = f"({formula.numerator}) ÷ ({formula.denominator})"
    if formula.scale != 1:
        text = f"{formula.scale:f} × {text}"
    return f"{of} = √[{text}]" if formula.root else f"{of} = {text}"


def twin_of(view: View) -> str | None:
    """The view of refused records beside a view of facts; None beside any other."""
    return f"{TWIN}{view.name}" if view.fact is not None else None
