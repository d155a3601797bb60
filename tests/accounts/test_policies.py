"""No table beneath the serving views is without its policy, now or when the next one is added."""

import re
from pathlib import Path

import psycopg
import pytest

from connectors.source_files import SOURCES, load_sources
from hub.installation import Installation
from hub.settings import Settings
from kpis.definition import load_definitions
from tests.accounts.world import field_of_source
from tests.installation import CATALOGUE, migrate
from tests.postgres import Postgres
from warehouse import migrate as migration
from warehouse import policies
from warehouse.database import connect
from warehouse.schema.everything import metadata


def test_every_serving_view_is_read_with_the_rights_of_who_asks(every_warehouse_url: str) -> None:
    with connect(every_warehouse_url, "owner") as owner:
        views = owner.execute(
            "select relname, coalesce('security_invoker=true' = any(reloptions), false) from pg_class"
            " where relnamespace = 'serving'::regnamespace and relkind in ('v', 'm')"
        ).fetchall()
    assert len(views) > 30
    assert [name for name, invoker in views if not invoker] == []


def test_a_view_added_later_follows_by_itself(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.database()
    (tmp_path / "10_later.sql").write_text("create view serving.later as select * from warehouse.fact_threat;")
    monkeypatch.setattr(migration, "_SERVING", tmp_path)
    migrate(url)

    with connect(url, "owner") as owner:
        owner.execute("insert into warehouse.fact_threat values (1, '2023-01-01', 'low', 1, 0, 1, 1)")
        owner.commit()
    for role, rows in (("reader", 1), ("screens", 0)):
        with connect(url, role) as connection:  # type: ignore[arg-type]
            assert connection.execute("select count(*) from serving.later").fetchone() == (rows,)


def test_every_table_hides_its_rows_unless_it_is_a_plain_code_list(every_warehouse_url: str) -> None:
    with connect(every_warehouse_url, "owner") as owner:
        unprotected = owner.execute(
            "select relname from pg_class where relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)"
            " and relnamespace::regnamespace::text in ('warehouse', 'kpi', 'ledger', 'landing', 'quality')"
        ).fetchall()
    assert {name for (name,) in unprotected} == policies.OPEN | {"schema_version"}


def test_screens_and_bi_tools_only_ever_read_and_only_through_one_policy(every_warehouse_url: str) -> None:
    with connect(every_warehouse_url, "owner") as owner:
        made = owner.execute(
            "select distinct policyname, roles::text[], cmd from pg_policies where policyname <> 'unlimited'"
        ).fetchall()
    assert made == [("limited", ["public"], "SELECT")]


def test_a_table_without_a_rule_stops_the_migration() -> None:
    known = metadata.tables["ledger.batch"]
    stranger = known.to_metadata(metadata.__class__(), schema="ledger", name="stranger")
    with pytest.raises(KeyError, match=r"ledger\.stranger: write into warehouse/policies\.py"):
        policies.rule(stranger, load_sources())


def test_what_an_installations_own_source_feeds_is_seen_by_its_field(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.database()
    press = (SOURCES / "press.toml").read_text("utf-8")
    (tmp_path / "radio.toml").write_text(re.sub("(?m)^field = .*", 'field = "feedback"', press), "utf-8")
    migration.migrate(url, Installation(Settings(sources=tmp_path)), CATALOGUE.fields)
    with connect(url, "owner") as owner:
        (rule,) = owner.execute(
            "select qual from pg_policies where tablename = 'fact_article' and policyname = 'limited'"
        ).fetchone() or [""]
    assert "radio" in rule
    assert "press" in rule


def test_a_migration_that_changes_no_rule_waits_for_no_load_that_is_under_way(postgres: Postgres) -> None:
    url = postgres.database()
    with connect(url, "loader") as loading:
        loading.execute("select count(*) from warehouse.fact_dossier")
        with connect(url, "owner") as owner:
            owner.execute("set lock_timeout = '3s'")
            policies.secure(owner, load_sources())
            assert owner.execute(
                "select count(*) from pg_locks where pid = pg_backend_pid() and mode = 'AccessExclusiveLock'"
                " and relation in (select oid from pg_class where relkind = 'r' and relname ~ '^fact_')"
            ).fetchone() == (0,)
            owner.rollback()


def test_a_changed_rule_replaces_the_one_before(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.database()
    monkeypatch.setitem(policies.RULES, "warehouse.dim_province", ["false"])
    migrate(url)
    with connect(url, "owner") as owner:
        assert owner.execute(
            "select qual from pg_policies where tablename = 'dim_province' and policyname = 'limited'"
        ).fetchall() == [("false",)]


def test_every_kpi_and_every_source_is_in_a_field(warehouse_url: str) -> None:
    with connect(warehouse_url, "reader") as reader:
        kpis = {kpi for (kpi,) in reader.execute("select kpi from serving.kpi_fields")}
    assert set(load_definitions()) <= kpis
    assert all(field_of_source(source) for source in load_sources())


def test_readers_and_loader_have_no_right_to_accounts(every_warehouse_url: str) -> None:
    for role in ("reader", "screens", "loader"):
        with connect(every_warehouse_url, role) as connection:
            for table in ("account", "session", "api_key", "login_attempt", "read_log"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(f"select * from access.{table}".encode())


def test_who_keeps_accounts_sees_no_figure_and_rewrites_no_log(every_warehouse_url: str) -> None:
    denied = psycopg.errors.InsufficientPrivilege
    with connect(every_warehouse_url, "accounts") as keeper:
        for statement in (
            "select count(*) from warehouse.fact_dossier",
            "select count(*) from serving.dossiers",
            "select count(*) from kpi.observation",
            "update access.read_log set what = 'rows'",
            "delete from access.read_log",
            "delete from access.account",
            "update access.login_attempt set address = ''",
        ):
            with pytest.raises(denied), keeper.transaction():
                keeper.execute(statement.encode())
