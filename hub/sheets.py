"""Tables that the hub writes, as CSV and as workbooks: one treatment of formulas and control characters for both."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from hub.periods import VIETNAM
from hub.texts import shown

Value = str | bool | int | float | Decimal | date | None
"""What a cell holds; a datetime is a date, too."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""First characters at which a spreadsheet takes a text for a formula."""
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a sheet that does not look like the others."""

    value: Value
    number_format: str | None = None
    colour: str | None = None
    is_bold: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook; without a header it is a list of names and values."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Value | Cell]]


def write_csv(header: Iterable[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """RFC 4180 in UTF-8 with the mark that Excel needs. A text that a spreadsheet would run gets an apostrophe."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([_text(title) for title in header])
    writer.writerows([_text(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def write_workbook(sheets: Iterable[Sheet]) -> bytes:
    """Numbers and days as such; a text stays a text, whatever it begins with."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        made = book.create_sheet(shown(sheet.title))
        titles = [Cell(title, is_bold=True) for title in sheet.header]
        rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in sheet.rows]
        for number, column in enumerate(zip(*filter(None, [titles, *rows]), strict=False), 1):
            longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
            made.column_dimensions[get_column_letter(number)].width = min(longest, _WIDEST) + 3
        if titles:
            made.freeze_panes = "A2"
            made.append([_written_cell(made, title, is_title=True) for title in titles])
            made.auto_filter.ref = f"A1:{get_column_letter(len(titles))}{len(rows) + 1}"
        for row in rows:
            made.append([_written_cell(made, cell) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(VIETNAM).isoformat(timespec="seconds")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, str):
        return f"'{shown(value)}" if value.startswith(_FORMULA) else shown(value)
    return str(value)


def _written_cell(sheet: Any, cell: Cell, *, is_title: bool = False) -> Any:
    value: Any = cell.value
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM).replace(tzinfo=None)
    made = WriteOnlyCell(sheet, shown(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        made.data_type = "s"
        made.quotePrefix = value.startswith(_FORMULA)
    if cell.number_format:
        made.number_format = cell.number_format
    elif isinstance(value, date) and not isinstance(value, datetime):
        made.number_format = "dd/mm/yyyy"
    if cell.is_bold:
        made.font = Font(bold=True)
    if is_title:
        made.alignment = Alignment(wrap_text=True, vertical="top")
    if cell.colour:
        made.fill = PatternFill("solid", fgColor=cell.colour)
    return made
