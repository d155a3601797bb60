"""Refused records keep what they broke each rule with."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COMMENT = (
    "What it broke each rule with: rule, column, value as it came (at most 200 characters, none of a personal field);"
    " null where an earlier version refused it"
)


def upgrade() -> None:
    """Of records that were refused before, nobody says any more which column it was."""
    op.execute("alter table quality.quarantine add column offences jsonb")
    op.execute(f"comment on column quality.quarantine.offences is '{_COMMENT}'")


def downgrade() -> None:
    """The hub of before knows nothing of offences."""
    op.execute("alter table quality.quarantine drop column offences")
