"""The inputs of published figures as they were approved last, against which a plan compares."""

from alembic import op

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

_COMMENTS = {
    "table ledger.approved_input": "What published figures are computed by, as it was approved last: definitions, rules"
    " and code maps, targets, reference data",
    "column ledger.approved_input.name": "Input, such as kpi/phone_density, source/dvc, targets, area_population",
    "column ledger.approved_input.body": "Its values by key, all as text",
    "column ledger.approved_input.approved_at": "When it was approved, or first seen by this hub",
}


def upgrade() -> None:
    """Empty: `ioc db migrate` then writes down what is in force."""
    op.execute(
        "create table ledger.approved_input (name text not null, body jsonb not null,"
        " approved_at timestamptz not null default now(), constraint pk_approved_input primary key (name))"
    )
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment}'")


def downgrade() -> None:
    """The hub of before plans nothing."""
    op.execute("drop table ledger.approved_input")
