"""Data goes to stdout, as a table for people or JSON for machines; everything else goes to stderr."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.translation import N_
from ioc.texts import day, moment, say, written

Json = typer.Option("--json", help=N_("JSON for machines"))

out = Console(width=None if sys.stdout.isatty() else 180)
err = Console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows under labelled columns (key → label); numbers to the right, nothing cut off on a narrow terminal. Keys that
    end in `_id`, `_number` or `year` name something, and are written as they are typed."""
    table = Table(title=title, title_justify="left")
    for key, label in columns.items():
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        table.add_column(label, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(key, row.get(key)) for key in columns))
    out.print(table)


def print_rows(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, json: bool) -> None:
    """The rows as JSON, all keys of them, or as a table of the labelled ones."""
    if json:
        print_json(rows)
    else:
        print_table(title, columns, rows)


def _cell(key: str, value: Any) -> str:
    """A value as people read it; brackets of a record or a call stay what they are, and style nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int | float) and not key.endswith(("_id", "_number", "year")):
        return written(value)
    return escape(", ".join(map(str, value)) if isinstance(value, list) else in_words(value))


def in_words(value: Any) -> str:
    """A value in words, of which only days and moments are written as their reader does."""
    if isinstance(value, datetime):
        return moment(value)
    return day(value) if isinstance(value, date) else str(value)
