"""Everything that is asked of a criterion, in the order in which it is asked."""

from __future__ import annotations

from typing import Final

from lifecycle.testing.checks.check import Check, Tier
from lifecycle.testing.checks.judging import DETERMINISTIC, MISSING_IS_UNKNOWN, TOTAL

__all__ = ["CHECKS", "Check", "Tier"]

CHECKS: Final[tuple[Check, ...]] = (TOTAL, DETERMINISTIC, MISSING_IS_UNKNOWN)
