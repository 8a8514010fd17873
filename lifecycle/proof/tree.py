"""The Merkle tree of RFC 9162 with SHA-256, over leaves that somebody else keeps: roots, paths, and their verification.

A path is made from the hashes of whole ranges of leaves. Where those come from is the caller's affair: they are asked
for through a `Subtree`, a function from a range to its hash, and `subtrees` makes one of what a store keeps.

The verifiers say yes or no and never raise for what they are given: it comes from a stranger. They are the RFC's,
steps in comments, and refuse what it leaves open: an index or a size out of range, and whatever has not the length of a
hash. An empty tree proves nothing of a larger one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

__all__ = [
    "EMPTY",
    "HASH_BYTES",
    "TILE",
    "Subtree",
    "consistency_path",
    "inclusion_path",
    "leaf_of",
    "node_hash",
    "root_of",
    "subtrees",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES: Final = 32
"""The length of a SHA-256 hash, in bytes."""

TILE: Final = 8
"""Nodes are kept at every eighth height, so that a path is put together from at most 255 hashes at each."""

EMPTY: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 9162, section 2.1.1)."""

Subtree = Callable[[int, int], bytes]
"""Gives the hash of the leaves from the first index up to, and without, the second."""


def leaf_of(entry: str) -> bytes:
    """Give the leaf hash of a sealed entry: of its digest as it is written, `sha256:` included."""
    return hashlib.sha256(b"\x00" + entry.encode("ascii")).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of the node above two others; the prefix keeps it from passing for that of a leaf."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Give the root above leaf hashes, or above all nodes of one height, pair by pair."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = [*pairs, level[-1]] if len(level) % 2 else pairs  # the odd one moves up as it is
    return level[0] if level else EMPTY


def _middle(low: int, high: int) -> int:
    """Give where a range is split: its left part is the largest power of two that is smaller than the whole."""
    return low + (1 << (high - low - 1).bit_length() - 1)


# --- Making paths -----------------------------------------------------------------------------------------------------


def inclusion_path(index: int, size: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Give the hashes that lead from a leaf to the root (RFC 9162, section 2.1.3.1).

    Args:
        index: Which leaf, from 0.
        size: How many leaves the tree has.
        subtree: Gives the hash of a range of leaves.

    Raises:
        ValueError: there is no such leaf in a tree of this size.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf with the index {index}")
    low, high, path = 0, size, list[bytes]()
    while high - low > 1:
        middle = _middle(low, high)
        if index < middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    return tuple(reversed(path))


def consistency_path(old: int, new: int, subtree: Subtree) -> tuple[bytes, ...]:
    """Give the hashes that show a tree to be the beginning of a larger one (RFC 9162, section 2.1.4.1).

    Args:
        old: How many leaves the tree had.
        new: How many it has; where that is as many, the path is empty.
        subtree: Gives the hash of a range of leaves.

    Raises:
        ValueError: the old tree was empty, which shows nothing, or is the larger one.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {new} leaves cannot be shown to begin with one of {old}")
    low, high, path = 0, new, list[bytes]()
    while high != old:
        middle = _middle(low, high)
        if old <= middle:
            path.append(subtree(middle, high))
            high = middle
        else:
            path.append(subtree(low, middle))
            low = middle
    if low:  # else the subtree reached is the old tree, whose root the verifier has
        path.append(subtree(low, high))
    return tuple(reversed(path))


def subtrees(
    leaves: Callable[[int, int], Sequence[bytes]], nodes: Callable[[int, int, int], Sequence[bytes]]
) -> Subtree:
    """Make a `Subtree` of what a store keeps: a path costs two reads at each height, however many leaves there are.

    Args:
        leaves: Gives the leaf hashes from an index up to, and without, another; asked for 256 at most.
        nodes: Gives the kept nodes of a height, from an index up to, and without, another; asked for 128 at most.
            Where it gives fewer, they are computed from what is below.
    """

    def subtree(low: int, high: int) -> bytes:
        height = (high - low - 1).bit_length()
        if height >= TILE and high - low == 1 << height:
            kept = height - height % TILE
            found = nodes(kept, low >> kept, high >> kept)
            if len(found) == high - low >> kept:
                return root_of(found)
        if height <= TILE:
            return root_of(leaves(low, high))
        middle = _middle(low, high)
        return node_hash(subtree(low, middle), subtree(middle, high))

    return subtree


# --- Verifying paths --------------------------------------------------------------------------------------------------


def verify_inclusion(*, leaf: bytes, index: int, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path leads from a leaf hash to a root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size or not _hashes(leaf, root, *path):  # step 1, and what the RFC takes for granted
        return False
    place, last, reached = index, size - 1, leaf  # steps 2 and 3
    for beside in path:
        if last == 0:  # step 4a: more hashes than the tree has levels
            return False
        if place & 1 or place == last:
            reached = node_hash(beside, reached)
            shift = _zeros(place)
            place, last = place >> shift, last >> shift
        else:
            reached = node_hash(reached, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and reached == root  # step 5


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether a path shows that one tree is the beginning of another (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= new or not _hashes(old_root, new_root, *path):
        return False
    if old == new:
        return not path and old_root == new_root and (old > 0 or old_root == EMPTY)
    if old == 0 or not path:  # step 1
        return False
    first, *rest = path if old & (old - 1) else (old_root, *path)  # step 2
    shift = _zeros(old)  # the last bits of `old - 1` that are set
    place, last = old - 1 >> shift, new - 1 >> shift  # steps 3 and 4
    before = after = first  # step 5
    for beside in rest:
        if last == 0:  # step 6a
            return False
        if place & 1 or place == last:
            before, after = node_hash(beside, before), node_hash(beside, after)
            shift = _zeros(place)
            place, last = place >> shift, last >> shift
        else:
            after = node_hash(after, beside)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root  # step 7


def _hashes(*given: bytes) -> bool:
    return all(len(one) == HASH_BYTES for one in given)


def _zeros(number: int) -> int:
    """Give how many zeros end a number other than 0 in binary: how far to climb until a node is a right child."""
    return (number & -number).bit_length() - 1
