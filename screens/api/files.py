"""Figures as files: one row a figure, the same columns in CSV and XLSX."""

from collections.abc import Sequence
from typing import Any

from hub.tables import Cell, Sheet, write_csv, write_workbook
from kpis.definition import Definition
from kpis.figure import Figure
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


def values(found: Figure, language: Language) -> list[Any]:
    """A figure's cells, in the order of COLUMNS."""
    flat = {name: getattr(found, {"from": "first", "to": "last"}.get(name, name), None) for name in COLUMNS}
    flat |= {"name": getattr(found.name, language), "reason": reason_text(found.reason, language)}
    for name in ("previous", "year_ago"):
        change = getattr(found, name)
        flat[f"{name}_value"] = change and change.value
        flat[f"{name}_difference"] = change and change.difference
    return list(flat.values())


def csv(rows: Sequence[Figure], language: Language) -> bytes:
    """RFC 4180 with a byte-order mark; the first line holds the columns' names."""
    return write_csv(COLUMNS, (values(row, language) for row in rows))


def xlsx(kpi: Definition, rows: Sequence[Figure], language: Language, notice: str | None = None) -> bytes:
    """A workbook: the figures, and what they are; `notice` is what must be known of all of them."""
    place = 0 if language == "vi" else 1
    titles = [column[place] for column in COLUMNS.values()]
    about = [(Cell(name, is_bold=True), value) for name, value in _about(kpi, language, notice)]
    return write_workbook(
        [
            Sheet(("Số liệu", "Figures")[place], titles, [values(row, language) for row in rows]),
            Sheet(("Giải thích", "About")[place], (), about),
        ]
    )


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
