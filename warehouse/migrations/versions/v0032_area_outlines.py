"""Outlines of areas on maps; loading reference data fills them."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_TABLE = """
create table warehouse.area_outline (
    area_id integer not null,
    rings jsonb not null,
    is_schematic boolean not null,
    basis text not null,
    constraint pk_area_outline primary key (area_id),
    constraint fk_area_outline_area_id foreign key (area_id) references warehouse.dim_area (area_id)
);
comment on table warehouse.area_outline is 'Outlines of areas on maps';
comment on column warehouse.area_outline.area_id is 'Area';
comment on column warehouse.area_outline.rings is 'Its rings, each a list of corners: longitude and latitude';
comment on column warehouse.area_outline.is_schematic is 'Computed from the communes'' points: no boundary';
comment on column warehouse.area_outline.basis is 'SHA-256 of what all outlines were made of';
"""


def upgrade() -> None:
    """A table that nothing names yet."""
    op.execute(_TABLE)


def downgrade() -> None:
    """They can be made again."""
    op.execute("drop table warehouse.area_outline")
