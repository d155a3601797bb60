"""Figures as files: one row a figure, the same columns in CSV and XLSX."""

from collections.abc import Sequence
from typing import Any

from hub.sheets import Cell, Sheet, write_csv, write_workbook
from hub.translation import Message, msg, msg_in
from kpis.definition import Definition
from kpis.figure import Figure
from screens.notes import note_line
from screens.texts import Language, reason_text, say

COLUMNS: dict[str, tuple[Message, str]] = {
    "kpi": (msg_in("export", "KPI code"), "string"),
    "name": (msg("KPI name"), "string"),
    "measure": (msg("Measure"), "string"),
    "from": (msg("From"), "date"),
    "to": (msg("To"), "date"),
    "area": (msg("Area code"), "string"),
    "area_id": (msg("Area key"), "integer"),
    "area_name": (msg("Area"), "string"),
    "breakdown": (msg("Breakdown"), "string"),
    "value": (msg("Value"), "decimal"),
    "unit": (msg("Unit"), "string"),
    "numerator": (msg("Numerator"), "decimal"),
    "denominator": (msg("Denominator"), "decimal"),
    "target": (msg("Target of the year"), "decimal"),
    "attainment": (msg("Of the target (%)"), "decimal"),
    "previous_value": (msg("Period before"), "decimal"),
    "previous_difference": (msg("Beside the period before"), "decimal"),
    "year_ago_value": (msg("A year ago"), "decimal"),
    "year_ago_difference": (msg("Beside a year ago"), "decimal"),
    "status": (msg("Status"), "string"),
    "reason": (msg("Reason"), "string"),
    "origin": (msg("Origin"), "string"),
    "quality": (msg("Quality"), "string"),
    "data_as_of": (msg("Data as of"), "date"),
    "loaded_at": (msg("Loaded at"), "datetime"),
    "recorded_at": (msg("Recorded at"), "datetime"),
    "revision": (msg("Revision"), "integer"),
    "definition_version": (msg("Definition version"), "integer"),
    "is_estimated": (msg("Estimated"), "boolean"),
    "previous_reason": (msg("Why there is no comparison with the period before"), "string"),
    "year_ago_reason": (msg("Why there is no comparison with a year ago"), "string"),
    "notes": (msg("Notes"), "string"),
}
"""Column → its title and its type."""


def values(found: Figure, language: Language) -> list[Any]:
    """A figure's cells, in the order of COLUMNS."""
    flat = {name: getattr(found, {"from": "first", "to": "last"}.get(name, name), None) for name in COLUMNS}
    flat |= {"name": getattr(found.name, language), "reason": reason_text(found.reason, language)}
    flat["notes"] = " · ".join(note_line(note, language) for note in found.notes) or None
    for name in ("previous", "year_ago"):
        change = getattr(found, name)
        flat[f"{name}_value"] = change and change.value
        flat[f"{name}_difference"] = change and change.difference
        flat[f"{name}_reason"] = change and reason_text(change.reason, language)
    return list(flat.values())


def csv(rows: Sequence[Figure], language: Language) -> bytes:
    """RFC 4180 with a byte-order mark; the first line holds the columns' names."""
    return write_csv(COLUMNS, (values(row, language) for row in rows))


def xlsx(kpi: Definition, rows: Sequence[Figure], language: Language, notice: str | None = None) -> bytes:
    """A workbook: the figures, and what they are; `notice` is what must be known of all of them."""
    titles = [title.text(language) for title, _ in COLUMNS.values()]
    about = [(Cell(name, is_bold=True), value) for name, value in _about(kpi, language, notice)]
    return write_workbook(
        [
            Sheet(say("Figures", language), titles, [values(row, language) for row in rows]),
            Sheet(msg_in("export", "About").text(language), (), about),
        ]
    )


def _about(kpi: Definition, language: Language, notice: str | None) -> list[tuple[str, str]]:
    lines = [
        *([(msg("Notice"), notice)] if notice else []),
        (msg("KPI"), f"{getattr(kpi.name, language)} ({kpi.id})"),
        (msg("Unit"), kpi.unit),
        (msg("Basis"), getattr(kpi.basis, language)),
        (msg("Owner"), kpi.owner),
        (msg("Sources"), ", ".join(kpi.sources)),
        (msg("Version of the definition"), str(kpi.version)),
    ]
    return [(title.text(language), value) for title, value in lines]


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
                {"name": name, "titles": {"vi": title.vi, "en": title.en}, "datatype": kind, "null": ""}
                for name, (title, kind) in COLUMNS.items()
            ],
            "primaryKey": ["kpi", "measure", "from", "to", "area_id", "breakdown"],
        },
    }
