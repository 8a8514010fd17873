"""What a growing tree has to remember: the roots of its perfect subtrees, one for each bit of its size.

A frontier is a value. To append gives another one, so that a transaction that fails leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Final

import attrs

from lifecycle.errors import ProofError
from lifecycle.proof.tree import EMPTY, HASH_BYTES, TILE, node_hash

__all__ = ["Frontier", "Node"]

_SIZE_BYTES: Final = 8
"""The size stands first, as eight bytes, the most significant first."""


@attrs.frozen
class Node:
    """A node of the tree: the `index`-th of its height, above 2 ** `height` leaves."""

    height: int
    index: int
    hash: bytes


@attrs.frozen
class Frontier:
    """A tree of `size` leaves, as far as it must be known to grow; `hashes` are its perfect subtrees from the left."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The root of the tree."""
        return reduce(lambda right, left: node_hash(left, right), reversed(self.hashes)) if self.hashes else EMPTY

    def grown(self, leaves: Iterable[bytes]) -> tuple[Frontier, tuple[Node, ...]]:
        """Append leaf hashes.

        Returns:
            The frontier after them, and the nodes of the heights 8, 16, 24, ... that they completed, in this order: to
            be kept for `subtrees`.
        """
        size, hashes, kept = self.size, list(self.hashes), list[Node]()
        for leaf in leaves:
            reached, index, height = leaf, size, 0
            while index & 1:  # the subtree beside is whole: both become the one above
                reached = node_hash(hashes.pop(), reached)
                index >>= 1
                height += 1
                if not height % TILE:
                    kept.append(Node(height, index, reached))
            hashes.append(reached)
            size += 1
        return Frontier(size, tuple(hashes)), tuple(kept)

    def to_bytes(self) -> bytes:
        """Write the frontier: its size, then its hashes from the left."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, written: bytes) -> Frontier:
        """Read what `to_bytes` wrote.

        Raises:
            ProofError: the bytes are not those of a frontier.
        """
        size, rest = int.from_bytes(written[:_SIZE_BYTES], "big"), written[_SIZE_BYTES:]
        if len(written) < _SIZE_BYTES or len(rest) != size.bit_count() * HASH_BYTES:
            raise ProofError(
                f"these {len(written)} bytes are no frontier: eight for the size, and a hash for each bit of it"
            )
        return cls(size, tuple(rest[at : at + HASH_BYTES] for at in range(0, len(rest), HASH_BYTES)))
