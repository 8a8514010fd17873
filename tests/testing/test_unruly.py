"""Criteria that make life hard for whoever judges them do it in the way that they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lifecycle import Journey, Lead, Outcome, Registry, Snapshot
from lifecycle.criteria import judge_safely
from lifecycle.testing import unruly

AT = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
OFFERS = Registry.of({"unruly": unruly}).offers


def judged(name: str, journey: Journey | None = None, **parameters: Any) -> tuple[Outcome, int | None, datetime | None]:
    """Return what the engine sees, of a lead that has visited once."""
    bound, problems = OFFERS[f"unruly.{name}"].bind(parameters)
    assert bound is not None, problems
    lead = Lead("1").activity("visit", at=AT)
    verdict = judge_safely(bound, Snapshot(lead, AT, journey or Journey()), owner="unruly")
    return verdict.outcome, verdict.amount, verdict.holds_until


@pytest.mark.parametrize("outcome", ["met", "unmet", "unknown", "failed"])
def test_fixed_answers_as_it_is_told(outcome: str) -> None:
    """Whatever is known."""
    assert (Outcome(outcome), None, None) == judged("fixed", outcome=outcome)


@pytest.mark.parametrize("how", ["raises", "gives_nothing", "looks_back"])
def test_broken_breaks_once_something_has_happened_or_heals(how: str) -> None:
    """In each of its ways."""
    found = [
        judged("broken", kinds=[kind], heals=heals, how=how)[0] for kind in ("visit", "call") for heals in (False, True)
    ]

    assert [Outcome.FAILED, Outcome.MET, Outcome.MET, Outcome.FAILED] == found


def test_polling_looks_again_too_early() -> None:
    """Never later than is due."""
    hours = {"at_least": "3 hours", "step": "1 hour"}
    standing = [Journey(stage="mql", since=AT - number * HOUR) for number in (1, 3)]

    assert [
        (Outcome.UNMET, None, AT + HOUR),
        (Outcome.UNMET, None, AT + HOUR),
        (Outcome.MET, None, AT + HOUR),
    ] == [judged("polling", journey, **hours) for journey in (None, *standing)]


def test_the_calendar_turns_at_its_instant() -> None:
    """And what is no instant is refused."""
    assert (Outcome.MET, None, None) == judged("calendar", start=AT.isoformat())
    assert (Outcome.UNMET, None, AT + HOUR) == judged("calendar", start=(AT + HOUR).isoformat())
    assert OFFERS["unruly.calendar"].bind({"start": "tomorrow"})[1]


def test_a_pulse_changes_for_ever() -> None:
    """From one period to the next, by time alone."""
    assert (Outcome.MET, 2, AT.replace(minute=0) + HOUR) == judged("pulse", period="1 hour")
    assert (Outcome.UNKNOWN, None, AT + HOUR / 2) == judged("pulse", period="30 minutes")
