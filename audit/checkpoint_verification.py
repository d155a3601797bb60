"""Whether the checkpoints of the audit trail, in the database and outside of it, are of the tree as it is."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg

from audit import anchors
from audit.checkpoints import find_nodes
from audit.findings import Verification
from audit.merkle import nodes_of, range_hash
from audit.notes import Head, SigningKey, VerifierKey, head_of
from hub.errors import Abort
from hub.settings import Settings
from hub.translation import msg

Connection = psycopg.Connection[Any]
_AT_ONCE = 500
"""Checkpoints whose nodes are read together."""


def verify(connection: Connection, settings: Settings | None, key: VerifierKey | None, result: Verification) -> None:
    """Adds to `result` what is found of the checkpoints in the database and in every folder outside; their signatures
    are verified by `key`, else by the hub's own."""
    key = key or _own_key(settings)
    own = connection.execute(
        "select tree_size, root_sha256, note, time_stamp from ledger.checkpoint order by tree_size"
    ).fetchall()
    result.unsigned = key is None and bool(own)
    notes = []
    for size, root, note, time_stamp in own:
        head = _head(result, key, note, "ledger.checkpoint")
        if head is not None and (head.size, head.root) != (size, root):
            text = msg("Checkpoint of {size} entries in the database: columns contradict its text", size=size)
            result.found_in_trail(text, size, "checkpoint")
        if head is not None:
            notes.append(head)
        if head is not None and time_stamp is not None and settings and settings.audit_authority_ca:
            try:
                anchors.check_time_stamp(settings, head.text.encode(), time_stamp)
            except Abort as error:
                result.found_in_trail(
                    msg("Checkpoint of {size} entries: {error}", size=size, error=error), size, "checkpoint"
                )
    _compare(connection, result, notes, "ledger.checkpoint")
    if result.entries > (newest := own[-1][0] if own else 0):
        text = msg(
            "The tree over the audit trail has {entries} places, its newest checkpoint {size}: places were added, or"
            " checkpoints deleted",
            entries=result.entries,
            size=newest,
        )
        result.found_in_trail(text, newest, "checkpoint")
    if own:
        result.newest_checkpoint = own[-1][2]
    for place in settings.audit_anchors if settings else ():
        if anchors.is_folder(place):
            _anchored(connection, result, key, place)


def _own_key(settings: Settings | None) -> VerifierKey | None:
    if settings is None or settings.audit_key is None or not settings.audit_key.is_file():
        return None
    return SigningKey.open(settings.audit_key, settings.origin).verifier


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
        result.found_in_trail(text, None, "checkpoint")
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
                result.found_in_trail(text, entry_id)
                return


def _head(result: Verification, key: VerifierKey | None, note: str, where: str) -> Head | None:
    """What a note says, when it is one that the hub has signed."""
    try:
        head = head_of(note)
    except Abort as error:
        result.found_in_trail(msg("{where}: {error}", where=where, error=error.message), None, "checkpoint")
        return None
    if key is not None and not key.signed_at(note):
        text = msg(
            "{where}: the checkpoint of {size} entries is not signed by {key}",
            where=where,
            size=head.size,
            key=key.text,
        )
        result.found_in_trail(text, head.size, "checkpoint")
        return None
    return head


def _compare(connection: Connection, result: Verification, heads: Iterable[Head], where: str) -> bool:
    """Heads of the tree, the smallest first, against it; whether all of them fit."""
    good = 0
    for some in _chunks(heads):
        wanted = {node for head in some if head.size <= result.entries for node in nodes_of((0, head.size))}
        kept = find_nodes(connection, wanted)
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
                result.found_in_trail(text, result.entries, "checkpoint")
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
                result.found_in_trail(text, good, "checkpoint")
                return False
            good = head.size
    return True


def _chunks(heads: Iterable[Head]) -> Iterator[list[Head]]:
    rest = iter(sorted(heads, key=lambda head: head.size))
    while some := list(itertools.islice(rest, _AT_ONCE)):
        yield some
