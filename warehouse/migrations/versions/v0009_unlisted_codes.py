"""Codes that no reference data list count, too; what decides neither whether, when nor how much may be missing."""

import psycopg
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_OPTIONAL = {
    "fact_dossier": ["organisation_id", "service_id", "level"],
    "fact_service": ["level"],
    "fact_document": ["organisation_id"],
    "fact_work_file": ["organisation_id", "tier"],
    "fact_certificate": ["organisation_id", "holder"],
    "fact_vehicle": ["gate_code", "direction", "declared_online", "declared_at"],
    "fact_feedback": ["field_code"],
    "fact_article": ["outlet"],
    "fact_post_point": ["kind"],
    "fact_threat": ["handled"],
    "fact_connection": ["system_name", "ministry"],
    "dim_organisation": ["name", "tier"],
}
_OTHERS = """
alter table warehouse.fact_account drop constraint ck_fact_account_platform;

alter table warehouse.dim_area
    drop constraint uq_dim_area_code_level_valid_from,
    add constraint uq_dim_area_code_level_valid_from_parent_id
        unique nulls not distinct (code, level, valid_from, parent_id),
    drop constraint ck_dim_area_level,
    add constraint ck_dim_area_level check (level in ('province', 'district', 'commune', 'unknown'));

alter table warehouse.dim_organisation add column is_inferred boolean not null default false;
alter table warehouse.dim_service add column is_inferred boolean generated always as (name is null) stored;

create table warehouse.unlisted_code (
    province_id smallint not null
        constraint fk_unlisted_code_province_id references warehouse.dim_province (province_id),
    source text not null,
    feed text not null,
    dimension text not null,
    code text not null,
    batch_id bigint not null,
    constraint pk_unlisted_code primary key (province_id, source, feed, dimension, code)
);

comment on table warehouse.unlisted_code is
    'Codes that published records name and the reference data did not list at that time';
comment on column warehouse.unlisted_code.province_id is 'Province whose record this is';
comment on column warehouse.unlisted_code.source is 'Source whose records name it';
comment on column warehouse.unlisted_code.feed is 'Feed whose records name it';
comment on column warehouse.unlisted_code.dimension is 'Dimension in which it was looked up';
comment on column warehouse.unlisted_code.code is 'Code as the records give it, at most 64 characters';
comment on column warehouse.unlisted_code.batch_id is 'Batch that first named it';
comment on column warehouse.dim_organisation.is_inferred is
    'Made from a record''s code; the reference data do not list it yet';
comment on column warehouse.dim_organisation.name is 'Name in Vietnamese; null while inferred';
comment on column warehouse.dim_organisation.tier is 'province, district or commune; null while inferred';
comment on column warehouse.dim_service.is_inferred is
    'Made from a record''s code; the catalogue has not listed it yet';
comment on column warehouse.dim_area.level is
    'province, district or commune; unknown = a code that no area of the province bears';
comment on column warehouse.fact_account.platform is 'E-commerce platform for commerce; none for the others';
"""


def upgrade() -> None:
    """Keep every row; loosen what it must say."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    for table, columns in _OPTIONAL.items():
        dropped = ", ".join(f"alter column {column} drop not null" for column in columns)
        driver.execute(f"alter table warehouse.{table} {dropped}".encode())
    driver.execute(_OTHERS.encode())


def downgrade() -> None:
    """Refused: facts may hold what the schema of before has no place for."""
    raise NotImplementedError("restore a backup instead")
