"""Deciding on one transition, and explaining what would open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.decision import Decision, Kind, Request, Result, attempt, decide, explain, weigh
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.decision import Explanation
    from lifecycle.definition import Definition

IN_IQL = Journey(stage="iql", since=day(0), trigger="enter", sequence=1, passed=frozenset({"iql"}))
IN_MQL = Journey(stage="mql", since=day(0), trigger="qualify", sequence=2, passed=frozenset({"iql", "mql"}))
QUALIFY = arrow("qualify", "iql", "mql")


def ask(definition: Definition, lead: Lead, journey: Journey = IN_MQL, at: float = 1, **request: Any) -> Decision:
    """Decide on a request for `accept` by sales, or for what is given."""
    given: dict[str, Any] = {"trigger": "accept", "actor": "sales:17", **request}
    return decide(definition, Snapshot(lead, day(at), journey), Request(**given))


def accepting(when: str | None, **more: Any) -> Definition:
    """Return a definition in which sales accepts from `mql` to `sal`, under a condition."""
    return made(QUALIFY, arrow("accept", "mql", "sal", when, **more))


def happened(*kinds: str) -> Lead:
    """Return a lead that has done these things, all at day 1."""
    lead = Lead("1")
    for kind in kinds:
        lead.activity(kind, at=day(1))
    return lead


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


class TestExplaining:
    """What is missing for each next stage."""

    SCORE = "[scores]\ninterest = { points = { demo = 30, came = 10, fits = 25, visits = -15 } }\n"

    def explain(self, definition: Definition, lead: Lead, at: float = 1, journey: Journey = IN_MQL) -> Explanation:
        """Explain a lead, in `mql` unless it is said otherwise."""
        return explain(definition, Snapshot(lead, day(at), journey))

    def test_every_way_out_is_explained_in_file_order(self) -> None:
        """The decision on each, whoever asks, with its smallest changes first."""
        definition = made(
            QUALIFY,
            arrow("accept", "mql", "sal", "came and (demo or (fits and likes))", by=["sales"]),
            arrow("recycle", "mql", "recycled", by=["sales"], reasons=["later", "never"]),
        )
        found = self.explain(definition, happened("came"))
        accept, recycle = found.ways

        assert (IN_MQL, day(1)) == (found.journey, found.at)
        assert (("accept", False), ("recycle", True)) == (
            *((way.transition.trigger, way.open) for way in (accept, recycle)),
        )
        assert (("demo",), ("fits", "likes")) == (
            *(tuple(missing.atom for missing in change) for change in accept.changes),
        )
        assert () == recycle.changes
        assert (accept,) == found.to("sal")
        assert () == found.to("iql")

    def test_a_missing_atom_says_what_was_found_and_when_time_may_change_it(self) -> None:
        """An atom that time alone may change shows the instant."""
        ((missing,),) = self.explain(accepting("waited"), Lead("1")).ways[0].changes

        assert ("waited", True, Outcome.UNMET) == (missing.atom, missing.wanted, missing.outcome)
        assert day(7) == missing.may_change_at
        assert None is missing.points

    def test_role_and_reason_are_shown_apart(self) -> None:
        """What a request has to bring along is no matter of the condition."""
        definition = made(
            QUALIFY,
            arrow("accept", "mql", "sal", by=["sales", "boss"]),
            arrow("recycle", "mql", "recycled", by=["sales"], reasons=["later"]),
            arrow("drop", "mql", "recycled", reasons=["never", "later"]),
            arrow("win", "mql", "sal"),
        )

        assert [
            ("asked by sales, boss",),
            ("asked by sales", "with a reason code: later"),
            ("with a reason code: never, later",),
            (),
        ] == [way.needs for way in self.explain(definition, Lead("1")).ways]

    @pytest.mark.parametrize(
        ("when", "points", "sources"),
        [
            ("interest >= 50", 50, (("demo", 30), ("fits", 25), ("came", 10))),
            ("interest > 50", 51, (("demo", 30), ("fits", 25), ("came", 10))),
            ("not interest < 50", 50, (("demo", 30), ("fits", 25), ("came", 10))),
            ("not interest <= 50", 51, (("demo", 30), ("fits", 25), ("came", 10))),
            ("interest <= -5", 30, (("fits", 25), ("visits", 15))),
            ("interest < -5", 31, (("fits", 25), ("visits", 15))),
            ("not interest >= -5", 31, (("fits", 25), ("visits", 15))),
        ],
    )
    def test_a_comparison_shows_the_points_missing_and_who_could_give_them(
        self, when: str, points: int, sources: tuple[tuple[str, int], ...]
    ) -> None:
        """Counted from the nearer sure end; where fewer points are wanted, those that could take points away."""
        definition = made(QUALIFY, arrow("accept", "mql", "sal", when), more=self.SCORE)
        ((missing,),) = self.explain(definition, Lead("1")).ways[0].changes

        assert points == missing.points
        assert sources == missing.sources
        assert "interest is 0, up to 25 once known: fits" == missing.message

    def test_a_penalty_in_force_could_give_its_points_back(self) -> None:
        """Whoever wants more points may also lose what costs some."""
        lead = Lead("1").activity("visit", at=day(1)).activity("visit", at=day(1))
        definition = made(QUALIFY, arrow("accept", "mql", "sal", "interest >= 50"), more=self.SCORE)
        ((missing,),) = self.explain(definition, lead).ways[0].changes

        assert 65 == missing.points
        assert ("visits", 15) in missing.sources

    def test_a_way_that_is_asked_for_is_never_looped(self) -> None:
        """The rule against loops is for what moves by itself: who asks may go back at once."""
        definition = made(QUALIFY, arrow("back", "mql", "iql", "came"))
        found = self.explain(definition, happened("came"), at=0.5, journey=IN_MQL)
        same = self.explain(definition, happened("came"), at=1, journey=Journey(stage="mql", since=day(1)))

        assert Result.REFUSED is found.ways[0].decision.result
        assert same.ways[0].open

    def test_an_automatic_way_that_is_looped_says_so(self) -> None:
        """It is open and not made in this instant."""
        definition = made(
            arrow("qualify", "iql", "mql", "demo", automatic=True),
            arrow("cool", "mql", "iql", "came and not waited", automatic=True),
        )
        journey = Journey(stage="mql", since=day(1), passed=frozenset({"iql", "mql"}))

        assert Result.LOOPED is self.explain(definition, happened("came"), journey=journey).ways[0].decision.result

    def test_it_is_told_in_a_few_lines(self) -> None:
        """Where the lead stands, and for each way its smallest change, what a request needs, and that there is more."""
        definition = made(
            QUALIFY,
            arrow("accept", "mql", "sal", "came and (demo or not fits and likes or quiet)", by=["sales"]),
            arrow("recycle", "mql", "recycled", reasons=["later"]),
        )

        assert """in mql
  accept to sal: closed (asked by sales); missing: demo (has not happened), or one of 2 other ways
  recycle to recycled: open (with a reason code: later)""" == str(self.explain(definition, happened("came")))
        assert """in no stage yet
  enter to iql: closed; missing: came (has not happened)""" == str(
            self.explain(definition, Lead("1"), journey=Journey())
        )

    def test_what_has_to_end_is_told_as_such(self) -> None:
        """Something that should not be so is missing its opposite."""
        definition = accepting("not came and likes")

        told = str(self.explain(definition, happened("came")).ways[0])

        assert "missing: not came (came at " in told
        assert told.endswith(" and likes (likes is not known)")

    def test_before_the_entry_the_entries_are_explained(self) -> None:
        """A lead outside has ways too."""
        (way,) = self.explain(accepting(None), Lead("1"), journey=Journey()).ways

        assert ("enter", False) == (way.transition.trigger, way.open)


ATOMS = ["came", "demo", "fits", "likes", "tough"]


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> str:
    """Give the text of a condition over a few criteria."""
    shape = draw(st.sampled_from(["name", "name", "not", "and", "or"] if depth else ["name"]))
    if shape == "name":
        return draw(st.sampled_from(ATOMS))
    if shape == "not":
        return f"not ({draw(conditions(depth - 1))})"
    return f"({draw(conditions(depth - 1))}) {shape} ({draw(conditions(depth - 1))})"


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    """Give a lead of whom some of what the criteria ask is known."""
    lead = happened(*draw(st.sets(st.sampled_from(["came", "demo", "crash"]))))
    lead.profile(industry=draw(st.sampled_from([None, "software", "mining"])), at=day(1))
    return lead.answer(likes=draw(st.sampled_from([None, True, False])), at=day(1))


class TestLaws:
    """What holds for every condition and every lead."""

    @given(when=conditions(), lead=leads())
    def test_what_broke_never_grants(self, when: str, lead: Lead) -> None:
        """Law: a decision is granted only if its condition holds whatever the failed and the unknown atoms were."""
        decision = ask(accepting(when), lead)
        known = {atom: {Outcome.MET: True, Outcome.UNMET: False}.get(found) for atom, found in decision.atoms.items()}
        open_atoms = [atom for atom, truth in known.items() if truth is None]
        worlds = [
            {**known, **{atom: bool(bits >> index & 1) for index, atom in enumerate(open_atoms)}}
            for bits in range(2 ** len(open_atoms))
        ]

        if decision.granted:
            assert all(eval(when, {}, dict(world)) for world in worlds)

    @given(when=conditions(), lead=leads())
    def test_an_override_grants_whatever_could_be_granted(self, when: str, lead: Lead) -> None:
        """Law: an override waives the blockers of the plain request, and is refused only where there are none."""
        definition = accepting(when, override_by=["sales"])
        plain, overriding = ask(definition, lead), ask(definition, lead, override=True)

        assert overriding.granted is (plain.granted or plain.blockers != ())
        assert overriding.waived == (() if plain.granted else plain.blockers)
        assert overriding.atoms == plain.atoms

    @given(when=conditions(), lead=leads())
    def test_explaining_and_deciding_agree(self, when: str, lead: Lead) -> None:
        """Law: a way is open exactly if a request is granted, and its changes are the decision's."""
        definition = accepting(when)
        (way,) = explain(definition, Snapshot(lead, day(1), IN_MQL)).ways
        decision = ask(definition, lead)

        assert way.open is decision.granted
        assert decision.changes == tuple(
            frozenset((missing.atom, missing.wanted) for missing in change) for change in way.changes
        )

    @given(when=conditions(), lead=leads())
    def test_weighing_is_the_same_whatever_was_asked_before(self, when: str, lead: Lead) -> None:
        """Law: a decision does not depend on which verdicts somebody looked at first."""
        definition = accepting(when)
        snapshot = Snapshot(lead, day(1), IN_MQL)
        transition = definition.leaving("mql")[0]
        used = Judgement(definition, snapshot)
        used.find(transition)
        used.broken(transition)

        assert weigh(Judgement(definition, snapshot), transition) == weigh(used, transition)
