"""All published figures of a month, computed again from the archive alone, and beside what is published."""

import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple, cast

from hub.periods import Period
from kpis.archive_sql import ArchiveConnection
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.figure import Figure, Status
from kpis.memo import Once
from kpis.observations import of_period
from kpis.question import Question, resolve
from kpis.revisions import SliceFigure
from kpis.values import values
from warehouse.archive import Archive
from warehouse.serving import Connection, Province, find_province

_NO_FILES = Catalogue({}, {}, {})


class Key(NamedTuple):
    """What a published figure of a month is of."""

    kpi: str
    area_id: int
    breakdown: str
    """Slice such as `channel=online`; empty for the whole."""


class Said(NamedTuple):
    """What a figure says; a missing one says nothing."""

    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None


Figures = dict[Key, Said]
NOTHING = Said(None, None, None)


def archived_figures(archive: Archive, files: Iterable[str], province_code: str, month: Period) -> Figures:
    """The figures of a month of a province, of every KPI that was archived with it, the whole province's first, then
    each area's and each breakdown value's. `files` are those of the month."""
    archive.read(files)
    connection = cast(Connection, ArchiveConnection(archive.connection))
    province = find_province(connection, province_code)
    once, found = Once(connection), Figures()
    for (body,) in connection.execute("select body from serving.kpi_definitions order by kpi").fetchall():
        definition = Definition.model_validate(json.loads(body))
        for one in _of_month(once, province, definition, month):
            found[Key(definition.id, one.area_id, one.breakdown)] = Said(one.value, one.numerator, one.denominator)
    return found


def published_figures(connection: Connection, province: str, month: Period) -> Figures:
    """What the hub has published of the month."""
    own = find_province(connection, province)
    rows = connection.execute(
        "select kpi, area_id, breakdown, value, numerator, denominator from serving.kpi_observations"
        " where province_id = %s and first_day = %s and last_day = %s and is_latest",
        (own.province_id, month.first, month.last),
    )
    return {Key(*row[:3]): Said(*row[3:]) for row in rows}


def differing(archived: Figures, published: Figures) -> dict[Key, tuple[Said, Said]]:
    """Figures of archived KPIs that are not the same in both, archived and published; one that is only in one of them
    says nothing in the other."""
    kpis = {key.kpi for key in archived}
    both = {key: (archived.get(key, NOTHING), published.get(key, NOTHING)) for key in {*archived, *published}}
    return {key: both[key] for key in sorted(both) if key.kpi in kpis and both[key][0] != both[key][1]}


def _of_month(once: Once, province: Province, definition: Definition, month: Period) -> list[SliceFigure]:
    by_breakdown = []
    for by in [[name] for name in definition.breakdowns] or [[]]:
        question = Question(definition.id, month, province.code, by=by, subtrees=True)
        asked = resolve(once, question, _NO_FILES, definition)
        [(row, rows, _)] = values(once.connection, [(asked, month)])
        said: dict[str, Any] = {"value": row.value, "numerator": row.numerator, "denominator": row.denominator}
        status: Status = "missing" if row.value is None else "official"
        unit, version = definition.unit_of(asked.measure), definition.version
        by_breakdown.append(
            Figure(asked.question, definition, asked.place, asked.measure, unit, status, version, rows=rows, **said)
        )
    _, found = of_period(once, province, definition, month, by_breakdown)
    return found
