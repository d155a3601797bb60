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
    """The fewest nodes that cover a range of leaves which `inclusion_ranges` or `consistency_ranges` name, or which
    begins at 0; the largest first."""
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


def consistency_ranges(former: int, size: int) -> list[Range]:
    """Of what the hashes are that prove a tree of `former` leaves to be the beginning of one of `size` (2.1.4.1)."""
    return _subproof(former, (0, size), is_whole=True) if 0 < former < size else []


def _path(leaf: int, leaves: Range) -> list[Range]:
    first, end = leaves
    if end - first <= 1:
        return []
    middle = first + _split(end - first)
    if leaf < middle:
        return [*_path(leaf, (first, middle)), (middle, end)]
    return [*_path(leaf, (middle, end)), (first, middle)]


def _subproof(former: int, leaves: Range, *, is_whole: bool) -> list[Range]:
    first, end = leaves
    if former == end:
        return [] if is_whole else [leaves]
    middle = first + _split(end - first)
    if former <= middle:
        return [*_subproof(former, (first, middle), is_whole=is_whole), (middle, end)]
    return [*_subproof(former, (middle, end), is_whole=False), (first, middle)]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def root_by_inclusion(leaf: int, size: int, sha256: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof leads to from the hash of a leaf (2.1.3.2); None where it is not of that leaf and size."""
    if not 0 <= leaf < size or len(proof) != len(inclusion_ranges(leaf, size)):
        return None
    place, last, found = leaf, size - 1, sha256
    for other in proof:
        if place % 2 or place == last:
            found = node_hash(other, found)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, other)
        place, last = place >> 1, last >> 1
    return found


def is_consistent(former: int, former_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `former` leaves is the beginning of the one of `size` (2.1.4.2)."""
    if former > size or len(proof) != len(consistency_ranges(former, size)):
        return False
    if former in (0, size):
        return former == 0 or former_root == root
    path = [former_root, *proof] if former & (former - 1) == 0 else list(proof)
    place, last = former - 1, size - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for other in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            before, after = node_hash(other, before), node_hash(other, after)
            while place and not place % 2:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, other)
        place, last = place >> 1, last >> 1
    return last == 0 and before == former_root and after == root
