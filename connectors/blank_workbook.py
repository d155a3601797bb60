"""The workbook that people fill in: a feed's header, with what each column may hold checked by the program that opens
it, and a page that explains it. What is filled in so is read by the feed without change."""

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from connectors.column_specification import Column
from connectors.specification import Feed
from hub.errors import Abort
from hub.texts import shown_in_line
from hub.translation import Wording, msg

_HEADER = 3
"""Row of the header, from 0; above it stand the title and a remark."""
_ROWS = 2_000
"""Rows below it that are checked while they are filled in."""
_WIDTH = 22
_LONGEST_MESSAGE = 255
_MOST = 10**15 - 1
"""Digits that a spreadsheet keeps."""
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
_TYPES = {
    "text": msg("text"),
    "integer": msg("whole number"),
    "number": msg("number"),
    "boolean": msg("yes or no"),
    "date": msg("day, dd/mm/yyyy"),
    "datetime": msg("day and time, dd/mm/yyyy hh:mm"),
    "month": msg("month, mm/yyyy"),
}


def blank_workbook(feed: Feed) -> bytes:
    """The workbook of a feed with format xlsx, in Vietnamese. Raises Abort for another feed."""
    if feed.format != "xlsx" or feed.sheet is None:
        raise Abort(
            msg("A template is for feeds of workbooks, format = 'xlsx'; this one is {format}", format=feed.format)
        )
    columns = {column.wire: column for column in feed.columns.values() if column.wire}
    lists = {wire: _choices(column) for wire, column in columns.items() if column.codes}
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(feed.sheet)
        guide = book.add_worksheet(_sheet_name(feed, msg("Instructions")))
        places = _write_lists(book.add_worksheet(_sheet_name(feed, msg("Lists"))), lists) if lists else {}
        _write_guide(book, guide, feed, columns)
        bold = book.add_format({"bold": True, "font_size": 14})
        sheet.write_string(0, 0, shown_in_line(feed.title), bold)
        sheet.write_string(
            1, 0, _vi(msg("One line for each record, below the header; coloured columns must be filled in"))
        )
        for place, (wire, column) in enumerate(columns.items()):
            _write_column(book, sheet, place, wire, column, places.get(wire))
        if feed.total_row:
            _write_totals(book, sheet, feed, list(columns))
        sheet.freeze_panes(_HEADER + 1, 0)
    return file.getvalue()


def _write_column(book: Workbook, sheet: Worksheet, place: int, wire: str, column: Column, listed: str | None) -> None:
    look: dict[str, Any] = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
    if column.required:
        look["bg_color"] = "#FFE699"
    sheet.set_column(place, place, _WIDTH, book.add_format({"num_format": _number_format(column)}))
    sheet.write_string(_HEADER, place, wire, book.add_format(look))
    sheet.write_comment(_HEADER, place, _told(column), {"x_scale": 2, "y_scale": 1.5})
    check = _check(column, listed)
    if check:
        said = {"error_title": _vi(msg("Not a valid value")), "error_message": _told(column)[:_LONGEST_MESSAGE]}
        sheet.data_validation(_HEADER + 1, place, _HEADER + _ROWS, place, check | said)


def _check(column: Column, listed: str | None) -> dict[str, Any] | None:
    """What may be typed into a cell, as a spreadsheet checks it; None where anything may."""
    if listed:
        return {"validate": "list", "source": listed}
    if column.type in ("date", "datetime", "month"):
        return {"validate": "date", "criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
    if column.type in ("integer", "number"):
        least = -_MOST if column.min is None else column.min
        most = _MOST if column.max is None else column.max
        kind = "integer" if column.type == "integer" else "decimal"
        return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}
    if column.type == "text" and column.max_length:
        return {"validate": "length", "criteria": "<=", "value": column.max_length}
    return None


def _number_format(column: Column) -> str:
    if column.type in ("date", "datetime", "month"):
        has_time = column.type == "datetime" and (column.format is None or "%H" in column.format)
        return "mm/yyyy" if column.type == "month" else "dd/mm/yyyy hh:mm" if has_time else "dd/mm/yyyy"
    return {"integer": "#,##0", "number": "#,##0.##"}.get(column.type, "@")  # codes keep their zeros as texts


def _choices(column: Column) -> list[str]:
    """The wire codes that people choose from: of several for the same one the first."""
    first = {value: wire for wire, value in reversed(column.codes.items()) if wire}
    return [wire for wire in column.codes if wire in first.values()]


def _write_lists(sheet: Worksheet, lists: Mapping[str, list[str]]) -> dict[str, str]:
    """The choices of each column; gives where they stand, as a formula."""
    places = {}
    for place, (wire, choices) in enumerate(lists.items()):
        sheet.set_column(place, place, _WIDTH)
        sheet.write_string(0, place, wire)
        for row, choice in enumerate(choices, 1):
            sheet.write_string(row, place, choice)
        letter = xl_col_to_name(place)
        places[wire] = f"='{sheet.get_name()}'!${letter}$2:${letter}${len(choices) + 1}"
    return places


def _write_guide(book: Workbook, sheet: Worksheet, feed: Feed, columns: Mapping[str, Column]) -> None:
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate((26, 60, 12, 26, 60)):
        sheet.set_column(place, place, width, wrapped)
    lines = [
        msg("Fill in the sheet {sheet}; do not rename it or its columns.", sheet=feed.sheet or ""),
        msg("No formulas and no merged cells: enter values."),
        msg("Save it as .xlsx, without a password, and close it."),
    ]
    if feed.paging.style == "inbox":
        lines += [
            msg(
                "Leave it in the inbox. It replaces what the file of the same name told before: keep all lines in it,"
                " and give those that no longer hold another state."
            ),
            msg("Lines with errors come back in the folder returned, in a workbook with the column Lỗi."),
        ]
    sheet.write_string(0, 0, shown_in_line(feed.title), bold)
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, _vi(line), book.add_format())
    header = (msg("Column"), msg("Meaning"), msg("Required"), msg("Type"), msg("Values"))
    for place, title in enumerate(header):
        sheet.write_string(len(lines) + 2, place, _vi(title), bold)
    for row, (wire, column) in enumerate(columns.items(), len(lines) + 3):
        required = _vi(msg("yes") if column.required else msg("no"))
        told = (wire, _meaning(column), required, kind_of(column), "; ".join(_choices(column)))
        for place, text in enumerate(told):
            sheet.write_string(row, place, text)


def _write_totals(book: Workbook, sheet: Worksheet, feed: Feed, columns: list[str]) -> None:
    """The row that adds up the others, below the rows that may be filled in."""
    total = feed.total_row
    assert total is not None  # noqa: S101 - only then it is called
    row, bold = _HEADER + _ROWS + 1, book.add_format({"bold": True})
    if total.column not in columns:
        sheet.write_string(_HEADER, len(columns), total.column, bold)
        columns = [*columns, total.column]
    sheet.write_string(row, columns.index(total.column), total.text, bold)
    for name in total.sums:
        place = columns.index(str(feed.columns[name].wire))
        letter = xl_col_to_name(place)
        sheet.write_formula(row, place, f"=SUM({letter}{_HEADER + 2}:{letter}{row})", bold, 0)


def _sheet_name(feed: Feed, name: Wording) -> str:
    text = _vi(name)
    return f"{text} 2" if text.casefold() == (feed.sheet or "").casefold() else text


def kind_of(column: Column) -> str:
    """What a cell of the column holds, in Vietnamese."""
    if column.codes:
        return _vi(msg("one of the values"))
    if column.type == "datetime" and column.format and "%H" not in column.format:
        return _vi(_TYPES["date"])
    return _vi(_TYPES[column.type])


def _meaning(column: Column) -> str:
    meaning = shown_in_line(column.label or "")
    if column.personal:
        meaning = f"{meaning} {_vi(msg('For your own use: the hub does not keep it.'))}".strip()
    return meaning


def _told(column: Column) -> str:
    """What a cell of the column may hold, in a few lines."""
    lines = [_meaning(column), kind_of(column)]
    if column.required:
        lines.append(_vi(msg("must be filled in")))
    return "\n".join(filter(None, lines))


def _vi(text: Wording) -> str:
    return text.text("vi")
