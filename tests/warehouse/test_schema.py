"""The schema explains itself, and holds more than one province."""

import psycopg
import pytest

from warehouse.database import connect
from warehouse.schema.base import SCHEMAS


def test_every_schema_table_view_and_column_has_a_comment(every_warehouse_url: str) -> None:
    with connect(every_warehouse_url, "owner") as connection:
        uncommented = connection.execute(
            """
            select nspname from pg_namespace where nspname = any(%(s)s) and obj_description(oid, 'pg_namespace') is null
            union all
            select oid::regclass::text from pg_class where relnamespace::regnamespace::text = any(%(s)s)
                and relkind in ('r', 'v') and obj_description(oid, 'pg_class') is null
            union all
            select attrelid::regclass::text || '.' || attname from pg_attribute join pg_class c on c.oid = attrelid
            where c.relnamespace::regnamespace::text = any(%(s)s) and c.relkind in ('r', 'v')
                and attnum > 0 and not attisdropped and col_description(attrelid, attnum) is null
            """,
            {"s": list(SCHEMAS)},
        ).fetchall()
        looked_at = connection.execute(
            "select count(*) from pg_class where relnamespace::regnamespace::text = any(%(s)s) and relkind = 'r'",
            {"s": list(SCHEMAS)},
        ).fetchone()

    assert uncommented == []
    assert looked_at is not None
    assert looked_at[0] > 25


def dossier(owner: psycopg.Connection, province: str, code: str, received: str) -> None:
    owner.execute(
        """
        insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id,
            channel_code, level, status_code, received_at, updated_at, batch_id, page_number)
        select province_id, %s, 1, 1, 1, 'online', 4, 'received', %s, now(), 1, 1
        from warehouse.dim_province where code = %s
        """,
        [code, received, province],
    )


def test_two_provinces_keep_their_own_rows_under_one_code(owner: psycopg.Connection) -> None:
    for province in ("H37", "H59"):
        dossier(owner, province, "000.00.15-230115-0001", "2023-01-15T08:00:00+07:00")

    assert owner.execute(
        "select p.code, count(*) from warehouse.fact_dossier join warehouse.dim_province p using (province_id)"
        " group by 1 order by 1"
    ).fetchall() == [("H37", 1), ("H59", 1)]


def test_a_dossier_counts_on_its_day_in_vietnam(owner: psycopg.Connection) -> None:
    dossier(owner, "H37", "at-half-past-midnight", "2023-01-31T17:30:00+00:00")

    assert owner.execute("select received_day::text from warehouse.fact_dossier").fetchone() == ("2023-02-01",)


def test_a_batch_whose_account_does_not_balance_cannot_be_published(owner: psycopg.Connection) -> None:
    insert = """
        insert into ledger.batch (province_id, source, feed, first_day, last_day, token, spec_sha256, status,
            declared, fetched, loaded, unchanged, superseded, quarantined)
        values (1, 'dvc', 'dossiers', '2023-01-01', '2023-01-01', 1, '', %s, %s, 10, 4, 3, 2, %s)
    """
    owner.execute(insert, ["published", 10, 1])
    owner.execute(insert, ["blocked", 11, 0])
    with pytest.raises(psycopg.errors.CheckViolation, match="account_balances"):
        owner.execute(insert, ["published", 10, 0])
    owner.rollback()
    with pytest.raises(psycopg.errors.CheckViolation, match="all_declared_fetched"):
        owner.execute(insert, ["published", 11, 1])
