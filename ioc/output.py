"""Data goes to stdout, as a table for people or JSON for machines; everything else goes to stderr. Nothing else of the
command line writes to either, so that what a source has sent is inert on the terminal, whatever it holds."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from hub.errors import Abort
from hub.files import write_whole
from hub.texts import shown, shown_in_json
from hub.translation import N_, msg
from ioc.texts import day, moment, say, written

Json = typer.Option("--json", help=N_("JSON for machines"))


class Terminal(Console):
    """A console on which data are text only: no markup or emoji code in them counts, and they are `shown`."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(markup=False, emoji=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        """Before the library takes away some characters and measures the others."""
        return super().render_str(shown(text), **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Also what was made into text elsewhere, such as the lines of a progress bar."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=shown(segment.text))


out = Terminal(width=None if sys.stdout.isatty() else 180)
err = Terminal(stderr=True)


def print_text(text: str) -> None:
    """A text on stdout, without what a console does to long lines."""
    typer.echo(shown(text))


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    typer.echo(shown_in_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))


def write_file(path: Path, content: bytes) -> None:
    """Writes a file that the command was asked for, and says so on stderr. Raises Abort when it cannot be written."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise Abort(msg("{file} cannot be written: {strerror}", file=path, strerror=error.strerror)) from None
    err.print(say("Wrote {path}", path=path), highlight=False, soft_wrap=True)


def print_table(
    title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], where: Terminal | None = None
) -> None:
    """Rows under labelled columns (key → label), on stdout by default; numbers to the right, nothing cut off on a
    narrow terminal. Keys that end in `_id`, `_number` or `year` name something, and are written as they are typed."""
    table = Table(title=title, title_justify="left")
    for key, label in columns.items():
        numeric = any(isinstance(row.get(key), int | float) for row in rows)
        table.add_column(label, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(key, row.get(key)) for key in columns))
    (where or out).print(table)


def print_rows(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], *, json: bool) -> None:
    """The rows as JSON, all keys of them, or as a table of the labelled ones."""
    if json:
        print_json(rows)
    else:
        print_table(title, columns, rows)


def _cell(key: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int | float) and not key.endswith(("_id", "_number", "year")):
        return written(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else in_words(value)


def in_words(value: Any) -> str:
    """A value in words, of which only days and moments are written as their reader does."""
    if isinstance(value, datetime):
        return moment(value)
    return day(value) if isinstance(value, date) else str(value)
