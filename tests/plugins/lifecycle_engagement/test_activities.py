"""Whether, how often and for how long."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from lifecycle_engagement import Count, Duration, Happened

from lifecycle import Journey, Lead
from tests.plugins.facts import AT, DAY, INSTANT, MET, SECONDS, UNKNOWN, UNMET, bound, did, seen

IN_CYCLE_2 = Journey(stage="mql", since=AT, cycle=2, cycle_start=AT)


def test_nothing_done_is_knowledge() -> None:
    """A lead without activities is unmet and counts 0; it is not unknown."""
    assert bound(Happened, kinds=["page"]).judge(seen()).outcome is UNMET
    none = bound(Count, kinds=["page"], at_least=1).judge(seen())
    assert (none.outcome, none.amount) == (UNMET, 0)
    nothing = bound(Duration, kinds=["page"], field="seconds", at_least="1 minute").judge(seen())
    assert (nothing.outcome, nothing.amount) == (UNMET, 0)


def test_a_window_closes_at_exactly_the_instant_plus_its_length() -> None:
    """An activity counts one instant before its age reaches `within`, and no longer when it does."""
    inside, outside = seen(did(2 * DAY - INSTANT)), seen(did(2 * DAY))

    assert bound(Happened, kinds=["page"], within="2 days").judge(inside).outcome is MET
    assert bound(Happened, kinds=["page"], within="2 days").judge(outside).outcome is UNMET
    assert bound(Count, kinds=["page"], at_least=1, within="2 days").judge(inside).outcome is MET
    assert bound(Count, kinds=["page"], at_least=1, within="2 days").judge(outside).outcome is UNMET


def test_the_verdict_says_when_its_window_drops_an_activity() -> None:
    """`holds_until` is the instant of the earliest activity in the window plus the window."""
    verdict = bound(Count, kinds=["page"], at_least=1, within="5 days").judge(seen(did(DAY, 3 * DAY)))

    assert verdict.holds_until == AT - 3 * DAY + 5 * DAY


def test_without_a_window_time_changes_nothing() -> None:
    """What has ever happened has happened."""
    assert bound(Happened, kinds=["page"]).judge(seen(did(300 * DAY))).holds_until is None


def test_kinds_are_counted_together_and_others_not_at_all() -> None:
    """Several kinds make one count."""
    lead = did(DAY, 2 * DAY).activity("blog", at=AT).activity("other", at=AT)
    verdict = bound(Count, kinds=["page", "blog"], at_least=3).judge(seen(lead))

    assert (verdict.outcome, verdict.amount, verdict.evidence) == (MET, 3, {"count": 3})


def test_distinct_counts_different_values_of_a_property() -> None:
    """Three visits to two pages are two different pages; an activity without the property is none."""
    lead = (
        Lead("1").activity("page", at=AT, url="/a").activity("page", at=AT, url="/a").activity("page", at=AT, url="/b")
    )
    verdict = bound(Count, kinds=["page"], at_least=3, distinct="url").judge(seen(lead.activity("page", at=AT)))

    assert (verdict.outcome, verdict.amount) == (UNMET, 2)


def test_a_later_cycle_starts_afresh_unless_ever() -> None:
    """An activity at the very start of the cycle belongs to the one before; `ever` counts it."""
    lead = did(timedelta(0)).activity("page", at=AT + INSTANT)
    known = seen(lead, at=AT + DAY, journey=IN_CYCLE_2)

    assert bound(Count, kinds=["page"], at_least=1).judge(known).amount == 1
    assert bound(Count, kinds=["page"], at_least=1, ever=True).judge(known).amount == 2
    assert bound(Happened, kinds=["page"], ever=True).judge(known).evidence["count"] == 2


def test_time_spent_is_met_at_exactly_the_wanted_length() -> None:
    """Seconds are added up; the amount is in full minutes."""
    criterion = bound(Duration, kinds=["page"], field="seconds", at_least="2 minutes")
    short = criterion.judge(seen(did(DAY, 2 * DAY, seconds=59)))
    enough = criterion.judge(seen(did(DAY, 2 * DAY, seconds=60)))

    assert (short.outcome, short.amount) == (UNMET, 1)
    assert (enough.outcome, enough.amount, enough.evidence) == (MET, 2, {"seconds": 120})


def test_time_that_cannot_be_added_up_is_unknown() -> None:
    """A property that is no whole number makes the sum unknown, and the message says which."""
    verdict = bound(Duration, kinds=["page"], field="seconds", at_least="1 minute").judge(
        seen(did(DAY, seconds="long"))
    )

    assert verdict.outcome is UNKNOWN
    assert "seconds" in verdict.message


def test_activities_without_the_property_add_nothing_to_the_time() -> None:
    """A visit whose length nobody measured lasts no time."""
    lead = did(DAY, seconds=60).activity("page", at=AT)

    assert (
        bound(Duration, kinds=["page"], field="seconds", at_least="1 minute", within="2 days").judge(seen(lead)).amount
        == 1
    )


@given(st.lists(SECONDS, max_size=8), st.integers(1, 5), SECONDS.filter(bool))
def test_count_is_the_plain_count_within_the_window(ages: list[timedelta], at_least: int, within: timedelta) -> None:
    """The amount is what counting by hand gives, and the outcome compares it."""
    verdict = bound(Count, kinds=["page"], at_least=at_least, within=within).judge(seen(did(*ages)))
    by_hand = sum(age < within for age in ages)

    assert verdict.amount == by_hand
    assert (verdict.outcome is MET) == (by_hand >= at_least)


@given(st.lists(SECONDS, min_size=1, max_size=8), SECONDS.filter(bool))
def test_nothing_changes_before_holds_until(ages: list[timedelta], within: timedelta) -> None:
    """One instant before `holds_until` the count is still the same; at that instant it is smaller."""
    criterion, lead = bound(Count, kinds=["page"], at_least=1, within=within), did(*ages)
    verdict = criterion.judge(seen(lead))

    if verdict.holds_until is not None:
        assert criterion.judge(seen(lead, at=verdict.holds_until - INSTANT)).amount == verdict.amount
        assert (criterion.judge(seen(lead, at=verdict.holds_until)).amount or 0) < (verdict.amount or 0)


@given(st.lists(st.integers(0, 500), max_size=8), st.integers(1, 1000))
def test_time_spent_is_the_plain_sum(lengths: list[int], wanted: int) -> None:
    """The sum is compared exactly, in seconds."""
    lead = Lead("1")
    for seconds in lengths:
        lead.activity("page", at=AT, seconds=seconds)
    criterion = bound(Duration, kinds=["page"], field="seconds", at_least=timedelta(seconds=wanted))

    assert (criterion.judge(seen(lead)).outcome is MET) == (sum(lengths) >= wanted)


@given(st.lists(st.sampled_from(["/a", "/b", "/c", None]), max_size=8))
def test_distinct_is_the_size_of_the_set(urls: list[str | None]) -> None:
    """However often and in whatever order, each value counts once."""
    lead = Lead("1")
    for url in urls:
        lead.activity("page", {} if url is None else {"url": url}, at=AT)

    assert bound(Count, kinds=["page"], at_least=1, distinct="url").judge(seen(lead)).amount == len({*urls} - {None})


@given(st.lists(SECONDS, max_size=6), SECONDS.filter(bool))
def test_happened_is_a_count_of_one(ages: list[timedelta], within: timedelta) -> None:
    """The two criteria agree on every window."""
    known = seen(did(*ages))
    counted = bound(Count, kinds=["page"], at_least=1, within=within).judge(known)

    assert bound(Happened, kinds=["page"], within=within).judge(known).outcome is counted.outcome
