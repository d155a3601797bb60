"""Figures as files: one row a figure, the same columns in CSV and XLSX."""

import csv as csv_module
import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from kpis.definition import Definition
from kpis.figure import Figure
from screens.formats import HERE
from screens.texts import Language, reason_text

COLUMNS: dict[str, tuple[str, str, str]] = {
    "kpi": ("Mã chỉ tiêu", "KPI", "string"),
    "name": ("Chỉ tiêu", "Name", "string"),
    "measure": ("Số đo", "Measure", "string"),
    "from": ("Từ ngày", "From", "date"),
    "to": ("Đến ngày", "To", "date"),
    "area": ("Mã địa bàn", "Area code", "string"),
    "area_id": ("Khoá địa bàn", "Area key", "integer"),
    "area_name": ("Địa bàn", "Area", "string"),
    "breakdown": ("Phân tổ", "Breakdown", "string"),
    "value": ("Giá trị", "Value", "decimal"),
    "unit": ("Đơn vị", "Unit", "string"),
    "numerator": ("Tử số", "Numerator", "decimal"),
    "denominator": ("Mẫu số", "Denominator", "decimal"),
    "target": ("Mục tiêu năm", "Target of the year", "decimal"),
    "attainment": ("Đạt so với mục tiêu (%)", "Of the target (%)", "decimal"),
    "previous_value": ("Kỳ trước", "Period before", "decimal"),
    "previous_difference": ("So với kỳ trước", "Beside the period before", "decimal"),
    "year_ago_value": ("Cùng kỳ năm trước", "A year ago", "decimal"),
    "year_ago_difference": ("So với cùng kỳ", "Beside a year ago", "decimal"),
    "status": ("Trạng thái", "Status", "string"),
    "reason": ("Lý do", "Reason", "string"),
    "origin": ("Nguồn giá trị", "Origin", "string"),
    "quality": ("Chất lượng", "Quality", "string"),
    "data_as_of": ("Số liệu đến ngày", "Data as of", "date"),
    "loaded_at": ("Nạp lúc", "Loaded at", "datetime"),
    "recorded_at": ("Công bố lúc", "Recorded at", "datetime"),
    "revision": ("Lần công bố", "Revision", "integer"),
    "definition_version": ("Phiên bản định nghĩa", "Definition version", "integer"),
    "is_estimated": ("Ước tính", "Estimated", "boolean"),
}
"""Column → title in Vietnamese, in English, and its type."""
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def values(found: Figure, language: Language) -> list[Any]:
    """A figure's cells, in the order of COLUMNS."""
    flat = {name: getattr(found, {"from": "first", "to": "last"}.get(name, name), None) for name in COLUMNS}
    flat |= {"name": getattr(found.name, language), "reason": reason_text(found.reason, language)}
    for name in ("previous", "year_ago"):
        change = getattr(found, name)
        flat[f"{name}_value"] = change and change.value
        flat[f"{name}_difference"] = change and change.difference
    return list(flat.values())


def harmless(text: str) -> str:
    """The text as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_RUNS) else text


def csv(rows: Sequence[Figure], language: Language) -> bytes:
    """RFC 4180 with a byte-order mark; the first line holds the columns' names."""
    made = io.StringIO(newline="")
    writer = csv_module.writer(made)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_text(cell) for cell in values(row, language)])
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime):
        return cell.astimezone(HERE).isoformat(timespec="seconds")
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}" if cell else "0"
    return harmless(cell) if isinstance(cell, str) else str(cell)


def xlsx(kpi: Definition, rows: Sequence[Figure], language: Language, notice: str | None = None) -> bytes:
    """A workbook: the figures, and what they are; `notice` is what must be known of all of them."""
    book, place = Workbook(write_only=True), 0 if language == "vi" else 1
    sheet = book.create_sheet("Số liệu" if language == "vi" else "Figures")
    sheet.freeze_panes = "A2"
    bold = Font(bold=True)

    def cell(value: Any, font: Font | None = None) -> Any:
        if isinstance(value, datetime):
            value = value.astimezone(HERE).replace(tzinfo=None)
        text = isinstance(value, str)
        made = WriteOnlyCell(sheet, _UNWRITABLE.sub("", value) if text else value)
        if text:
            made.data_type = "s"  # else a text that begins with = were a formula
        if isinstance(value, date) and not isinstance(value, datetime):
            made.number_format = "dd/mm/yyyy"
        if font:
            made.font = font
        return made

    sheet.append([cell(titles[place], bold) for titles in COLUMNS.values()])
    for row in rows:
        sheet.append([cell(value) for value in values(row, language)])
    about = book.create_sheet("Giải thích" if language == "vi" else "About")
    for name, value in _about(kpi, language, notice):
        about.append([cell(name, bold), cell(value)])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _about(kpi: Definition, language: Language, notice: str | None) -> list[tuple[str, str]]:
    lines = [
        *([("Lưu ý", "Notice", notice)] if notice else []),
        ("Chỉ tiêu", "KPI", f"{getattr(kpi.name, language)} ({kpi.id})"),
        ("Đơn vị", "Unit", kpi.unit),
        ("Căn cứ", "Basis", getattr(kpi.basis, language)),
        ("Chịu trách nhiệm", "Owner", kpi.owner),
        ("Nguồn", "Sources", ", ".join(kpi.sources)),
        ("Phiên bản định nghĩa", "Version of the definition", str(kpi.version)),
    ]
    return [(vi if language == "vi" else en, value) for vi, en, value in lines]


def metadata(kpi: Definition, rows: Sequence[Figure], query: str, language: Language) -> dict[str, Any]:
    """The CSV's description after W3C's CSV on the Web."""
    loaded = [row.loaded_at for row in rows if row.loaded_at]
    return {
        "@context": "http://www.w3.org/ns/csvw",
        "url": f"observations.csv{f'?{query}' if query else ''}",
        "dc:title": {"vi": kpi.name.vi, "en": kpi.name.en},
        "dc:description": getattr(kpi.basis, language),
        "dc:publisher": kpi.owner,
        "dc:source": list(kpi.sources),
        "dc:modified": max(loaded).isoformat() if loaded else None,
        "ioc:definition_version": kpi.version,
        "ioc:unit": kpi.unit,
        "ioc:rows": len(rows),
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "doubleQuote": True},
        "tableSchema": {
            "columns": [
                {"name": name, "titles": {"vi": vi, "en": en}, "datatype": kind, "null": ""}
                for name, (vi, en, kind) in COLUMNS.items()
            ],
            "primaryKey": ["kpi", "measure", "from", "to", "area_id", "breakdown"],
        },
    }
