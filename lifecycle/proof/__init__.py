"""Proof that what is in a history was there, for those who do not trust whoever keeps it.

Every sealed entry (a record, a refusal, an erasure) is a leaf of one Merkle tree. Its root, in a checkpoint kept
elsewhere, fixes all of them. Nothing here reads a clock, a file or a database.
"""

from __future__ import annotations

from lifecycle.proof.bundle import BUNDLE, KINDS, Consistency, ProofBundle, check_bundle, read_bundle
from lifecycle.proof.checkpoint import Checkpoint
from lifecycle.proof.frontier import Frontier, Node
from lifecycle.proof.tree import (
    EMPTY,
    HASH_BYTES,
    TILE,
    Subtree,
    consistency_path,
    inclusion_path,
    leaf_of,
    node_hash,
    root_of,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

__all__ = [
    "BUNDLE",
    "EMPTY",
    "HASH_BYTES",
    "KINDS",
    "TILE",
    "Checkpoint",
    "Consistency",
    "Frontier",
    "Node",
    "ProofBundle",
    "Subtree",
    "check_bundle",
    "consistency_path",
    "inclusion_path",
    "leaf_of",
    "node_hash",
    "read_bundle",
    "root_of",
    "subtrees",
    "verify_consistency",
    "verify_inclusion",
]
