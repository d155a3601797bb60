"""Who may see what: accounts with their rights, their sessions and keys, and what they asked to see.

No figure is here. The policies on all other tables (warehouse/policies.py) read `account`, so a changed right
holds from the next statement on, in the web process and in a BI tool alike.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from warehouse.schema.base import instant, metadata


def _account() -> Column[int]:
    return Column("account_id", Integer, ForeignKey("access.account.account_id"), nullable=False, comment="Account")


account = Table(
    "account",
    metadata,
    Column("account_id", Integer, Identity(), primary_key=True, comment="Account"),
    Column("login", Text, nullable=False, unique=True, comment="Name to sign in with, lower case"),
    Column("name", Text, nullable=False, comment="Department, district or post that uses it; no person's name"),
    Column("role", Text, nullable=False, comment="viewer, department, engineer, auditor or admin"),
    Column("password_hash", Text, comment="argon2id; null = signs in through the identity provider only"),
    Column("oidc_subject", Text, unique=True, comment="Subject at the identity provider"),
    Column(
        "province_id",
        SmallInteger,
        ForeignKey("warehouse.dim_province.province_id"),
        comment="Province that it sees; null = all",
    ),
    Column(
        "area_id",
        Integer,
        ForeignKey("warehouse.dim_area.area_id"),
        comment="Area that it sees, with all below it; null = the whole province",
    ),
    Column("organisations", ARRAY(Text), comment="Codes of the organisations that it sees; null = all"),
    Column("fields", ARRAY(Text), comment="Codes of the fields that it sees; null = all"),
    Column("db_role", Text, unique=True, comment="Database login of a BI tool that has these rights"),
    instant("disabled_at", "Since when it is closed; null = open"),
    instant("created_at", "Made", nullable=False, server_default=func.now()),
    instant("password_changed_at", "When its user chose the password; null = still the initial one, or none"),
    CheckConstraint("login = lower(login) and login <> ''", name="login"),
    CheckConstraint("role in ('viewer', 'department', 'engineer', 'auditor', 'admin')", name="role"),
    CheckConstraint("province_id is not null or area_id is null and organisations is null", name="province"),
    schema="access",
    comment="Accounts and what each may see",
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", Text, primary_key=True, comment="SHA-256 of the token that the browser holds"),
    _account(),
    instant("created_at", "Signed in", nullable=False, server_default=func.now()),
    instant("last_seen_at", "Last request, to the minute", nullable=False, server_default=func.now()),
    instant("expires_at", "End at the latest, however busy it is", nullable=False),
    instant("ended_at", "Signed out, or ended by an administrator"),
    Index(None, "account_id"),
    schema="access",
    comment="Signed-in browsers; ending a row ends the session at once",
)

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Integer, Identity(), primary_key=True, comment="Key"),
    _account(),
    Column("name", Text, nullable=False, comment="What uses it"),
    Column("key_sha256", Text, nullable=False, unique=True, comment="SHA-256 of the key, which was shown once"),
    Column("prefix", Text, nullable=False, unique=True, comment="First letters of the key, to recognise it by"),
    Column("scopes", ARRAY(Text), nullable=False, comment="What it may do, within its account's rights"),
    instant("expires_at", "Worthless from then on", nullable=False),
    instant("revoked_at", "Revoked"),
    instant("last_used_at", "Last used, to the minute"),
    instant("created_at", "Made", nullable=False, server_default=func.now()),
    Index(None, "account_id"),
    schema="access",
    comment="Keys of machines and walls",
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("attempt_id", BigInteger, Identity(), primary_key=True, comment="Attempt"),
    Column(
        "login_sha256", Text, nullable=False, comment="SHA-256 of the login as typed: it may be a mistyped password"
    ),
    Column("address", Text, nullable=False, comment="Address that it came from"),
    instant("at", "When", nullable=False, server_default=func.clock_timestamp()),
    Column("succeeded", Boolean, nullable=False, server_default="false", comment="Whether the password was right"),
    Index(None, "login_sha256", "at"),
    Index(None, "address", "at"),
    Index(None, "at"),
    schema="access",
    comment="Attempts to sign in, to slow guessing down; kept for 90 days",
)

login_lock = Table(
    "login_lock",
    metadata,
    Column("bucket", SmallInteger, primary_key=True, autoincrement=False, comment="First byte of the hash"),
    schema="access",
    comment="Rows that are locked while attempts are counted: 256 buckets of logins and addresses, by their hash",
)

read_log = Table(
    "read_log",
    metadata,
    Column("entry_id", BigInteger, Identity(), primary_key=True, comment="Entry"),
    _account(),
    Column("what", Text, nullable=False, comment="figures, explain, rows or export"),
    Column("subject", JSONB, nullable=False, comment="What was asked: KPI, period, area, filters"),
    instant("at", "When", nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("what in ('figures', 'explain', 'rows', 'export')", name="what"),
    Index(None, "account_id", "at"),
    schema="access",
    comment="Who read figures about persons, looked behind a figure or took one away; rows are only added",
)
