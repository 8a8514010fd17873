"""Criteria about what happens at trade shows."""

from __future__ import annotations

from lifecycle import Criterion, hookimpl
from lifecycle_tradeshow.badges import Badge
from lifecycle_tradeshow.stands import Stayed

__all__ = ["Badge", "Stayed", "lifecycle_criteria"]


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [Badge, Stayed]
