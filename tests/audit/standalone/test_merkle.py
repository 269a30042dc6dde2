"""The tree is that of RFC 6962: the published roots and proofs are ours, and forgeries fail."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.audit.standalone.merkle import (
    BLOCK_LEAVES,
    EMPTY_ROOT,
    MOST_LEAVES,
    CompactRange,
    TreeRefused,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
    subtrees_of,
    verify_consistency,
    verify_inclusion,
)
from tests.audit.standalone import VECTORS

PUBLISHED = VECTORS["certificate_transparency"]
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in PUBLISHED["leaves"]]
ROOTS = [bytes.fromhex(root) for root in PUBLISHED["roots"]]
HASHES = [sha256(b"leaf %d" % number).digest() for number in range(70)]
SUBTREE = subtrees_of(HASHES)


def unhex(proof: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in proof]


def slowly(hashes: Sequence[bytes]) -> bytes:
    """Compute a root as the RFC defines it, by recursion."""
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY_ROOT
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node_hash(slowly(hashes[:middle]), slowly(hashes[middle:]))


def forgeries(proof: Sequence[bytes]) -> list[list[bytes]]:
    """Give proofs that are wrong in one way each: changed, cut, lengthened, swapped."""
    changed = [[*proof[:at], bytes(32), *proof[at + 1 :]] for at in range(len(proof))]
    cut = [list(proof[:-1]), list(proof[1:])] if proof else []
    short = [[*proof[:-1], proof[-1][:31]]] if proof else []
    swapped = [list(proof[::-1])] if len(proof) > 1 else []
    return [*changed, *cut, *short, *swapped, [*proof, bytes(32)], [bytes(32), *proof]]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_are_ours(size):
    tree = CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    assert tree.root() == root_of(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("case", PUBLISHED["inclusion"])
def test_the_published_inclusion_proofs_are_ours(case):
    index, size, proof = case["index"], case["size"], unhex(case["proof"])
    assert inclusion_proof(index, size, subtrees_of(LEAVES)) == proof
    assert verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])


@pytest.mark.parametrize("case", PUBLISHED["consistency"])
def test_the_published_consistency_proofs_are_ours(case):
    old, new, proof = case["old"], case["new"], unhex(case["proof"])
    assert consistency_proof(old, new, subtrees_of(LEAVES)) == proof
    assert verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)


def test_go_computes_the_same_roots_at_the_edges_of_tiles():
    wanted = VECTORS["counted_leaves"]["roots"]
    tree, one_by_one = CompactRange(), CompactRange()
    for size in sorted(map(int, wanted)):
        leaves = [leaf_hash(b"%d" % number) for number in range(tree.size, size)]
        tree.extend(leaves)
        for leaf in leaves:
            one_by_one.append(leaf)
        assert tree.root().hex() == one_by_one.root().hex() == wanted[str(size)]
        assert tree.peaks == one_by_one.peaks


@pytest.mark.parametrize("size", range(len(HASHES)))
def test_each_leaf_of_each_small_tree_is_proved(size):
    root = slowly(HASHES[:size])
    assert root_of(HASHES[:size]) == root
    for index in range(size):
        proof = inclusion_proof(index, size, SUBTREE)
        assert verify_inclusion(index, size, HASHES[index], proof, root)
        assert not verify_inclusion(index, size, HASHES[index + 1], proof, root)
        assert not verify_inclusion(index, size, HASHES[index], proof, bytes(32))
        assert not verify_inclusion(size, size, HASHES[index], proof, root)


@pytest.mark.parametrize("new", range(1, len(HASHES)))
def test_each_small_tree_grows_from_each_smaller_one(new):
    root = root_of(HASHES[:new])
    for old in range(new + 1):
        old_root, proof = root_of(HASHES[:old]), consistency_proof(old, new, SUBTREE)
        assert verify_consistency(old, new, old_root, root, proof)
        assert not verify_consistency(old, new, old_root, bytes(32), proof) or old == 0
        assert not verify_consistency(old, new, bytes(32), root, proof)
        assert not verify_consistency(new, old, root, old_root, proof) or old == new


@given(st.data())
def test_no_changed_proof_is_believed(data):
    size = data.draw(st.integers(1, len(HASHES)))
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root, old_root = root_of(HASHES[:size]), root_of(HASHES[:old])
    for forged in forgeries(inclusion_proof(index, size, SUBTREE)):
        assert not verify_inclusion(index, size, HASHES[index], forged, root)
    for forged in forgeries(consistency_proof(old, size, SUBTREE)):
        assert not verify_consistency(old, size, old_root, root, forged)


@given(st.integers(1, 69), st.integers(1, 69))
def test_a_proof_holds_for_one_index_only(size, other):
    proof = inclusion_proof(size - 1, size, SUBTREE)
    at = other % size
    root = root_of(HASHES[:size])
    assert verify_inclusion(at, size, HASHES[size - 1], proof, root) is (at == size - 1)


def test_a_shortened_log_is_no_growth():
    old_root, new_root = root_of(HASHES[:20]), root_of(HASHES[:10])
    proof = consistency_proof(10, 20, SUBTREE)
    assert verify_consistency(10, 20, new_root, old_root, proof)
    assert not verify_consistency(20, 10, old_root, new_root, proof)


def test_from_nothing_only_the_root_of_nothing_grows():
    root = root_of(HASHES)
    assert verify_consistency(0, len(HASHES), EMPTY_ROOT, root, [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, len(HASHES), root, root, [])
    assert not verify_consistency(0, len(HASHES), EMPTY_ROOT, root, [bytes(32)])
    assert not verify_consistency(0, 0, EMPTY_ROOT, root, [])


@pytest.mark.parametrize("numbers", [(-1, 1), (1, 1), (5, 3), (0, 0), (0, MOST_LEAVES + 1)])
def test_numbers_that_cannot_be_are_refused(numbers):
    index, size = numbers
    assert not verify_inclusion(index, size, HASHES[0], [], HASHES[0])
    with pytest.raises(TreeRefused):
        inclusion_proof(index, size, SUBTREE)


@pytest.mark.parametrize("sizes", [(-1, 1), (5, 3), (1, MOST_LEAVES + 1)])
def test_sizes_that_cannot_be_are_refused(sizes):
    old, new = sizes
    assert not verify_consistency(old, new, HASHES[0], HASHES[0], [])
    with pytest.raises(TreeRefused):
        consistency_proof(old, new, SUBTREE)


def test_an_endless_proof_ends_soon():
    endless = [bytes(32)] * 100_000
    assert not verify_inclusion(0, MOST_LEAVES, HASHES[0], endless, HASHES[0])
    assert not verify_consistency(2, MOST_LEAVES, HASHES[0], HASHES[0], endless)


@pytest.mark.parametrize("start", [0, 1, 700, BLOCK_LEAVES - 1, BLOCK_LEAVES, BLOCK_LEAVES + 1])
def test_a_tree_grows_from_where_it_was_kept(start):
    hashes = [sha256(b"%d" % number).digest() for number in range(3 * BLOCK_LEAVES)]
    tree = CompactRange()
    tree.extend(hashes[:start])
    read = CompactRange.decode(tree.size, tree.encode())
    read.extend(hashes[start:])
    assert (read.size, read.root()) == (len(hashes), root_of(hashes))


@pytest.mark.parametrize(("size", "peaks"), [(-1, 0), (3, 32), (4, 64), (0, 32), (1, 31)])
def test_peaks_that_do_not_fit_the_size_are_refused(size, peaks):
    with pytest.raises(TreeRefused):
        CompactRange.decode(size, bytes(peaks))
