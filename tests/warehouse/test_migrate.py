"""Migrations: what they make equals the metadata, again and again, side by side, and never backwards."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from accounts import directory
from accounts.caller import as_caller
from accounts.rights import find_limits
from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from tests.installation import CATALOGUE as KPIS
from tests.installation import LANG_SON, migrate
from tests.postgres import DEFAULT, Postgres
from warehouse import migrate as migration
from warehouse.database import connect, engine
from warehouse.migrate import check
from warehouse.schema.base import SCHEMAS
from warehouse.schema.everything import metadata

# Everything that the catalogue knows of the hub's tables, so that the migration and the metadata can be compared whole
CATALOGUE = {
    "columns": """
        select c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
            a.attgenerated, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text,
            col_description(c.oid, a.attnum)
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relkind = 'r' and c.relnamespace::regnamespace::text = any(%(schemas)s)""",
    "tables": """
        select c.oid::regclass::text, c.relpersistence, obj_description(c.oid, 'pg_class') from pg_class c
        where c.relkind = 'r' and c.relnamespace::regnamespace::text = any(%(schemas)s)""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace::regnamespace::text = any(%(schemas)s) and contype <> 'n'""",
    "indexes": """
        select indexdef from pg_indexes where schemaname = any(%(schemas)s)""",
}


def catalogue(url: str, part: str) -> set[tuple[object, ...]]:
    with connect(url, "owner") as connection:
        rows = connection.execute(CATALOGUE[part], {"schemas": list(SCHEMAS)}).fetchall()
    return {row for row in rows if "warehouse.schema_version" not in str(row)}


def test_alembic_sees_no_difference_between_metadata_and_migrated_database(every_warehouse_url: str) -> None:
    def include(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "schema" or name in SCHEMAS

    options = {"include_schemas": True, "include_name": include, "version_table": "schema_version"}
    options |= {"version_table_schema": "warehouse"}
    with engine(every_warehouse_url, "owner").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


@pytest.fixture(scope="module")
def url_of_metadata(every_postgres: Postgres) -> str:
    """Of a database that has the tables of the metadata, which no migration made."""
    url = every_postgres.database(migrated=False)
    with engine(url, "owner").begin() as connection:
        for schema in SCHEMAS:
            connection.execute(text(f"create schema {schema}"))
        metadata.create_all(connection)
    return url


@pytest.mark.parametrize("part", CATALOGUE)
def test_the_migrated_catalogue_is_the_metadatas(url_of_metadata: str, every_warehouse_url: str, part: str) -> None:
    made = catalogue(url_of_metadata, part)
    assert made
    assert catalogue(every_warehouse_url, part) == made


def test_files_of_migrations_are_named_by_their_revisions_in_order() -> None:
    scripts = ScriptDirectory(str(Path(migration.__file__).with_name("migrations")))
    revisions = [str(script.revision) for script in scripts.walk_revisions()]
    assert migration.known() == revisions[::-1]


def test_migrating_again_changes_nothing(postgres: Postgres) -> None:
    url = postgres.database()
    before = contents(url)
    migrate(url)

    assert contents(url) == before


@pytest.fixture
def new_server(every_postgres: Postgres) -> Iterator[Postgres]:
    """A server on which nothing was migrated yet: the roles belong to all of its databases."""
    postgres = Postgres(every_postgres.version)
    yield postgres
    postgres.end()


def test_databases_of_a_new_server_can_be_migrated_at_the_same_time() -> None:
    new_server = Postgres(DEFAULT)
    same, other = (new_server.database(migrated=False) for _ in range(2))
    code = "import os; from tests.installation import migrate; migrate(os.environ['URL'])"
    migrations = [
        subprocess.Popen(
            [sys.executable, "-c", code], env={**os.environ, "URL": url}, stderr=subprocess.PIPE, text=True
        )
        for url in (same, same, other)
    ]

    assert [migration.communicate(timeout=120)[1] for migration in migrations] == ["", "", ""]

    check(same)
    check(other)
    new_server.end()


def test_a_user_who_is_no_superuser_can_migrate_and_act_in_both_roles(new_server: Postgres) -> None:
    """As on a managed server: the hub's user may make roles and owns its database."""
    url = as_user(new_server, "createrole")
    with connect(new_server.url, "owner") as connection:
        connection.autocommit = True
        connection.execute("alter database hub owner to hub")
    migrate(url)
    migrate(url)

    for role in ("loader", "reader", "screens", "accounts"):
        with connect(url, role) as connection:
            assert connection.execute("select current_user").fetchone() == (f"ioc_{role}",)
    with connect(url, "loader") as connection:
        connection.execute("create unlogged table staging.batch_1 (n int)")
        connection.execute("drop table staging.batch_1")
        connection.execute("insert into kpi.definition values ('k', 1, '', '{}')")
    with connect(url, "accounts") as connection:
        directory.create(connection, "leader", "Lãnh đạo", "viewer", find_limits(connection, "H37"))
        connection.commit()
        leader = directory.find_caller(connection, 1)
    assert leader is not None
    with connect(url, "screens") as connection, as_caller(connection, leader):
        assert connection.execute("select province from serving.provinces").fetchall() == [("H37",)]
        assert connection.execute("select count(*) from serving.kpi_definitions").fetchone() == (1,)
    with connect(url, "reader") as connection:
        assert connection.execute("select count(*) from serving.provinces").fetchone() == (3,)


def test_a_user_without_rights_is_told_which_one_is_missing(new_server: Postgres) -> None:
    url = as_user(new_server, "nocreaterole")

    with pytest.raises(Abort, match=r"user hub may not make or use role ioc_loader .*create role ioc_loader"):
        migrate(url)

    migrate(new_server.database(migrated=False))  # makes the roles
    with connect(new_server.url, "owner") as connection:
        connection.execute("grant ioc_loader, ioc_reader, ioc_screens, ioc_accounts to hub")
        connection.commit()
    with pytest.raises(Abort, match=r"lacks a right .*permission denied for database hub"):
        migrate(url)


def as_user(postgres: Postgres, rights: str) -> str:
    """URL of a new database `hub` for a new login role of the same name."""
    with connect(postgres.url, "owner") as connection:
        connection.autocommit = True
        connection.execute(f"create role hub login nosuperuser {rights} password 'secret'".encode())
        connection.execute("create database hub")
    return postgres.named("hub", "hub", "secret")


def test_an_empty_database_is_told_to_be_migrated(postgres: Postgres) -> None:
    with pytest.raises(Abort, match=r"no schema of the hub yet, the code needs [0-9]{4}: run `ioc db migrate`"):
        check(postgres.database(migrated=False))


def test_a_database_of_a_newer_schema_is_left_alone(postgres: Postgres) -> None:
    url = postgres.database()
    with connect(url, "owner") as connection:
        connection.execute("update warehouse.schema_version set version_num = '9999'")
        connection.execute("drop view serving.batches cascade")
        connection.commit()

    for act in (check, migrate):
        with pytest.raises(Abort, match=r"schema 9999, which this version of the hub does not know .*install"):
            act(url)
    with connect(url, "owner") as connection:
        assert connection.execute("select to_regclass('serving.batches')").fetchone() == (None,)


@pytest.mark.parametrize("revision", ["0001", "0006"])
def test_a_database_of_an_unreleased_schema_is_refused(postgres: Postgres, revision: str) -> None:
    url = postgres.database()
    with connect(url, "owner") as connection:
        connection.execute("update warehouse.schema_version set version_num = %s", [revision])
        connection.commit()

    for act in (check, migrate):
        with pytest.raises(Abort, match=f"schema {revision}, of a version that was never released"):
            act(url)


def test_a_faulty_serving_view_leaves_the_old_ones(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    (tmp_path / "10_good.sql").write_text("create view serving.good as select 1 as n;")
    (tmp_path / "20_bad.sql").write_text("create view serving.bad as select nothing;")
    monkeypatch.setattr(migration, "_SERVING", tmp_path)

    with pytest.raises(Abort, match=r'warehouse/views/20_bad\.sql: column "nothing" does not exist'):
        migrate(url)
    with connect(url, "owner") as connection:
        assert connection.execute("select to_regclass('serving.good')").fetchone() == (None,)
        assert connection.execute("select count(*) from serving.batches").fetchone() == (0,)


def test_serving_views_follow_their_files(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.database()
    (tmp_path / "10_days.sql").write_text("create view serving.days as select day from warehouse.dim_date;")
    (tmp_path / "20_years.sql").write_text("create view serving.years as select count(*) from serving.days;")
    monkeypatch.setattr(migration, "_SERVING", tmp_path)
    migrate(url)

    with connect(url, "reader") as connection:
        assert connection.execute("select count from serving.years").fetchone() == (7670,)
        assert connection.execute("select to_regclass('serving.batches')").fetchone() == (None,)


def test_a_load_that_is_under_way_goes_on_after_a_migration(postgres: Postgres) -> None:
    url = postgres.database()
    with connect(url, "loader") as loading:
        loading.execute("create unlogged table staging.batch_1 (n int)")
        loading.commit()
        migrate(url)

        loading.execute("insert into staging.batch_1 values (1)")
        loading.execute("insert into warehouse.dim_service (province_id, code) select n, 'x' from staging.batch_1")
        loading.execute("drop table staging.batch_1")


def test_a_view_that_others_built_on_is_not_torn_away(postgres: Postgres) -> None:
    url = postgres.database()
    with connect(url, "owner") as connection:
        connection.execute("create view public.theirs as select * from serving.batches")
        connection.commit()

    with pytest.raises(Abort, match=r"outside the hub depends on a serving view.*theirs"):
        migrate(url)


def contents(url: str) -> dict[str, object]:
    """Every row with its transaction, so that even an update to the same values shows."""
    tables = ["dim_area", "dim_date", "dim_organisation", "dim_province", "area_population", "dim_gate"]
    with connect(url, "owner") as connection:
        return {
            table: connection.execute(
                f"select count(*), max(xmin::text::bigint), md5(string_agg(t::text, '' order by t::text))"
                f" from warehouse.{table} t".encode()
            ).fetchone()
            for table in tables
        }


def test_the_trail_tells_files_of_one_name_in_two_folders_apart(postgres: Postgres, tmp_path: Path) -> None:
    shutil.copytree(LANG_SON.reference, tmp_path / "reference")
    (tmp_path / "kpis").mkdir()
    shutil.copy(tmp_path / "reference" / "targets.csv", tmp_path / "kpis")
    url = postgres.database(migrated=False)
    migration.migrate(url, Installation(Settings(installation=tmp_path, province="H37", area="20")), KPIS.fields)
    with connect(url, "owner") as owner:
        [(told,)] = owner.execute("select body::jsonb -> 'after' from ledger.entry where act = 'reference'").fetchall()
    assert {"hub", "reference/plans.csv", "reference/targets.csv", "kpis/targets.csv"} <= set(told)
