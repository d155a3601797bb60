"""Pages from templates and view models. Every value is escaped; what comes as Markup is a chart of our own."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.errors import Abort
from hub.texts import shown
from hub.translation import msg
from kpis.figure import Change, Figure
from screens import formats, lists
from screens.build import MANIFEST, STATIC
from screens.cadence import cadence
from screens.charts import area_map, bars, dots, histogram, spark, trend, trend_keys
from screens.formats import Delta
from screens.texts import Language, label, owner_name, reason_text, say, unit_text
from screens.view_models.figure import Share
from screens.view_models.page import Cell, Page, TableColumn

T = TypeVar("T")
TEMPLATES = Path(__file__).parent / "templates"
STATIC_PATH = "/static"
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything from here and nothing inline; data: is for the pictures inside the API documentation's style sheet."""


@cache
def built_files(static: Path = STATIC) -> Mapping[str, str]:
    """Asset's name → its name by content. Raises Abort before the first build."""
    try:
        files: dict[str, str] = json.loads((static / MANIFEST).read_text("utf-8"))["files"]
    except OSError:
        raise Abort(
            msg("The pages' assets are not built: run python -m screens.build (make env does)."),
        ) from None
    return files


def asset(name: str) -> str:
    """The path of an asset. Raises KeyError for one that no build makes."""
    return f"{STATIC_PATH}/{built_files()[name]}"


@cache
def environment(language: Language) -> Environment:
    """Templates in one language."""
    pages = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    functions: dict[str, Callable[..., Any]] = {
        "t": partial(_say, language),
        "label": partial(_label, language),
        "words": lambda text: None if text is None else getattr(text, language),
        "cadence": partial(_last, cadence, language),
        "owner": partial(_last, owner_name, language),
        "number": partial(_last, formats.number, language),
        "amount": lambda value, unit, decimals=1: formats.amount(value, unit, language, decimals),
        "compact": partial(_last, formats.compact, language),
        "split": partial(_last, formats.split, language),
        "with_unit": lambda value, unit, short=False, decimals=1: formats.with_unit(
            value, unit, language, short, decimals
        ),
        "goal": lambda value, unit, bare=False: formats.goal(value, unit, language, bare),
        "estimate": lambda value, unit: formats.with_unit(formats.rough(value), unit, language, short=True),
        "unit": lambda unit: unit_text(unit, language),
        "day": partial(_last, formats.day, language),
        "moment": partial(_last, formats.moment, language),
        "period": partial(_last, formats.period, language),
        "span": partial(_last, formats.span, language),
        "age": partial(_last, formats.age, language),
        "cells": partial(_cells, language),
        "raw": _raw,
        "changes": partial(changes, language),
        "headline": partial(headline, language),
        "top": _top,
        "ranks": _ranks,
        "ends": lists.ends,
        "sought_places": lists.sought_places,
        "histogram": lambda name, title, unit, parts, own: histogram.histogram(
            name, title, unit, [part.value for part in parts], own, language
        ),
        "asset": asset,
        "bar": bars.bar,
        "dot": dots.dot,
        "dot_key": dots.dot_key,
        "dot_scale": dots.dot_scale,
        "sparkline": lambda name, title, unit, points: spark.sparkline(name, title, unit, points, language),
        "spark_ends": lambda unit, points: spark.spark_ends(unit, points, language),
        "trend": lambda name, title, unit, points, marks=(): trend.trend(
            name, title, unit, points, language, marks=marks
        ),
        "trend_keys": lambda points, marks: trend_keys.trend_keys(points, language, marks),
        "narrow_trend": lambda name, title, unit, points, marks=(): trend.trend(
            name, title, unit, points, language, trend.NARROW, marks
        ),
        "axis_notes": lambda group: group.notes(language),
        "panel_chart": lambda group, name, place: group.chart(name, place, language),
        "lone_chart": lambda group, name: group.chart(name, 0, language, trend.ALONE),
        "panel_keys": lambda groups: trend_keys.trend_keys(
            [point for group in groups for panel in group.panels for point in panel.points], language
        ),
        "area_map": lambda model: area_map.area_map(model, language),
        "legend": lambda model: area_map.legend(model, language),
        "schematic": lambda: area_map.schematic(language),
        "swatch": area_map.swatch,
    }
    pages.globals.update(functions)
    return pages


def render(template: str, page: Page, model: object = None) -> str:
    """The page `template` (such as `kpi.html`) with its model, in the page's language."""
    return shown(environment(page.language).get_template(template).render(page=page, model=model))


def _say(language: Language, message: str, **values: object) -> str:
    return say(message, language, **values)


def _label(language: Language, key: str, **values: object) -> str:
    return label(key, language, **values)


def _last(function: Callable[..., T], language: Language, *values: Any) -> T:
    return function(*values, language)


def _cells(language: Language, columns: Sequence[TableColumn], values: Sequence[Cell]) -> list[tuple[str, str]]:
    """Of each cell of a row its classes and what people read. One call a row: a table has hundreds of cells, and what a
    template does by itself takes ten times as long."""
    return [
        (f"{'num ' if column.numeric else ''}{'code' if column.code else ''}", _cell(language, value, column.decimals))
        for column, value in zip(columns, values, strict=True)
    ]


def _cell(language: Language, value: Cell, decimals: int | None) -> str:
    if isinstance(value, datetime):
        return formats.moment(value, language)
    if isinstance(value, date):
        return formats.day(value, language)
    if isinstance(value, Decimal | int) or value is None:
        return formats.number(value, language, decimals)
    return value


def _raw(value: Cell) -> str | None:
    """A number as a script reads it; None for anything else."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value) if isinstance(value, int) else None


def _delta(language: Language, figure: Figure, basis: str) -> Delta | None:
    change: Change | None = getattr(figure, basis)
    if change is None:
        return None
    days = formats.period(change.first, change.last, language)
    return formats.delta(
        change.difference,
        change.unit,
        change.percent,
        figure.good,
        "year_ago" if basis == "year_ago" else "previous",
        language,
        reason_text(change.reason, language),
        f"{days}: {formats.with_unit(change.value, figure.unit, language)}",
    )


def changes(language: Language, figure: Figure) -> list[Delta]:
    """Both changes; where neither is known for the same reason, one text gives it."""
    found = [d for d in (_delta(language, figure, basis) for basis in ("year_ago", "previous")) if d]
    if len(found) == 2 and found[0].direction is found[1].direction is None and found[0].basis == found[1].basis:
        reason = reason_text(figure.year_ago.reason if figure.year_ago else None, language)
        return [formats.unknown(say("a year or a period before", language), reason, language)]
    return found


def headline(language: Language, figure: Figure) -> Delta | None:
    """The one change that a tile has room for: on a year before, else on the period before; None where neither is
    known, of which the KPI's own page says why."""
    found = (_delta(language, figure, basis) for basis in ("year_ago", "previous"))
    return next((d for d in found if d and d.direction), None)


def _ranks(parts: Sequence[Share]) -> list[str]:
    """Places in a list that comes sorted: equal values share one, and what has no value has none."""
    places: list[str] = []
    for index, part in enumerate(parts):
        same = index and part.value == parts[index - 1].value
        places.append(formats.NOTHING if part.value is None else places[-1] if same else str(index + 1))
    return places


def _top(parts: Sequence[Share]) -> Decimal:
    """What a full bar stands for."""
    return max([part.value for part in parts if part.value is not None], default=Decimal(0))
