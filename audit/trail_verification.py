"""Whether the audit trail still is what it was: entries against their places in the tree, the tree against itself, and
seals against the entries that explain them; checkpoints: `audit.checkpoint_verification`.

Bodies are hashed by the database; what is bad comes one by one, the first place first.
"""

import json
from typing import Any

import psycopg

from audit import checkpoint_verification
from audit.checkpoints import LEAF
from audit.findings import Mismatch, Progress, Verification
from audit.notes import VerifierKey
from hub.settings import Settings
from hub.translation import Message, msg

Connection = psycopg.Connection[Any]
_COLUMNS = ("act", "actor", "subject", "province", "at")


def verify(
    connection: Connection,
    settings: Settings | None,
    key: VerifierKey | None,
    result: Verification,
    progress: Progress,
) -> None:
    """Adds to `result` what is found of the trail, of the whole hub."""
    checks = [_entries, _strangers, _nodes, _seals]
    for number, check in enumerate(checks, 1):
        check(connection, result)
        progress("trail", number, len(checks) + 1)
    checkpoint_verification.verify(connection, settings, key, result)
    progress("trail", len(checks) + 1, len(checks) + 1)


_ENTRY = {
    "deleted": msg("Entry {entry} of the audit trail (place {place}) was deleted"),
    "changed": msg("Entry {entry} of the audit trail (place {place}) was changed after it was written"),
    "columns": msg("Entry {entry} of the audit trail (place {place}): columns contradict its text"),
    "moved": msg("Entry {entry} of the audit trail (place {place}) holds what was written at place {other}"),
}


def _entries(connection: Connection, result: Verification) -> None:
    """Every place in the tree against its entry."""
    fields = ", ".join(f"{name} text" for name in _COLUMNS)
    said, held = (", ".join(f"{alias}.{name}" for name in _COLUMNS) for alias in ("j", "e"))
    bad = []
    with connection.cursor("entries") as cursor:
        cursor.execute(
            "select * from (select l.position, l.entry_id, case when e.entry_id is null then 'deleted'"
            f" when {LEAF} <> l.sha256 then 'changed'"
            f" when (select ({said}, (j.seal ->> 'id')::bigint) is distinct from ({held}, e.seal_id)"
            f" from jsonb_to_record(e.body::jsonb) as j ({fields}, seal jsonb)) then 'columns'"
            " end as kind, case when e.entry_id is not null then "
            f"{LEAF} end as sha256 from ledger.leaf l left join ledger.entry e using (entry_id)) as p"
            " where kind is not null order by position".encode()
        )
        bad = cursor.fetchmany(10_000)
    row = connection.execute("select count(*) from ledger.leaf").fetchone()
    result.entries = int(row[0]) if row else 0
    others: dict[bytes, int] = {}
    if hashes := [sha256 for _, _, kind, sha256 in bad if kind == "changed"]:
        others = dict(
            connection.execute(
                "select sha256, position from ledger.leaf where sha256 = any(%s) order by position desc", [hashes]
            ).fetchall()
        )
    for position, entry_id, found, sha256 in bad:
        kind, other = found, None
        if found == "changed" and sha256 in others:
            kind, other = "moved", others[sha256]
        text: Message = _ENTRY[kind].with_values(entry=entry_id, place=position, other=other)
        result.found_in_trail(text, entry_id)
    gaps = connection.execute(
        "select l.position + 1 from ledger.leaf l where not exists (select from ledger.leaf n"
        " where n.position = l.position + 1) union select 0 where not exists (select from ledger.leaf"
        " where position = 0) order by 1"
    ).fetchall()
    end = connection.execute("select coalesce(max(position) + 1, 0) from ledger.leaf").fetchone()
    for (place,) in gaps:
        if end and place != end[0]:
            result.found_in_trail(
                msg("The place {place} in the tree over the audit trail is missing", place=place), None
            )


def _strangers(connection: Connection, result: Verification) -> None:
    """Entries that have no place in the tree and wait for none, and what waits and is none."""
    rows = connection.execute(
        "select e.entry_id, 'added' from ledger.entry e left join ledger.leaf l using (entry_id)"
        " left join ledger.pending_entry p using (entry_id) where l.entry_id is null and p.entry_id is null"
        " union all select p.entry_id, case when e.entry_id is null then 'deleted' else 'twice' end"
        " from ledger.pending_entry p left join ledger.entry e using (entry_id) left join ledger.leaf l"
        " using (entry_id) where e.entry_id is null or l.entry_id is not null order by 1"
    )
    texts = {
        "added": msg("Entry {entry} of the audit trail was not written by the hub: it has no place in the tree"),
        "deleted": msg("Entry {entry} of the audit trail was deleted before it had a place in the tree"),
        "twice": msg("Entry {entry} of the audit trail has a place in the tree and waits for another"),
    }
    for entry_id, kind in rows:
        text: Message = texts[kind].with_values(entry=entry_id)
        result.found_in_trail(text, entry_id)
    waiting = connection.execute(
        "select e.entry_id, e.body, e.act, e.actor, e.subject, e.province, e.at from ledger.pending_entry"
        " join ledger.entry e using (entry_id) order by 1"
    )
    for entry_id, body, *held in waiting:
        result.pending += 1
        try:
            said = json.loads(body)
            same = [said.get(name) for name in _COLUMNS] == held
        except (ValueError, AttributeError):
            same = False
        if not same:
            result.found_in_trail(
                msg("Entry {entry} of the audit trail: columns contradict its text", entry=entry_id), entry_id
            )


def _nodes(connection: Connection, result: Verification) -> None:
    """Every inner node of the tree against the two below it."""
    rows = connection.execute(
        "with below as (select 0::smallint as level, position, sha256 from ledger.leaf"
        " union all select level, position, sha256 from ledger.tree_node),"
        " made as (select (a.level + 1)::smallint as level, a.position / 2 as position,"
        " sha256('\\x01'::bytea || a.sha256 || b.sha256) as sha256 from below a join below b"
        " on b.level = a.level and b.position = a.position + 1 where a.position % 2 = 0)"
        " select level, position from made full join ledger.tree_node n using (level, position)"
        " where made.sha256 is distinct from n.sha256 order by level, position limit 1000"
    )
    for level, position in rows:
        first = position << level
        text = msg(
            "The tree over the audit trail was changed: the node over the places {first} to {last} is not"
            " what they give",
            first=first,
            last=first + (1 << level) - 1,
        )
        result.found_in_trail(text, first, "checkpoint")


def _seals(connection: Connection, result: Verification) -> None:
    """Every seal since the trail began against the entry that explains it."""
    began = connection.execute(
        "select coalesce(((body::jsonb) #>> '{after,seals}')::bigint, 0) from ledger.entry where act = 'migration'"
        " and subject = 'schema' order by entry_id limit 1"
    ).fetchone()
    if began is None:
        result.found_in_trail(
            msg("The first entry of the audit trail, which the upgrade of the schema makes, is missing"), None
        )
    rows = connection.execute(
        "select coalesce(s.seal_id, e.seal_id), e.entry_id, s.chain, case when s.seal_id is null then 'missing'"
        " when e.entry_id is null then 'unexplained' else 'differs' end"
        " from ledger.seal s full join (select * from ledger.entry where seal_id is not null) e using (seal_id)"
        " where (s.seal_id > %s or e.entry_id is not null) and (s.seal_id is null or e.entry_id is null"
        " or e.body::jsonb #>> '{seal,sha256}' is distinct from encode(s.sha256, 'hex')) order by 1, 2",
        [began[0] if began else 0],
    )
    texts = {
        "missing": msg("Seal {seal}, which entry {entry} of the audit trail names, is missing"),
        "unexplained": msg("Seal {seal} (chain {chain}) was not made by the hub: no entry of the audit trail names it"),
        "differs": msg("Seal {seal} (chain {chain}) is another one than entry {entry} of the audit trail names"),
    }
    for seal_id, entry_id, chain, kind in rows:
        text: Message = texts[kind].with_values(seal=seal_id, entry=entry_id, chain=chain)
        result.found(Mismatch("seal", text, "ledger.seal", str(seal_id)))
