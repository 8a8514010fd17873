"""Deciding on one transition."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.decision import Decision, Kind, Result, attempt
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from tests.asking import IN_IQL, IN_MQL, QUALIFY, accepting, ask, happened
from tests.made import arrow, day, made


class TestResults:
    """Every request has one of the six results."""

    def test_granted(self) -> None:
        """An open condition grants, and the decision carries what it rests on."""
        decision = ask(accepting("demo and not fits"), happened("demo").profile(industry="mining"))

        assert Result.GRANTED is decision.result
        assert decision.granted
        assert (Kind.REQUESTED, "mql", "sal", "sales:17") == (
            *(decision.kind, decision.source, decision.target),
            decision.actor,
        )
        assert {"demo": Outcome.MET, "fits": Outcome.UNMET} == decision.atoms
        assert {"demo", "fits"} == decision.verdicts.keys()
        assert () == decision.blockers
        assert "accept in mql: granted" == str(decision)

    def test_refused_judges_everything(self) -> None:
        """Every criterion of the transition is judged, so that every reason is there."""
        decision = ask(accepting("came and demo and fits"), happened())

        assert Result.REFUSED is decision.result
        assert {"came": Outcome.UNMET, "demo": Outcome.UNMET, "fits": Outcome.UNKNOWN} == decision.atoms
        assert ("came", "demo", "fits") == decision.blockers
        assert (frozenset({("came", True), ("demo", True), ("fits", True)}),) == decision.changes

    def test_blockers_are_what_the_smallest_changes_touch(self) -> None:
        """What holds already, or would not help, is no blocker."""
        decision = ask(accepting("came and (demo or fits) and not quiet"), happened("came"))

        assert ("demo", "fits") == decision.blockers
        assert (frozenset({("demo", True)}), frozenset({("fits", True)})) == decision.changes

    def test_failed_when_what_broke_stands_in_the_way(self) -> None:
        """A criterion that breaks never grants, and the result says that it was not the lead's fault."""
        decision = ask(accepting("came and tough"), happened("came", "crash"))

        assert Result.FAILED is decision.result
        assert Outcome.FAILED is decision.atoms["tough"]
        assert ("tough",) == decision.blockers
        assert "made.broken broke: RuntimeError: broken on purpose" == decision.verdicts["tough"].message

    def test_what_broke_elsewhere_does_not_make_it_failed(self) -> None:
        """A broken criterion that could not have granted anyway is no blocker."""
        decision = ask(accepting("demo or (demo and tough)"), happened("crash"))

        assert Result.REFUSED is decision.result
        assert ("demo",) == decision.blockers

    def test_a_broken_score_stands_in_the_way_too(self) -> None:
        """A comparison that only a failure keeps open is a failed blocker."""
        definition = made(
            *(QUALIFY, arrow("accept", "mql", "sal", "interest >= 50")),
            more="[scores]\ninterest = { points = { demo = 35, tough = 25 } }\n",
        )
        decision = ask(definition, happened("demo", "crash"))

        assert Result.FAILED is decision.result
        assert {"interest >= 50": Outcome.FAILED} == decision.atoms
        assert {"demo", "tough"} == decision.verdicts.keys()
        assert {"interest >= 50": "interest is 35, up to 60 once known: tough"} == decision.messages

    def test_undefined_judges_nothing(self) -> None:
        """What the definition does not have is not a matter of criteria."""
        definition = accepting("tough")

        for decision in (ask(definition, happened("crash"), IN_IQL), ask(definition, Lead("1"), trigger="nonsense")):
            assert Result.UNDEFINED is decision.result
            assert ({}, {}, (), None) == (
                *(decision.verdicts, decision.atoms),
                *(decision.changes, decision.target),
            )
        assert "accept in outside the lifecycle: undefined; the definition has no such transition there" == str(
            ask(definition, Lead("1"), Journey())
        )

    @pytest.mark.parametrize(("override", "expected"), [(False, Kind.REQUESTED), (True, Kind.OVERRIDE)])
    def test_what_is_not_judged_was_asked_for_all_the_same(self, *, override: bool, expected: Kind) -> None:
        """As a request or as an override, with its reason and note; so its refusal says who tried what."""
        definition = accepting("demo", by=["boss"])

        for trigger in ("accept", "nonsense"):
            decision = ask(definition, Lead("1"), trigger=trigger, override=override, reason="mood", note="please")
            assert (expected, "sales:17", "mood", "please") == (
                *(decision.kind, decision.actor),
                *(decision.reason, decision.note),
            )

    def test_an_undefined_transition_cannot_be_overridden(self) -> None:
        """Who may override may waive conditions, not invent arrows."""
        definition = accepting("demo", override_by=["boss"])

        assert Result.UNDEFINED is ask(definition, Lead("1"), IN_IQL, actor="boss:1", override=True).result

    @pytest.mark.parametrize(
        ("request_", "words"),
        [
            ({"actor": "marketing:1"}, "the role marketing may not ask; those that may: sales"),
            ({"override": True}, "the role sales may not override; those that may: boss"),
            ({}, "a reason code is needed: warm, hot"),
            ({"reason": "cold"}, "this is not a reason code of this transition; it knows warm, hot"),
            (
                {"reason": "hott"},
                "this is not a reason code of this transition, did you mean 'hot'?; it knows warm, hot",
            ),
        ],
    )
    def test_forbidden_judges_nothing_and_says_why(self, request_: dict[str, Any], words: str) -> None:
        """The wrong role, a missing or an unknown reason, and an override by somebody else are forbidden."""
        definition = accepting("tough", by=["sales"], override_by=["boss"], reasons=["warm", "hot"])
        given: dict[str, Any] = {**({"reason": "hot"} if "actor" in request_ else {}), **request_}
        decision = ask(definition, happened("crash"), **given)

        assert Result.FORBIDDEN is decision.result
        assert words in decision.forbidden
        assert ({}, {}, (), "sal") == (*(decision.verdicts, decision.atoms), *(decision.changes, decision.target))

    def test_without_override_by_nobody_may_override(self) -> None:
        """Absent means nobody, and the message says so."""
        decision = ask(accepting("demo"), Lead("1"), override=True)

        assert Result.FORBIDDEN is decision.result
        assert ("the role sales may not override; those that may: none",) == decision.forbidden

    def test_everything_that_forbids_is_told_at_once(self) -> None:
        """Nobody has to ask twice to learn of the second reason."""
        definition = accepting(None, by=["sales"], reasons=["warm"])
        decision = ask(definition, Lead("1"), actor="marketing:1", reason="mood")

        assert 2 == len(decision.forbidden)
        assert "mood" not in str(decision)

    def test_a_reason_is_forbidden_where_none_is_known(self) -> None:
        """A transition without codes carries none, so that no free text gets into the records."""
        assert Result.FORBIDDEN is ask(accepting(None), Lead("1"), reason="mood").result

    def test_the_own_reason_of_a_transition_may_be_given_with_a_request(self) -> None:
        """An automatic transition that carries a code may be asked for with that code."""
        definition = accepting("demo", automatic=True, reason="hot")

        assert "hot" == ask(definition, happened("demo"), reason="hot").reason
        assert "hot" == ask(definition, happened("demo")).reason

    def test_without_by_anybody_may_ask(self) -> None:
        """Absent means anyone."""
        assert ask(accepting(None), Lead("1"), actor="intern:1").granted


class TestStored:
    """What a decision says is stored for years."""

    def test_results_and_kinds_keep_their_values(self) -> None:
        """Another value would make what is stored unreadable."""
        assert ["granted", "refused", "failed", "undefined", "forbidden", "looped"] == [one.value for one in Result]
        assert ["automatic", "requested", "override"] == [one.value for one in Kind]

    @pytest.mark.parametrize(("kind", "expected"), [("demo", 4), ("came", 3)])
    def test_only_a_granted_move_starts_a_new_cycle(self, kind: str, expected: int) -> None:
        """Refused, the lead stays in the cycle it is in."""
        journey = attrs.evolve(IN_MQL, cycle=3)
        definition = made(QUALIFY, arrow("recycle", "mql", "iql", "demo", new_cycle=True))

        assert expected == ask(definition, happened(kind), journey, trigger="recycle").cycle

    def test_a_move_stays_in_its_cycle_where_nothing_else_is_said(self) -> None:
        """That is what transitions do, and what an undefined one would do."""
        assert 1 == ask(accepting("demo"), happened("demo")).cycle
        assert not ask(accepting("demo"), Lead("1"), trigger="nonsense").new_cycle


class TestOverrides:
    """An override waives exactly the blockers."""

    def test_it_waives_what_stands_in_the_way_and_nothing_else(self) -> None:
        """What holds already is not waived, and every way that could have been taken is."""
        definition = accepting("came and (demo or fits)", by=["sales"], override_by=["boss"])
        decision = ask(definition, happened("came"), actor="boss:1", override=True)

        assert (Result.GRANTED, Kind.OVERRIDE) == (decision.result, decision.kind)
        assert ("demo", "fits") == decision.waived
        assert () == decision.blockers
        assert {"came": Outcome.MET, "demo": Outcome.UNMET, "fits": Outcome.UNKNOWN} == decision.atoms

    def test_it_waives_nothing_where_nothing_stands_in_the_way(self) -> None:
        """The kind says that it was asked as an override all the same."""
        decision = ask(accepting("came", override_by=["sales"]), happened("came"), override=True)

        assert (Kind.OVERRIDE, ()) == (decision.kind, decision.waived)

    def test_who_may_override_need_not_be_one_of_those_who_may_ask(self) -> None:
        """The two lists are independent: an override asks for more."""
        definition = accepting("demo", by=["sales"], override_by=["boss"])

        assert ask(definition, Lead("1"), actor="boss:1", override=True).granted
        assert Result.FORBIDDEN is ask(definition, Lead("1"), actor="boss:1").result

    def test_a_condition_that_nothing_could_open_stays_closed(self) -> None:
        """There is nothing to waive where no change would grant."""
        decision = ask(accepting("demo and not demo", override_by=["sales"]), Lead("1"), override=True)

        assert (Result.REFUSED, (), ()) == (decision.result, decision.blockers, decision.waived)

    def test_somebody_may_answer_for_what_broke(self) -> None:
        """A failure never grants by itself; a person who may override can waive it by name."""
        decision = ask(accepting("tough", override_by=["sales"]), happened("crash"), override=True)

        assert ("tough",) == decision.waived
        assert Outcome.FAILED is decision.atoms["tough"]


class TestAttempts:
    """An automatic attempt is decided by the condition, and by where the lead has been in this instant."""

    DEFINITION = made(
        arrow("qualify", "iql", "mql", "demo", automatic=True, reason="hot"),
        arrow("cool", "mql", "iql", "came and not waited", automatic=True),
    )

    def decide(self, journey: Journey, at: float) -> Decision:
        """Decide on the automatic way back to `iql`."""
        judgement = Judgement(self.DEFINITION, Snapshot(happened("came", "demo"), day(at), journey))
        return attempt(judgement, self.DEFINITION.automatic("mql")[0])

    def test_it_is_not_made_where_the_target_was_left_in_this_instant(self) -> None:
        """LOOPED: open, and the lead left or entered the target at this very instant."""
        journey = Journey(stage="mql", since=day(1), sequence=2, passed=frozenset({"iql", "mql"}))

        assert Result.LOOPED is self.decide(journey, 1).result
        assert not self.decide(journey, 1).granted

    def test_it_is_made_a_moment_later(self) -> None:
        """The rule is about one instant only."""
        journey = Journey(stage="mql", since=day(1), sequence=2, passed=frozenset({"iql", "mql"}))

        assert self.decide(journey, 1.001).granted

    def test_it_is_made_where_the_target_was_not_passed(self) -> None:
        """Another stage may be entered in the same instant, again and again forwards."""
        journey = Journey(stage="mql", since=day(1), sequence=2, passed=frozenset({"sal", "mql"}))

        assert self.decide(journey, 1).granted

    def test_it_carries_the_system_as_actor_and_its_own_reason(self) -> None:
        """Nobody asked, and the document says why."""
        snapshot = Snapshot(happened("came", "demo"), day(1), IN_IQL)
        decision = attempt(Judgement(self.DEFINITION, snapshot), self.DEFINITION.automatic("iql")[0])

        assert ("system", Kind.AUTOMATIC, "hot") == (decision.actor, decision.kind, decision.reason)


class TestDimensions:
    """Facts are copied for figures when a move is granted."""

    LEAD = Lead("1").activity("came", at=day(1)).channel("webinar").profile(country="AT", email="ada@acme.example")

    def test_a_granted_decision_carries_the_dimensions_of_the_definition(self) -> None:
        """Channel and profile fields that the definition names, and no other fact."""
        assert {"channel": "webinar", "country": "AT"} == ask(accepting("came"), self.LEAD).dimensions

    def test_an_override_carries_them_too(self) -> None:
        """It is a granted decision like any other."""
        decision = ask(accepting("demo", override_by=["sales"]), self.LEAD, override=True)

        assert {"channel": "webinar", "country": "AT"} == decision.dimensions

    def test_what_is_not_granted_carries_none(self) -> None:
        """Nothing has happened that could be counted by country."""
        assert {} == ask(accepting("demo"), self.LEAD).dimensions


class TestText:
    """A decision's text fits a log; its messages are for people."""

    def test_the_text_names_atoms_and_outcomes(self) -> None:
        """Nothing that the lead said or did is repeated."""
        decision = ask(accepting("came and fits"), Lead("1").profile(industry="secret agency"))

        assert "accept in mql: refused; came is unmet; fits is unmet" == str(decision)
        assert "secret agency" in decision.messages["fits"]

    def test_a_decision_whose_detail_is_gone_still_has_its_outcomes(self) -> None:
        """After erasure the blockers are known, and the words are not."""
        bare = Decision(
            result=Result.REFUSED,
            kind=Kind.REQUESTED,
            trigger="accept",
            at=day(1),
            actor="sales:17",
            journey=IN_MQL,
            atoms={"interest >= 50": Outcome.UNMET},
            changes=(frozenset({("interest >= 50", True)}),),
            blockers=("interest >= 50",),
        )

        assert {"interest >= 50": "interest >= 50 is unmet"} == bare.messages
