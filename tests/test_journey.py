"""Tests the fold of moves into a journey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lifecycle.journey import Journey

START = datetime(2026, 1, 5, tzinfo=UTC)

# How much later than the last move, into which stage, and whether a cycle starts.
moves = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=8)


def folded(steps: list[tuple[int, str, bool]]) -> list[Journey]:
    """Return the journeys after each of these moves, the one before them first."""
    journeys, at = [Journey()], START
    for hours, target, fresh in steps:
        at += timedelta(hours=hours)
        cycle = journeys[-1].cycle + fresh
        journeys.append(journeys[-1].moved(trigger=f"to_{target}", target=target, at=at, cycle=cycle))
    return journeys


def test_before_the_entry_nothing_is_there() -> None:
    """A lead that has not entered stands in no stage, in cycle 1, which has no start."""
    new = Journey()

    assert (None, None, None, 1, None, 0) == (
        new.stage,
        new.since,
        new.trigger,
        new.cycle,
        new.cycle_start,
        new.sequence,
    )
    assert frozenset() == new.passed


@given(moves)
def test_stage_trigger_and_instant_are_those_of_the_last_move(steps: list[tuple[int, str, bool]]) -> None:
    """A journey is where the last record led."""
    last = folded(steps)[-1]

    assert (steps[-1][1], f"to_{steps[-1][1]}") == (last.stage, last.trigger)
    assert START + timedelta(hours=sum(hours for hours, _, _ in steps)) == last.since


@given(moves)
def test_sequence_counts_the_moves(steps: list[tuple[int, str, bool]]) -> None:
    """The numbers have no gap."""
    assert list(range(len(steps) + 1)) == [journey.sequence for journey in folded(steps)]


@given(moves)
def test_cycle_starts_at_the_move_that_raised_its_number(steps: list[tuple[int, str, bool]]) -> None:
    """The start of a later cycle is the instant of the move with `new_cycle`; cycle 1 has none."""
    journeys = folded(steps)
    starts = [journey.since for journey, (_, _, fresh) in zip(journeys[1:], steps, strict=True) if fresh]

    assert 1 + len(starts) == journeys[-1].cycle
    assert (starts[-1] if starts else None) == journeys[-1].cycle_start


@given(moves)
def test_passed_are_the_stages_left_or_entered_in_the_last_instant(steps: list[tuple[int, str, bool]]) -> None:
    """The stages of all moves of that instant are passed, and none of an earlier instant."""
    journeys = folded(steps)
    last = journeys[-1]
    moved = [(before, after) for before, after in pairwise(journeys) if after.since == last.since]
    expected = {stage for before, after in moved for stage in (before.stage, after.stage)} - {None}

    assert expected == last.passed
