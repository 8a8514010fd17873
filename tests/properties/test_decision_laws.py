"""Laws of one decision: what grants, what stands in the way, and what a criterion that breaks can do."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.conditions import Comparison, atoms_of
from lifecycle.course import Course
from lifecycle.criteria import Criterion, Outcome
from lifecycle.decision import Decision, Kind, Result, decide, explain
from lifecycle.definition import Definition, NamedCriterion, Transition
from lifecycle.lead import Snapshot
from lifecycle.replay import live_through
from lifecycle.request import Request
from lifecycle.testing.strategies import requests
from lifecycle.testing.unruly import Fixed
from tests.properties.cases import Case, cases, few
from tests.properties.plain import Judged, blockers, holds, truths


@attrs.frozen
class Asked:
    """A definition, a lead as its log left it, and a way out of its stage with somebody who may ask for it."""

    definition: Definition
    known: Snapshot
    way: Transition

    def decide(self, answers: Mapping[str, Criterion] | None = None, *, override: bool = False) -> Decision:
        """Ask for the way; with answers, as if these criteria stood in the definition."""
        roles = self.way.override_by if override else self.way.by or ("anybody",)
        reason = self.way.reasons[0] if self.way.reasons else None
        request = Request(trigger=self.way.trigger, actor=f"{roles[0]}:1", reason=reason, override=override)
        return decide(answering(self.definition, answers or {}), self.known, request)


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """Give leads as logs left them, each with a way out of its stage."""
    case = draw(cases())
    known = _known(case)
    ways = case.definition.leaving(known.journey.stage)
    assume(ways)
    return Asked(case.definition, known, draw(st.sampled_from(ways)))


def _known(case: Case) -> Snapshot:
    history = live_through(Course(case.definition), "lead 0", case.signals, until=case.until)
    return Snapshot(history.lead, case.until, history.journey)


def _fixed(answer: bool | None, amount: int = 1) -> Criterion:
    return Fixed(outcome={True: "met", False: "unmet", None: "failed"}[answer], amount=amount)


def answering(definition: Definition, answers: Mapping[str, Criterion]) -> Definition:
    """Put criteria in the place of others."""

    def changed(table: Mapping[str, NamedCriterion]) -> dict[str, NamedCriterion]:
        return {name: attrs.evolve(one, criterion=answers.get(name, one.criterion)) for name, one in table.items()}

    return attrs.evolve(
        definition, criteria=changed(definition.criteria), undesirables=changed(definition.undesirables)
    )


class TestBlockers:
    """What stands in the way is what would have to change, and nothing else."""

    @few
    @given(asked())
    def test_the_changes_are_all_the_smallest_ones(self, asked: Asked) -> None:
        """Law: changing exactly the blockers' truth grants, and no smaller change does; found by trying all."""
        decision = asked.decide()
        condition = asked.definition.condition(asked.way)
        truth = truths(asked.definition, decision.atoms)
        assert decision.granted is (holds(condition, truth) is True)
        if not decision.granted:
            assert set(blockers(condition, truth)) == set(decision.changes)
            assert sorted(map(len, decision.changes)) == list(map(len, decision.changes))

    @few
    @given(asked())
    def test_criteria_that_answer_as_wanted_grant_and_fewer_do_not(self, asked: Asked) -> None:
        """Law: changing exactly the blockers' truth grants, and no smaller change does; shown by other criteria."""
        atoms = atoms_of(asked.definition.condition(asked.way)).values()
        assume(not any(isinstance(atom, Comparison) for atom in atoms))  # a score changes with the criteria behind it
        decision = asked.decide()
        for change in decision.changes:
            answers = {name: _fixed(wanted) for name, wanted in change}
            assert asked.decide(answers).granted
            for fewer in combinations(answers, len(answers) - 1):
                assert not asked.decide({name: answers[name] for name in fewer}).granted

    @few
    @given(asked())
    def test_an_override_waives_exactly_what_does_not_hold(self, asked: Asked) -> None:
        """Law: an override waives exactly the atoms that do not hold: those of the smallest changes to grant."""
        assume(asked.way.override_by)
        refused, decision = asked.decide(), asked.decide(override=True)
        assert (bool(refused.changes) or refused.granted) is decision.granted
        assert refused.blockers == (decision.waived if decision.granted else decision.blockers)
        assert refused.atoms == decision.atoms
        assert Kind.OVERRIDE is decision.kind


class TestResults:
    """Which of the six results it is."""

    @few
    @given(cases().flatmap(lambda case: st.tuples(st.just(case), requests(case.definition))))
    def test_the_result_is_the_one_that_the_definition_says(self, pair: tuple[Case, Request]) -> None:
        """Law: no transition is UNDEFINED, no role or reason FORBIDDEN, a broken blocker FAILED, and else REFUSED."""
        case, request = pair
        known = _known(case)
        decision = decide(case.definition, known, request)
        ways = [way for way in case.definition.leaving(known.journey.stage) if way.trigger == request.trigger]
        assert (Result.UNDEFINED is decision.result) is (not ways)
        if decision.result in {Result.UNDEFINED, Result.FORBIDDEN}:
            assert not decision.verdicts
            return
        (way,) = ways
        judged = Judged.of(case.definition, way, known)
        assert way.override_by if request.override else way.by is None or request.role in way.by
        assert (request.reason or way.reason) in {*way.reasons, way.reason}
        assert judged.atoms == decision.atoms
        assert Result.LOOPED is not decision.result
        assert (judged.truth is True or (request.override and bool(judged.blocked))) is decision.granted
        assert (not decision.granted and judged.is_broken) is (Result.FAILED is decision.result)

    @few
    @given(asked())
    def test_the_same_input_gives_the_same_decision(self, asked: Asked) -> None:
        """Law: `decide` is pure: asked again, it says the same in every part, and so does `explain`."""
        assert asked.decide() == asked.decide()
        assert explain(asked.definition, asked.known) == explain(asked.definition, asked.known)

    @few
    @given(asked())
    def test_an_explanation_says_what_a_decision_would(self, asked: Asked) -> None:
        """Law: `explain` gives for each way out of the stage, in file order, the decision and its smallest changes."""
        explanation = explain(asked.definition, asked.known)
        assert asked.definition.leaving(asked.known.journey.stage) == tuple(one.transition for one in explanation.ways)
        (way,) = (one for one in explanation.ways if one.transition == asked.way)
        decision = asked.decide()
        changes = [{(missing.atom, missing.wanted) for missing in change} for change in way.changes]
        assert decision.atoms == way.decision.atoms
        assert list(map(set, decision.changes)) == changes
        assert way.open is decision.granted or way.decision.result is Result.LOOPED


class TestBrokenCriteria:
    """What breaks counts as unknown and opens nothing."""

    @few
    @given(asked(), st.data())
    def test_a_crashing_criterion_never_grants(self, asked: Asked, data: st.DataObject) -> None:
        """Law: a crashing criterion never grants: what is granted while some crash is granted whatever they say."""
        names = sorted(asked.definition.criteria_of(asked.way))
        broken = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True)) if names else []
        crashed = asked.decide({name: _fixed(None) for name in broken})
        assert all(crashed.verdicts[name].outcome is Outcome.FAILED for name in broken)
        if crashed.granted:
            for answer in (True, False):
                for amount in (0, 1, 9):
                    assert asked.decide({name: _fixed(answer, amount) for name in broken}).granted

    @few
    @given(asked())
    def test_a_crash_keeps_no_other_criterion_from_being_judged(self, asked: Asked) -> None:
        """Law: a crashing criterion never stops the others: every verdict but its own stays the same."""
        sound = asked.decide()
        for name in asked.definition.criteria_of(asked.way):
            crashed = asked.decide({name: _fixed(None)})
            others = {other: verdict for other, verdict in sound.verdicts.items() if other != name}
            assert others == {other: verdict for other, verdict in crashed.verdicts.items() if other != name}

    @few
    @given(asked())
    def test_deciding_is_total_even_where_everything_crashes(self, asked: Asked) -> None:
        """Law: `decide` never raises; with every criterion crashing, what is granted needs none of them."""
        names = asked.definition.named
        decision = asked.decide({name: _fixed(None) for name in names})
        condition = asked.definition.condition(asked.way)
        needs_nothing = holds(condition, truths(asked.definition, decision.atoms)) is True
        assert decision.granted is needs_nothing
        assert {Outcome.FAILED} >= {verdict.outcome for verdict in decision.verdicts.values()}
