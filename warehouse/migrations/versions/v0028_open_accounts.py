"""The number of open accounts, which the loader may know, and no more of them."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_MAKE = """
create function access.open_accounts(province text, day date) returns table (role text, accounts bigint)
language sql stable security definer set search_path = ''
begin atomic
    select a.role, count(*) filter (where a.disabled_at is null or a.disabled_at >= d.ends_at)
    from warehouse.dim_province as p
    join access.account as a on a.province_id is null or a.province_id = p.province_id
    cross join (select (open_accounts.day + 1)::timestamp at time zone 'Asia/Ho_Chi_Minh' as ends_at) as d
    where p.code = open_accounts.province and a.created_at < d.ends_at
    group by a.role;
end
"""


def upgrade() -> None:
    """No row changes."""
    op.execute(_MAKE)
    op.execute(
        "comment on function access.open_accounts(text, date) is 'Accounts that may see a province and are open at the"
        " end of a day, by role; none where none had been made by then'"
    )


def downgrade() -> None:
    """The hub of before counts no accounts."""
    op.execute("drop function access.open_accounts(text, date)")
