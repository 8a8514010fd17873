"""Broken criteria, each with the checks that catch it: the kit's own test."""

from __future__ import annotations

from lifecycle import Snapshot, Verdict, criterion, met_if, parameters

__all__ = ["Guesses"]


@criterion("guesses", version="1")
class Guesses:
    """Takes an unknown size for a small one."""

    minimum: int
    field: str = parameters.profile_field(default="employees")

    def judge(self, known: Snapshot) -> Verdict:
        """Compare."""
        size = known.profile(self.field)
        return met_if(isinstance(size, int) and size >= self.minimum, f"{size} employees")
