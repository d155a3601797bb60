"""What PostgreSQL allows every login, and none of a BI tool should do, is taken away by a superuser."""

from pathlib import Path

from tests.postgres import Postgres
from warehouse import public_rights
from warehouse.database import connect

_DATABASES = Path(__file__).parents[2] / "deploy" / "postgres" / "databases.sql"


def test_a_migration_as_a_superuser_takes_it_away(every_warehouse_url: str) -> None:
    with connect(every_warehouse_url, "reader") as connection:
        assert public_rights.open_rights(connection) == []


def test_where_the_owner_is_none_the_script_for_the_administrator_takes_it_away(every_postgres: Postgres) -> None:
    every_postgres.database()  # makes the group roles
    with connect(every_postgres.database(migrated=False), "owner") as connection:
        connection.execute("do $$ begin create role ioc_owner; exception when duplicate_object then null; end $$")
        before = public_rights.open_rights(connection)
        assert {"lo_create(oid)", "pg_settings", "pg_stat_get_xact_tuples_returned(oid)"} <= set(before)
        connection.execute(_DATABASES.read_text().partition("\\connect warehouse")[2].encode())
        assert public_rights.open_rights(connection) == []
        connection.execute("set role ioc_owner")
        connection.execute("select n_live_tup, n_mod_since_analyze from pg_stat_user_tables")
        connection.rollback()
