"""Leads to keep in a store: what a few of them have lived through, as records and refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lifecycle import Lead
from lifecycle.course import Course
from lifecycle.decision import Request
from lifecycle.journey import Journey
from lifecycle.record import record_of, refusal_of
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lifecycle.definition import Definition
    from lifecycle.record import Record, Refusal

SECRET: Final = "ada@acme.example"
NOW: Final = day(100)

DEFINITION: Final = made(
    arrow("qualify", "iql", "mql", "demo", automatic=True),
    arrow("accept", "mql", "sal", "likes", override_by=["boss"]),
    arrow("recycle", "mql sal", "recycled", reasons=["later"], new_cycle=True),
    arrow("wake", "recycled", "mql", "demo", automatic=True),
)

ACCEPT: Final = (day(2), Request(trigger="accept", actor="sales:17", note=SECRET))
OVERRIDE: Final = (day(3), Request(trigger="accept", actor="boss:1", override=True, note=SECRET))
RECYCLE: Final = (day(4), Request(trigger="recycle", actor="sales:17", reason="later"))


def lived(
    name: str,
    requests: Sequence[tuple[datetime, Request]] = (ACCEPT, OVERRIDE, RECYCLE),
    definition: Definition = DEFINITION,
) -> tuple[tuple[Record, ...], tuple[Refusal, ...]]:
    """Return records and refusals of a lead that comes, asks for a demo twice, and is asked for `requests`."""
    lead = Lead(name).profile(email=SECRET, at=day(0)).activity("came", {"page": SECRET}, at=day(0))
    lead.activity("demo", at=day(1)).activity("demo", at=day(5))
    steps = list(Course(definition).advance(lead, Journey(), day(9), requests=requests))
    records = tuple(record_of(definition, step.decision, name) for step in steps if step.decision.granted)
    return records, tuple(refusal_of(definition, step.decision, name) for step in steps if not step.decision.granted)
