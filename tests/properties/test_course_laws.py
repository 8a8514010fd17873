"""Laws of the one loop in time: what moves a lead, when, and what does not."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.course import Course, Step
from lifecycle.criteria import Verdict, criterion
from lifecycle.decision import Kind, Result
from lifecycle.definition import Definition, NamedCriterion, Transition
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from lifecycle.record import record_of, refusal_of
from lifecycle.replay import lead_of, live_through
from lifecycle.signals import Signal, SignalType
from lifecycle.testing.strategies import GRID, START, instants
from tests.properties.cases import Case, cases, few, signal
from tests.properties.plain import Told, plain_course, told_of


def walked(case: Case) -> list[tuple[str, Lead, list[Step]]]:
    """Walk through a case, and give every step of each lead."""
    course, found = Course(case.definition), list[tuple[str, Lead, list[Step]]]()
    for name, told in case.by_lead.items():
        lead, requests = lead_of(name, told, until=case.until)
        found.append((name, lead, list(course.advance(lead, Journey(), case.until, requests=requests))))
    return found


def told(case: Case) -> list[Told]:
    """Walk through a case, and give what becomes a record or a refusal."""
    decisions = [(name, step.decision) for name, _, steps in walked(case) for step in steps]
    return [
        told_of((record_of if decision.granted else refusal_of)(case.definition, decision, name))
        for name, decision in decisions
    ]


_early = instants().map(lambda at: at - 2 * GRID)
"""Instants of which some lie before everything that generated logs tell."""


class TestTheWholeCourse:
    """The engine, which skips and remembers, against a plain reading of the design, which does neither."""

    @given(cases())
    def test_the_engine_does_what_the_design_says(self, case: Case) -> None:
        """Law: in one instant all facts, then automatic transitions to the end, then each request with its cascade."""
        expected: list[Told] = []
        for name, signals in case.by_lead.items():
            lead, requests = lead_of(name, signals, until=case.until)
            expected += plain_course(case.definition, lead, requests, case.until)
        assert expected == told(case)


def hasty(named: NamedCriterion) -> NamedCriterion:
    """Give the same criterion, which asks to be looked at again with every step of the grid."""

    @criterion("hasty", version="1", also_reads=named.reads)
    class Hasty:
        """Says what another criterion says, for a shorter time."""

        def judge(self, known: Snapshot) -> Verdict:
            """Hurry."""
            verdict, soon = named.criterion.judge(known), known.at + GRID
            until = verdict.holds_until
            return attrs.evolve(verdict, holds_until=soon if until is None else min(soon, until))

    return attrs.evolve(named, criterion=Hasty())


class TestTooEarly:
    """A verdict may say that it holds for a shorter time than it does."""

    @few
    @given(cases())
    def test_looking_again_too_early_changes_nothing(self, case: Case) -> None:
        """Law: `holds_until` may come too early: the same moves and refusals at the same instants, but after LOOPED."""
        definition = case.definition
        hurried = attrs.evolve(
            definition,
            criteria={name: hasty(one) for name, one in definition.criteria.items()},
            undesirables={name: hasty(one) for name, one in definition.undesirables.items()},
        )
        expected = told(case)
        assume(not any(one.result is Result.LOOPED for one in expected))  # what LOOPED moves when it is looked at again
        assert expected == told(attrs.evolve(case, definition=hurried))


class TestMoves:
    """What a move is."""

    @few
    @given(cases())
    def test_only_defined_transitions_move(self, case: Case) -> None:
        """Law: no stage is reached except by a defined transition."""
        for one in told(case):
            ways = [
                way for way in case.definition.transitions if way.trigger == one.trigger and _leaves(way, one.source)
            ]
            if one.result is Result.GRANTED:
                assert [one.target] == [way.target for way in ways]
                assert one.by[0] is not Kind.AUTOMATIC or ways[0].automatic
            elif one.result is Result.UNDEFINED:
                assert [] == ways

    @few
    @given(cases())
    def test_time_never_runs_backwards(self, case: Case) -> None:
        """Law: time never runs backwards within a lead; and nothing is decided after the last instant."""
        for _, _, steps in walked(case):
            decided = [step.decision.at for step in steps]
            assert sorted(decided) == decided
            assert all(at <= case.until for at in decided)

    @few
    @given(cases())
    def test_a_decision_that_is_not_granted_leaves_the_journey_identical(self, case: Case) -> None:
        """Law: a decision that is not granted leaves journey and history identical."""
        for _, _, steps in walked(case):
            before = Journey()
            for step in steps:
                assert before == step.decision.journey
                assert step.decision.granted or before == step.journey
                before = step.journey

    @few
    @given(cases())
    def test_every_cascade_ends_even_where_everything_is_automatic(self, case: Case) -> None:
        """Law: every cascade ends: in one instant no move by itself enters a stage left or entered at that instant."""
        ways = tuple(attrs.evolve(way, automatic=True) for way in case.definition.transitions)
        looping = attrs.evolve(case, definition=attrs.evolve(case.definition, transitions=ways))
        for _, _, steps in walked(looping):
            here: dict[datetime, set[str | None]] = {}
            for step in steps:
                decision = step.decision
                if decision.granted:
                    passed = here.setdefault(decision.at, set())
                    assert decision.kind is not Kind.AUTOMATIC or decision.target not in passed
                    passed |= {decision.source, decision.target}


def _leaves(way: Transition, stage: str | None) -> bool:
    return stage in way.sources if way.sources else stage is None


class TestWhatNeverMoves:
    """What is told to the engine and must not matter to it."""

    @few
    @given(cases(), st.lists(instants(), min_size=1, max_size=3))
    def test_an_unread_fact_never_moves_a_lead(self, case: Case, at: list[datetime]) -> None:
        """Law: an unread fact never moves a lead, not even after LOOPED."""
        assume(not any(_reads_everything(case.definition, way) for way in case.definition.transitions if way.automatic))
        told_facts = [one.at for one in case.signals if one.type is not SignalType.REQUEST]
        dated = [one for one in told_facts if one is not None]
        assume(dated or not told_facts)  # else the unread fact is the first dated one, for which the undated ones wait
        first = min(dated, default=START)
        unread = [signal(max(one, first), SignalType.PROFILE, shoe_size=44) for one in at]
        assert told(case) == told(attrs.evolve(case, signals=[*case.signals, *unread]))

    @few
    @given(cases(), st.lists(st.tuples(_early, st.sampled_from(["unheard_of", "forward"])), min_size=1, max_size=3))
    def test_a_refused_request_never_moves_a_lead(self, case: Case, asked: list[tuple[datetime, str]]) -> None:
        """Law: a refused request never moves a lead, not even after LOOPED; nor does it keep it from moving."""
        refused = [signal(at, SignalType.REQUEST, trigger, actor="outsider:1", override=True) for at, trigger in asked]
        with_them = told(attrs.evolve(case, signals=[*case.signals, *refused]))
        assert told(case) == [one for one in with_them if one.by[1] != "outsider:1"]
        assert sum(at <= case.until for at, _ in asked) == len(with_them) - len(told(case))

    @few
    @given(cases())
    def test_requests_that_were_refused_may_be_left_out(self, case: Case) -> None:
        """Law: a refused request never moves a lead: the history is the same without it."""
        for name, signals in case.by_lead.items():
            history = live_through(Course(case.definition), name, signals, until=case.until)
            refused = Counter(
                (one.at, one.trigger, one.actor) for one in history.refusals if one.kind is not Kind.AUTOMATIC
            )
            granted = Counter((one.at, one.trigger, one.actor) for one in history.records)
            kept = [one for one in signals if not _was_refused(one, refused, granted)]
            assert history.records == live_through(Course(case.definition), name, kept, until=case.until).records

    @few
    @given(cases(), instants())
    def test_a_later_fact_never_changes_a_decision(self, case: Case, at: datetime) -> None:
        """Law: adding a fact after instant t never changes a decision at t."""
        known = [signal for signal in case.signals if signal.at is None or signal.at <= at]
        until_then = [one for one in told(case) if one.at <= at]
        assert until_then == told(attrs.evolve(case, signals=known, until=min(at, case.until)))
        assert until_then == [one for one in told(attrs.evolve(case, signals=known)) if one.at <= at]


def _was_refused(
    signal: Signal, refused: Counter[tuple[datetime, str, str]], granted: Counter[tuple[datetime, str, str]]
) -> bool:
    if signal.type is not SignalType.REQUEST or signal.at is None:
        return False
    asked = (signal.at, signal.name or "", signal.data["actor"])
    return refused[asked] > 0 and granted[asked] == 0


def _reads_everything(definition: Definition, way: Transition) -> bool:
    return not definition.criteria_of(way)


class TestRefusals:
    """What is kept of what was not granted."""

    @few
    @given(cases())
    def test_every_request_that_is_not_granted_leaves_a_refusal(self, case: Case) -> None:
        """Law: every request not granted leaves a refusal, an automatic attempt that stays closed leaves nothing."""
        asked = [one for one in case.signals if one.type is SignalType.REQUEST]
        answered = [one for one in told(case) if one.by[0] is not Kind.AUTOMATIC]
        assert Counter((one.at, one.name) for one in asked) == Counter((one.at, one.trigger) for one in answered)
        kept = {one.result for one in told(case) if one.by[0] is Kind.AUTOMATIC}
        assert kept <= {Result.GRANTED, Result.LOOPED, Result.FAILED}

    @few
    @given(cases())
    def test_an_automatic_attempt_is_told_once_between_two_moves(self, case: Case) -> None:
        """Law: the same refusal is stored once: what LOOPED or FAILED is not told again before the next move."""
        for name, _, steps in walked(case):
            decisions = [step.decision for step in steps if not step.decision.granted]
            keys = [
                refusal_of(case.definition, decision, name).key
                for decision in decisions
                if decision.kind is Kind.AUTOMATIC
            ]
            assert len(set(keys)) == len(keys)
