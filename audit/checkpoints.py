"""The tree over the audit trail, and its signed heads.

Entries get their places when a checkpoint is made, in the order in which checkpoints see them: one whose transaction
ends late gets its place with the next. Nothing is computed of old entries, so that a checkpoint costs what is new.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from audit.merkle import Node, Range, grow, nodes_of, range_hash
from audit.notes import Head, SigningKey
from hub.errors import Abort
from hub.settings import Settings
from hub.translation import msg
from warehouse.locks import hold_until_end

Connection = psycopg.Connection[Any]
LEAF = "sha256('\\x00'::bytea || convert_to(e.body, 'UTF8'))"
"""The hash of an entry `e` as a leaf."""
_CHUNK = 50_000
"""Entries that get their places at once."""


@dataclass(frozen=True)
class Checkpoint:
    """A signed head of the tree, as the database keeps it."""

    size: int
    root: bytes
    note: str
    time_stamp: bytes | None
    made_at: datetime


def signing_key(settings: Settings) -> SigningKey:
    """The hub's key; makes its file where there is none yet. Raises Abort where no file is configured."""
    if settings.audit_key is None:
        raise Abort(
            msg(
                "No key is configured, so that no checkpoint of the audit trail can be signed: set IOC_AUDIT_KEY to a"
                " file, on every machine that makes checkpoints; see docs/guides/audit-trail.md"
            )
        )
    return SigningKey.open(settings.audit_key, settings.origin)


def make(connection: Connection, key: SigningKey) -> Checkpoint:
    """Gives every entry that has none its place, and signs the new head; the newest checkpoint where nothing is new.

    Commits. Raises Abort when the tree is not what the newest checkpoint says: nothing is signed that contradicts it.
    """
    hold_until_end(connection, "trail")
    before = newest(connection)
    size = _size(connection)
    if before and (before.size != size or root(connection, size) != before.root):
        raise Abort(
            msg(
                "The tree over the audit trail is not what its checkpoint of {size} entries says, so that no other one"
                " is signed: run `ioc audit verify`",
                size=before.size,
            )
        )
    while added := _place(connection, size):
        size += added
    if before is None or size > before.size:
        head = Head(key.verifier.name, size, root(connection, size))
        connection.execute(
            "insert into ledger.checkpoint (tree_size, root_sha256, note, made_at) values (%s, %s, %s,"
            " clock_timestamp())",
            [size, head.root, key.sign(head)],
        )
    connection.commit()
    made = newest(connection)
    assert made is not None  # noqa: S101 - it was there, or was made
    return made


def _place(connection: Connection, size: int) -> int:
    """Gives places to some of the entries that wait; how many there were."""
    rows = connection.execute(
        "with taken as (delete from ledger.pending_entry where entry_id in (select p.entry_id"
        " from ledger.pending_entry p join ledger.entry e using (entry_id) order by 1 limit %s) returning entry_id)"
        f" select entry_id, {LEAF} from taken join ledger.entry e using (entry_id) order by entry_id".encode(),
        [_CHUNK],
    ).fetchall()
    leaves = [sha256 for _, sha256 in rows]
    added = list(grow(size, leaves, read_nodes(connection, nodes_of((0, size)))))
    connection.execute(
        "insert into ledger.leaf (position, entry_id, sha256) select * from unnest(%s::bigint[], %s::bigint[],"
        " %s::bytea[])",
        [list(range(size, size + len(rows))), [entry_id for entry_id, _ in rows], leaves],
    )
    connection.execute(
        "insert into ledger.tree_node (level, position, sha256) select * from unnest(%s::smallint[], %s::bigint[],"
        " %s::bytea[])",
        [[level for (level, _), _ in added], [place for (_, place), _ in added], [sha256 for _, sha256 in added]],
    )
    return len(rows)


def _size(connection: Connection) -> int:
    row = connection.execute("select coalesce(max(position) + 1, 0) from ledger.leaf").fetchone()
    return int(row[0]) if row else 0


def newest(connection: Connection) -> Checkpoint | None:
    """The newest checkpoint; None before the first."""
    row = connection.execute(
        "select tree_size, root_sha256, note, time_stamp, made_at from ledger.checkpoint order by 1 desc limit 1"
    ).fetchone()
    return Checkpoint(*row) if row else None


def find_nodes(connection: Connection, wanted: Collection[Node]) -> dict[Node, bytes]:
    """Those of the nodes that the tree has, leaves included."""
    levels, positions = ([one[part] for one in wanted] for part in (0, 1))
    return {
        (level, position): sha256
        for level, position, sha256 in connection.execute(
            "select w.level, w.position, case w.level when 0 then l.sha256 else n.sha256 end"
            " from unnest(%s::smallint[], %s::bigint[]) as w (level, position)"
            " left join ledger.leaf l on w.level = 0 and l.position = w.position"
            " left join ledger.tree_node n on n.level = w.level and n.position = w.position",
            [levels, positions],
        )
        if sha256 is not None
    }


def read_nodes(connection: Connection, wanted: Collection[Node]) -> dict[Node, bytes]:
    """The nodes. Raises Abort where one is missing."""
    found = find_nodes(connection, wanted)
    if len(found) < len(set(wanted)):
        raise Abort(msg("Nodes of the tree over the audit trail are missing: run `ioc audit verify`"))
    return found


def root(connection: Connection, size: int) -> bytes:
    """The root over the first `size` leaves. Raises Abort where there are fewer."""
    return range_hash((0, size), read_nodes(connection, nodes_of((0, size))))


def proof(connection: Connection, ranges: Collection[Range]) -> list[bytes]:
    """The hashes of a proof that `audit.merkle` describes. Raises Abort where nodes are missing."""
    kept = read_nodes(connection, [node for one in ranges for node in nodes_of(one)])
    return [range_hash(one, kept) for one in ranges]


def keep_signatures(connection: Connection, checkpoint: Checkpoint, lines: Collection[str]) -> Checkpoint:
    """Adds signature lines to a checkpoint, those that it has not yet; the caller has verified them and commits."""
    new = [line for line in lines if f"\n{line}\n" not in checkpoint.note]
    note = checkpoint.note + "".join(f"{line}\n" for line in new)
    connection.execute("update ledger.checkpoint set note = %s where tree_size = %s", [note, checkpoint.size])
    return Checkpoint(checkpoint.size, checkpoint.root, note, checkpoint.time_stamp, checkpoint.made_at)


def checkpoint_of(connection: Connection, size: int) -> Checkpoint | None:
    """The checkpoint of that size."""
    row = connection.execute(
        "select tree_size, root_sha256, note, time_stamp, made_at from ledger.checkpoint where tree_size = %s", [size]
    ).fetchone()
    return Checkpoint(*row) if row else None


def has(connection: Connection, head: Head) -> bool:
    """Whether the tree, as far as the head goes, is what it says."""
    try:
        return root(connection, head.size) == head.root
    except Abort:
        return False
