"""Tables that the hub writes, as CSV and as workbooks: one treatment of formulas and control characters for both."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from hub.periods import VIETNAM
from hub.texts import shown

Value = str | bool | int | float | Decimal | date | None
"""What a cell holds; a datetime is a date, too."""
_SIGNS = "-=+@＝＋－＠"
_FORMULA = (*_SIGNS, "\t", "\r", "\n")
"""First characters at which a spreadsheet takes a text for a formula; of full width in editions for East Asia."""
_BETWEEN = r'(?:[^\S\t\r\n]|")*'
_FORMULA_IN_CSV = re.compile(rf"(?:^|[;\t|]){_BETWEEN}(?=[{_SIGNS}\t\r\n])|\n{_BETWEEN}(?=[{_SIGNS}])")
"""Where one begins for a program that takes another character than the comma for what parts columns, too: it leaves out
blanks, and quotation marks that it does not take for a part of the text, whose lines then are lines of the file."""
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")
_WIDEST = 60
_LONGEST_TITLE, _LONGEST_TEXT = 31, 32_767
"""What a workbook holds at most, in characters: the name of a sheet, and the text of a cell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of a sheet that does not look like the others."""

    value: Value
    number_format: str | None = None
    colour: str | None = None
    is_bold: bool = False
    formula: str | None = None
    """What computes the value, such as `=SUM(B2:B9)`: a program that opens the file computes it again, others show
    `value`."""


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
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        formats = _Formats(book)
        for sheet in sheets:
            made = book.add_worksheet(_NO_TITLE.sub(" ", shown(sheet.title))[:_LONGEST_TITLE])
            titles = [Cell(title, is_bold=True) for title in sheet.header]
            rows = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in sheet.rows]
            for number, column in enumerate(zip(*filter(None, [titles, *rows]), strict=False)):
                longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
                made.set_column(number, number, min(longest, _WIDEST) + 3)
            if titles:
                made.freeze_panes(1, 0)
                made.autofilter(0, 0, len(rows), len(titles) - 1)
                rows = [titles, *rows]
            for place, row in enumerate(rows):
                for number, cell in enumerate(row):
                    _write_cell(made, place, number, cell, formats.of(cell, is_title=bool(titles) and place == 0))
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
        return shown(_FORMULA_IN_CSV.sub(r"\g<0>'", value))
    return str(value)


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, cell: Cell, *, is_title: bool) -> Format:
        looks: dict[str, Any] = {}
        if cell.number_format:
            looks["num_format"] = cell.number_format
        elif isinstance(cell.value, datetime):
            looks["num_format"] = "yyyy-mm-dd h:mm:ss"
        elif isinstance(cell.value, date):
            looks["num_format"] = "dd/mm/yyyy"
        if isinstance(cell.value, str) and cell.value.startswith(_FORMULA):
            looks["quote_prefix"] = True
        if cell.is_bold:
            looks["bold"] = True
        if is_title:
            looks |= {"text_wrap": True, "valign": "top"}
        if cell.colour:
            looks["bg_color"] = f"#{cell.colour}"
        key = tuple(sorted(looks.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(looks)
        return self._made[key]


def _fitting(text: str) -> str:
    """The text as far as a cell holds it: a workbook counts it in UTF-16."""
    return shown(text).encode("utf-16-le")[: 2 * _LONGEST_TEXT].decode("utf-16-le", "ignore")


def _write_cell(sheet: Worksheet, row: int, column: int, cell: Cell, look: Format) -> None:
    value = cell.value
    if cell.formula is not None:
        done = sheet.write_formula(row, column, cell.formula, look, "" if value is None else value)
    elif value is None or value == "":
        done = sheet.write_blank(row, column, None, look)
    elif isinstance(value, str):
        done = sheet.write_string(row, column, _fitting(value), look)
    elif isinstance(value, bool):
        done = sheet.write_boolean(row, column, value, look)
    elif isinstance(value, datetime):
        done = sheet.write_datetime(row, column, value.astimezone(VIETNAM).replace(tzinfo=None), look)
    elif isinstance(value, date):
        done = sheet.write_datetime(row, column, value, look)
    else:
        done = sheet.write_number(row, column, value, look)
    if done:  # the library tells it by a code only: such a sheet would lack the cell
        raise ValueError(f"row {row + 1}, column {column + 1} cannot be written ({done})")
