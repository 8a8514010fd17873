"""Everything that is asked of a criterion, in the order in which it is asked.

What does not have to be judged comes first, then `pure`: whatever it notices only once, it has to see before others.
"""

from __future__ import annotations

from typing import Final

from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.checks.judging import DETERMINISTIC, EXAMPLES, NEVER, TOTAL, VERDICT
from lifecycle.testing.checks.lasting import BUDGET, CYCLES, HOLDS_UNTIL, MONOTONE
from lifecycle.testing.checks.offering import CONFIG_ERRORS, DOCUMENTED, FINGERPRINT, LOADS, PICKLABLE, SIGNATURE
from lifecycle.testing.checks.reading import EVIDENCE, HONEST_READS, MISSING_IS_UNKNOWN, PURE, SAME_MEANING

__all__ = ["CHECKS", "Check", "Tier"]

CHECKS: Final[tuple[Check, ...]] = (
    *(LOADS, SIGNATURE, DOCUMENTED, PURE, TOTAL, VERDICT, DETERMINISTIC, EXAMPLES),
    *(NEVER, HONEST_READS, MISSING_IS_UNKNOWN, HOLDS_UNTIL, CYCLES, EVIDENCE),
    *(CONFIG_ERRORS, PICKLABLE, FINGERPRINT),
    *(SAME_MEANING, MONOTONE, BUDGET),
)
