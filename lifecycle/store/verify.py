"""Checking a whole store."""
from __future__ import annotations

import attrs

from lifecycle.proof import Checkpoint
from lifecycle.store.reading import Reading

__all__ = ["Report", "verify"]


@attrs.frozen(kw_only=True)
class Report:
    """What is wrong."""

    findings: tuple[str, ...] = ()


def verify(reading: Reading, checkpoint: Checkpoint | None = None) -> Report:
    """Check."""
    return Report()
