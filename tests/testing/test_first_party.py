"""The first-party plugins pass every check, with no exception by name."""

from __future__ import annotations

from lifecycle.testing import criteria_checks

test_engagement = criteria_checks("engagement")
