"""Lead Lifecycle: what is known about a lead, judged by agreed criteria, explained and recorded."""

from lifecycle import errors, parameters
from lifecycle.criteria import Criterion, Outcome, Verdict, criterion, met_if, unknown
from lifecycle.decision import Decision
from lifecycle.definition import Definition
from lifecycle.hooks import hookimpl
from lifecycle.journey import Journey
from lifecycle.lead import Activity, Lead, Snapshot
from lifecycle.loading import load
from lifecycle.record import Record, Refusal
from lifecycle.registry import Registry
from lifecycle.service import Lifecycle, Reply
from lifecycle.signals import Signal

__all__ = [
    "Activity",
    "Criterion",
    "Decision",
    "Definition",
    "Journey",
    "Lead",
    "Lifecycle",
    "Outcome",
    "Record",
    "Refusal",
    "Registry",
    "Reply",
    "Signal",
    "Snapshot",
    "Verdict",
    "criterion",
    "errors",
    "hookimpl",
    "load",
    "met_if",
    "parameters",
    "unknown",
]
