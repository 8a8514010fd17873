"""A growing tree: what it remembers, what it hands out to be kept, and how it is written."""

from __future__ import annotations

import pytest

from lifecycle.errors import ProofError
from lifecycle.proof import EMPTY, Frontier, Node, root_of
from tests.merkle import hashes, naive_root


class TestGrowing:
    """Leaves are appended, and nothing else ever happens."""

    def test_it_begins_empty(self) -> None:
        """With the root of an empty tree."""
        assert (0, (), EMPTY) == (Frontier().size, Frontier().hashes, Frontier().root)

    def test_appending_gives_another_frontier(self) -> None:
        """The one before is as it was, so that a transaction that fails leaves nothing behind."""
        before, _ = Frontier().grown(hashes(5))
        after, _ = before.grown(hashes(2, start=5))

        assert (5, naive_root(hashes(5))) == (before.size, before.root)
        assert (7, naive_root(hashes(7))) == (after.size, after.root)

    def test_it_remembers_one_hash_for_each_bit_of_its_size(self) -> None:
        """A tree of a million leaves is remembered in at most twenty hashes."""
        grown, _ = Frontier().grown(hashes(0b1011))
        leaves = hashes(0b1011)

        assert (naive_root(leaves[:8]), naive_root(leaves[8:10]), leaves[10]) == grown.hashes

    def test_a_node_comes_with_its_last_leaf(self) -> None:
        """Not before its 256 leaves are there, and not twice."""
        almost, none = Frontier().grown(hashes(255))
        full, one = almost.grown(hashes(1, start=255))
        _, no_more = full.grown(hashes(255, start=256))

        assert ((), ()) == (none, no_more)
        assert (Node(8, 0, naive_root(hashes(256))),) == one

    def test_higher_nodes_come_after_those_below(self) -> None:
        """The 256th node of height 8 completes the first of height 16."""
        leaves = hashes(65_536)
        _, kept = Frontier().grown(leaves)

        assert [(8, index) for index in range(256)] + [(16, 0)] == [(node.height, node.index) for node in kept]
        assert root_of(leaves) == kept[-1].hash == root_of(node.hash for node in kept[:-1])


class TestWriting:
    """The bytes that a store keeps with a checkpoint."""

    def test_size_and_hashes_are_written(self) -> None:
        """Eight bytes for the size, the most significant first, then each hash."""
        grown, _ = Frontier().grown(hashes(3))

        assert bytes(7) + b"\x03" + naive_root(hashes(2)) + hashes(3)[2] == grown.to_bytes()
        assert bytes(8) == Frontier().to_bytes()

    @pytest.mark.parametrize("spoilt", [b"", bytes(7), bytes(9), bytes(7) + b"\x01", bytes(7) + b"\x02" + bytes(64)])
    def test_what_is_no_frontier_is_refused(self, spoilt: bytes) -> None:
        """A damaged store is noticed."""
        with pytest.raises(ProofError, match=f"these {len(spoilt)} bytes are no frontier"):
            Frontier.from_bytes(spoilt)
