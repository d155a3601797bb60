"""Feeds say who delivers them together, and every batch keeps whose records it brought."""

import psycopg
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_UPGRADE = """
alter table ledger.batch add column deliverer_column text;

create table ledger.delivery (
    batch_id bigint not null constraint fk_delivery_batch_id references ledger.batch (batch_id),
    deliverer text not null,
    records bigint not null,
    constraint pk_delivery primary key (batch_id, deliverer)
);

create table warehouse.feed_deliverers (
    source text not null,
    feed text not null,
    column_name text not null,
    every text not null,
    dimension text,
    constraint pk_feed_deliverers primary key (source, feed),
    constraint ck_feed_deliverers_every check (every in ('day', 'month'))
);

create table warehouse.deliverer (
    source text not null,
    feed text not null,
    code text not null,
    valid_from date,
    valid_to date,
    constraint uq_deliverer_source_feed_code_valid_from
        unique nulls not distinct (source, feed, code, valid_from)
);

comment on column ledger.batch.deliverer_column is
    'Column by which its deliveries were counted; null where none were';
comment on table ledger.delivery is
    'Whose records a published batch brought; who is not here brought none that was accepted';
comment on column ledger.delivery.batch_id is 'Batch';
comment on column ledger.delivery.deliverer is 'Code of who delivered, in lower case';
comment on column ledger.delivery.records is 'Records of it that were accepted';
comment on table warehouse.feed_deliverers is
    'Feeds whose files say who delivers them together, and how often';
comment on column warehouse.feed_deliverers.source is 'Source';
comment on column warehouse.feed_deliverers.feed is 'Feed';
comment on column warehouse.feed_deliverers.column_name is 'Column that tells of a record who delivered it';
comment on column warehouse.feed_deliverers.every is 'day or month: in each of them every deliverer delivers';
comment on column warehouse.feed_deliverers.dimension is 'Dimension that knows the deliverers; null = none';
comment on table warehouse.deliverer is
    'Deliverers that a specification or the installation names; others are expected once they have delivered';
comment on column warehouse.deliverer.source is 'Source';
comment on column warehouse.deliverer.feed is 'Feed';
comment on column warehouse.deliverer.code is 'Code of the deliverer, in lower case';
comment on column warehouse.deliverer.valid_from is 'First day on which it delivers; null = always did';
comment on column warehouse.deliverer.valid_to is 'First day on which it no longer does; null = none';
"""


def upgrade() -> None:
    """Of batches of before nobody counted who delivered: their periods are judged once they are read again."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    driver.execute(_UPGRADE.encode())


def downgrade() -> None:
    """The hub of before asks nobody who delivered."""
    op.execute(
        "drop table ledger.delivery, warehouse.feed_deliverers, warehouse.deliverer cascade;"
        " alter table ledger.batch drop column deliverer_column"
    )
