"""Points that lose half of their worth with every half-life."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_engagement import Points

from lifecycle import Journey, Lead
from lifecycle.lead import Activities
from tests.plugins.facts import AT, DAY, INSTANT, MET, UNMET, bound, did, seen

if TYPE_CHECKING:
    from collections.abc import Mapping

WORTH = st.dictionaries(st.sampled_from(["page", "call", "demo"]), st.integers(0, 50), min_size=1)
DONE = st.lists(st.tuples(st.sampled_from(["page", "call", "demo"]), st.integers(0, 40 * 24)), max_size=12)
HALF_LIVES = st.integers(1, 30 * 24).map(lambda hours: timedelta(hours=hours))


def lead_that(done: list[tuple[str, int]]) -> Lead:
    """Return a lead that did these things so many hours before `AT`."""
    lead = Lead("1")
    for kind, hours in done:
        lead.activity(kind, at=AT - timedelta(hours=hours))
    return lead


def by_hand(done: list[tuple[str, int]], worth: Mapping[str, int], half_life: timedelta, at: datetime = AT) -> int:
    """Add up the fractions one by one, and round down once."""
    total = Fraction(0)
    for kind, hours in done:
        age = at - (AT - timedelta(hours=hours))
        total += Fraction(worth.get(kind, 0), 2 ** (age // half_life))
    return total.numerator // total.denominator


def test_without_a_half_life_points_stay() -> None:
    """Each activity gives its points for good."""
    verdict = bound(Points, points={"page": 2, "demo": 10}).judge(seen(did(DAY, 300 * DAY).activity("demo", at=AT)))

    assert (verdict.outcome, verdict.amount, verdict.holds_until) == (MET, 14, None)


def test_nothing_done_is_no_points_and_unmet() -> None:
    """Without `at_least`, one point is enough, and none is not."""
    assert bound(Points, points={"page": 1}).judge(seen()).outcome is UNMET
    assert bound(Points, points={"page": 1}).judge(seen(did(DAY))).outcome is MET
    empty = bound(Points, points={"page": 1}, half_life="1 day").judge(seen())
    assert (empty.outcome, empty.amount, empty.holds_until) == (UNMET, 0, None)


def test_at_least_is_met_at_exactly_that_sum() -> None:
    """The wanted number of points is enough."""
    assert bound(Points, points={"page": 5}, at_least=10).judge(seen(did(DAY, DAY))).outcome is MET
    assert bound(Points, points={"page": 5}, at_least=11).judge(seen(did(DAY, DAY))).outcome is UNMET


def test_an_activity_halves_at_exactly_its_half_life() -> None:
    """One instant before, all points; at the half-life half of them; at the second a quarter."""
    criterion = bound(Points, points={"page": 8}, half_life="10 days")

    assert criterion.judge(seen(did(10 * DAY - INSTANT))).amount == 8
    assert criterion.judge(seen(did(10 * DAY))).amount == 4
    assert criterion.judge(seen(did(20 * DAY - INSTANT))).amount == 4
    assert criterion.judge(seen(did(20 * DAY))).amount == 2


def test_the_sum_is_rounded_once() -> None:
    """Two halves of a point are a point; rounded one by one they would be none."""
    assert bound(Points, points={"page": 1}, half_life="1 day").judge(seen(did(DAY, DAY))).amount == 1


def test_negative_points_stay_possible_where_nothing_decays() -> None:
    """Without a half-life a kind may cost points; with one it is refused, with the way out."""
    assert bound(Points, points={"page": 5, "spam": -3}).judge(seen(did(DAY).activity("spam", at=AT))).amount == 2
    with pytest.raises(ValueError, match="let a score subtract"):
        bound(Points, points={"page": 5, "spam": -3}, half_life="1 day")


def test_a_later_cycle_starts_afresh_unless_ever() -> None:
    """Points of an earlier cycle count only with `ever`, with and without a half-life."""
    journey = Journey(stage="mql", since=AT - DAY, cycle=2, cycle_start=AT - DAY)
    known = seen(did(DAY, DAY - INSTANT), journey=journey)

    assert bound(Points, points={"page": 4}).judge(known).amount == 4
    assert bound(Points, points={"page": 4}, ever=True).judge(known).amount == 8
    assert bound(Points, points={"page": 4}, half_life="30 days").judge(known).amount == 4
    assert bound(Points, points={"page": 4}, half_life="30 days", ever=True).judge(known).amount == 8


def test_what_has_no_date_is_worth_nothing_any_more() -> None:
    """An undated activity is older than any half-life, and costs no endless arithmetic."""
    verdict = bound(Points, points={"page": 1000}, half_life="1 second").judge(seen(Lead("1").activity("page")))

    assert (verdict.amount, verdict.holds_until) == (0, None)


def test_the_ends_of_the_calendar_are_no_trouble() -> None:
    """A half-life that reaches beyond the calendar on both sides leaves the points as they are."""
    early, late = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    criterion = bound(Points, points={"page": 7}, half_life="1000000 days")

    assert criterion.judge(seen(Lead("1").activity("page", at=early), at=early)).amount == 7
    verdict = criterion.judge(seen(Lead("1").activity("page", at=late), at=late))
    assert (verdict.amount, verdict.holds_until) == (7, None)


@pytest.mark.parametrize(("every", "steps"), [("irregular", 40), ("regular", 1001)])
def test_a_long_past_is_not_walked(monkeypatch: pytest.MonkeyPatch, every: str, steps: int) -> None:
    """Judging takes a few steps, and never more than one for each half-life, however many activities there are."""
    hours = [hour for hour in range(1000 * 24) if every == "regular" or hour % 7 or hour % 11 > 3]
    known = seen(did(*(timedelta(hours=hour) for hour in reversed(hours))))
    asked: list[datetime] = []
    plain = Activities.since

    def since(done: Activities, at: datetime) -> Activities:
        asked.append(at)
        return plain(done, at)

    monkeypatch.setattr(Activities, "since", since)

    verdict = bound(Points, points={"page": 3}, half_life="1 day").judge(known)

    assert verdict.amount == by_hand([("page", hour) for hour in hours], {"page": 3}, DAY)
    assert 0 < len(asked) <= steps


@given(WORTH, DONE, HALF_LIVES)
def test_the_sum_is_exactly_the_sum_of_fractions(
    worth: dict[str, int], done: list[tuple[str, int]], half_life: timedelta
) -> None:
    """After k full half-lives an activity counts points / 2^k, exactly."""
    verdict = bound(Points, points=worth, half_life=half_life).judge(seen(lead_that(done)))

    assert verdict.amount == by_hand(done, worth, half_life)


@given(WORTH, DONE, HALF_LIVES)
def test_the_sum_stays_until_it_says(worth: dict[str, int], done: list[tuple[str, int]], half_life: timedelta) -> None:
    """Nothing changes before `holds_until`; without one nothing ever changes by waiting."""
    criterion, lead = bound(Points, points=worth, half_life=half_life), lead_that(done)
    verdict = criterion.judge(seen(lead))
    last = AT + 400 * DAY if verdict.holds_until is None else verdict.holds_until - INSTANT

    assert last >= AT
    assert criterion.judge(seen(lead, at=last)).amount == verdict.amount == by_hand(done, worth, half_life, last)


@given(WORTH, DONE, HALF_LIVES, st.integers(0, 1000))
def test_waiting_never_earns_points(
    worth: dict[str, int], done: list[tuple[str, int]], half_life: timedelta, hours: int
) -> None:
    """Without a new activity the sum only falls."""
    criterion, lead = bound(Points, points=worth, half_life=half_life), lead_that(done)
    later = criterion.judge(seen(lead, at=AT + timedelta(hours=hours)))

    assert (later.amount or 0) <= (criterion.judge(seen(lead)).amount or 0)
