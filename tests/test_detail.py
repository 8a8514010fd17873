"""The detail of a decision, as it is written and read back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.criteria import Verdict
from lifecycle.decision import Decision, Kind, Request, Result, decide
from lifecycle.detail import detail_of, read_detail
from lifecycle.journey import Journey
from lifecycle.judgement import Contribution, Interval
from tests.made import arrow, day, made

FIELDS = ("changes", "forbidden", "note", "reason", "scores", "target", "verdicts")
whole = st.integers()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
verdicts = st.builds(
    Verdict,
    outcome=st.sampled_from(Outcome),
    message=st.text(max_size=9),
    evidence=st.dictionaries(st.text(max_size=5), json_values, max_size=2),
    amount=st.none() | whole,
    holds_until=st.none() | st.datetimes(timezones=st.just(day(0).tzinfo)),
)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """Give a decision with verdicts, and a score over some of them."""
    found = draw(st.dictionaries(st.sampled_from(["a", "b", "c"]), verdicts, min_size=1))
    counted = draw(st.lists(st.sampled_from(sorted(found)), min_size=1, unique=True))
    until = [found[name].holds_until for name in counted]
    interval = Interval(
        score="interest",
        low=draw(whole),
        high=draw(whole),
        raw_low=draw(whole),
        raw_high=draw(whole),
        breakdown=tuple(
            Contribution(criterion=name, outcome=found[name].outcome, low=draw(whole), high=draw(whole))
            for name in counted
        ),
        holds_until=min((instant for instant in until if instant is not None), default=None),
    )
    literals = st.frozensets(st.tuples(st.sampled_from(["a", "b", "interest >= 5"]), st.booleans()), max_size=2)
    return Decision(
        result=Result.REFUSED,
        kind=Kind.REQUESTED,
        trigger="accept",
        at=day(1),
        actor="sales:17",
        journey=Journey(),
        target=draw(st.none() | st.text(max_size=3)),
        reason=draw(st.none() | st.text(max_size=3)),
        note=draw(st.none() | st.text(max_size=9)),
        verdicts=found,
        scores={"interest": interval},
        changes=tuple(draw(st.lists(literals, max_size=2))),
        forbidden=tuple(draw(st.lists(st.text(max_size=9), max_size=2))),
    )


@given(decision=decisions())
def test_a_detail_is_read_back_as_it_was_written(decision: Decision) -> None:
    """Law: what is read back from a stored detail are the fields of the decision it was made of."""
    stored = json.loads(json.dumps(detail_of(decision)))

    assert {field: getattr(decision, field) for field in FIELDS} == read_detail(stored)


@given(decision=decisions())
def test_a_detail_is_plain(decision: Decision) -> None:
    """Law: what reaches a reader before it was stored is what reaches the reader afterwards."""
    detail = detail_of(decision)

    assert json.loads(json.dumps(detail)) == detail


class Unspeakable:
    """A stranger's object, whose text cannot be had."""

    def __str__(self) -> str:
        raise ZeroDivisionError


def test_evidence_that_cannot_be_written_spoils_nothing_else() -> None:
    """The verdict stands; what it saw is lost, and that is said."""
    verdict = Verdict(outcome=Outcome.MET, message="seen", evidence={"what": Unspeakable()})
    decision = Decision(
        result=Result.REFUSED,
        kind=Kind.REQUESTED,
        trigger="accept",
        at=day(1),
        actor="sales:17",
        journey=Journey(),
        verdicts={"odd": verdict},
    )
    found = read_detail(json.loads(json.dumps(detail_of(decision))))["verdicts"]["odd"]

    assert (Outcome.MET, "seen", {"unreadable": "ZeroDivisionError"}) == (found.outcome, found.message, found.evidence)


@pytest.mark.parametrize("kinds", [["demo"], ["visit", "visit"], []])
def test_a_real_decision_is_read_back(kinds: list[str]) -> None:
    """With evidence, amounts and instants as the first-party criteria give them."""
    definition = made(
        *(arrow("qualify", "iql", "mql"), arrow("accept", "mql", "sal", "interest >= 50 and fits and waited")),
        more="[scores]\ninterest = { points = { visits = { each = 9, up_to = 30 }, demo = 30, fits = 10 } }\n",
    )
    lead = Lead("1")
    for kind in kinds:
        lead.activity(kind, at=day(1))
    journey = Journey(stage="mql", since=day(0), sequence=2)
    decision = decide(definition, Snapshot(lead, day(1), journey), Request(trigger="accept", actor="a:1"))
    found = read_detail(json.loads(json.dumps(detail_of(decision))))

    assert decision.scores == found["scores"]
    assert decision.changes == found["changes"]
    assert {
        name: (one.outcome, one.message, one.amount, one.holds_until) for name, one in decision.verdicts.items()
    } == {name: (one.outcome, one.message, one.amount, one.holds_until) for name, one in found["verdicts"].items()}
