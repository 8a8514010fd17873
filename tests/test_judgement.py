"""Verdicts of one snapshot, and the scores that they add up to."""

# pyright: reportPrivateUsage=false
# Some tests look at what the class keeps to itself.

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead, Outcome, Snapshot
from lifecycle.conditions import COMPARE, Comparison, Name
from lifecycle.definition import Points, Score
from lifecycle.journey import Journey
from lifecycle.judgement import Interval, Judgement
from tests.made import arrow, day, made

if TYPE_CHECKING:
    from lifecycle.definition import Definition

IN_IQL = Journey(stage="iql", since=day(0), trigger="enter", sequence=1)


def scored(points: str, rest: str = "", when: str = "interest >= 50", more: str = "") -> Definition:
    """Return a definition with the score `interest`, which opens `qualify`."""
    score = f"[scores]\ninterest = {{ points = {{ {points} }} {rest} }}\n"
    return made(arrow("qualify", "iql", "mql", when), more=more + score)


def interval(definition: Definition, lead: Lead, at: float = 1) -> Interval:
    """Return the score `interest` of a lead in `iql`."""
    return Judgement(definition, Snapshot(lead, day(at), IN_IQL)).interval("interest")


class TestScores:
    """Scores are intervals while something is not known."""

    def test_met_gives_points_and_unmet_none(self) -> None:
        """Fixed points are given when the criterion is met, whatever its amount."""
        definition = scored("visits = 30, demo = 40")
        lead = Lead("1").activity("visit", at=day(0)).activity("visit", at=day(0.5)).activity("visit", at=day(1))

        found = interval(definition, lead)

        assert (30, 30) == (found.low, found.high)
        assert "30" == str(found)

    def test_a_missing_fact_leaves_the_whole_range_open(self) -> None:
        """An unknown criterion contributes its whole range, and the text says which one is missing."""
        found = interval(scored("demo = 35, fits = 25"), Lead("1").activity("demo", at=day(1)))

        assert (35, 60) == (found.low, found.high)
        assert "35, up to 60 once known: fits" == str(found)

    def test_a_penalty_that_is_not_known_may_still_come(self) -> None:
        """The range of an unknown penalty reaches below nothing."""
        found = interval(scored("demo = 35, fits = -10"), Lead("1").activity("demo", at=day(1)))

        assert (25, 35) == (found.low, found.high)

    def test_a_failed_criterion_leaves_its_range_open_too(self) -> None:
        """Who broke gives no points, and takes none."""
        found = interval(scored("demo = 35, fragile = 25"), Lead("1").activity("demo", at=day(1)).activity("crash"))

        assert (35, 60) == (found.low, found.high)
        assert [Outcome.MET, Outcome.FAILED] == [part.outcome for part in found.breakdown]

    @pytest.mark.parametrize(
        ("visits", "expected"), [(0, 0), (1, 0), (2, 4), (3, 6), (9, 18), (10, 20), (11, 20), (30, 20)]
    )
    def test_each_counts_units_up_to_a_limit(self, visits: int, expected: int) -> None:
        """`each` multiplies the amount of a met criterion, and `up_to` is reached at exactly its number."""
        lead = Lead("1")
        for _ in range(visits):
            lead.activity("visit", at=day(1))

        found = interval(scored("visits = { each = 2, up_to = 20 }"), lead)

        assert (expected, expected) == (found.low, found.high)

    @pytest.mark.parametrize(("visits", "expected"), [(2, -6), (3, -9), (4, -10)])
    def test_each_counts_penalties_down_to_a_limit(self, visits: int, expected: int) -> None:
        """With negative points the limit is a lower one."""
        lead = Lead("1")
        for _ in range(visits):
            lead.activity("visit", at=day(1))

        assert expected == interval(scored("visits = { each = -3, up_to = -10 }"), lead).low

    def test_cap_and_floor_bound_both_ends_and_the_raw_sum_is_kept(self) -> None:
        """What was earned beyond the cap is still told."""
        lead = Lead("1").activity("demo", at=day(1))

        high = interval(scored("demo = 70, fits = 60", ", cap = 100"), lead)
        low = interval(scored("demo = -20, fits = -60", ", floor = -50"), lead)

        assert (70, 100, 70, 130) == (high.low, high.high, high.raw_low, high.raw_high)
        assert (-50, -20, -80, -20) == (low.low, low.high, low.raw_low, low.raw_high)

    @pytest.mark.parametrize(("as_what", "expected"), [("met", (25, 25)), ("unmet", (0, 0))])
    def test_the_document_may_say_what_a_missing_fact_counts_as(self, as_what: str, expected: tuple[int, int]) -> None:
        """`unknown_as` turns a missing fact into points or none, and leaves the outcome as it is."""
        more = f'[criteria.size]\nuse = "profile.in_range"\nfield = "size"\nminimum = 9\nunknown_as = "{as_what}"\n'
        found = interval(scored("size = 25", more=more), Lead("1"))

        assert expected == (found.low, found.high)
        assert Outcome.UNKNOWN is found.breakdown[0].outcome

    def test_what_counts_as_met_without_an_amount_leaves_the_range_of_each_open(self) -> None:
        """Nobody knows how many units a missing fact would have been."""
        more = '[criteria.size]\nuse = "profile.in_range"\nfield = "size"\nminimum = 9\nunknown_as = "met"\n'
        found = interval(scored("size = { each = 2, up_to = 8 }", more=more), Lead("1"))

        assert (0, 8) == (found.low, found.high)

    def test_a_score_holds_until_its_first_part_may_change(self) -> None:
        """The earliest of the verdicts' instants is that of the score."""
        lead = Lead("1").activity("demo", at=day(0.5)).activity("visit", at=day(0.25)).activity("visit", at=day(1))

        assert day(10.25) == interval(scored("demo = 1, visits = 1, came = 1"), lead).holds_until


POINTS = st.integers(-40, 40)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    """Give a score over three criteria with fixed points and one whose amount counts."""
    points = {name: Points(fixed=draw(POINTS)) for name in ("came", "fits", "fragile")}
    each, most = draw(st.integers(-5, 5)), draw(st.integers(0, 30))
    points["visits"] = Points(each=each, up_to=most if each > 0 else -most)
    floor, cap = draw(st.none() | POINTS), draw(st.none() | POINTS)
    if floor is not None and cap is not None:
        floor, cap = min(floor, cap), max(floor, cap)
    return Score(name="interest", points=points, floor=floor, cap=cap)


@given(
    score=scores(),
    kinds=st.lists(st.sampled_from(["came", "crash", "visit", "visit"]), max_size=6),
    industry=st.sampled_from(["software", "mining"]),
)
def test_learning_a_fact_never_widens_a_score(score: Score, kinds: list[str], industry: str) -> None:
    """Law: a score is an interval within its bounds, and what is learned leaves an interval inside it."""
    definition = attrs.evolve(scored("fits = 1, came = 1, fragile = 1, visits = 1"), scores={"interest": score})
    lead = Lead("1")
    for kind in kinds:
        lead.activity(kind, at=day(1))
    before = interval(definition, lead)
    after = interval(definition, lead.profile(industry=industry, at=day(1)))
    low, high = score.bounds

    assert low <= before.low <= after.low <= after.high <= before.high <= high
    assert sum(part.low for part in after.breakdown) == after.raw_low


class TestEachWithoutAmount:
    """A criterion that gives no amount where a score counts points for each of it fails closed."""

    MORE = '[criteria.silent]\nuse = "made.without_amount"\nkinds = ["visit"]\n'
    LEAD = Lead("1").activity("visit", at=day(1))

    @pytest.mark.parametrize("asked_first", ["verdict", "interval", "find"])
    def test_it_fails_whoever_asks_first(self, asked_first: str) -> None:
        """The verdict itself is failed, so that no order of asking finds it met."""
        points = "silent = { each = 2, up_to = 8 }"
        definition = scored(points, when="silent or interest >= 50", more=self.MORE)
        judgement = Judgement(definition, Snapshot(self.LEAD, day(1), IN_IQL))
        transition = definition.leaving("iql")[0]

        if asked_first == "interval":
            judgement.interval("interest")
        if asked_first == "find":
            judgement.find(transition)

        assert Outcome.FAILED is judgement.verdict("silent").outcome
        assert "counts points for each" in judgement.verdict("silent").message
        assert None is judgement.find(transition).truth
        assert judgement.broken(transition)
        assert (0, 8) == (judgement.interval("interest").low, judgement.interval("interest").high)

    def test_where_its_points_are_fixed_no_amount_is_needed(self) -> None:
        """The same criterion is met where nobody multiplies."""
        definition = scored("silent = 60", more=self.MORE)
        judgement = Judgement(definition, Snapshot(self.LEAD, day(1), IN_IQL))

        assert Outcome.MET is judgement.verdict("silent").outcome
        assert True is judgement.find(definition.leaving("iql")[0]).truth


class TestComparisons:
    """A comparison is unknown while its line lies inside the interval."""

    @pytest.mark.parametrize(
        ("comparison", "expected"),
        [
            ("interest >= 35", Outcome.MET),
            ("interest >= 36", Outcome.UNKNOWN),
            ("interest >= 60", Outcome.UNKNOWN),
            ("interest >= 61", Outcome.UNMET),
            ("interest > 34", Outcome.MET),
            ("interest > 35", Outcome.UNKNOWN),
            ("interest > 60", Outcome.UNMET),
            ("interest <= 60", Outcome.MET),
            ("interest <= 59", Outcome.UNKNOWN),
            ("interest <= 34", Outcome.UNMET),
            ("interest < 61", Outcome.MET),
            ("interest < 35", Outcome.UNMET),
        ],
    )
    def test_the_line_is_decided_outside_the_interval_only(self, comparison: str, expected: Outcome) -> None:
        """Between 35 and 60 nothing is sure; at the ends it depends on the sign."""
        definition = scored("demo = 35, fits = 25", when=comparison)
        judgement = Judgement(definition, Snapshot(Lead("1").activity("demo", at=day(1)), day(1), IN_IQL))
        name, sign, number = comparison.split()

        assert expected is judgement.outcome(Comparison(name, sign, int(number)))

    def test_a_comparison_that_a_failure_keeps_open_is_failed(self) -> None:
        """Unknown is for missing facts; who broke is named."""
        definition = scored("demo = 35, fragile = 25")
        lead = Lead("1").activity("demo", at=day(1)).activity("crash", at=day(1))
        judgement = Judgement(definition, Snapshot(lead, day(1), IN_IQL))

        assert Outcome.FAILED is judgement.outcome(Comparison("interest", ">=", 50))
        assert Outcome.MET is judgement.outcome(Comparison("interest", ">=", 35))

    @given(
        low=st.integers(-9, 9),
        width=st.integers(0, 9),
        sign=st.sampled_from(sorted(COMPARE)),
        line=st.integers(-12, 12),
    )
    def test_a_comparison_is_what_every_score_of_the_interval_says(
        self, low: int, width: int, sign: str, line: int
    ) -> None:
        """Law: a comparison is true if it holds for every number of the interval, false if for none, else unknown."""
        definition = attrs.evolve(
            scored("fits = 0, came = 0"),
            scores={
                "interest": Score(name="interest", points={"came": Points(fixed=low), "fits": Points(fixed=width)})
            },
        )
        judgement = Judgement(definition, Snapshot(Lead("1").activity("came", at=day(1)), day(1), IN_IQL))
        answers = {COMPARE[sign](number, line) for number in range(low, low + width + 1)}

        assert (answers.pop() if len(answers) == 1 else None) is judgement.truth(Comparison("interest", sign, line))


class TestVerdicts:
    """Criteria are judged when they are asked for, and once."""

    def test_a_decided_condition_judges_no_further(self) -> None:
        """`or` stops at the first that holds, so that the expensive and the broken are not asked."""
        definition = made(arrow("qualify", "iql", "mql", "demo or fragile"))
        lead = Lead("1").activity("demo", at=day(1)).activity("crash", at=day(1))
        judgement = Judgement(definition, Snapshot(lead, day(1), IN_IQL))
        transition = definition.leaving("iql")[0]

        assert True is judgement.find(transition).truth
        assert {"demo"} == set(judgement._verdicts)

    def test_a_criterion_that_breaks_is_unknown_to_its_condition(self) -> None:
        """A failure opens nothing, whatever a missing fact would count as."""
        more = '[criteria.shaky]\nuse = "made.broken"\nkinds = ["crash"]\nunknown_as = "met"\n'
        definition = made(arrow("qualify", "iql", "mql", "shaky"), more=more)
        judgement = Judgement(definition, Snapshot(Lead("1").activity("crash"), day(1), IN_IQL))

        assert Outcome.FAILED is judgement.outcome(Name("shaky"))
        assert None is judgement.truth(Name("shaky"))
        assert "RuntimeError: broken on purpose" in judgement.verdict("shaky").message

    @pytest.mark.parametrize(("as_what", "truth"), [("met", True), ("unmet", False)])
    def test_a_missing_fact_counts_as_the_document_says(self, as_what: str, truth: bool) -> None:
        """`unknown_as` decides the truth in a condition; the outcome stays unknown."""
        more = f'[criteria.size]\nuse = "profile.in_range"\nfield = "size"\nminimum = 9\nunknown_as = "{as_what}"\n'
        definition = made(arrow("qualify", "iql", "mql", "size"), more=more)
        judgement = Judgement(definition, Snapshot(Lead("1"), day(1), IN_IQL))

        assert truth is judgement.truth(Name("size"))
        assert Outcome.UNKNOWN is judgement.outcome(Name("size"))

    def test_a_condition_holds_as_long_as_the_part_that_decided_it(self) -> None:
        """An `and` that one part closes does not change when another one lapses."""
        definition = made(arrow("qualify", "iql", "mql", "demo and waited"))
        lead = Lead("1").activity("demo", at=day(0))
        transition = definition.leaving("iql")[0]
        early = Judgement(definition, Snapshot(lead, day(1), IN_IQL)).find(transition)
        late = Judgement(definition, Snapshot(lead, day(7), IN_IQL)).find(transition)

        assert (False, day(7)) == early
        assert (True, day(10)) == late
        assert timedelta(days=3) == day(10) - day(7)
