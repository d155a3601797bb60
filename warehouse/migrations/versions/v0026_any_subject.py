"""Facts of any subject: statistics, cases and things, and the indicators that sources count. Health and education are
two fields; whoever saw the one of both sees both."""

from pathlib import Path

import psycopg
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = ("fact_statistic", "fact_case", "fact_asset", "dim_indicator", "dim_value")


_FIELDS = (
    b"update access.account set fields = array_remove(fields, 'health_education') || array['health', 'education']"
    b" where 'health_education' = any(fields)",
    b"delete from warehouse.kpi_field where field_code = 'health_education'",
    b"delete from warehouse.source_field where field_code = 'health_education'",
    b"delete from warehouse.dim_field where code = 'health_education'",
    b"comment on column warehouse.dim_field.position is"
    b" 'Its place in the periodic report and on the screens; 0 = it is left off'",
)


def upgrade() -> None:
    """Empty: sources fill them."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    driver.execute(Path(__file__).with_suffix(".sql").read_bytes())
    for statement in _FIELDS:
        driver.execute(statement)


def downgrade() -> None:
    """What they hold is lost; the landed pages stay."""
    for table in _TABLES:
        op.execute(f"drop table warehouse.{table} cascade")
