"""Facts of any subject: statistics, cases and things, and the indicators that sources count."""

from pathlib import Path

import psycopg
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = ("fact_statistic", "fact_case", "fact_asset", "dim_indicator")


def upgrade() -> None:
    """Empty: sources fill them."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    driver.execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """What they hold is lost; the landed pages stay."""
    for table in _TABLES:
        op.execute(f"drop table warehouse.{table} cascade")
