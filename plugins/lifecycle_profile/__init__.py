"""Criteria about who the lead is and where it works.

A missing or unreadable value is UNKNOWN, never UNMET: what we do not know counts neither for a lead nor against it,
unless the definition says so.
"""

from __future__ import annotations

from lifecycle import Criterion, hookimpl
from lifecycle_profile.country import CountryIn
from lifecycle_profile.seniority import Seniority
from lifecycle_profile.values import InRange, Matches, OneOf, Present

__all__ = ["CountryIn", "InRange", "Matches", "OneOf", "Present", "Seniority", "lifecycle_criteria"]


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [CountryIn, InRange, Matches, OneOf, Present, Seniority]
