"""The criteria keep to the rules, and find what they should."""

from __future__ import annotations

from datetime import UTC, datetime

from lifecycle import Lead
from lifecycle.testing import Example, criteria_checks

FAIR = datetime(2026, 3, 2, 10, tzinfo=UTC)
VISITOR = Lead("visitor").profile(badge_colour="Blue").activity("stand_visited", {"minutes": 25}, at=FAIR)

test_conformance = criteria_checks(
    "tradeshow",
    examples=[
        Example(criterion="badge", outcome="met", lead=VISITOR, parameters={"colours": ["blue"]}),
        Example(criterion="badge", outcome="unmet", lead=VISITOR, parameters={"colours": ["press"]}),
        Example(criterion="stayed", outcome="met", lead=VISITOR, parameters={"minutes": 25}),
        Example(criterion="stayed", outcome="unmet", lead=VISITOR, parameters={"minutes": 26}),
    ],
)
