"""Whether the evidence still is what it was: rows against the hashes in their seals, seals against each other, accounts
of batches against themselves, landed pages against their hashes.

All of it is asked of one snapshot, by one set-based query a table; the database spills to disk what does not fit its
memory, and findings come one by one.
"""

import hashlib
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.rows import dict_row

from audit import archive_verification, derived_verification, page_verification, trail_verification
from audit.findings import Mismatch, Progress, Verification, VerificationStage
from audit.notes import VerifierKey
from hub.errors import Abort
from hub.settings import Settings
from hub.translation import Message, Wording, msg
from warehouse.landing import Landing
from warehouse.seals import (
    CHANGED_BY,
    PART_DIGEST,
    PARTS_DIGEST,
    QUARANTINE,
    RELATIONS,
    SEAL_DIGEST,
    Contents,
    Relation,
)

_PARTS_DIGEST = PARTS_DIGEST.replace(
    PART_DIGEST, f"case when r.redacted_sha256 = {PART_DIGEST} then r.sealed_sha256 else {PART_DIGEST} end"
)
"""Of parts in which a key was replaced, the hash that they were sealed with, where they still are as they were then."""


NOT_CHECKED: list[tuple[Wording, tuple[str, ...]]] = [
    (
        msg("reference data: areas, organisations, services, code lists, deliverers, plans, population"),
        (
            *("warehouse.area_outline", "warehouse.area_population", "warehouse.area_successor"),
            *("warehouse.deliverer", "warehouse.dim_area"),
            *("warehouse.dim_channel", "warehouse.dim_date", "warehouse.dim_field", "warehouse.dim_gate"),
            *("warehouse.dim_indicator", "warehouse.dim_operator", "warehouse.dim_organisation"),
            *("warehouse.dim_platform", "warehouse.dim_province", "warehouse.dim_service"),
            *("warehouse.feed_deliverers", "warehouse.kpi_field", "warehouse.kpi_plan", "warehouse.source_field"),
            *("warehouse.dim_value", "warehouse.unlisted_code"),
        ),
    ),
    (
        msg(
            "accounts and rights, reads of figures, what was sent to the Government, how far figures follow the facts"
            " (kpi.refresh), which of them leave the hub (kpi.disclosure, kpi.withheld_count)"
        ),
        (
            *("access.account", "access.api_key", "access.login_attempt", "access.login_lock", "access.read_log"),
            *("access.session", "kpi.government_message", "kpi.refresh", "kpi.disclosure", "kpi.withheld_count"),
        ),
    ),
    (
        msg("since when figures of a slice are official again (quality.release), and which inputs were approved"),
        ("quality.release", "ledger.approved_input"),
    ),
    (
        msg("incidents, alerts and reminders"),
        (
            *("ledger.incident", "ledger.incident_event", "ledger.alert", "ledger.alert_incident", "ledger.reminder"),
            "ledger.watch",
        ),
    ),
    (
        msg("figures that were read from the hubs of other provinces, of which the entries have a hash"),
        ("nation.province", "nation.observation"),
    ),
    (msg("who is loading now"), ("ledger.claim", "ledger.lock")),
    (msg("rows of batches that are still running"), ()),
    (msg("the serving views, which `ioc db migrate` makes anew"), ()),
    (
        msg(
            "entries of the audit trail since the newest checkpoint, and facts for which whoever changed them has made"
            " seals and entries of their own: have checkpoints written often, to places outside the database, and read"
            " the entries"
        ),
        (),
    ),
]
"""What nobody should take for checked, and the tables that it is about. All others are compared with seals, with
entries of the trail or with what they add up."""


def silent(_step: VerificationStage, _done: int, _total: int) -> None:
    """Tells nobody."""


def verify(
    connection: psycopg.Connection[Any],
    landing: Landing,
    province: str | None = None,
    progress: Progress = silent,
    settings: Settings | None = None,
    key: VerifierKey | None = None,
) -> Verification:
    """Every sealed row, every account and every landed page of a province, or of the whole hub; every seal and every
    entry of the audit trail; files that no page names for the whole hub only. `connection` is a loader's, which only
    reads here; `settings` name the places of checkpoints, `key` verifies these where the hub's own is not here."""
    connection.rollback()
    connection.read_only = True
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.execute("set local search_path to pg_catalog")  # no function of the owner's stands in for another
    result = Verification()
    own = _province_id(connection, province)
    _first_seal(connection, result)
    trail_verification.verify(connection, settings, key, result, progress)
    archive_verification.verify(connection, settings, province, result)
    _seals(connection, own, result)
    contents = Contents(connection)
    for number, relation in enumerate(RELATIONS.values(), 1):
        _rows(connection, contents, relation, own, result)
        _sealed_again(connection, relation, own, result)
        progress("tables", number, len(RELATIONS))
    _refused_records(connection, contents, own, result)
    derived_verification.verify_generated(connection, result)
    derived_verification.verify_decisions(connection, result)
    derived_verification.verify_notes(connection, result)
    derived_verification.verify_month_totals(connection, own, result)
    derived_verification.verify_accounts(connection, own, result)
    strange = page_verification.verify_pages(connection, landing, own, result, progress)
    connection.rollback()  # what came while the pages were read is asked of a newer snapshot
    if own is None:
        page_verification.verify_files(connection, landing, strange, result)
        connection.rollback()
    return result


def _province_id(connection: psycopg.Connection[Any], province: str | None) -> int | None:
    if province is None:
        return None
    row = connection.execute("select province_id from warehouse.dim_province where code = %s", [province]).fetchone()
    if row is None:
        raise Abort(msg("Province {code!r} is not in this hub's reference data", code=province))
    return int(row[0])


def _first_seal(connection: psycopg.Connection[Any], result: Verification) -> None:
    """Told before all others: where it is missing, so are many."""
    first = "select from ledger.seal where chain = 'upgrade' and position = 1"
    if connection.execute(first.encode()).fetchone() is None:
        text = msg(
            "The first seal, which the upgrade of the schema makes, is missing; if no seal was ever made, run"
            " `ioc db migrate`"
        )
        result.found(Mismatch("seal", text, "ledger.seal"))


def _seals(connection: psycopg.Connection[Any], province_id: int | None, result: Verification) -> None:
    """Each seal of the hub against its parts, itself, and the one before it; and how many batches of the province were
    sealed later."""
    hashed = hashlib.sha256()
    with connection.cursor("seals", row_factory=dict_row) as cursor:
        cursor.execute(
            f"with p as (select p.seal_id, count(*) as parts, {_PARTS_DIGEST} as parts_sha256 from ledger.seal_part p"
            " left join ledger.redacted_part r using (part_id) group by p.seal_id), s as (select s.*,"
            " row_number() over chain as place, lag(s.sha256) over chain as before from ledger.seal s"
            " window chain as (partition by s.chain order by s.position))"
            " select seal_id, s.chain, s.place, s.position, s.sealed_at, s.sha256, s.seal_id is null as is_missing,"
            " coalesce(p.parts, 0) is distinct from s.parts or coalesce(p.parts_sha256, sha256('')) is distinct from"
            f" s.parts_sha256 as other_parts, {SEAL_DIGEST} is distinct from s.sha256 as is_changed,"
            " s.previous_sha256 is distinct from s.before or s.place is distinct from s.position as is_loose"
            " from s full join p using (seal_id) order by seal_id".encode()
        )
        for row in cursor:
            result.seals += not row["is_missing"]
            if (row["chain"], row["position"]) == ("upgrade", 1):
                result.sealed_since = row["sealed_at"]
            if not row["is_missing"]:
                hashed.update(row["sha256"])
                result.newest_seal = row["seal_id"], hashed.hexdigest()
            said = {"seal_id": row["seal_id"], "chain": row["chain"]}
            text: Wording | None = None
            if row["is_missing"]:
                text = msg("Seal {seal_id} is missing; there are hashes of it", **said)
            elif row["other_parts"]:
                text = msg("The hashes of seal {seal_id} (chain {chain}) were changed after they were written", **said)
            elif row["is_changed"]:
                text = msg("Seal {seal_id} (chain {chain}) was changed after it was written", **said)
            elif row["is_loose"]:
                text = msg("Seal {seal_id} (chain {chain}) does not follow the one before: one is missing", **said)
            if text is not None:
                result.found(Mismatch("seal", text, "ledger.seal", str(row["seal_id"])))
    before = connection.execute(
        "select coalesce(sum(cardinality(p.keys)), 0)::bigint from ledger.seal_part p join ledger.seal s using"
        " (seal_id) where s.chain = 'upgrade' and s.position = 1 and p.relation = 'ledger.batch'"
        " and (%(province)s::smallint is null or p.province_id = %(province)s)",
        {"province": province_id},
    ).fetchone()
    result.sealed_later = int(before[0]) if before else 0
    redacted = connection.execute("select count(*) from ledger.redacted_part").fetchone()
    result.redacted_parts = int(redacted[0]) if redacted else 0


_TEXTS = {
    "changed": (
        msg("{table}, {columns} = {key}: changed after it was written"),
        msg("{table}, {columns} = {key}, batch {batch_id}: changed after it was written"),
        msg("{table}, {columns} = {key}, batch {batch_id}, page {page_number}: changed after it was written"),
    ),
    "deleted": (
        msg("{table}, {columns} = {key}: was deleted"),
        msg("{table}, {columns} = {key}, batch {batch_id}: was deleted"),
        msg("{table}, {columns} = {key}, batch {batch_id}, page {page_number}: was deleted"),
    ),
    "added": (
        msg("{table}, {columns} = {key}: was not written by the hub"),
        msg("{table}, {columns} = {key}, batch {batch_id}: was not written by the hub"),
        msg("{table}, {columns} = {key}, batch {batch_id}, page {page_number}: was not written by the hub"),
    ),
}


def _rows(
    connection: psycopg.Connection[Any],
    contents: Contents,
    relation: Relation,
    province_id: int | None,
    result: Verification,
) -> None:
    """The rows of a table against what the newest seals that name them say."""
    held = sql.SQL(
        'select {key} collate "C" as key, {hash} as hash, p.* from {source} cross join lateral (select {place})'
        " as p (province_id, batch_id, page_number)"
        " where %(province)s::smallint is null or p.province_id = %(province)s"
    ).format(key=relation.named(), hash=contents.hashed(relation), source=relation.source, place=relation.place)
    said = sql.SQL(
        "select distinct on (u.key) u.key, u.hash, p.batch_id, p.page_number from ledger.seal_part p"
        ' cross join lateral (select key collate "C", hash from unnest(p.keys, p.hashes) as u (key, hash))'
        " as u (key, hash) where p.relation = %(relation)s"
        " and (%(province)s::smallint is null or p.province_id = %(province)s) order by u.key, p.part_id desc"
    )
    running = sql.SQL("false")
    if relation.is_of_batch:
        running = sql.SQL(
            "said.key is null and exists (select from ledger.batch r where r.batch_id = held.batch_id"
            " and r.status = 'running')"
        )
    values = {"province": province_id, "relation": relation.name}
    with connection.cursor("rows") as cursor:
        cursor.execute(
            sql.SQL(
                "with held as ({held}), said as ({said}), differing as (select coalesce(held.key, said.key) as key,"
                " case when held.key is null then 'deleted' when said.hash is null then 'added' else 'changed' end"
                " as kind, coalesce(said.batch_id, held.batch_id) as batch_id,"
                " coalesce(said.page_number, held.page_number) as page_number"
                " from held full join said on held.key = said.key"
                " where held.hash is distinct from said.hash and not ({running}))"
                " select 'rows', count(*)::text, null::bigint, null::integer from held"
                " union all select kind, key, batch_id, page_number from differing"
            ).format(held=held, said=said, running=running),
            values,
        )
        for kind, key, batch_id, page_number in cursor:
            if kind == "rows":
                result.rows[relation.name] = int(key)
                continue
            said_of = {
                "table": relation.name,
                "columns": ", ".join(relation.key),
                "key": key.removeprefix("(").removesuffix(")"),
                "batch_id": batch_id,
                "page_number": page_number,
            }
            text = _TEXTS[kind][(batch_id is not None) + (batch_id is not None and page_number is not None)]
            filled: Message = text.with_values(**said_of)
            result.found(Mismatch(kind, filled, relation.name, said_of["key"], batch_id, page_number))


def _sealed_again(
    connection: psycopg.Connection[Any], relation: Relation, province_id: int | None, result: Verification
) -> None:
    """Rows of a table to which rows are only added, for which a later seal says something else than the one before."""
    if relation.name not in CHANGED_BY:
        return
    rows = connection.execute(
        b"select key, batch_id, page_number, seal_id, act from (select u.key, u.hash, lag(u.hash) over earlier as"
        b" before, row_number() over earlier as place, p.batch_id, p.page_number, p.seal_id, s.act"
        b" from ledger.seal_part p left join ledger.seal s using (seal_id) cross join lateral (select key"
        b' collate "C", hash'
        b" from unnest(p.keys, p.hashes) as u (key, hash)) as u (key, hash) where p.relation = %(relation)s"
        b" and (%(province)s::smallint is null or p.province_id = %(province)s)"
        b" window earlier as (partition by u.key order by p.part_id)) as sealed where place > 1"
        b" and hash is distinct from before and (hash is null or act is null or act <> all(%(acts)s)"
        b" or act = 'upgrade') order by seal_id, key",
        {"relation": relation.name, "province": province_id, "acts": list(CHANGED_BY[relation.name])},
    )
    for key, batch_id, page_number, seal_id, act in rows:
        if act == "upgrade":
            result.sealed_by_upgrade += 1
            continue
        own = key.removeprefix("(").removesuffix(")")
        text = msg(
            "{table}, {columns} = {key}: such rows never change, and this one was sealed again by seal {seal_id}",
            table=relation.name,
            columns=", ".join(relation.key),
            key=own,
            seal_id=seal_id,
        )
        result.found(Mismatch("sealed again", text, relation.name, own, batch_id, page_number))


def _refused_records(
    connection: psycopg.Connection[Any], contents: Contents, province_id: int | None, result: Verification
) -> None:
    """Refused records that were sealed again: but for the batch that accepted them they are as they were, or empty."""
    said = (
        "select u.key, (array_agg(u.hash order by p.part_id))[1] as first, (array_agg(u.hash order by p.part_id"
        ' desc))[1] as newest from ledger.seal_part p cross join lateral (select key collate "C", hash'
        " from unnest(p.keys, p.hashes) as u (key, hash)) as u (key, hash) where p.relation = 'quality.quarantine'"
        " group by 1 having count(*) > 1"
    )
    query = sql.SQL(
        "with said as ({said}) select t.batch_id, t.row_number, t.page_number from {source}"
        ' join said on said.key = {key} collate "C"'
        " where (%(province)s::smallint is null or b.province_id = %(province)s) and said.newest = {hash}"
        " and case when t.emptied_at is null then said.first not in ({hash}, {unaccepted})"
        " else t.record_key is not null or t.record <> 'null' or t.fact_row is not null end order by 1, 2"
    ).format(
        said=sql.SQL(said),
        source=QUARANTINE.source,
        key=QUARANTINE.named(),
        hash=contents.hashed(QUARANTINE),
        unaccepted=contents.hashed(QUARANTINE, replay_batch_id=sql.SQL("null")),
    )
    for batch_id, row_number, page_number in connection.execute(query, {"province": province_id}):
        text = msg(
            "{table}, {columns} = {key}: is not what was refused, though seals were added for it",
            table=QUARANTINE.name,
            columns=", ".join(QUARANTINE.key),
            key=f"{batch_id},{row_number}",
        )
        result.found(Mismatch("sealed again", text, QUARANTINE.name, f"{batch_id},{row_number}", batch_id, page_number))


def remarks(result: Verification) -> Iterator[Wording]:
    """What a reader of the result should know besides."""
    if result.sealed_later and result.sealed_since:
        yield msg(
            "{count} batches had ended before seals were kept: what they brought is verified as it was at {moment}",
            count=result.sealed_later,
            moment=result.sealed_since,
        )
    if result.removed_pages:
        yield msg("{count} landed pages were removed after their time, as was written down", count=result.removed_pages)
    if result.redacted_parts:
        yield msg(
            "{count} parts of seals name a pseudonym instead of a code that was erased", count=result.redacted_parts
        )
    if result.sealed_by_upgrade:
        yield msg("{count} rows were sealed again by migrations of the schema", count=result.sealed_by_upgrade)
    if result.left_behind:
        yield msg("{count} files of loads that were broken off are named by no page", count=result.left_behind)
    yield msg(
        "Audit trail: {entries} entries in the tree, {pending} since the newest checkpoint, {checkpoints} checkpoints"
        " compared",
        entries=result.entries,
        pending=result.pending,
        checkpoints=result.checkpoints,
    )
    if result.unsigned:
        yield msg("Signatures of checkpoints were not verified: no key is configured (IOC_AUDIT_KEY), and none given")
    if result.newest_seal:
        seal_id, sha256 = result.newest_seal
        yield msg("Newest seal: {seal_id}; hash over all seals: {sha256}", seal_id=seal_id, sha256=sha256)
