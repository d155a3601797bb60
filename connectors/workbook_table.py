"""The table in a sheet of a workbook (XLSX): its header, its lines and its row of totals.

Read by openpyxl, row by row, after connectors.workbook_package has looked through the file. Above the header stand
titles, below the row of totals remarks and signatures, neither of which is kept. A cell whose value could mean
something else has none, and what it was is said instead: a formula (the value beside it may be of before a change), an
error, a merged cell that stands for several.
"""

import io
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from string import ascii_uppercase
from typing import Any, NamedTuple

from openpyxl import load_workbook
from openpyxl.utils.cell import get_column_letter

from connectors.json_places import LONGEST_TEXT, MOST_RECORDS, NO_NUMBER, NO_VALUE, too_many
from connectors.specification import TotalRow
from connectors.values import folded, reads_like_total
from connectors.workbook_package import Area, SheetLayout, look_through
from hub.csv_lines import twice
from hub.errors import HubError, Reject
from hub.texts import UNREADABLE, clean
from hub.translation import Wording, msg

Value = str | bool | int | float | datetime | date | None
_TITLE_ROWS = 30
"""Rows with a value among which the header is looked for."""
_MOST_ACTIVE = 1000
"""Merged areas that reach into one row."""
_MOST_EXACT = 10**15
"""Numbers above it have lost digits: a spreadsheet keeps fifteen."""
_NUMBER = re.compile(r"[0-9][0-9., ]*")
_ZEROS = re.compile("0{2,}")
"""Format of cells that show codes with the zeros that they begin with."""
_FEWEST_NUMBERED = 4
warnings.filterwarnings("ignore", module=r"openpyxl\.")  # they quote cells


class Line(NamedTuple):
    """A row below the header: the values of the known columns that are not empty, or what is wrong with all of it."""

    number: int
    values: Mapping[str, Value]
    fault: Wording | None = None


@dataclass
class _Column:
    """A known column of the sheet, and the further ones that its merged header covers."""

    name: str
    place: int
    covered: range = range(0)


@dataclass
class Table:
    """A sheet's table. `titles` are the texts above its header, `totals` the values of its row of totals by column,
    once all lines are read."""

    header: list[str]
    header_row: int
    lines: Iterator[Line]
    titles: Sequence[str]
    totals: dict[str, Value] = field(default_factory=dict)


class Workbook:
    """A workbook that was looked through. Raises as look_through, and Reject when it cannot be read."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._layouts = look_through(body)

    def table(
        self,
        sheet: str,
        known: Collection[str],
        total: TotalRow | None = None,
        required: Collection[str] = (),
        codes: Collection[str] = (),
    ) -> Table:
        """The table of a sheet, which has at least one of the `known` columns. A line is whole where it has all
        `required` ones; `codes` are texts of cells that are no totals, whatever they look like. Raises Reject when
        there is no such table, or it is ambiguous."""
        with _told():
            found, layout = self._sheet(sheet, formulas=True)
            rows = _rows(found, layout)
            return _Reader(self, sheet, layout, known, total, required, codes).table(rows)

    def cached(self, sheet: str, number: int) -> list[Any]:
        """The cells of a row with the values that formulas had when the file was saved."""
        with _told():
            found, _ = self._sheet(sheet, formulas=False)
            return list(next(iter(found.iter_rows(min_row=number, max_row=number))))

    def _sheet(self, name: str, *, formulas: bool) -> tuple[Any, SheetLayout]:
        book = load_workbook(io.BytesIO(self._body), read_only=True, data_only=not formulas, keep_links=False)
        sheets: list[Any] = [s for s in book.worksheets if clean(s.title).casefold() == clean(name).casefold()]
        if len(sheets) != 1:
            there = ", ".join(sheet.title[:40] for sheet in islice(book.worksheets, 10))
            raise Reject(
                msg("The workbook has no sheet {sheet!r}, or several; it has {there}", sheet=name, there=there)
            )
        found = sheets[0]
        if found.sheet_state != "visible":
            raise Reject(
                msg(
                    "Sheet {sheet!r} is hidden, so that nobody has seen what was sent; show it and send again",
                    sheet=name,
                )
            )
        found.reset_dimensions()  # what a file says of its own size leaves rows out
        return found, self._layouts[found._worksheet_path]


class _told:  # noqa: N801 - a context
    """Tells what goes wrong in the library as one thing: its errors quote cells."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HubError):
            raise Reject(
                msg("The workbook cannot be read ({kind}); save it anew as .xlsx", kind=type(error).__name__)
            ) from None


def _rows(sheet: Any, layout: SheetLayout) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows that have a value, with their numbers; what stands in the file below the last one is not read."""
    with _told():
        for number, cells in enumerate(islice(sheet.iter_rows(), layout.last_row), 1):
            if any(not _is_empty(cell) for cell in cells):
                yield number, cells


class _Reader:
    """Finds the table and reads its lines."""

    def __init__(
        self,
        book: Workbook,
        sheet: str,
        layout: SheetLayout,
        known: Collection[str],
        total: TotalRow | None,
        required: Collection[str],
        codes: Collection[str],
    ) -> None:
        self._book, self._sheet = book, sheet
        self._areas = sorted(layout.areas, key=lambda area: area.top)
        self._known = {clean(name): name for name in known}
        self._total, self._required = total, [clean(name) for name in required]
        self._total_text = folded(total.text) if total else ""
        self._codes = {folded(code) for code in codes}
        self._columns: list[_Column] = []
        self._label = 0
        self._active: list[Area] = []
        self._next = 0

    def table(self, rows: Iterator[tuple[int, Sequence[Any]]]) -> Table:
        titles = list(islice(rows, _TITLE_ROWS))
        names = self._names(titles)
        scores = [len(set(row) & set(self._known)) for row in names]
        if not scores or max(scores) == 0:
            wanted = ", ".join(self._known.values())
            raise Reject(msg("Sheet {sheet!r} has no header with {wanted}", sheet=self._sheet, wanted=wanted))
        at = scores.index(max(scores))
        number, header = titles[at][0], names[at]
        label = clean(self._total.column) if self._total else None
        if again := [name for name in twice(header) if name in self._known or name == label]:
            raise Reject(
                msg(
                    "row {line}: the header names {names} twice, and nobody can know which one counts; ask for the"
                    " file again",
                    line=number,
                    names=", ".join(again),
                )
            )
        if label is not None:
            if label not in header:
                raise Reject(
                    msg("row {line}: the header has no {column}, by which totals are known", line=number, column=label)
                )
            self._label = header.index(label) + 1
        own = [area for area in self._areas if area.top <= number <= area.bottom]
        for place, name in enumerate(header, 1):
            if name in self._known:
                wide = [area for area in own if area.left <= place < area.right]
                self._columns.append(_Column(name, place, range(place + 1, wide[0].right + 1) if wide else range(0)))
        last = max([number, *(area.bottom for area in own)])
        below = ((row, cells) for row, cells in chain(titles[at + 1 :], rows) if row > last)
        made = Table(header, number, iter(()), [text for row in names[:at] for text in row if text])
        made.lines = self._lines(below, made)
        return made

    def _names(self, titles: Sequence[tuple[int, Sequence[Any]]]) -> list[list[str]]:
        """What each row calls its columns; a cell that is merged downwards calls them so in every row of it."""
        names = {
            number: ["" if _is_empty(cell) else clean(str(cell.value)) for cell in cells] for number, cells in titles
        }
        for area in self._areas:
            above = names.get(area.top, [])
            for number, row in names.items():
                if area.top < number <= area.bottom and area.left <= len(above):
                    row.extend([""] * (area.left - len(row)))
                    row[area.left - 1] = row[area.left - 1] or above[area.left - 1]
        return list(names.values())

    def _lines(self, rows: Iterator[tuple[int, Sequence[Any]]], table: Table) -> Iterator[Line]:
        count = 0
        for number, cells in _without_numbering(rows):
            areas = self._reaching(number)
            if self._total and self._is_total(cells, areas):
                self._take_totals(table, number, cells)
                self._check_below(rows)
                return
            line = self._line(number, cells, areas)
            if line is None:
                continue
            count += 1
            if count > MOST_RECORDS:
                raise too_many()
            yield line
        if self._total:
            raise Reject(
                msg(
                    "Sheet {sheet!r} has no row of totals ({column}: {text}): it is not whole; ask for the file again",
                    sheet=self._sheet,
                    column=self._total.column,
                    text=self._total.text,
                )
            )

    def _line(self, number: int, cells: Sequence[Any], areas: list[Area]) -> Line | None:
        values: dict[str, Value] = {}
        for column in self._columns:
            value = self._value(column, number, cells, areas)
            if value is not None:
                values[self._known[column.name]] = value
        if not values:
            return None
        for cell in cells:
            if isinstance(cell.value, str) and reads_like_total(cell.value, self._codes):
                return Line(
                    number,
                    {},
                    msg("looks like a row of totals; name it in total_row of the feed, or give it another text"),
                )
        return Line(number, values)

    def _value(self, column: _Column, number: int, cells: Sequence[Any], areas: list[Area]) -> Value:
        at = f"{get_column_letter(column.place)}{number}"
        if any(not _is_empty(_at(cells, place)) for place in column.covered):
            return f"{NO_VALUE}several columns under one header, {at}"
        for area in areas:
            if area.left <= column.place <= area.right and not self._is_harmless(area, column):
                return f"{NO_VALUE}merged cell, {at}"
        return _value(_at(cells, column.place), at)

    def _is_harmless(self, area: Area, column: _Column) -> bool:
        """Whether merged cells stand for one value: within a row, begun by the only known column among them."""
        among = [other for other in self._columns if area.left <= other.place <= area.right]
        return area.top == area.bottom and area.left == column.place and len(among) == 1

    def _reaching(self, number: int) -> list[Area]:
        """The merged areas that reach into a row; rows are asked for in their order."""
        while self._next < len(self._areas) and self._areas[self._next].top <= number:
            self._active.append(self._areas[self._next])
            self._next += 1
        self._active = [area for area in self._active if area.bottom >= number]
        if len(self._active) > _MOST_ACTIVE:
            raise Reject(msg("row {row} is part of more than {most} merged areas", row=number, most=_MOST_ACTIVE))
        return self._active

    def _is_total(self, cells: Sequence[Any], areas: list[Area]) -> bool:
        places = [self._label, *(area.left for area in areas if area.left <= self._label <= area.right)]
        said = [cell.value for place in places if not _is_empty(cell := _at(cells, place))]
        return any(isinstance(text, str) and folded(text) == self._total_text for text in said)

    def _take_totals(self, table: Table, number: int, cells: Sequence[Any]) -> None:
        """Of a formula its value when the file was saved: where that is no longer true, the sums differ, and nothing is
        published."""
        if any(not _is_empty(cell) and cell.data_type == "f" for cell in cells):
            cells = self._book.cached(self._sheet, number)
        for column in self._columns:
            cell = _at(cells, column.place)
            if not _is_empty(cell):
                at = f"{get_column_letter(column.place)}{number}"
                table.totals[self._known[column.name]] = _value(cell, at)

    def _check_below(self, rows: Iterator[tuple[int, Sequence[Any]]]) -> None:
        """Raises Reject where a record stands below the totals: remarks and signatures have no number, or not all that
        a record must have."""
        for number, cells in rows:
            given = {column.name: cell for column in self._columns if not _is_empty(cell := _at(cells, column.place))}
            counts = any(_NUMBER.fullmatch(clean(str(cell.value))) for cell in given.values())
            is_record = counts and set(self._required) <= set(given)
            if is_record or self._is_total(cells, self._reaching(number)):
                raise Reject(
                    msg("row {row} lies below the totals and looks like a record or another total", row=number)
                )


def _without_numbering(rows: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows without a first one that only numbers the columns, as printed tables have it: A, B, 1, 2, 3."""
    for first, (number, cells) in enumerate(rows):
        said = [clean(str(cell.value)).strip("()") for cell in cells if not _is_empty(cell)]
        letters = "".join(text for text in said if len(text) == 1 and text.isalpha())
        numbered = [*letters, *(str(place) for place in range(1, len(said) - len(letters) + 1))]
        if first or len(said) < _FEWEST_NUMBERED or said != numbered or not ascii_uppercase.startswith(letters):
            yield number, cells


def _at(cells: Sequence[Any], place: int) -> Any:
    return cells[place - 1] if place <= len(cells) else None


def _is_empty(cell: Any) -> bool:
    return cell is None or cell.value is None or (isinstance(cell.value, str) and not clean(cell.value))


def _value(cell: Any, at: str) -> Value:
    """What a cell holds; an empty one nothing."""
    if _is_empty(cell):
        return None
    value = cell.value
    if cell.data_type == "f":
        return f"{NO_VALUE}formula, {at}"
    if cell.data_type == "e":
        return f"{NO_VALUE}error value, {at}"
    if isinstance(value, str):
        return value[:LONGEST_TEXT].replace("\0", UNREADABLE)
    if isinstance(value, bool | date):
        return value
    if isinstance(value, time | timedelta):
        return f"{NO_VALUE}time of day, {at}"
    if not isinstance(value, int | float) or abs(value) >= _MOST_EXACT:
        return NO_NUMBER
    form = cell.number_format
    if "%" in form:
        return f"{NO_VALUE}percentage, {at}"
    if not float(value).is_integer():
        return value
    return f"{int(value):0{len(form)}}" if _ZEROS.fullmatch(form) else int(value)
