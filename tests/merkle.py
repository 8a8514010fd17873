"""A Merkle tree written down a second time, straight from the definitions of RFC 9162, section 2.1; and logs to prove.

Here everything is a list that is cut in two, again and again: slow, and easy to compare with the text of the RFC. It
takes nothing from `lifecycle.proof`; only the logs below do.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

import attrs
from hypothesis import strategies as st

from lifecycle.canonical import canonical_bytes, digest
from lifecycle.proof import (
    Checkpoint,
    Consistency,
    ProofBundle,
    consistency_path,
    inclusion_path,
    leaf_of,
    root_of,
)

__all__ = [
    "Log",
    "bundles",
    "consistency_sides",
    "hashes",
    "naive_consistency",
    "naive_inclusion",
    "naive_root",
    "sides",
    "split",
]


def hashes(count: int, start: int = 0) -> list[bytes]:
    """Return so many leaf hashes, no two alike."""
    return [hashlib.sha256(b"\x00leaf %d" % number).digest() for number in range(start, start + count)]


def split(count: int) -> int:
    """Return the largest power of two smaller than the count."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def naive_root(leaves: list[bytes]) -> bytes:
    """Return MTH(D) of section 2.1.1, over leaves that are hashed already."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_inclusion(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return PATH(m, D) of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_inclusion(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_inclusion(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(m: int, leaves: list[bytes]) -> list[bytes]:
    """Return PROOF(m, D) of section 2.1.4.1."""
    return _subproof(m, leaves, known=True)


def _subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*_subproof(m, leaves[:k], known=known), naive_root(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], known=False), naive_root(leaves[:k])]


@cache
def sides(index: int, size: int) -> str:
    """Return on which side the hashes of an inclusion path stand: it fits every place that has the same."""
    if size == 1:
        return ""
    k = split(size)
    return sides(index, k) + "r" if index < k else sides(index - k, size - k) + "l"


@cache
def consistency_sides(old: int, new: int, *, known: bool = True) -> str:
    """Return the same of a consistency path; a point stands for a subtree whose root the verifier cannot know."""
    if old == new:
        return "" if known else "."
    k = split(new)
    if old <= k:
        return consistency_sides(old, k, known=known) + "r"
    return consistency_sides(old - k, new - k, known=False) + "l"


# --- Logs -------------------------------------------------------------------------------------------------------------

_MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@attrs.frozen
class Log:
    """A log of entries with nothing in them but their number, so large as it is asked for."""

    origin: str = "example.com/leads"
    kind: str = "record"

    def content(self, index: int) -> bytes:
        """Return the content of an entry."""
        return canonical_bytes({"actor": "sales:Zoë", "number": index})

    def envelope(self, index: int) -> dict[str, str]:
        """Return the fields of an entry's envelope."""
        return {
            "commitment": "hmac-sha256:" + "0" * 64,
            "format": f"lifecycle-{self.kind}-1",
            "previous": "",
            "recorded_at": "2026-01-05T09:00:00.000000Z",
            "subject": f"subject {index}",
        }

    def leaves(self, size: int) -> list[bytes]:
        """Return the leaf hashes of the first entries."""
        return _leaves(self, size)

    def checkpoint(self, size: int) -> Checkpoint:
        """Return the checkpoint after so many entries."""
        at = _MONDAY + timedelta(minutes=size)
        return Checkpoint(origin=self.origin, size=size, root=root_of(self.leaves(size)), at=at)

    def bundle(self, index: int, size: int, older: int | None = None) -> ProofBundle:
        """Return the proof of one entry."""
        leaves = self.leaves(size)

        def subtree(low: int, high: int) -> bytes:
            return root_of(leaves[low:high])

        consistency = older and Consistency(
            checkpoint=self.checkpoint(older), path=consistency_path(older, size, subtree)
        )
        return ProofBundle(
            kind=self.kind,
            content=self.content(index),
            envelope=self.envelope(index),
            index=index,
            path=inclusion_path(index, size, subtree),
            checkpoint=self.checkpoint(size),
            consistency=consistency or None,
        )


@cache
def _leaves(log: Log, size: int) -> list[bytes]:
    numbers = range(size)
    return [
        leaf_of(digest(f"lifecycle-{log.kind}-1", log.content(at), canonical_bytes(log.envelope(at)))) for at in numbers
    ]


@st.composite
def bundles(draw: st.DrawFn, *, largest: int = 40) -> ProofBundle:
    """Draw the proof of an entry of some log, from an older checkpoint or from none."""
    size = draw(st.integers(1, largest))
    index = draw(st.integers(0, size - 1))
    older = draw(st.none() | st.integers(1, size))
    return Log(kind=draw(st.sampled_from(["record", "refusal", "erasure"]))).bundle(index, size, older)
