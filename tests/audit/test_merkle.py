"""Trees and proofs by RFC 9162, with the vectors that implementations of it share."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.check_receipt import ReceiptError, root_of
from audit.merkle import (
    EMPTY,
    grow,
    inclusion_ranges,
    leaf_hash,
    nodes,
    nodes_of,
    range_hash,
)

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Of trees of 0 to 8 of the inputs, as in the tests of Certificate Transparency."""
LEAVES = [leaf_hash(bytes.fromhex(content)) for content in INPUTS]
sizes = st.integers(1, 70)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def root(size: int) -> bytes:
    return range_hash((0, size), nodes(leaves(size)))


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_shared_vectors(size: int) -> None:
    assert range_hash((0, size), nodes(LEAVES)).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("leaf", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    ],
)
def test_inclusion_is_proved_as_in_the_shared_vectors(leaf: int, size: int, proof: list[str]) -> None:
    kept = nodes(LEAVES)
    assert [range_hash(one, kept).hex() for one in inclusion_ranges(leaf, size)] == proof


@given(sizes, st.lists(st.integers(0, 20), max_size=5))
def test_a_tree_that_grows_step_by_step_is_the_one_that_was_made_at_once(size: int, steps: list[int]) -> None:
    ends = sorted({0, size, *(min(size, sum(steps[:n])) for n in range(len(steps)))})
    kept: dict[tuple[int, int], bytes] = {}
    for begin, end in pairwise(ends):
        new = leaves(size)[begin:end]
        fringe = {node: kept[node] for node in nodes_of((0, begin))}  # nothing else may be needed
        kept |= {(0, begin + place): sha256 for place, sha256 in enumerate(new)} | dict(grow(begin, new, fringe))
    assert kept == nodes(leaves(size))


@given(sizes, st.data())
def test_a_proof_of_inclusion_leads_to_the_root_and_no_other_does(size: int, data: st.DataObject) -> None:
    leaf = data.draw(st.integers(0, size - 1))
    kept = nodes(leaves(size))
    proof = [range_hash(one, kept) for one in inclusion_ranges(leaf, size)]
    assert len(proof) <= size.bit_length()
    assert root_of(leaf, size, leaves(size)[leaf], proof) == root(size)
    assert root_of(leaf, size, EMPTY, proof) != root(size)
    with pytest.raises(ReceiptError, match="too long"):
        root_of(leaf, size, leaves(size)[leaf], [*proof, EMPTY])
    with pytest.raises(ReceiptError, match="outside"):
        root_of(size, size, leaves(size)[leaf], proof)
    for place in range(len(proof)):
        wrong = [*proof[:place], EMPTY, *proof[place + 1 :]]
        assert root_of(leaf, size, leaves(size)[leaf], wrong) != root(size)
