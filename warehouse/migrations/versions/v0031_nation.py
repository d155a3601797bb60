"""Figures of whole provinces as their own hubs gave them, for a national hub."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TABLES = """
create schema if not exists nation;
comment on schema nation is 'Figures of whole provinces as their own hubs gave them';
create table nation.province (
    province_code text not null,
    name text,
    address text not null,
    added_at timestamptz not null default now(),
    read_at timestamptz,
    failed_at timestamptz,
    failure_vi text,
    failure_en text,
    constraint pk_province primary key (province_code)
);
comment on table nation.province is 'Provinces whose hubs are read';
comment on column nation.province.province_code is 'Organisation code of the province, for example H37';
comment on column nation.province.name is 'Name in Vietnamese, as its hub says; null until it was read';
comment on column nation.province.address is 'Login, host, port and database of its hub, without the password';
comment on column nation.province.added_at is 'When it was added';
comment on column nation.province.read_at is 'When its figures were last read';
comment on column nation.province.failed_at is 'When reading last failed; null when the last reading did not';
comment on column nation.province.failure_vi is 'Why, in Vietnamese';
comment on column nation.province.failure_en is 'The same in English';
create table nation.observation (
    province_code text not null,
    kpi_id text not null,
    first_day date not null,
    last_day date not null,
    revision integer not null,
    value numeric,
    numerator numeric,
    denominator numeric,
    status text not null,
    reason_vi text,
    reason_en text,
    data_as_of date,
    definition_version integer not null,
    definition_sha256 text,
    recorded_at timestamptz not null,
    read_at timestamptz not null default now(),
    withdrawn_at timestamptz,
    constraint pk_observation primary key (province_code, kpi_id, first_day, last_day, revision),
    constraint fk_observation_province_code foreign key (province_code) references nation.province (province_code)
);
comment on table nation.observation is 'Every revision of every figure of a whole province that its hub gave';
comment on column nation.observation.province_code is 'Province';
comment on column nation.observation.kpi_id is 'KPI';
comment on column nation.observation.first_day is 'First day of the period';
comment on column nation.observation.last_day is 'Last day of the period, inclusive';
comment on column nation.observation.revision is 'Of the province''s hub, from 1';
comment on column nation.observation.value is 'Value in the KPI''s unit; null when status is missing';
comment on column nation.observation.numerator is 'Numerator, where the KPI is a ratio';
comment on column nation.observation.denominator is 'Denominator, where the KPI is a ratio';
comment on column nation.observation.status is 'provisional, official or missing';
comment on column nation.observation.reason_vi is 'Why it is missing, in Vietnamese';
comment on column nation.observation.reason_en is 'The same in English';
comment on column nation.observation.data_as_of is 'Last day of the period that all feeding data cover';
comment on column nation.observation.definition_version is 'Version of the province''s definition';
comment on column nation.observation.definition_sha256 is
    'Hash of that definition; figures with the same can be compared';
comment on column nation.observation.recorded_at is 'Since when it was the province''s word';
comment on column nation.observation.read_at is 'When it was read first';
comment on column nation.observation.withdrawn_at is
    'Since when the province''s hub does not give it any more; null = it does';
"""


def upgrade() -> None:
    """No row changes."""
    op.execute(_TABLES)


def downgrade() -> None:
    """The hub of before reads no other hubs."""
    op.execute("drop schema nation cascade")
