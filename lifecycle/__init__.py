"""Lead Lifecycle: what is known about a lead, judged by agreed criteria, explained and recorded."""

from lifecycle import errors, parameters
from lifecycle.criteria import Criterion, Outcome, Verdict, criterion, met_if, unknown
from lifecycle.hooks import hookimpl
from lifecycle.journey import Journey
from lifecycle.lead import Activity, Lead, Snapshot

__all__ = [
    "Activity",
    "Criterion",
    "Journey",
    "Lead",
    "Outcome",
    "Snapshot",
    "Verdict",
    "criterion",
    "errors",
    "hookimpl",
    "met_if",
    "parameters",
    "unknown",
]
