"""The service catalogue as validity: a row for as long as catalogues say the same; and the days of catalogues."""

import psycopg
from alembic import op
from psycopg import sql

from warehouse.seals import FACT_RELATIONS, INTO, LIST_DAY, Seal

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLES = """
create table warehouse.list_day (
    province_id smallint not null,
    fact text not null,
    day date not null,
    batch_id bigint not null,
    constraint pk_list_day primary key (province_id, fact, day)
);
comment on table warehouse.list_day is 'Days of which a periodic fact that is kept as validity has rows';
comment on column warehouse.list_day.province_id is 'Province whose record this is';
comment on column warehouse.list_day.fact is 'Periodic fact that is kept as validity';
comment on column warehouse.list_day.day is 'Day of which a list was read';
comment on column warehouse.list_day.batch_id is 'Batch that brought the list first';
alter table warehouse.fact_service
    add column valid_to date,
    add constraint ck_fact_service_validity check (day < valid_to);
comment on table warehouse.fact_service is
    'Periodic, kept as validity: the service catalogue of a day, one row for as long as catalogues say the same';
comment on column warehouse.fact_service.day is 'Day of the first catalogue that says so';
comment on column warehouse.fact_service.valid_to is
    'Day of the first catalogue that no longer does; null = the newest still does';
"""
_LIST_DAYS = """
insert into warehouse.list_day (province_id, fact, day, batch_id)
select province_id, 'fact_service', day, mode() within group (order by batch_id)
from warehouse.fact_service group by province_id, day
"""
_SPANS = """
create temporary table span on commit drop as
with listed as (
    select province_id, day, batch_id, lead(day) over (partition by province_id order by day) as next_day
    from warehouse.list_day where fact = 'fact_service'
),
told as (
    select f.*, l.next_day, f.batch_id <> l.batch_id as is_alone
    from warehouse.fact_service f join listed l using (province_id, day)
),
marked as (
    select *, is_alone or (
        lag(next_day) over along = day and not lag(is_alone) over along
        and lag(row(level, on_national_portal, effective_day, expiry_day, page_number)) over along
            is not distinct from row(level, on_national_portal, effective_day, expiry_day, page_number)
    ) is not true as begins
    from told window along as (partition by province_id, service_id order by day)
),
placed as (
    select *, count(*) filter (where begins) over (partition by province_id, service_id order by day) as place
    from marked
)
select province_id, service_id, min(day) as day, (array_agg(next_day order by day desc))[1] as valid_to
from placed group by province_id, service_id, place
"""
_WITHIN = """
delete from warehouse.fact_service f where not exists (
    select from span s where s.province_id = f.province_id and s.service_id = f.service_id and s.day = f.day
) returning f.province_id, f.batch_id, {key} as key
"""
_ENDS = """
update warehouse.fact_service f set valid_to = s.valid_to from span s
where s.province_id = f.province_id and s.service_id = f.service_id and s.day = f.day and s.valid_to is not null
"""


def upgrade() -> None:
    """Every day has the rows that it had, each with its batch and page."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    driver.execute(_TABLES.encode())
    driver.execute(_LIST_DAYS.encode())
    driver.execute(_SPANS.encode())
    driver.execute("analyze span")
    relation = FACT_RELATIONS["fact_service"]
    within = sql.SQL(_WITHIN).format(key=relation.named("f"))
    if driver.execute("select exists (select from ledger.seal)").fetchone() == (False,):  # it is sealed as it will be
        driver.execute(within)
        driver.execute(_ENDS.encode())
        return
    seal = Seal(driver, "upgrade", "upgrade")
    driver.execute(
        sql.SQL(
            "with gone as ({within}) {into} select {own}, province_id, batch_id, null::integer, array_agg(key),"
            " array_agg(null::bytea) from gone group by province_id, batch_id"
        ).format(within=within, into=INTO, own=seal.own(relation))
    )
    driver.execute(_ENDS.encode())
    seal.add(relation, sql.SQL("true"))
    seal.add(LIST_DAY, sql.SQL("true"))
    seal.close("migration", "schema/0029")
    driver.execute("set constraints all immediate")  # tables with checks that wait cannot be altered
    driver.execute("set constraints all deferred")


def downgrade() -> None:
    """Refused: seals name the rows as they are now."""
    raise NotImplementedError("restore a backup instead")
