"""Criteria about what the lead does.

That a lead has done nothing is knowledge too: nothing done is UNMET with amount 0, never UNKNOWN. Each looks at the
present cycle; `ever = true` looks at all of them. A window is `(at - within, at]`: an activity stops counting at
exactly its instant plus `within`.
"""

from __future__ import annotations

from lifecycle import Criterion, hookimpl
from lifecycle_engagement.activities import Count, Duration, Happened
from lifecycle_engagement.decay import Points

__all__ = ["Count", "Duration", "Happened", "Points", "lifecycle_criteria"]


@hookimpl
def lifecycle_criteria() -> list[type[Criterion]]:
    """Offer the criteria of this plugin."""
    return [Count, Duration, Happened, Points]
