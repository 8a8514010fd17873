"""The journey and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_timing import CameBy, CooledOff, Inactive, InStage

from lifecycle import Journey, Lead
from tests.plugins.facts import AT, DAY, INSTANT, MET, SECONDS, UNKNOWN, UNMET, bound, seen

IN_MQL = Journey(stage="mql", since=AT, trigger="qualify", sequence=2)
IN_CYCLE_2 = Journey(stage="recycled", since=AT, trigger="recycle", cycle=2, cycle_start=AT, sequence=5)
LENGTHS = st.integers(min_value=1, max_value=60 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
END = datetime(9999, 12, 31, tzinfo=UTC)


def test_came_by_the_last_trigger_only() -> None:
    """What counts is the trigger that led to the present stage."""
    assert bound(CameBy, triggers=["qualify", "requalify"]).judge(seen(journey=IN_MQL)).outcome is MET
    assert bound(CameBy, triggers=["capture"]).judge(seen(journey=IN_MQL)).outcome is UNMET


def test_before_the_entry_no_trigger_led_here() -> None:
    """A lead outside the lifecycle came by nothing and is in no stage: both are known, so both are unmet."""
    assert bound(CameBy, triggers=["qualify"]).judge(seen()).outcome is UNMET
    assert bound(InStage, at_least="1 day").judge(seen()).outcome is UNMET


def test_the_first_cycle_has_nothing_to_cool_off_from() -> None:
    """In cycle 1 the rest is over at once, and for good."""
    verdict = bound(CooledOff, at_least="30 days").judge(seen(journey=IN_MQL))

    assert (verdict.outcome, verdict.holds_until) == (MET, None)


@pytest.mark.parametrize(
    ("criterion", "journey", "lead"),
    [
        (bound(InStage, at_least="2 days"), IN_MQL, Lead("1")),
        (bound(CooledOff, at_least="2 days"), IN_CYCLE_2, Lead("1")),
        (bound(Inactive, at_least="2 days"), IN_MQL, Lead("1")),
        (bound(Inactive, at_least="2 days"), Journey(), Lead("1").activity("page", at=AT)),
    ],
)
def test_the_boundary_belongs_to_the_later_side(
    criterion: InStage | CooledOff | Inactive, journey: Journey, lead: Lead
) -> None:
    """One instant before the time is up it is unmet, and says until when; at exactly that instant it is met."""
    before = criterion.judge(seen(lead, at=AT + 2 * DAY - INSTANT, journey=journey))
    exactly = criterion.judge(seen(lead, at=AT + 2 * DAY, journey=journey))

    assert (before.outcome, before.holds_until) == (UNMET, AT + 2 * DAY)
    assert (exactly.outcome, exactly.holds_until) == (MET, None)
    assert exactly.evidence == {"since": AT.isoformat()}


def test_nothing_at_all_is_unknown_inactivity() -> None:
    """Without an activity and without a move there is nothing to count from."""
    assert bound(Inactive, at_least="1 day").judge(seen()).outcome is UNKNOWN


def test_the_last_activity_counts_even_when_it_is_older_than_the_last_move() -> None:
    """Being moved is not a sign of life of the lead."""
    lead = Lead("1").activity("page", at=AT - 40 * DAY)

    assert bound(Inactive, at_least="30 days").judge(seen(lead, journey=IN_MQL)).outcome is MET


def test_activities_without_a_date_are_no_sign_of_life() -> None:
    """Nobody knows when an undated activity was, so the last move is counted from."""
    verdict = bound(Inactive, at_least="30 days").judge(seen(Lead("1").activity("page"), journey=IN_MQL))

    assert (verdict.outcome, verdict.holds_until) == (UNMET, AT + 30 * DAY)


def test_activities_of_earlier_cycles_count_only_with_ever() -> None:
    """An activity at the very start of the cycle belongs to the one before."""
    journey = Journey(stage="mql", since=AT + DAY, cycle=2, cycle_start=AT)
    known = seen(Lead("1").activity("page", at=AT), at=AT + 2 * DAY, journey=journey)

    assert bound(Inactive, at_least="2 days").judge(known).outcome is UNMET
    assert bound(Inactive, at_least="2 days", ever=True).judge(known).outcome is MET


def test_beyond_the_end_of_the_calendar_nothing_is_awaited() -> None:
    """What would fall due after the year 9999 never does."""
    verdict = bound(InStage, at_least="30 days").judge(seen(at=END, journey=Journey(stage="mql", since=END)))

    assert (verdict.outcome, verdict.holds_until) == (UNMET, None)


@given(SECONDS, LENGTHS)
def test_an_unmet_wait_is_over_exactly_when_it_says(waited: timedelta, at_least: timedelta) -> None:
    """Until `holds_until` the verdict stays; at that instant it turns."""
    criterion = bound(InStage, at_least=at_least)
    verdict = criterion.judge(seen(at=AT + waited, journey=IN_MQL))

    if verdict.outcome is MET:
        assert waited >= at_least
    else:
        assert verdict.holds_until is not None
        assert criterion.judge(seen(at=verdict.holds_until - INSTANT, journey=IN_MQL)).outcome is UNMET
        assert criterion.judge(seen(at=verdict.holds_until, journey=IN_MQL)).outcome is MET


@given(SECONDS, SECONDS, LENGTHS)
def test_any_activity_ends_the_silence(first: timedelta, second: timedelta, at_least: timedelta) -> None:
    """Only the latest activity matters, whatever its kind."""
    lead = Lead("1").activity("page", at=AT - first).activity("call", at=AT - second)
    outcome = bound(Inactive, at_least=at_least).judge(seen(lead)).outcome

    assert (outcome is MET) == (min(first, second) >= at_least)


@given(SECONDS, LENGTHS)
def test_cooling_off_is_a_wait_since_the_start_of_the_cycle(waited: timedelta, at_least: timedelta) -> None:
    """In a later cycle, what counts is the start of the cycle and not the last move."""
    journey = Journey(stage="mql", since=AT + waited, cycle=2, cycle_start=AT)

    assert (bound(CooledOff, at_least=at_least).judge(seen(at=AT + waited, journey=journey)).outcome is MET) == (
        waited >= at_least
    )
