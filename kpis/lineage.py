"""From one record up: its fact rows, where they came from, whether it was refused, and every figure it counts in.

Which figures these are is asked of the definitions: each formula is computed over that one row alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from kpis.catalogue import Catalogue
from kpis.definition import QUANTITIES, Definition, Formula
from kpis.identity import identities, key_text
from warehouse.serving import Connection, Province, find_province

MOST_ROWS = 20
"""A code may name many rows, such as a village in every month: so many are looked at, the newest ones."""


@dataclass(frozen=True)
class Counted:
    """A measure in which a row counts: on which days, and with what."""

    kpi: str
    measure: str
    key: str
    day: date
    until: date | None
    """Last day on which it counts: the same for what happened on a day; None for a state that nothing has ended."""
    numerator: Decimal | None
    denominator: Decimal | None


@dataclass(frozen=True)
class Record:
    """What the hub knows of a record; all lists are empty when it knows nothing."""

    key: str
    rows: list[dict[str, Any]]
    """Rows of the serving views, with `view` and `key` before and the page's evidence behind their own columns."""
    refused: list[dict[str, Any]]
    counted: list[Counted]


def counted_in(connection: Connection, province: str, key: str, *, catalogue: Catalogue) -> Record:
    """A record by its key: a dossier code, a document's id, a declaration, or the parts of a longer key joined by `|`.

    A single part of a longer key, such as a village, finds its newest rows. Raises WrongQuestion for the province.
    """
    own = find_province(connection, province)
    rows: list[dict[str, Any]] = []
    counted: list[Counted] = []
    for view in identities():
        found = _rows(connection, own, view, key)
        rows += found
        if found:
            sources = {row.get("source") for row in found}
            reading = [
                d
                for d in catalogue.definitions.values()
                if d.reads == view and (not d.row_sources or sources.intersection(d.row_sources))
            ]
            counted += [
                c for d in reading for name in (d.measure, *d.measures) for c in _counts(connection, own, d, name, key)
            ]
    return Record(key, rows, _refused(connection, own, key), counted)


def _found(view: str) -> sql.Composable:
    """Rows of a view that a key names; the province, the key and its limit are bound."""
    own = identities()[view]
    same = [sql.SQL("r.{} = %(key)s").format(sql.Identifier(code)) for code in own.codes]
    if len(own.columns) > 1:
        same.append(sql.SQL("{} = %(key)s").format(key_text(view)))
    newest = [sql.SQL("r.{} desc").format(sql.Identifier(name)) for name in own.columns]
    return sql.SQL(
        "select {key} as key, r.* from {view} as r where r.province_id = %(province_id)s and ({same})"
        " order by {newest} limit %(most)s"
    ).format(
        key=key_text(view),
        view=sql.Identifier("serving", view),
        same=sql.SQL(" or ").join(same),
        newest=sql.SQL(", ").join(newest),
    )


def _values(province: Province, key: str) -> dict[str, Any]:
    return {"province_id": province.province_id, "key": key, "most": MOST_ROWS}


def _rows(connection: Connection, province: Province, view: str, key: str) -> list[dict[str, Any]]:
    query = sql.SQL(
        "select {view} as view, r.*, b.source, b.feed, b.finished_at as loaded_at, p.wire_sha256, p.landed_sha256,"
        " p.correlation_id, p.fetched_at from ({found}) as r"
        " left join serving.batches as b on b.batch_id = r.batch_id"
        " left join serving.pages as p on p.batch_id = r.batch_id and p.page_number = r.page_number"
    ).format(view=sql.Literal(view), found=_found(view))
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, _values(province, key)).fetchall()


def _refused(connection: Connection, province: Province, key: str) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "select q.quarantine_id, q.record_key as key, q.source, q.feed, q.rules, q.batch_id, q.page_number,"
            " q.quarantined_at, q.replay_batch_id, p.wire_sha256, p.landed_sha256, p.correlation_id"
            " from serving.quarantine as q"
            " left join serving.pages as p on p.batch_id = q.batch_id and p.page_number = q.page_number"
            " where q.province_id = %(province_id)s"
            " and %(key)s = any(q.record_key || string_to_array(q.record_key, '|'))"
            " order by q.quarantine_id desc limit %(most)s",
            _values(province, key),
        ).fetchall()


def _counts(
    connection: Connection, province: Province, definition: Definition, measure: str, key: str
) -> Sequence[Counted]:
    formula = definition.formula(measure)
    query = sql.SQL(
        "select r.key, r.{day}, {until}, one.numerator * {keeps}, one.denominator from ({found}) as r"
        " cross join lateral (select {numerator} as numerator, {denominator} as denominator from (select r.*) as r)"
        " as one where ({where}) and r.{day} is not null"
    ).format(
        day=sql.Identifier(formula.columns[0]),
        until=sql.SQL("r.{}").format(sql.Identifier(formula.valid[1])) if formula.valid else sql.SQL("null::date"),
        keeps=_keeps(formula),
        found=_found(definition.reads),
        numerator=_figure(formula.numerator),
        denominator=_figure(formula.denominator),
        where=sql.SQL(formula.where.replace("%", "%%")),
    )
    happens = formula.kind in ("flow", "distinct")
    return [
        Counted(
            definition.id,
            measure,
            found,
            day,
            day if happens else end and end - timedelta(days=1),
            numerator,
            denominator,
        )
        for found, day, end, numerator, denominator in connection.execute(query, _values(province, key))
    ]


def _figure(text: str | None) -> sql.Composable:
    """What one row gives; a quantity that is no record's, such as the population, is none of it."""
    if text is None or text in QUANTITIES:
        return sql.SQL("null::numeric")
    return sql.SQL("({})::numeric").format(sql.SQL(text.replace("%", "%%")))


def _keeps(formula: Formula) -> sql.Composable:
    """1 where the numerator takes the row, 0 where it keeps another value of the breakdown that it is a share of."""
    kept = [
        sql.SQL("(r.{}::text is not distinct from {})::integer").format(sql.Identifier(name), sql.Literal(value))
        for name, value in formula.share.items()
    ]
    return kept[0] if kept else sql.SQL("1")
