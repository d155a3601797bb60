"""Deletion: codes of records that were erased, and what was replaced or emptied for it. Disclosure judged anew."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_COMMENTS = {
    "table ledger.erased_code": "Pseudonyms of records whose code was erased; a record that comes again gets the same",
    "column ledger.erased_code.source": "Source",
    "column ledger.erased_code.feed": "Feed",
    "column ledger.erased_code.pseudonym": "Keyed hash of the code, which stands in its place",
    "column ledger.erased_code.province_id": "Province whose record this is",
    "column ledger.erased_code.erased_at": "When",
    "table landing.replaced_page": "Landed pages that were written again without a code",
    "column landing.replaced_page.landed_sha256": "Hash of a page of the manifest, or of one that stood for it",
    "column landing.replaced_page.replacement_sha256": "Hash of the page that stands in its place",
    "column landing.replaced_page.replaced_at": "When",
    "table ledger.redacted_part": "Parts of seals in which a key was replaced by a pseudonym",
    "column ledger.redacted_part.part_id": "Part",
    "column ledger.redacted_part.sealed_sha256": "Hash of the part as its seal holds it",
    "column ledger.redacted_part.redacted_sha256": "Hash of the part as it is now",
    "column quality.quarantine.emptied_at": "When its content was removed: its time was over, or it was erased",
}


def upgrade() -> None:
    """Nothing was erased yet. Which counts leave the hub is judged anew, by a rule that withholds more: until the next
    refresh no figure about persons does."""
    op.execute("delete from kpi.withheld_count")
    op.execute("delete from kpi.disclosure")
    op.execute(
        "create table ledger.erased_code (province_id smallint not null, source text not null, feed text not null,"
        " pseudonym text not null, erased_at timestamptz not null default clock_timestamp(),"
        " constraint pk_erased_code primary key (province_id, source, feed, pseudonym),"
        " constraint fk_erased_code_province_id foreign key (province_id) references warehouse.dim_province"
        " (province_id))"
    )
    op.execute(
        "create table landing.replaced_page (landed_sha256 text not null, replacement_sha256 text not null,"
        " replaced_at timestamptz not null, constraint pk_replaced_page primary key (landed_sha256))"
    )
    op.execute(
        "create table ledger.redacted_part (part_id bigint not null, sealed_sha256 bytea not null,"
        " redacted_sha256 bytea not null, constraint pk_redacted_part primary key (part_id),"
        " constraint fk_redacted_part_part_id foreign key (part_id) references ledger.seal_part (part_id))"
    )
    op.execute("alter table quality.quarantine add column emptied_at timestamptz")
    op.execute("create index ix_quarantine_kept on quality.quarantine (quarantined_at) where emptied_at is null")
    for named, comment in _COMMENTS.items():
        op.execute(f"comment on {named} is '{comment}'")


def downgrade() -> None:
    """What was erased stays so; the hub of before would not know its seals."""
    op.execute("drop table ledger.redacted_part, landing.replaced_page, ledger.erased_code")
    op.execute("alter table quality.quarantine drop column emptied_at")
