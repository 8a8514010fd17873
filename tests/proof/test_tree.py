"""The Merkle tree of RFC 9162: known hashes, paths, and verifiers that hold against every spoilt case."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from lifecycle.proof import (
    EMPTY,
    TILE,
    Frontier,
    consistency_path,
    inclusion_path,
    leaf_of,
    node_hash,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)
from tests.merkle import hashes, naive_consistency, naive_inclusion, naive_root
from tests.proof.vectors import consistencies, inclusions, small_consistencies, small_inclusions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.proof.vectors import Case


class TestHashes:
    """Leaves, nodes and roots."""

    def test_an_empty_tree_has_the_hash_of_nothing(self) -> None:
        """As the RFC says: the hash of an empty string."""
        assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == EMPTY.hex()
        assert root_of([]) == EMPTY

    def test_a_leaf_is_the_text_of_a_digest_behind_a_zero_byte(self) -> None:
        """So that a stranger can compute it from what is printed."""
        entry = "sha256:" + "0" * 64

        assert hashlib.sha256(b"\0" + entry.encode()).digest() == leaf_of(entry)

    def test_a_node_is_no_leaf(self) -> None:
        """The same bytes have one hash as a leaf and another as a node."""
        left, right = "a" * 32, "b" * 32

        assert hashlib.sha256(b"\1" + (left + right).encode()).digest() == node_hash(left.encode(), right.encode())
        assert leaf_of(left + right) != node_hash(left.encode(), right.encode())

    def test_the_only_leaf_is_the_root(self) -> None:
        """A tree of one has nothing above it."""
        [leaf] = hashes(1)

        assert leaf == root_of([leaf])

    def test_order_counts(self) -> None:
        """Two entries swapped make another root."""
        one, two, three = hashes(3)

        assert root_of([one, two, three]) != root_of([two, one, three])


class TestPaths:
    """What leads from a leaf, or from an older tree, to the root."""

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 4)])
    def test_there_is_no_path_from_no_leaf(self, index: int, size: int) -> None:
        """Whoever asks for one has the wrong number."""
        with pytest.raises(ValueError, match=f"a tree of {size} leaves has no leaf with the index {index}"):
            inclusion_path(index, size, lambda low, high: EMPTY)

    @pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (2, 1), (-1, 1)])
    def test_there_is_no_path_from_an_empty_or_a_larger_tree(self, old: int, new: int) -> None:
        """Nothing could be shown by it."""
        with pytest.raises(ValueError, match=f"a tree of {new} leaves cannot be shown to begin with one of {old}"):
            consistency_path(old, new, lambda low, high: EMPTY)

    def test_an_equal_tree_needs_no_path(self) -> None:
        """And nothing is read for it."""
        assert () == consistency_path(7, 7, lambda low, high: pytest.fail("was read"))


class Kept:
    """Leaves and nodes as a store keeps them, with a count of what was read."""

    def __init__(self, leaves: Sequence[bytes], *, lost: Iterable[int] = ()) -> None:
        self.leaf_hashes = leaves
        self.frontier, kept = Frontier().grown(leaves)
        self.kept = {(node.height, node.index): node.hash for node in kept if node.height not in set(lost)}
        self.reads = 0
        self.most = Counter[str]()

    def leaves(self, low: int, high: int) -> Sequence[bytes]:
        """Give leaf hashes."""
        self.reads += 1
        self.most["leaves"] = max(self.most["leaves"], high - low)
        return self.leaf_hashes[low:high]

    def nodes(self, height: int, low: int, high: int) -> Sequence[bytes]:
        """Give those of the nodes that are kept."""
        self.reads += 1
        self.most["nodes"] = max(self.most["nodes"], high - low)
        return [self.kept[height, index] for index in range(low, high) if (height, index) in self.kept]


MANY = hashes(66_000)  # one node of height 16, and 257 of height 8


class TestSubtrees:
    """A path is put together from the nodes that were kept."""

    @pytest.mark.parametrize("index", [0, 1, 255, 256, 4_711, 65_535, 65_536, 65_791, 65_792, 65_999])
    def test_a_path_is_that_of_all_leaves(self, index: int) -> None:
        """Wherever the leaf stands, and with two reads at each height."""
        kept = Kept(MANY)

        assert inclusion_path(index, len(MANY), lambda low, high: root_of(MANY[low:high])) == inclusion_path(
            index, len(MANY), subtrees(kept.leaves, kept.nodes)
        )
        assert kept.reads <= 2 * len(MANY).bit_length()
        assert kept.most["leaves"] < 256
        assert kept.most["nodes"] <= 128

    @pytest.mark.parametrize("old", [1, 255, 256, 257, 32_768, 65_535, 65_536, 65_537, 65_999, 66_000])
    def test_a_consistency_path_is_that_of_all_leaves(self, old: int) -> None:
        """Whatever the older size was."""
        kept = Kept(MANY)

        assert consistency_path(old, len(MANY), lambda low, high: root_of(MANY[low:high])) == consistency_path(
            old, len(MANY), subtrees(kept.leaves, kept.nodes)
        )
        assert kept.reads <= 3 * len(MANY).bit_length()

    @pytest.mark.parametrize("lost", [[8], [16], [8, 16]])
    def test_what_was_not_kept_is_computed(self, lost: list[int]) -> None:
        """From the heights below, in the end from the leaves, 256 at a time."""
        kept = Kept(MANY, lost=lost)
        subtree = subtrees(kept.leaves, kept.nodes)

        assert kept.frontier.root == subtree(0, len(MANY)) == root_of(MANY)
        assert (1 << TILE if 8 in lost else len(MANY) % (1 << TILE)) == kept.most["leaves"]

    def test_a_spoilt_node_is_noticed(self) -> None:
        """A path over it leads to another root."""
        kept = Kept(MANY)
        kept.kept[8, 3] = EMPTY
        path = inclusion_path(0, len(MANY), subtrees(kept.leaves, kept.nodes))

        assert not verify_inclusion(leaf=MANY[0], index=0, size=len(MANY), root=kept.frontier.root, path=path)


def by_name(cases: Iterable[Case]) -> dict[str, list[Case]]:
    """Return the cases under their names."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(case.name, []).append(case)
    return found


INCLUSIONS = by_name([*inclusions(), *small_inclusions()])
CONSISTENCIES = by_name([*consistencies(), *small_consistencies()])


class TestVerifying:
    """Each kind of case, for every place in every small tree."""

    @pytest.mark.parametrize("name", INCLUSIONS)
    def test_an_inclusion_holds_exactly_if_it_is_true(self, name: str) -> None:
        """Whatever is spoilt in it is noticed."""
        wrong = [case for case in INCLUSIONS[name] if case.holds is not verify_inclusion(**case.arguments)]

        assert [] == wrong

    @pytest.mark.parametrize("name", CONSISTENCIES)
    def test_a_consistency_holds_exactly_if_it_is_true(self, name: str) -> None:
        """Whatever is spoilt in it is noticed."""
        wrong = [case for case in CONSISTENCIES[name] if case.holds is not verify_consistency(**case.arguments)]

        assert [] == wrong

    def test_paths_are_those_of_the_definition(self) -> None:
        """For every place in every small tree."""
        for size in range(1, 20):
            leaves = hashes(size)

            def subtree(low: int, high: int, leaves: list[bytes] = leaves) -> bytes:
                return naive_root(leaves[low:high])

            for place in range(size):
                assert tuple(naive_inclusion(place, leaves)) == inclusion_path(place, size, subtree)
                assert tuple(naive_consistency(place + 1, leaves)) == consistency_path(place + 1, size, subtree)
