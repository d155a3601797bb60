"""A figure as the command line shows it: JSON for machines, tables for people."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.translation import Text, msg
from ioc.output import in_words, print_table
from ioc.reader import amount, number
from ioc.texts import days, say, unit

if TYPE_CHECKING:
    from kpis.figure import Change, Figure, Row
    from warehouse.serving import Connection

STATUS = {
    "official": msg("official"),
    "provisional": msg("provisional"),
    "missing": msg("missing"),
}


def as_dict(figure: "Figure", names: "dict[int, tuple[str, Any]] | None" = None) -> dict[str, Any]:
    """A figure as JSON prints it: the agreed keys, and after them what was asked besides or has to be said.

    `names` are name and first day of the areas of its rows.
    """
    shown: dict[str, Any] = {
        "kpi": figure.kpi,
        "from": figure.first,
        "to": figure.last,
        "area": figure.area,
        "value": number(figure.value),
        "numerator": number(figure.numerator),
        "denominator": number(figure.denominator),
        "unit": figure.unit,
        "status": figure.status,
        "data_as_of": figure.data_as_of,
        "loaded_at": figure.loaded_at,
        "revision": figure.revision,
        "definition_version": figure.definition_version,
        "target": number(figure.target),
    }
    if figure.attainment is not None:
        shown["attainment"] = number(figure.attainment)
    if figure.measure != figure.definition.measure:
        shown["measure"] = figure.measure
    if figure.slices:
        shown["where"] = dict(figure.slices)
    if figure.is_estimated:
        shown["is_estimated"] = True
    if figure.reason:
        shown["reason"] = say(figure.reason)
    for name, change in (("previous", figure.previous), ("year_ago", figure.year_ago)):
        if change:
            shown[name] = _change_as_dict(change)
    if figure.by:
        shown["rows"] = [_row_as_dict(row, names or {}) for row in figure.rows]
    return shown


def _change_as_dict(change: "Change") -> dict[str, Any]:
    shown: dict[str, Any] = {
        "from": change.first,
        "to": change.last,
        "value": number(change.value),
        "difference": number(change.difference),
        "unit": change.unit,
        "percent": number(change.percent),
    }
    if change.reason:
        shown["reason"] = say(change.reason)
    return shown


def _row_as_dict(row: "Row", names: dict[int, tuple[str, Any]]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "breakdown": row.breakdown,
        "value": number(row.value),
        "numerator": number(row.numerator),
        "denominator": number(row.denominator),
    }
    if row.area_id in names:
        shown["area_name"], shown["area_valid_from"] = names[row.area_id]
    if row.is_estimated:
        shown["is_estimated"] = True
    if row.reason:
        shown["reason"] = say(row.reason)
    return shown


def print_figure(connection: "Connection", figure: "Figure") -> None:
    """One figure with everything that it takes to believe it, and its rows."""
    name = figure.definition.name_of(figure.measure)
    facts: dict[str, object] = {
        say("measure"): figure.measure,
        say("period"): days(figure.first, figure.last),
        say("area"): figure.area,
        say("where"): figure.breakdown or None,
        say("value"): amount(figure.value, 2),
        say("unit"): unit(figure.unit),
        say("numerator"): amount(figure.numerator, 2),
        say("denominator"): amount(figure.denominator, 2),
        say("estimated"): say(_SPLIT) if figure.is_estimated else None,
        say("target of the year"): amount(figure.target),
        say("of the target"): _percent(figure.attainment),
        say("beside the period before"): _moved(figure.previous),
        say("beside a year ago"): _moved(figure.year_ago),
        say("status"): say(STATUS[figure.status]),
        say("reason"): say(figure.reason) if figure.reason else None,
        say("data as of"): figure.data_as_of,
        say("loaded at"): figure.loaded_at,
        say("revision"): figure.revision,
        say("definition version"): figure.definition_version,
    }
    print_table(
        say(name),
        {"what": "", "is": figure.kpi},
        [{"what": what, "is": in_words(value)} for what, value in facts.items() if value is not None],
    )
    if figure.by:
        _print_rows(connection, figure)


def print_series(figures: "Sequence[Figure]") -> None:
    """One line a period, each beside the period before it and a year ago."""
    name = figures[0].name
    columns = {
        "period": say("period"),
        "value": unit(figures[0].unit),
        "numerator": say("numerator"),
        "denominator": say("denominator"),
        "attainment": say("of the target"),
        "previous": say("beside the period before"),
        "year_ago": say("beside a year ago"),
        "status": say("status"),
    }
    rows = [
        {
            "period": days(figure.first, figure.last),
            "value": number(figure.value, 2),
            "numerator": number(figure.numerator, 2),
            "denominator": number(figure.denominator, 2),
            "attainment": _percent(figure.attainment),
            "previous": _moved(figure.previous),
            "year_ago": _moved(figure.year_ago),
            "status": say(STATUS[figure.status]),
        }
        for figure in figures
    ]
    print_table(f"{say(name)} ({figures[0].measure})", columns, rows)


_SPLIT = msg("yes, it holds a part of an area that was split")
_POINTS = msg("percentage points")


def _percent(value: Any) -> str | None:
    return None if value is None else f"{amount(value, 1)} %"


def _moved(change: "Change | None") -> str | None:
    """How far a figure moved, in one line: `+1.234 (+5,6 %)`, or why that cannot be said."""
    if change is None:
        return None
    if change.difference is None:
        return f"— ({say(change.reason)})" if change.reason else "—"
    moved = f"{amount(change.difference, 2, '+')}"
    if change.unit == "percentage points":
        return f"{moved} {say(_POINTS)}"
    return f"{moved} ({amount(change.percent, 1, '+')} %)" if change.percent is not None else moved


def _print_rows(connection: "Connection", figure: "Figure") -> None:
    from warehouse.serving import breakdown_values, find_province

    province, definition = find_province(connection, figure.question.province), figure.definition
    names = {}
    for name in figure.by:
        if name != "area":
            known = breakdown_values(connection, province, definition.reads, name, definition.row_sources)
            names[name] = {value: say(Text(*both)) for value, both in known.items()}
    areas = names_of_areas(connection, figure)

    def label(row: "Row", name: str, value: str | None) -> str:
        if value is None:
            return say("not stated")
        if name == "area" and row.area_id in areas:
            return f"{areas[row.area_id][0]} ({value})"
        return names.get(name, {}).get(value, value)

    estimated = any(row.is_estimated for row in figure.rows)
    rows = [
        {
            **{name: label(row, name, value) for name, value in row.breakdown.items()},
            "value": number(row.value, 2),
            "numerator": number(row.numerator, 2),
            "denominator": number(row.denominator, 2),
            "estimated": say("estimated") if row.is_estimated else None,
        }
        for row in figure.rows
    ]
    columns = {name: name for name in figure.by} | {
        "value": unit(figure.unit),
        "numerator": say("numerator"),
        "denominator": say("denominator"),
    }
    print_table("", columns | ({"estimated": ""} if estimated else {}), rows)


def names_of_areas(connection: "Connection", figure: "Figure") -> dict[int, tuple[str, Any]]:
    """Area → its name and first day, for the rows of a figure by area."""
    from warehouse.serving import area_names

    return area_names(connection, {row.area_id for row in figure.rows if row.area_id is not None})
