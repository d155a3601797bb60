"""Merkle trees as RFC 9162 (section 2.1) has them, over SHA-256.

Leaves of a tree are numbered from 0. A node `(level, position)` covers the 2^level leaves from position * 2^level on,
and is kept where all of these are there; level 0 are the leaves. Nodes never change when a tree grows, and a root or a
proof is made of few of them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

Node = tuple[int, int]
"""Level and position."""
Range = tuple[int, int]
"""First leaf, and the one after the last."""
EMPTY = hashlib.sha256(b"").digest()
"""Root of a tree without leaves."""


def leaf_hash(content: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node, by those below it."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(size: int, leaves: Sequence[bytes], kept: Mapping[Node, bytes]) -> Iterator[tuple[Node, bytes]]:
    """The nodes above level 0 that a tree of `size` leaves gets by more of them; `kept` has `nodes_of((0, size))`."""
    level, begin, row = 0, size, list(leaves)
    while row:
        if begin % 2:
            begin -= 1
            row.insert(0, kept[level, begin])
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=False)]
        level, begin = level + 1, begin // 2
        for position, sha256 in enumerate(row, begin):
            yield (level, position), sha256


def nodes(leaves: Sequence[bytes]) -> dict[Node, bytes]:
    """All nodes of a tree."""
    return {(0, position): sha256 for position, sha256 in enumerate(leaves)} | dict(grow(0, leaves, {}))


def nodes_of(leaves: Range) -> list[Node]:
    """The fewest nodes that cover a range of leaves which `inclusion_ranges` names, or which begins at 0; the largest
    first."""
    first, end = leaves
    found = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return found


def range_hash(leaves: Range, kept: Mapping[Node, bytes]) -> bytes:
    """The hash over such a range; of `(0, size)` it is the root of the tree."""
    *others, last = (kept[node] for node in nodes_of(leaves)) if leaves[0] < leaves[1] else (EMPTY,)
    for sha256 in reversed(others):
        last = node_hash(sha256, last)
    return last


def inclusion_ranges(leaf: int, size: int) -> list[Range]:
    """Of what the hashes are that prove a leaf to be in a tree, in their order (RFC 9162, 2.1.3.1)."""
    return _path(leaf, (0, size))


def _path(leaf: int, leaves: Range) -> list[Range]:
    first, end = leaves
    if end - first <= 1:
        return []
    middle = first + _split(end - first)
    if leaf < middle:
        return [*_path(leaf, (first, middle)), (middle, end)]
    return [*_path(leaf, (middle, end)), (first, middle)]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
