"""What tables, views and columns are, in both languages: the comments of the database's schema, whose Vietnamese texts
stand in the catalogue of messages, and the labels of specifications. Whatever has none is named, so that nothing of the
hub stays undescribed.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from sqlalchemy import Table

from connectors.column_specification import Column
from connectors.specification import Feed, Source
from hub.translation import Message, Text, Wording, is_translated, msg
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS
from warehouse.serving_views import View, read_view, view_files

CONTEXT = "comment"
"""Of comments in the catalogue of messages."""
SHOWN_SCHEMA = "warehouse"
"""The schema whose tables readers of the dictionary see; of the others they see the serving views."""


def of_comment(comment: str | None) -> Wording:
    """A comment of the schema as people read it."""
    return Message(comment or "", {}, CONTEXT)


@cache
def views() -> Mapping[str, View]:
    """The hub's serving views, by name."""
    return {name: read_view(path) for name, path in view_files().items()}


def tables() -> dict[str, Table]:
    """The tables that the dictionary shows, by name."""
    return {table.name: table for table in metadata.sorted_tables if table.schema == SHOWN_SCHEMA}


def comments() -> set[str]:
    """Every comment that the dictionary shows; each needs a Vietnamese text."""
    found = {one for table in tables().values() for one in (table.comment, *(c.comment for c in table.columns))}
    for view in views().values():
        found |= {view.comment, *view.comments.values()}
    return {comment for comment in found if comment}


def of_column(feed: Feed, name: str) -> Wording:
    """What a feed's column is: its label, and in English what is said of the fact's or dimension's column that it
    fills. A label is Vietnamese; where English has nothing of its own, it stands for both."""
    column = feed.columns[name]
    if not column.label and column.personal:
        return msg("Personal data, of which nothing is kept")
    label = (column.label or "").strip()
    filled = _filled(feed, name, column)
    return Text(label, filled.text("en") if filled else label)


def _filled(feed: Feed, name: str, column: Column) -> Wording | None:
    fact = FACTS.get(feed.fact)
    if fact is None:
        return None
    if name in fact.columns and column.fact:
        return of_comment(fact.columns[name].comment)
    for dimension, table in ((one.name.removeprefix("dim_"), one) for one in tables().values()):
        stem = name.removeprefix(f"{dimension}_")
        looked_up = dimension == column.known or f"{dimension}_id" in fact.columns
        if looked_up and stem != name and stem in table.columns and table.name.startswith("dim_"):
            return of_comment(table.columns[stem].comment)
    return None


def undescribed(sources: Mapping[str, Source]) -> list[str]:
    """Paths of everything without a description, in either language: `table warehouse.fact_dossier.level`, `view
    serving.dossiers.level`, `source dvc.dossiers.level`."""
    return [*_of_tables(), *_of_views(), *(one for source in sources.values() for one in _of_source(source))]


def _of_tables() -> Iterator[str]:
    for table in metadata.sorted_tables:
        is_shown = table.schema == SHOWN_SCHEMA
        for path, comment in (("", table.comment), *((f".{c.name}", c.comment) for c in table.columns)):
            if not _is_described(comment, in_both=is_shown):
                yield f"table {table.fullname}{path}"


def _of_views() -> Iterator[str]:
    for view in views().values():
        for path, comment in (("", view.comment), *((f".{name}", view.comments.get(name)) for name in view.columns)):
            if not _is_described(comment, in_both=True):
                yield f"view serving.{view.name}{path}"


def _of_source(source: Source) -> Iterator[str]:
    if not source.title.strip():
        yield f"source {source.name}"
    for name, feed in source.feeds.items():
        if not feed.title.strip():
            yield f"source {source.name}.{name}"
        for column in feed.columns:
            if not of_column(feed, column).vi.strip():
                yield f"source {source.name}.{name}.{column}"


def _is_described(comment: str | None, *, in_both: bool) -> bool:
    if not (comment or "").strip():
        return False
    return not in_both or is_translated(str(comment), CONTEXT)
