"""Leads and snapshots for the tests of the plugins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from lifecycle import Criterion, Journey, Lead, Outcome, Snapshot

AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY: Final = timedelta(days=1)
INSTANT: Final = timedelta(microseconds=1)

MET: Final = Outcome.MET
UNMET: Final = Outcome.UNMET
UNKNOWN: Final = Outcome.UNKNOWN

SECONDS: Final = st.integers(min_value=0, max_value=60 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
"""How long ago something was: up to sixty days, in whole seconds."""


def bound(criterion: type[Criterion], **parameters: Any) -> Criterion:
    """Return a criterion bound to parameters as a definition gives them: texts, numbers, lists."""
    return criterion(**parameters)


def seen(lead: Lead | None = None, *, at: datetime = AT, journey: Journey | None = None) -> Snapshot:
    """Return the lead as known at an instant."""
    return Snapshot(Lead("1") if lead is None else lead, at, Journey() if journey is None else journey)


def with_profile(**fields: Any) -> Snapshot:
    """Return a lead with these profile fields."""
    return seen(Lead("1").profile(fields))


def did(*ages: timedelta, kind: str = "page", **properties: Any) -> Lead:
    """Return a lead that did something so long before `AT`."""
    lead = Lead("1")
    for age in ages:
        lead.activity(kind, properties, at=AT - age)
    return lead
