"""The loader adds and never rewrites evidence; readers see the serving views and nothing else."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from warehouse.database import connect
from warehouse.schema.everything import metadata
from warehouse.schema.facts import FACTS

TABLES = sorted(f"{t.schema}.{t.name}" for t in metadata.tables.values() if t.schema != "access")
EVIDENCE = [
    "ledger.delivery",
    "landing.page",
    "quality.rule_result",
    "quality.column_profile",
    "quality.verdict",
    "quality.reconciliation",
    "quality.decision",
    "quality.release",
    "kpi.observation",
    "kpi.definition",
    "ledger.seal",
    "ledger.seal_part",
    "ledger.entry",
    "ledger.leaf",
    "ledger.tree_node",
    "ledger.incident_event",
    "ledger.alert_incident",
    "landing.removed_page",
]
Denied = psycopg.errors.InsufficientPrivilege


@pytest.fixture
def loader(every_warehouse_url: str) -> Iterator[psycopg.Connection]:
    with connect(every_warehouse_url, "loader") as connection:
        yield connection
        connection.rollback()


@pytest.fixture(params=["reader", "screens"])
def reader(every_warehouse_url: str, request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    with connect(every_warehouse_url, request.param) as connection:
        yield connection
        connection.rollback()


def rights(connection: psycopg.Connection, table: str) -> set[str]:
    rows = connection.execute(
        "select r from unnest(array['select','insert','update','delete','truncate','references','trigger']) r"
        " where has_table_privilege(%s, r)",
        [table],
    )
    return {right for (right,) in rows}


def test_the_loader_may_do_to_each_table_what_a_load_needs_and_no_more(loader: psycopg.Connection) -> None:
    own = [table for table in TABLES if not table.startswith("nation.")]
    allowed: dict[str, set[str]] = {table: {"select"} for table in own}
    for fact in [*FACTS, "dim_service"]:
        allowed[f"warehouse.{fact}"] |= {"insert", "update", "delete"}
    inferred = ["warehouse.dim_area", "warehouse.dim_organisation", "warehouse.unlisted_code"]
    written = ["quality.quarantine", "ledger.alert", "ledger.reminder", "kpi.note"]
    for table in [*EVIDENCE, *written, *inferred, "warehouse.list_day"]:
        allowed[table] |= {"insert"}
    for table in (
        "ledger.lock",
        "ledger.claim",
        "ledger.batch",
        "ledger.watermark",
        "kpi.refresh",
        "kpi.government_message",
        "kpi.disclosure",
        "ledger.anchor",
        "quality.month_total",
        "ledger.incident",
        "ledger.watch",
    ):
        allowed[table] |= {"insert", "update"}
    for table in ("kpi.withheld_count", "ledger.pending_entry"):
        allowed[table] |= {"insert", "delete"}
    allowed["ledger.checkpoint"] |= {"insert"}

    assert {table: rights(loader, table) for table in own} == allowed
    figures_of_other_provinces = loader.execute("select has_schema_privilege('nation', 'usage')").fetchone()
    assert figures_of_other_provinces == (False,)


@pytest.mark.parametrize("table", [*EVIDENCE, "quality.quarantine"])
@pytest.mark.parametrize(
    "act", ["update {} set {} = null", "delete from {}", "truncate {}", "drop table {}", "alter table {} add x int"]
)
def test_no_evidence_can_be_rewritten_or_thrown_away_by_the_loader(
    loader: psycopg.Connection, table: str, act: str
) -> None:
    column = next(c.name for c in metadata.tables[table].columns if c.name != "replay_batch_id")
    statement = sql.SQL(act).format(sql.Identifier(*table.split(".")), sql.Identifier(column))

    with pytest.raises(Denied):
        loader.execute(statement)


def test_a_refused_record_can_only_be_marked_as_replayed(loader: psycopg.Connection) -> None:
    loader.execute("update quality.quarantine set replay_batch_id = null")
    with pytest.raises(Denied):
        loader.execute("update quality.quarantine set record = '{}'")


@pytest.mark.parametrize(
    "table", ["warehouse.fact_dossier", "warehouse.dim_area", "ledger.batch", "warehouse.schema_version"]
)
@pytest.mark.parametrize("act", ["drop table {}", "truncate {}", "alter table {} disable trigger all"])
def test_the_loader_cannot_drop_empty_or_alter_the_hubs_tables(
    loader: psycopg.Connection, table: str, act: str
) -> None:
    with pytest.raises(Denied):
        loader.execute(sql.SQL(act).format(sql.Identifier(*table.split("."))))


def test_the_loader_makes_tables_in_staging_alone(loader: psycopg.Connection) -> None:
    loader.execute("create unlogged table staging.batch_7 (n int); drop table staging.batch_7")
    for schema in ("warehouse", "ledger", "quality", "kpi", "serving", "public"):
        with pytest.raises(Denied), loader.transaction():
            loader.execute(f"create table {schema}.mine (n int)".encode())


def test_the_reader_reads_every_serving_view(reader: psycopg.Connection) -> None:
    views = reader.execute(
        "select oid::regclass::text from pg_class where relnamespace = 'serving'::regnamespace"
    ).fetchall()

    assert views
    for (view,) in views:
        reader.execute(sql.SQL("select * from {} limit 1").format(sql.Identifier(*view.split("."))))


def test_the_reader_reads_nothing_outside_serving(reader: psycopg.Connection) -> None:
    assert reader.execute(
        "select nspname from pg_namespace where has_schema_privilege(oid, 'usage') and nspname !~ '^pg_'"
        " and nspname not in ('information_schema', 'public')"
    ).fetchall() == [("serving",)]

    for table in TABLES:
        with pytest.raises(Denied), reader.transaction():
            reader.execute(sql.SQL("select * from {}").format(sql.Identifier(*table.split("."))))


def test_the_reader_has_a_right_to_exactly_the_columns_that_the_views_show(
    every_warehouse_url: str, reader: psycopg.Connection
) -> None:
    readable = reader.execute(
        "select c.oid::regclass::text || '.' || attname from pg_attribute join pg_class c on c.oid = attrelid"
        " where relkind = 'r' and attnum > 0 and not attisdropped and has_column_privilege(c.oid, attnum, 'select')"
        " and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')"
    ).fetchall()
    with connect(every_warehouse_url, "owner") as owner:
        shown = owner.execute(
            "select distinct table_schema || '.' || table_name || '.' || column_name"
            " from information_schema.view_column_usage where view_schema = 'serving' and table_schema"
            " not in ('serving', 'access')"
        ).fetchall()
    assert set(readable) == set(shown)
    columns = {name for (name,) in readable}
    assert "ledger.batch.token" not in columns
    assert not {name for name in columns if name.startswith("access.")}
    assert "warehouse.fact_dossier.dossier_code" in columns


def test_the_reader_writes_nothing_even_where_it_says_it_may(reader: psycopg.Connection) -> None:
    reader.execute("set transaction read write")

    for statement in (
        "create table serving.mine (n int)",
        "create table staging.mine (n int)",
    ):
        with pytest.raises(Denied), reader.transaction():
            reader.execute(statement.encode())
    assert (
        reader.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'serving'::regnamespace"
            " and has_table_privilege(oid, 'insert, update, delete, truncate')"
        ).fetchall()
        == []
    )
    assert (
        reader.execute(
            "select nspname from pg_namespace where has_schema_privilege(oid, 'create') and nspname !~ '^pg_'"
        ).fetchall()
        == []
    )
