"""What sales has learned: yes, no and not asked yet are three answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_sales import Confirmed, Known

from lifecycle import Journey, Lead
from tests.plugins.facts import AT, DAY, INSTANT, MET, UNKNOWN, UNMET, bound, seen

ANSWERS = st.one_of(st.booleans(), st.integers(), st.text(min_size=1).filter(lambda text: bool(text.strip())))


def told(value: Any, name: str = "budget") -> Lead:
    """Return a lead with one answer."""
    return Lead("1").answer({name: value}, at=AT)


@pytest.mark.parametrize("value", [True, "yes", "Yes", " Y ", "true"])
def test_yes_is_confirmed(value: Any) -> None:
    """True and the usual texts for it are a yes."""
    assert bound(Confirmed, answer="budget").judge(seen(told(value))).outcome is MET


@pytest.mark.parametrize("value", [False, "no", "NO", " n ", "FALSE"])
def test_no_is_unmet(value: Any) -> None:
    """False and the usual texts for it are a no, which is knowledge."""
    assert bound(Confirmed, answer="budget").judge(seen(told(value))).outcome is UNMET


@pytest.mark.parametrize("value", ["maybe", "", 1, 0, 3.5])
def test_anything_else_is_neither(value: Any) -> None:
    """What says neither yes nor no stays unknown, numbers included."""
    assert bound(Confirmed, answer="budget").judge(seen(told(value))).outcome is UNKNOWN


def test_nothing_said_is_unknown_to_both() -> None:
    """A question that nobody asked is neither met nor unmet."""
    assert bound(Confirmed, answer="budget").judge(seen()).outcome is UNKNOWN
    assert bound(Known, answer="budget").judge(seen()).outcome is UNKNOWN


def test_no_is_a_known_answer() -> None:
    """To know that there is no budget is to know the budget."""
    verdict = bound(Known, answer="budget").judge(seen(told(value=False)))

    assert (verdict.outcome, verdict.evidence) == (MET, {"answer": False})


def test_answers_of_an_earlier_cycle_count_only_with_ever() -> None:
    """An answer given at the very start of the cycle belongs to the one before; a moment later it counts."""
    later = Journey(stage="mql", since=AT, cycle=2, cycle_start=AT)
    old = seen(told(value=True), at=AT + DAY, journey=later)
    fresh = seen(Lead("1").answer(budget=True, at=AT + INSTANT), at=AT + DAY, journey=later)

    for criterion in (Known, Confirmed):
        assert bound(criterion, answer="budget").judge(old).outcome is UNKNOWN
        assert bound(criterion, answer="budget", ever=True).judge(old).outcome is MET
        assert bound(criterion, answer="budget").judge(fresh).outcome is MET


@given(ANSWERS)
def test_whatever_is_confirmed_or_denied_is_known(value: Any) -> None:
    """The two criteria never contradict each other: an answer read as yes or no is a known answer."""
    known = seen(told(value))

    assert bound(Known, answer="budget").judge(known).outcome is MET
    assert bound(Confirmed, answer="budget").judge(known).outcome in {MET, UNMET, UNKNOWN}


@given(ANSWERS)
def test_answers_of_other_questions_say_nothing(value: Any) -> None:
    """Only the named answer counts."""
    assert bound(Known, answer="budget").judge(seen(told(value, "size"))).outcome is UNKNOWN
