"""Row-level security: which rows of each table the screens and BI tools see, by the rights of the account behind them.

The rule is one for all tables, by the columns that they have. What bears no area belongs to the whole province, what
bears no organisation to all of them, and is not for accounts that are limited to some. Every table is listed, so a new
one without a rule stops the migration. Policies are made anew only where their text changed: a running hub is not held.

The rule is everyone's; a second policy lets the hub's own roles see every row. It does not name the role of BI tools:
its members could run `drop owned by ioc_bi`, which would lock each table that has a policy for it.

Each function stands in a subquery of its own, so that it runs once a statement and not once a row. "All, or one of
these" is written with `or`, which the planner takes for half of the rows; a set alone it takes for none, and then
joins tables row by row. What holds for all rows or for none, as that an account sees the whole province, is asked as
`is not null` where rows are many: of a truth the planner takes half of the rows, of two a quarter, of three tables that
are joined a sixtieth, and then sorts all rows for the page that it takes to be the last.
"""

import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Table

from connectors.specification import Source
from warehouse import roles
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS, names_source

_LIMITED: LiteralString = "create policy limited on {table} for select using ({condition})"
UNLIMITED = (roles.LOADER, roles.READER, roles.ACCOUNTS)
OPEN = {"dim_date", "dim_channel", "dim_gate", "dim_operator", "dim_platform", "replaced_page"}
"""Calendars and code lists, the same for everyone, and hashes of pages: no rows to hide."""

_PROVINCE = "((select access.all_provinces()) or province_id = any((select access.provinces())::smallint[]))"
_WHOLE_PROVINCE = "(select access.all_areas())"
_ALL_ORGANISATIONS = "(select access.all_organisations())"
_AREAS = f"({_WHOLE_PROVINCE} or area_id <@ (select access.areas()))"
_ORGANISATIONS = f"({_ALL_ORGANISATIONS} or organisation_id <@ (select access.organisations()))"
_WHOLE = [_WHOLE_PROVINCE, _ALL_ORGANISATIONS]
_KPI = "((select access.all_fields()) or kpi_id = any((select access.kpis())::text[]))"
_SOURCE = "((select access.all_fields()) or source = any((select access.sources())::text[]))"
_NAMED = "((select access.all_provinces()) or area_id <@ (select access.named_areas()))"
_LISTED = f"(level <> 'unknown' or {_WHOLE_PROVINCE} and {_ALL_ORGANISATIONS})"
_NAMED_BY_OWN = (
    f"(not is_inferred or not {_ALL_ORGANISATIONS} or exists (select from warehouse.unlisted_code as u"
    " where u.dimension = 'organisation' and u.province_id = dim_organisation.province_id"
    " and u.code = dim_organisation.code))"
)
"""An inferred organisation is known to those who see the feed that named it, and to itself."""
_OF_BATCH = ["(select true from ledger.batch as own where own.batch_id = {table}.batch_id) is not null"]
"""Asked of each row that is looked at. Of an `exists` the planner makes a set of all batches where it takes the rows
for many, although a page ends soon."""
_OF_INCIDENT = ["incident_id in (select incident_id from ledger.incident)"]
_OF_HUB = ["(select access.all_provinces())", *_WHOLE, "(select access.all_fields())"]
_OF_FEED = [
    _PROVINCE,
    "(select true where access.all_areas() and access.all_organisations()) is not null",
    _SOURCE,
]
_OF_TRAIL = [
    "(select access.audits())",
    "((select access.all_provinces()) or province in (select code from warehouse.dim_province))",
    *_WHOLE,
    "(select access.all_fields())",
]

_OF_ROW = (
    f"((select access.all_fields()) and {_WHOLE_PROVINCE} and {_ALL_ORGANISATIONS}"
    f" or {_SOURCE} and {_AREAS} and {_ORGANISATIONS})"
)
"""A fact of any subject: its rows say of which source they are."""
_OF_CELL = [
    _PROVINCE,
    _KPI,
    _AREAS,
    f"({_ALL_ORGANISATIONS} or string_to_array(breakdown, ';') && (select access.slices())::text[])",
]

RULES: dict[str, list[str]] = {
    "warehouse.dim_province": [_PROVINCE],
    "warehouse.dim_area": [_NAMED, _LISTED],
    "warehouse.dim_organisation": [_PROVINCE, _ORGANISATIONS, _NAMED_BY_OWN],
    "warehouse.dim_field": ["code = any((select access.fields())::text[])"],
    "warehouse.kpi_field": ["field_code = any((select access.fields())::text[])"],
    "warehouse.source_field": ["field_code = any((select access.fields())::text[])"],
    "warehouse.area_population": [_NAMED, _AREAS],
    "warehouse.area_successor": [_NAMED, _NAMED.replace("area_id", "successor_id")],
    "warehouse.area_outline": [_NAMED],
    "warehouse.kpi_plan": [_PROVINCE, *_WHOLE, _KPI],
    "warehouse.unlisted_code": _OF_FEED,
    "warehouse.list_day": [_PROVINCE, *_WHOLE],
    "warehouse.dim_indicator": [_SOURCE],
    "warehouse.dim_value": [_SOURCE],
    "warehouse.feed_deliverers": [_SOURCE],
    "warehouse.deliverer": [_SOURCE],
    "kpi.definition": [_KPI],
    "kpi.observation": _OF_CELL,
    "kpi.withheld_count": _OF_CELL,
    "kpi.disclosure": [_PROVINCE, _KPI],
    "kpi.note": [_PROVINCE, _KPI, _AREAS, _ALL_ORGANISATIONS],
    "kpi.refresh": [_PROVINCE, *_WHOLE, _KPI],
    "kpi.government_message": [_PROVINCE, *_WHOLE, _KPI],
    "nation.province": ["false"],
    "nation.observation": ["false"],
    "ledger.lock": ["false"],
    "ledger.claim": _OF_FEED,
    "ledger.batch": _OF_FEED,
    "ledger.watermark": _OF_FEED,
    "ledger.delivery": _OF_BATCH,
    "ledger.seal": _OF_HUB,
    "ledger.seal_part": _OF_HUB,
    "ledger.entry": _OF_TRAIL,
    "ledger.pending_entry": _OF_HUB,
    "ledger.leaf": _OF_HUB,
    "ledger.tree_node": _OF_HUB,
    "ledger.checkpoint": _OF_HUB,
    "ledger.anchor": _OF_HUB,
    "ledger.incident": _OF_FEED,
    "ledger.incident_event": _OF_INCIDENT,
    "ledger.alert": [_PROVINCE, *_WHOLE, "(select access.all_fields())"],
    "ledger.alert_incident": _OF_INCIDENT,
    "ledger.reminder": _OF_FEED,
    "ledger.watch": [_PROVINCE, *_WHOLE],
    "ledger.approved_input": _OF_HUB,
    "landing.page": _OF_BATCH,
    "landing.removed_page": _OF_HUB,
    "ledger.erased_code": _OF_FEED,
    "ledger.redacted_part": _OF_HUB,
    "quality.rule_result": _OF_BATCH,
    "quality.column_profile": _OF_BATCH,
    "quality.verdict": _OF_BATCH,
    "quality.quarantine": _OF_BATCH,
    "quality.reconciliation": _OF_BATCH,
    "quality.decision": [
        "(select true from quality.quarantine as q where q.quarantine_id = decision.quarantine_id) is not null",
    ],
    "quality.release": _OF_BATCH,
    "quality.month_total": _OF_FEED,
}


def protected() -> Iterator[Table]:
    """The tables whose rows are not everyone's."""
    for table in metadata.sorted_tables:
        if table.schema != "access" and table.name not in OPEN:
            yield table


def rule(table: Table, sources: Mapping[str, Source]) -> str:
    """The condition on which an account sees a row; `sources` are all that may feed a fact.

    Raises KeyError for a table that no rule was written for.
    """
    name = f"{table.schema}.{table.name}"
    if name in RULES:
        return "\n    and ".join(RULES[name]).format(table=table.name)
    if table.name in FACTS and names_source(table):
        return "\n    and ".join([_PROVINCE, _OF_ROW])
    feeding = sorted(
        source.name for source in sources.values() for feed in source.feeds.values() if feed.fact in _facts(name)
    )
    if not feeding:
        raise KeyError(f"{name}: write into warehouse/policies.py who may see its rows")
    named = "array[{}]".format(", ".join(f"'{source}'" for source in dict.fromkeys(feeding)))
    return "\n    and ".join([_PROVINCE, _of_record(table, named)])


def _facts(name: str) -> set[str]:
    """Facts whose fields a table belongs to; services are listed for the dossiers and catalogues that name them."""
    own = name.partition(".")[2]
    return {"fact_service"} if own == "dim_service" else {own} & set(FACTS)


def _of_record(table: Table, sources: str) -> str:
    """One word for those who see everything, the commonest and the quickest; else by what the record bears."""
    if table.name == "dim_service":
        return f"(select access.reads({sources}))"
    whole, columns = f"(select access.reads_whole({sources}))", table.columns
    if "area_id" not in columns and "organisation_id" not in columns:
        return whole
    area = _AREAS if "area_id" in columns else _WHOLE_PROVINCE
    organisation = _ORGANISATIONS if "organisation_id" in columns else _ALL_ORGANISATIONS
    return f"({whole} or (select access.reads({sources})) and {area} and {organisation})"


def secure(connection: psycopg.Connection, sources: Mapping[str, Source]) -> None:
    """Make the functions and policies, within the caller's transaction; the caller owns the tables.

    `sources` are the installation's: what they feed is seen by their fields.
    """
    connection.execute((files("warehouse") / "policies.sql").read_text("utf-8").encode())
    made: dict[str, str] = dict(
        connection.execute(
            "select polrelid::regclass::text, obj_description(oid, 'pg_policy') from pg_policy"
            " where polname = 'limited'"
        ).fetchall()
    )
    for table in protected():
        condition = rule(table, sources)
        comment = f"By rights of the account; rule {hashlib.sha256((_LIMITED + condition).encode()).hexdigest()[:16]}"
        if made.get(f"{table.schema}.{table.name}") != comment:
            _make(connection, sql.Identifier(str(table.schema), table.name), condition, comment)


def _make(connection: psycopg.Connection, table: sql.Identifier, condition: str, comment: str) -> None:
    parts = {
        "table": table,
        "condition": sql.SQL(condition),  # our own text, above
        "unlimited": sql.SQL(", ").join(map(sql.Identifier, UNLIMITED)),
        "comment": sql.Literal(comment),
    }
    for statement in (
        "drop policy if exists unlimited on {table}",
        "drop policy if exists limited on {table}",
        "create policy unlimited on {table} to {unlimited}, current_user using (true) with check (true)",
        _LIMITED,
        "comment on policy unlimited on {table} is 'The hub itself and its operators see every row'",
        "comment on policy limited on {table} is {comment}",
        "alter table {table} enable row level security",
        "alter table {table} force row level security",
    ):
        connection.execute(sql.SQL(statement).format(**parts))
