"""What would open a way out of a stage; and what holds for every condition and every lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.decision import Result, explain, weigh
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from tests.asking import IN_MQL, QUALIFY, accepting, ask, happened
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.decision import Explanation
    from lifecycle.definition import Definition

ATOMS = ["came", "demo", "fits", "likes", "tough"]


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

    @pytest.mark.parametrize(
        ("when", "limit"),
        [("interest >= 50", "cap = 40"), ("interest < -50", "floor = -40"), ("not interest > -50", "floor = -40")],
    )
    def test_no_point_is_missing_where_only_the_limit_keeps_it(self, when: str, limit: str) -> None:
        """The sum is beyond the line already, and the score cannot be: nothing that the lead does would help."""
        points = 60 if "cap" in limit else -60
        score = f"[scores]\ninterest = {{ points = {{ came = {points} }}, {limit} }}\n"
        definition = made(QUALIFY, arrow("accept", "mql", "sal", when), more=score)
        ((missing,),) = self.explain(definition, happened("came")).ways[0].changes

        assert (0, ()) == (missing.points, missing.sources)

    def test_who_could_give_as_much_comes_by_name(self) -> None:
        """The most first; a single point counts too."""
        score = "[scores]\ninterest = { points = { fits = 10, visits = 1, demo = 10 } }\n"
        definition = made(QUALIFY, arrow("accept", "mql", "sal", "interest >= 20"), more=score)
        ((missing,),) = self.explain(definition, Lead("1")).ways[0].changes

        assert (("demo", 10), ("fits", 10), ("visits", 1)) == missing.sources

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
  accept to sal: closed (asked by sales); missing: demo (has not happened), or another of 3 ways
  recycle to recycled: open (with a reason code: later)""" == str(self.explain(definition, happened("came")))
        assert """in no stage yet
  enter to iql: closed; missing: came (has not happened)""" == str(
            self.explain(definition, Lead("1"), journey=Journey())
        )

    def test_more_than_one_way_is_told_as_such(self) -> None:
        """Two are enough."""
        [one] = self.explain(accepting("demo"), Lead("1")).ways
        [two] = self.explain(accepting("demo or tough and not came"), happened("came")).ways

        assert str(one).endswith("missing: demo (has not happened)")
        assert str(two).endswith("), or another of 2 ways")

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
