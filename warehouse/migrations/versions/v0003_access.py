"""Who may see what: accounts, sessions, keys, attempts, the log of reads, and the fields of KPIs and sources."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them. Policies and functions are not here: every migration makes them anew."""
    op.execute("create schema if not exists access")
    op.execute("comment on schema access is 'Accounts, sessions, keys and rights; holds no figure'")
    op.create_table(
        "login_attempt",
        sa.Column("attempt_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Attempt"),
        sa.Column(
            "login_sha256",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the login as typed: it may be a mistyped password",
        ),
        sa.Column("address", sa.Text(), nullable=False, comment="Address that it came from"),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When",
        ),
        sa.Column(
            "succeeded", sa.Boolean(), server_default="false", nullable=False, comment="Whether the password was right"
        ),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_login_attempt")),
        schema="access",
        comment="Attempts to sign in, to slow guessing down; kept for 90 days",
    )
    op.create_index(
        op.f("ix_login_attempt_address_at"), "login_attempt", ["address", "at"], unique=False, schema="access"
    )
    op.create_index(
        op.f("ix_login_attempt_login_sha256_at"), "login_attempt", ["login_sha256", "at"], unique=False, schema="access"
    )
    op.create_table(
        "dim_field",
        sa.Column("code", sa.Text(), nullable=False, comment="Code used throughout the hub"),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="Its place in the periodic report"),
        sa.Column("name_vi", sa.Text(), nullable=False, comment="Name in Vietnamese"),
        sa.Column("name_en", sa.Text(), nullable=False, comment="Name in English"),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dim_field")),
        schema="warehouse",
        comment="Fields of the periodic report, by which screens are ordered and rights are given",
    )
    op.create_table(
        "account",
        sa.Column("account_id", sa.Integer(), sa.Identity(always=False), nullable=False, comment="Account"),
        sa.Column("login", sa.Text(), nullable=False, comment="Name to sign in with, lower case"),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="Department, district or post that uses it; no person's name"
        ),
        sa.Column("role", sa.Text(), nullable=False, comment="viewer, department, engineer, auditor or admin"),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="argon2id; null = signs in through the identity provider only",
        ),
        sa.Column("oidc_subject", sa.Text(), nullable=True, comment="Subject at the identity provider"),
        sa.Column("province_id", sa.SmallInteger(), nullable=True, comment="Province that it sees; null = all"),
        sa.Column(
            "area_id",
            sa.Integer(),
            nullable=True,
            comment="Area that it sees, with all below it; null = the whole province",
        ),
        sa.Column(
            "organisations",
            postgresql.ARRAY(sa.Text()),
            nullable=True,
            comment="Codes of the organisations that it sees; null = all",
        ),
        sa.Column(
            "fields", postgresql.ARRAY(sa.Text()), nullable=True, comment="Codes of the fields that it sees; null = all"
        ),
        sa.Column("db_role", sa.Text(), nullable=True, comment="Database login of a BI tool that has these rights"),
        sa.Column(
            "disabled_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Since when it is closed; null = open",
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Made",
        ),
        sa.Column(
            "password_changed_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="When its user chose the password; null = still the initial one, or none",
        ),
        sa.CheckConstraint("login = lower(login) and login <> ''", name=op.f("ck_account_login")),
        sa.CheckConstraint(
            "role in ('viewer', 'department', 'engineer', 'auditor', 'admin')", name=op.f("ck_account_role")
        ),
        sa.CheckConstraint(
            "province_id is not null or area_id is null and organisations is null", name=op.f("ck_account_province")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["warehouse.dim_area.area_id"], name=op.f("fk_account_area_id")),
        sa.ForeignKeyConstraint(
            ["province_id"], ["warehouse.dim_province.province_id"], name=op.f("fk_account_province_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account")),
        sa.UniqueConstraint("db_role", name=op.f("uq_account_db_role")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("oidc_subject", name=op.f("uq_account_oidc_subject")),
        schema="access",
        comment="Accounts and what each may see",
    )
    op.create_table(
        "kpi_field",
        sa.Column("kpi_id", sa.Text(), nullable=False, comment="KPI"),
        sa.Column("field_code", sa.Text(), nullable=False, comment="Its field"),
        sa.ForeignKeyConstraint(["field_code"], ["warehouse.dim_field.code"], name=op.f("fk_kpi_field_field_code")),
        sa.PrimaryKeyConstraint("kpi_id", name=op.f("pk_kpi_field")),
        schema="warehouse",
        comment="The field that each KPI belongs to",
    )
    op.create_table(
        "source_field",
        sa.Column("source", sa.Text(), nullable=False, comment="Source"),
        sa.Column("field_code", sa.Text(), nullable=False, comment="Its field"),
        sa.ForeignKeyConstraint(["field_code"], ["warehouse.dim_field.code"], name=op.f("fk_source_field_field_code")),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_field")),
        schema="warehouse",
        comment="The field that the records of each source belong to",
    )
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Integer(), sa.Identity(always=False), nullable=False, comment="Key"),
        sa.Column("account_id", sa.Integer(), nullable=False, comment="Account"),
        sa.Column("name", sa.Text(), nullable=False, comment="What uses it"),
        sa.Column("key_sha256", sa.Text(), nullable=False, comment="SHA-256 of the key, which was shown once"),
        sa.Column("prefix", sa.Text(), nullable=False, comment="First letters of the key, to recognise it by"),
        sa.Column(
            "scopes", postgresql.ARRAY(sa.Text()), nullable=False, comment="What it may do, within its account's rights"
        ),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False, comment="Worthless from then on"),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Revoked"),
        sa.Column(
            "last_used_at", postgresql.TIMESTAMP(timezone=True), nullable=True, comment="Last used, to the minute"
        ),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Made",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["access.account.account_id"], name=op.f("fk_api_key_account_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_api_key_key_sha256")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
        schema="access",
        comment="Keys of machines and walls",
    )
    op.create_index(op.f("ix_api_key_account_id"), "api_key", ["account_id"], unique=False, schema="access")
    op.create_table(
        "read_log",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Entry"),
        sa.Column("account_id", sa.Integer(), nullable=False, comment="Account"),
        sa.Column("what", sa.Text(), nullable=False, comment="explain, rows or export"),
        sa.Column(
            "subject",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="What was asked: KPI, period, area, filters",
        ),
        sa.Column(
            "at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
            comment="When",
        ),
        sa.CheckConstraint("what in ('explain', 'rows', 'export')", name=op.f("ck_read_log_what")),
        sa.ForeignKeyConstraint(["account_id"], ["access.account.account_id"], name=op.f("fk_read_log_account_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_read_log")),
        schema="access",
        comment="Who looked behind a figure or took it away; rows are only added",
    )
    op.create_index(op.f("ix_read_log_account_id_at"), "read_log", ["account_id", "at"], unique=False, schema="access")
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.Text(), nullable=False, comment="SHA-256 of the token that the browser holds"),
        sa.Column("account_id", sa.Integer(), nullable=False, comment="Account"),
        sa.Column(
            "created_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Signed in",
        ),
        sa.Column(
            "last_seen_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="Last request, to the minute",
        ),
        sa.Column(
            "expires_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=False,
            comment="End at the latest, however busy it is",
        ),
        sa.Column(
            "ended_at",
            postgresql.TIMESTAMP(timezone=True),
            nullable=True,
            comment="Signed out, or ended by an administrator",
        ),
        sa.ForeignKeyConstraint(["account_id"], ["access.account.account_id"], name=op.f("fk_session_account_id")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
        schema="access",
        comment="Signed-in browsers; ending a row ends the session at once",
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False, schema="access")


def downgrade() -> None:
    """Refused: it would open what accounts may not see, and throw away who looked."""
    raise NotImplementedError("evidence is never thrown away: restore a backup made before the migration")
