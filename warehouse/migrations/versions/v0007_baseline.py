"""The schema of 0.1.0, the first release. Revisions 0001 to 0006 were never released, and are refused."""

from pathlib import Path

import psycopg
from alembic import op

revision = "0007"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make everything, from the frozen SQL beside this file."""
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 - what warehouse.database makes
    driver.execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Refused: there is nothing before it."""
    raise NotImplementedError("drop the database instead")
