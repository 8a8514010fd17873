"""Lead Lifecycle: what is known about a lead, judged by agreed criteria, explained and recorded."""

from typing import TYPE_CHECKING, Any

from lifecycle import errors, parameters
from lifecycle.command import Reply
from lifecycle.criteria import Criterion, Outcome, Verdict, criterion, met_if, unknown
from lifecycle.decision import Decision
from lifecycle.definition import Definition
from lifecycle.hooks import hookimpl
from lifecycle.journey import Journey
from lifecycle.lead import Activity, Lead, Snapshot
from lifecycle.loading import load
from lifecycle.record import Record, Refusal
from lifecycle.registry import Registry
from lifecycle.service import Lifecycle
from lifecycle.signals import Signal

if TYPE_CHECKING:
    from lifecycle.store.borrowing import borrow

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
    "borrow",
    "criterion",
    "errors",
    "hookimpl",
    "load",
    "met_if",
    "parameters",
    "unknown",
]


def __getattr__(name: str) -> Any:
    """Load what needs SQLAlchemy when it is first asked for.

    Raises:
        AttributeError: there is no such name.
    """
    if name == "borrow":
        from lifecycle.store.borrowing import borrow  # noqa: PLC0415 - loads SQLAlchemy

        return borrow
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
