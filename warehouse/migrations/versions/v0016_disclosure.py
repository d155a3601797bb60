"""Which counts about persons leave the hub is kept beside the observations, and reads of figures about persons are
logged in every format."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_COMMENTS = {
    "table kpi.disclosure": "How far the published figures about persons were judged; later ones do not leave the hub",
    "column kpi.disclosure.province_id": "Province whose record this is",
    "column kpi.disclosure.kpi_id": "KPI",
    "column kpi.disclosure.judged_to": "Figures that were recorded until then were judged",
    "column kpi.disclosure.judgements": "How often it was judged",
    "table kpi.withheld_count": "Counts about persons that do not leave the hub: small ones, and those that would tell"
    " one",
    "column kpi.withheld_count.province_id": "Province whose record this is",
    "column kpi.withheld_count.kpi_id": "KPI",
    "column kpi.withheld_count.first_day": "First day that is counted: of a flow the first of a year",
    "column kpi.withheld_count.last_day": "Last day that is counted: of a flow the last of a month",
    "column kpi.withheld_count.area_id": "Area",
    "column kpi.withheld_count.breakdown": "Such as level=4, empty for the whole of the area",
    "column access.read_log.what": "figures, explain, rows or export",
    "table access.read_log": "Who read figures about persons, looked behind a figure or took one away; rows are only"
    " added",
}


def upgrade() -> None:
    """Until the next refresh no figure about persons is judged, and none leaves the hub."""
    op.execute(
        "create table kpi.disclosure (province_id smallint not null, kpi_id text not null, judged_to timestamptz not"
        " null, judgements integer not null default 1, constraint pk_disclosure primary key (province_id, kpi_id),"
        " constraint fk_disclosure_province_id foreign key (province_id)"
        " references warehouse.dim_province (province_id))"
    )
    op.execute(
        "create table kpi.withheld_count (province_id smallint not null, kpi_id text not null, first_day date not null,"
        " last_day date not null, area_id integer not null, breakdown text not null default '',"
        " constraint pk_withheld_count primary key (province_id, kpi_id, first_day, last_day, area_id, breakdown),"
        " constraint fk_withheld_count_province_id foreign key (province_id)"
        " references warehouse.dim_province (province_id),"
        " constraint fk_withheld_count_area_id foreign key (area_id) references warehouse.dim_area (area_id))"
    )
    op.execute("alter table access.read_log drop constraint ck_read_log_what")
    op.execute(
        "alter table access.read_log add constraint ck_read_log_what check (what in ('figures', 'explain', 'rows',"
        " 'export'))"
    )
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment}'")


def downgrade() -> None:
    """The hub of before judges each answer by itself."""
    op.execute("drop table kpi.withheld_count, kpi.disclosure")
    op.execute("delete from access.read_log where what = 'figures'")
    op.execute("alter table access.read_log drop constraint ck_read_log_what")
    op.execute(
        "alter table access.read_log add constraint ck_read_log_what check (what in ('explain', 'rows', 'export'))"
    )
    op.execute("comment on column access.read_log.what is 'explain, rows or export'")
    op.execute("comment on table access.read_log is 'Who looked behind a figure or took it away; rows are only added'")
