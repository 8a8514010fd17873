"""Walks through time, in a small definition made for one test."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lifecycle import Lead
from lifecycle.course import Course
from lifecycle.decision import Request, Result
from lifecycle.journey import Journey
from tests.made import arrow, day

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.course import Step
    from lifecycle.definition import Definition


MOMENT = timedelta(microseconds=1)
ACCEPT = Request(trigger="accept", actor="sales:17")
QUALIFY = arrow("qualify", "iql", "mql", "demo", automatic=True)


def walk(
    definition: Definition,
    lead: Lead,
    until: float | datetime,
    *,
    journey: Journey | None = None,
    requests: Sequence[tuple[datetime, Request]] = (),
    judged_until: datetime | None = None,
) -> list[Step]:
    """Return the steps of one walk; `until` may be a number of days."""
    end = until if isinstance(until, datetime) else day(until)
    course = Course(definition)
    return list(
        course.advance(lead, journey or Journey(), end, requests=requests, judged_until=judged_until),
    )


def results(steps: Sequence[Step]) -> list[tuple[str, Result, datetime]]:
    """Return trigger, result and instant of each step."""
    return [(step.decision.trigger, step.decision.result, step.decision.at) for step in steps]


def entered(at: float = 0) -> Lead:
    """Return a lead that came on a day."""
    return Lead("1").activity("came", at=day(at))
