"""Figures as files: one row a figure, for people in words of their language, for machines by the columns' names."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from hub.sheets import Sheet, write_csv, write_workbook
from hub.translation import Message, msg, msg_in
from kpis.definition import Definition
from kpis.figure import Figure
from screens.database import Snapshot
from screens.definitions import about_sheet, definition_sheet
from screens.directory import breakdown_names
from screens.notes import note_line
from screens.texts import Language, breakdown_label, label, reason_text, say, unit_text

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
MAIN = ("name", "from", "to", "area_name", "breakdown", "value", "unit", "status", "reason", "notes")
"""What people are given unless they ask for all."""
KEY = ("kpi", "measure", "from", "to", "area_id", "breakdown")
"""What tells a row from all others."""
Columns = Literal["main", "all"]
"""Which columns a file for people has."""


def column_names(columns: Columns | None) -> Sequence[str]:
    """Of a file, in its order; all without a choice."""
    return MAIN if columns == "main" else tuple(COLUMNS)


def values(found: Figure, language: Language) -> dict[str, Any]:
    """A figure's cells as machines read them, by column."""
    flat = {name: getattr(found, {"from": "first", "to": "last"}.get(name, name), None) for name in COLUMNS}
    flat |= {"name": getattr(found.name, language), "reason": reason_text(found.reason, language)}
    flat["notes"] = " · ".join(note_line(note, language) for note in found.notes) or None
    for name in ("previous", "year_ago"):
        change = getattr(found, name)
        flat[f"{name}_value"] = change and change.value
        flat[f"{name}_difference"] = change and change.difference
        flat[f"{name}_reason"] = change and reason_text(change.reason, language)
    return flat


def words(s: Snapshot, found: Figure) -> dict[str, Any]:
    """The same as people read them: what is a code for machines is a word."""
    language = s.language
    measure = getattr(found.definition.name_of(found.measure), language)
    return values(found, language) | {
        "name": measure,
        "measure": measure,
        "breakdown": "; ".join(_slice_words(s, found)),
        "unit": unit_text(found.unit, language),
        "status": label(f"status.{found.status}", language),
        "origin": label(f"origin.{found.origin}", language),
        "quality": label(f"quality.{found.quality}", language),
        "is_estimated": say("yes", language) if found.is_estimated else say("no", language),
    }


def _slice_words(s: Snapshot, found: Figure) -> Iterable[str]:
    for name, kept in found.slices.items():
        known = breakdown_names(s, found.definition, name)
        yield f"{breakdown_label(name, s.language)}: {', '.join(known.get(value, value) for value in kept)}"


def csv(rows: Sequence[Figure], language: Language) -> bytes:
    """For machines: RFC 4180 with a byte-order mark; the first line holds the names of all columns."""
    return write_csv(COLUMNS, ([*values(row, language).values()] for row in rows))


def csv_in_words(s: Snapshot, rows: Sequence[Figure], columns: Columns) -> bytes:
    """The same for people, of the chosen columns."""
    return write_csv(_titles(s, column_names(columns)), _cells(s, rows, column_names(columns)))


def xlsx(
    s: Snapshot, kpi: Definition, rows: Sequence[Figure], columns: Columns, address: str, notice: str | None = None
) -> bytes:
    """A workbook for people: the figures, the definition, and who made it of which page."""
    figures = Sheet(
        say("Figures", s.language), _titles(s, column_names(columns)), _cells(s, rows, column_names(columns))
    )
    return write_workbook([figures, definition_sheet(s, [kpi]), about_sheet(s, address, notice)])


def _titles(s: Snapshot, names: Sequence[str]) -> list[str]:
    return [COLUMNS[name][0].text(s.language) for name in names]


def _cells(s: Snapshot, rows: Sequence[Figure], names: Sequence[str]) -> list[list[Any]]:
    return [[told[name] for name in names] for told in (words(s, row) for row in rows)]


def metadata(
    kpi: Definition, rows: Sequence[Figure], columns: Columns | None, query: str, language: Language
) -> dict[str, Any]:
    """The CSV's description after W3C's CSV on the Web. A file for people has a key only where it has all columns, and
    words instead of truth values."""
    names, for_people = column_names(columns), columns is not None
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
                {
                    "name": name,
                    "titles": {"vi": title.vi, "en": title.en},
                    "datatype": "string" if for_people and kind == "boolean" else kind,
                    "null": "",
                }
                for name, (title, kind) in ((name, COLUMNS[name]) for name in names)
            ],
            **({"primaryKey": KEY} if set(KEY) <= set(names) else {}),
        },
    }
