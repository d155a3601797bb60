"""A closed month of a province written to the archive: what its KPIs read, and no column or row besides."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg import IsolationLevel, sql

from connectors.pseudonyms import code_column
from hub.errors import Abort
from hub.periods import Period
from hub.translation import Wording, join, msg
from kpis import expression
from kpis.availability import Availability, coverage, judge, lateness_passed
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.figure import Reason
from kpis.memo import Once
from kpis.query import FIRST, LAST, Scope, reachable_rows
from kpis.refresh import new_batches
from kpis.values import start_day
from kpis.versions import versions
from warehouse import locks, trail
from warehouse.archive import Archive, Part, Rows, read_rows
from warehouse.database import connect
from warehouse.serving import Connection, Coverage, Province, find_province, province_ids
from warehouse.serving_views import find_view

_MOST = 3
"""So many reasons are told."""
_AREAS = (
    "select unnest(a.ancestor_ids) from serving.areas as a where a.ancestor_ids && %(own)s::integer[] or a.level ="
    " 'unknown' or a.area_id in (select s.successor_id from serving.area_successors as s join serving.areas as b"
    " using (area_id) where b.ancestor_ids && %(own)s::integer[])"
)
"""The areas of a province, those that took over its own, and all that contain them."""
_REFERENCE: dict[str, tuple[str, str]] = {
    "provinces": ("province_id province area name", "where r.province_id = %(province_id)s"),
    "areas": (
        "area_id area level name valid_from valid_to parent_id ancestor_ids latitude longitude area_km2 sort_key",
        f"where r.area_id in ({_AREAS})",
    ),
    "area_successors": ("area_id successor_id successor share is_estimated", f"where r.area_id in ({_AREAS})"),
    "populations": ("area_id year population", f"where r.year = %(year)s and r.area_id in ({_AREAS})"),
    "kpi_plans": (
        "province_id kpi year breakdown plan",
        "where r.province_id = %(province_id)s and r.year = %(year)s and r.kpi = any(%(kpis)s)",
    ),
    "kpi_definitions": (
        "kpi version body",
        "join unnest(%(kpis)s::text[], %(versions)s::integer[]) as k (kpi, version) using (kpi, version)",
    ),
}
"""What is archived beside the facts: view → columns of its rows `r`, and which rows."""


@dataclass(frozen=True)
class ArchivedMonth:
    """What was written: rows by table, hashes by file, the number of the trail's entry, and the KPIs of which nothing
    is said in that month."""

    part: Part
    rows: Mapping[str, int]
    files: Mapping[str, str]
    without: Sequence[str]
    entry_id: int


def write_month(
    url: str, folder: Path, province: str, month: Period, *, catalogue: Catalogue, now: datetime
) -> ArchivedMonth:
    """Archives a month of a province, or writes it again, with an entry of the trail.

    The files are written before the entry, and what they replace is deleted after it: a kill in between leaves a month
    that no entry names, until it is written again. Raises Abort where the month is not closed.
    """
    part = Part(province, f"{month.first:%Y-%m}")
    with (
        closing(connect(url, "loader")) as guard,
        closing(connect(url, "loader")) as connection,
        locks.hold(guard, "archive"),
    ):
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        own = find_province(connection, province)
        definitions, without = _closed(connection, own, month, catalogue, now)
        with Archive.open(folder, write=True) as archive:
            rows = archive.replace(part, _tables(connection, own, definitions, month, catalogue))
            files = {file: archive.sha256(file) for file in sorted(archive.files().get(part, ()))}
            entry_id = trail.write(
                connection,
                "archive",
                part.subject,
                province=province,
                after={
                    "files": dict(files),
                    "rows": dict(rows),
                    "kpis": {one.id: one.version for one in definitions},
                    "without": list(without),
                },
            )
            locks.check(guard)
            connection.commit()
            archive.remove_replaced()
    return ArchivedMonth(part, rows, {file: str(sha256) for file, sha256 in files.items()}, without, entry_id)


def _closed(
    connection: Connection, province: Province, month: Period, catalogue: Catalogue, now: datetime
) -> tuple[list[Definition], list[str]]:
    """The KPIs of a closed month, each in the version under which the month is published, and those of which nothing is
    said. Raises Abort that says what the month lacks."""
    once, definitions, without, open_ = Once(connection), list[Definition](), list[str](), list[Wording]()
    wholes = connection.execute(
        "select kpi, definition_version, status from serving.kpi_observations where province_id = %s and first_day = %s"
        " and last_day = %s and breakdown = '' and area_id = any(%s) and is_latest",
        (province.province_id, month.first, month.last, province_ids(connection, province)),
    )
    published = {kpi: (version, status) for kpi, version, status in wholes}
    for one in catalogue.definitions.values():
        covered = coverage(once, province, one)
        version, status = published.get(one.id, (None, "missing"))
        definition = versions(connection, one.id).of(version, month.last) if version else one
        available = judge(definition, covered, month, start_day(definition, definition.measure, month))
        if lack := _lack(covered, available, month) or lateness_passed(one, month.last, now, catalogue.sources):
            open_.append(msg("{kpi}: {reason}", kpi=one.id, reason=lack))
        elif not available.missing and (version is None or new_batches(connection, province, one)):
            open_.append(msg("{kpi} is not refreshed: run `ioc kpi refresh {kpi}`", kpi=one.id))
        elif status == "missing":
            without.append(one.id)
        else:
            definitions.append(definition)
    if open_:
        said = join(open_[:_MOST])
        raise Abort(msg("{month:month} of {of} is not closed: {said}", month=month.first, of=province.code, said=said))
    if not definitions:
        raise Abort(msg("Nothing of {month:month} was ever loaded", month=month.first))
    return definitions, without


def _lack(covered: Coverage, available: Availability, month: Period) -> Reason | None:
    """Which slices may still come or change; of feeds that had not begun none will."""
    had_begun = not covered.absent and covered.spans and covered.spans[0][0] <= month.first
    return (available.missing if had_begun else None) or available.provisional or available.unsettled


def _tables(
    connection: Connection,
    province: Province,
    definitions: Sequence[Definition],
    month: Period,
    catalogue: Catalogue,
) -> Iterator[tuple[str, Rows]]:
    values: dict[str, Any] = {
        "province_id": province.province_id,
        "year": month.last.year,
        "own": province_ids(connection, province),
        "kpis": [one.id for one in definitions],
        "versions": [one.version for one in definitions],
        FIRST: month.first,
        LAST: month.last,
    }
    for view, (columns, rows) in _REFERENCE.items():
        rest = sql.SQL("from {} as r ").format(sql.Identifier("serving", view)) + sql.SQL(rows)
        yield view, read_rows(connection, columns.split(), rest, values)
    for view in sorted({one.reads for one in definitions}):
        own = [one for one in definitions if one.reads == view]
        codes = _codes(view, catalogue)
        needed = dict.fromkeys(column for one in own for column in _columns(one, codes))
        conditions = {c.as_string(None): c for one in own for c in _conditions(one, province)}
        rest = sql.SQL("from {} as r where {}").format(
            sql.Identifier("serving", view), sql.SQL(" or ").join(conditions.values())
        )
        yield view, read_rows(connection, list(needed), rest, values)


def _codes(view: str, catalogue: Catalogue) -> set[str]:
    """The columns of a view by which `ioc forget` finds a record."""
    fact = find_view(view).fact
    feeds = [feed for source in catalogue.sources.values() for feed in source.feeds.values()]
    columns = [code_column(feed) for feed in feeds if fact is not None and feed.fact == fact.name]
    return {column[0] for column in columns if column}


def _columns(definition: Definition, codes: Collection[str]) -> Iterator[str]:
    """The columns of its view that a KPI reads. Raises Abort for one of these codes."""
    known = find_view(definition.reads)
    for name in ("province_id", "area_id", "source", "indicator"):
        if name in known.columns:
            yield name
    for formula in _formulas(definition):
        texts = [formula.where, *formula.aggregates]
        for column in [*formula.columns, *(one for text in texts for one in expression.columns(text))]:
            if column in codes:
                raise Abort(
                    msg(
                        "{kpi} reads {column}, the code of a record, which `ioc forget` may have to erase: such codes"
                        " are not archived",
                        kpi=definition.id,
                        column=column,
                    )
                )
            yield column


def _conditions(definition: Definition, province: Province) -> Iterator[sql.Composed]:
    scope = Scope(definition.reads, province.province_id, None, {}, (), sources=definition.row_sources)
    for formula in _formulas(definition):
        yield reachable_rows(formula, scope)


def _formulas(definition: Definition) -> Iterator[Any]:
    for measure in (definition.measure, *definition.measures):
        yield definition.formula(measure)
