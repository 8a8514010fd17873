"""Criteria that count against a lead.

Whether one blocks a lead or only costs points is a choice of the definition, and so is the reason why: here is only the
question. Each is MET when the undesirable is there. What cannot be read is UNKNOWN, which `unknown_as = "unmet"` of a
definition turns into a choice that people made.
"""

from __future__ import annotations

from lifecycle import Criterion, hookimpl
from lifecycle_undesirables.addresses import Competitor, DisposableEmail, FreeEmail, RoleAccount
from lifecycle_undesirables.people import OptedOut, Title

__all__ = ["Competitor", "DisposableEmail", "FreeEmail", "OptedOut", "RoleAccount", "Title", "lifecycle_criteria"]


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [Competitor, DisposableEmail, FreeEmail, OptedOut, RoleAccount, Title]
