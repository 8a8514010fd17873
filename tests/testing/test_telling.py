"""Situations are leads as plain data: told again they are the same, and shown they can be understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from lifecycle_engagement import Count

from lifecycle import Journey, Snapshot
from lifecycle.testing.leads import snapshots
from lifecycle.testing.telling import Fact, Situation

AT = datetime(2026, 1, 5, tzinfo=UTC)
FACTS = (
    Fact(read="profile:email", value="ada@acme.example"),
    Fact(read="answer:budget", value=True, at=AT),
    Fact(read="channel", value="webinar", at=AT),
    Fact(read="activity:visit", value={"page": "/"}, at=AT, times=2),
)
SITUATION = Situation(facts=FACTS, at=AT, journey=Journey(stage="mql", since=AT, trigger="qualify", sequence=1))
BOUND: Any = Count
TWICE = BOUND(kinds=("visit",), at_least=2)


def test_every_fact_is_told() -> None:
    """Profile, answer, channel and activities, as often as they happened."""
    known = SITUATION.snapshot()

    assert ("ada@acme.example", True, "webinar", 2) == (
        known.profile("email"),
        known.answer("budget"),
        known.channel,
        known.activities("visit").count,
    )
    assert "mql" == known.journey.stage


def test_shown_it_is_code_that_makes_it() -> None:
    """An author can paste it into a test and go on from there."""
    assert [
        'Lead("1")',
        "    .profile({'email': 'ada@acme.example'})",
        "    .answer({'budget': True}, at=\"2026-01-05T00:00:00+00:00\")",
        "    .channel('webinar', at=\"2026-01-05T00:00:00+00:00\")",
        "    .activity('visit', {'page': '/'}, at=\"2026-01-05T00:00:00+00:00\")  # 2 times",
        'seen at "2026-01-05T00:00:00+00:00"',
        "with the journey stage='mql', since=\"2026-01-05T00:00:00+00:00\", trigger='qualify', sequence=1",
    ] == str(SITUATION).splitlines()


def test_changes_leave_the_rest_alone() -> None:
    """Facts are replaced or left out, and the journey moves on, one at a time."""
    without = SITUATION.changed(lambda fact: None if fact.category == "activity" else fact)
    later = SITUATION.standing(cycle=2, cycle_start=AT)

    assert FACTS[:3] == without.facts
    assert (FACTS, "mql", 2) == (later.facts, later.journey.stage, later.journey.cycle)


@given(snapshots(TWICE))
def test_made_leads_have_no_memory(known: Snapshot) -> None:
    """What was judged before changes nothing."""
    assert TWICE.judge(known) == TWICE.judge(known)


def test_a_later_instant_sees_more() -> None:
    """A situation is seen at its instant, like any snapshot."""
    early = Situation(facts=FACTS, at=AT - timedelta(days=1))

    assert (None, "ada@acme.example") == (early.snapshot().channel, early.snapshot().profile("email"))
