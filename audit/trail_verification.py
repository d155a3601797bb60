"""Whether the audit trail still is what it was: entries against their places in the tree, the tree against itself, its
checkpoints in the database and outside of it, and seals against the entries that explain them.

Bodies are hashed by the database; what is bad comes one by one, the first place first.
"""

import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from audit import anchors
from audit.checkpoints import LEAF
from audit.findings import Kind, Mismatch, Progress, Verification
from audit.merkle import nodes_of, range_hash
from audit.notes import Head, SigningKey, VerifierKey, head_of
from hub.errors import Abort
from hub.settings import Settings
from hub.translation import Message, Wording, msg

Connection = psycopg.Connection[Any]
_COLUMNS = ("act", "actor", "subject", "province", "at")
_AT_ONCE = 500
"""Checkpoints whose nodes are read together."""


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
    _checkpoints(connection, settings, key or _own_key(settings), result)
    progress("trail", len(checks) + 1, len(checks) + 1)


def _own_key(settings: Settings | None) -> VerifierKey | None:
    if settings is None or settings.audit_key is None or not settings.audit_key.is_file():
        return None
    return SigningKey.open(settings.audit_key, settings.origin).verifier


def _found(result: Verification, text: Wording, number: int | None, kind: Kind = "entry") -> None:
    """Adds a finding about an entry, by its number, or about the tree and its checkpoints, by a size or place."""
    key = None if number is None else str(number)
    result.found(Mismatch(kind, text, "ledger.entry" if kind == "entry" else "ledger.checkpoint", key))


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
        _found(result, text, entry_id)
    gaps = connection.execute(
        "select l.position + 1 from ledger.leaf l where not exists (select from ledger.leaf n"
        " where n.position = l.position + 1) union select 0 where not exists (select from ledger.leaf"
        " where position = 0) order by 1"
    ).fetchall()
    end = connection.execute("select coalesce(max(position) + 1, 0) from ledger.leaf").fetchone()
    for (place,) in gaps:
        if end and place != end[0]:
            _found(result, msg("The place {place} in the tree over the audit trail is missing", place=place), None)


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
        _found(result, text, entry_id)
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
            _found(
                result, msg("Entry {entry} of the audit trail: columns contradict its text", entry=entry_id), entry_id
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
        _found(result, text, first, "checkpoint")


def _seals(connection: Connection, result: Verification) -> None:
    """Every seal since the trail began against the entry that explains it."""
    began = connection.execute(
        "select coalesce(((body::jsonb) #>> '{after,seals}')::bigint, 0) from ledger.entry where act = 'migration'"
        " and subject = 'schema' order by entry_id limit 1"
    ).fetchone()
    if began is None:
        _found(
            result, msg("The first entry of the audit trail, which the upgrade of the schema makes, is missing"), None
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


def _checkpoints(
    connection: Connection, settings: Settings | None, key: VerifierKey | None, result: Verification
) -> None:
    """The checkpoints of the database and of every folder outside against the tree."""
    own = connection.execute(
        "select tree_size, root_sha256, note, time_stamp from ledger.checkpoint order by tree_size"
    ).fetchall()
    result.unsigned = key is None and bool(own)
    notes = []
    for size, root, note, time_stamp in own:
        head = _head(result, key, note, "ledger.checkpoint")
        if head is not None and (head.size, head.root) != (size, root):
            text = msg("Checkpoint of {size} entries in the database: columns contradict its text", size=size)
            _found(result, text, size, "checkpoint")
        if head is not None:
            notes.append(head)
        if head is not None and time_stamp is not None and settings and settings.audit_authority_ca:
            try:
                anchors.check_time_stamp(settings, head.text.encode(), time_stamp)
            except Abort as error:
                _found(result, msg("Checkpoint of {size} entries: {error}", size=size, error=error), size, "checkpoint")
    _compare(connection, result, notes, "ledger.checkpoint")
    if result.entries > (newest := own[-1][0] if own else 0):
        text = msg(
            "The tree over the audit trail has {entries} places, its newest checkpoint {size}: places were added, or"
            " checkpoints deleted",
            entries=result.entries,
            size=newest,
        )
        _found(result, text, newest, "checkpoint")
    if own:
        result.newest_checkpoint = own[-1][2]
    for place in settings.audit_anchors if settings else ():
        if anchors.is_folder(place):
            _anchored(connection, result, key, place)


def _anchored(connection: Connection, result: Verification, key: VerifierKey | None, place: str) -> None:
    heads = [
        head for name, note in anchors.checkpoints_at(place) if (head := _head(result, key, note, f"{place}/{name}"))
    ]
    row = connection.execute("select tree_size from ledger.anchor where place = %s", [place]).fetchone()
    if row and row[0] > (largest := max((head.size for head in heads), default=0)):
        text = msg(
            "{place} has lost checkpoints: it had one of {size} entries, and holds {largest}",
            place=place,
            size=row[0],
            largest=largest,
        )
        _found(result, text, None, "checkpoint")
    if _compare(connection, result, heads, place):
        return
    for first, leaves in anchors.leaves_at(place):
        there = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
        held = dict(
            connection.execute(
                "select position, array[sha256, int8send(entry_id)] from ledger.leaf where position >= %s"
                " and position < %s",
                [first, first + len(there)],
            ).fetchall()
        )
        for position, sha256 in enumerate(there, first):
            now = held.get(position)
            if now is None or now[0] != sha256:
                entry_id = int.from_bytes(now[1]) if now else None
                text = msg(
                    "The first entry of the audit trail that is not what {place} says is at place {position} (entry"
                    " {entry} now)",
                    place=place,
                    position=position,
                    entry=entry_id if entry_id is not None else "–",
                )
                _found(result, text, entry_id)
                return


def _head(result: Verification, key: VerifierKey | None, note: str, where: str) -> Head | None:
    """What a note says, when it is one that the hub has signed."""
    try:
        head = head_of(note)
    except Abort as error:
        _found(result, msg("{where}: {error}", where=where, error=error.message), None, "checkpoint")
        return None
    if key is not None and not key.signed_at(note):
        text = msg(
            "{where}: the checkpoint of {size} entries is not signed by {key}",
            where=where,
            size=head.size,
            key=key.text,
        )
        _found(result, text, head.size, "checkpoint")
        return None
    return head


def _compare(connection: Connection, result: Verification, heads: Iterable[Head], where: str) -> bool:
    """Heads of the tree, the smallest first, against it; whether all of them fit."""
    good = 0
    for some in _chunks(heads):
        wanted = {node for head in some if head.size <= result.entries for node in nodes_of((0, head.size))}
        levels, positions = ([node[part] for node in wanted] for part in (0, 1))
        kept = {
            (level, position): sha256
            for level, position, sha256 in connection.execute(
                "select w.level, w.position, coalesce(l.sha256, n.sha256)"
                " from unnest(%s::smallint[], %s::bigint[]) as w (level, position)"
                " left join ledger.leaf l on w.level = 0 and l.position = w.position"
                " left join ledger.tree_node n on n.level = w.level and n.position = w.position",
                [levels, positions],
            )
            if sha256 is not None
        }
        for head in some:
            result.checkpoints += 1
            if head.size > result.entries:
                text = msg(
                    "The audit trail was cut off: {where} has a checkpoint of {size} entries, the tree has {entries};"
                    " what was at the places from {entries} on is missing",
                    where=where,
                    size=head.size,
                    entries=result.entries,
                )
                _found(result, text, result.entries, "checkpoint")
                return False
            whole = all(node in kept for node in nodes_of((0, head.size)))
            if not whole or range_hash((0, head.size), kept) != head.root:
                text = msg(
                    "The audit trail was rewritten: it is not what {where} says of its first {size} entries; the first"
                    " change is at one of the places {first} to {last}",
                    where=where,
                    size=head.size,
                    first=good,
                    last=head.size - 1,
                )
                _found(result, text, good, "checkpoint")
                return False
            good = head.size
    return True


def _chunks(heads: Iterable[Head]) -> Iterator[list[Head]]:
    rest = iter(sorted(heads, key=lambda head: head.size))
    while some := list(itertools.islice(rest, _AT_ONCE)):
        yield some
