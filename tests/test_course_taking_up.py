"""The one loop in time: which facts it looks at, and how it is taken up again."""

# pyright: reportPrivateUsage=false
# One test counts how often the walk looks at the lead.

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead
from lifecycle.decision import Request
from lifecycle.errors import NaiveInstantError, OutOfOrderError
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from tests.made import arrow, day, made, moves
from tests.walking import ACCEPT, MOMENT, QUALIFY, entered, walk


class TestCycles:
    """A later cycle counts what comes strictly after the move that started it."""

    DEFINITION = made(
        QUALIFY,
        arrow("recycle", "mql", "recycled", new_cycle=True),
        arrow("wake", "recycled", "mql", "demo and likes", automatic=True),
    )
    RECYCLE = Request(trigger="recycle", actor="sales:17")

    def walk(self, again: datetime, answered: datetime) -> list[tuple[str, datetime]]:
        """Return the moves after a recycling at day 3, with a further demo and an answer."""
        lead = entered().activity("demo", at=day(1)).activity("demo", at=again).answer(likes=True, at=answered)
        return moves(walk(self.DEFINITION, lead, 9, requests=[(day(3), self.RECYCLE)]))[2:]

    def test_what_happened_at_the_very_instant_of_the_start_does_not_count(self) -> None:
        """Neither an activity nor an answer."""
        assert [("recycled", day(3))] == self.walk(day(3), day(4))
        assert [("recycled", day(3))] == self.walk(day(4), day(3))

    def test_what_happens_a_moment_later_counts(self) -> None:
        """Strictly after means that a microsecond is enough."""
        assert [("recycled", day(3)), ("mql", day(3) + MOMENT)] == self.walk(day(3) + MOMENT, day(3) + MOMENT)

    def test_the_journey_carries_the_number_and_the_start_of_the_cycle(self) -> None:
        """They change with the move that starts the cycle, and with no other."""
        lead = entered().activity("demo", at=day(1)).activity("demo", at=day(4)).answer(likes=True, at=day(5))
        steps = walk(self.DEFINITION, lead, 9, requests=[(day(3), self.RECYCLE)])

        assert [(1, None), (1, None), (2, day(3)), (2, day(3))] == [
            (step.journey.cycle, step.journey.cycle_start) for step in steps
        ]
        assert [1, 1, 2, 2] == [step.decision.cycle for step in steps]


class TestFacts:
    """Automatic transitions are judged at the instants of facts that one of them reads."""

    def test_what_is_undated_is_judged_with_the_first_dated_fact(self) -> None:
        """It has always been known; only when the lead came in sight is a date."""
        lead = Lead("1").activity("came").activity("click", at=day(2)).activity("click", at=day(3))

        assert [("iql", day(2))] == moves(walk(made(), lead, 9))

    def test_without_any_dated_fact_nothing_is_judged(self) -> None:
        """There is no instant at which the move could have happened."""
        assert [] == walk(made(), Lead("1").activity("came"), 9)

    def test_undated_facts_that_nobody_reads_wait_for_nobody(self) -> None:
        """An unread fact moves no lead, dated or not."""
        lead = Lead("1").profile(industry="software").activity("click", at=day(2)).activity("came", at=day(3))

        assert [("iql", day(3))] == moves(walk(made(), lead, 9))

    def test_a_transition_without_a_condition_reads_every_fact(self) -> None:
        """Always open means: at the next fact, whatever it is."""
        definition = made(
            arrow("qualify", "iql", "mql", automatic=True), arrow("accept", "mql", "sal", "fits", automatic=True)
        )

        assert ["iql", "mql"] == [target for target, _ in moves(walk(definition, entered(), 9))]

    def test_facts_after_the_last_instant_are_out_of_sight(self) -> None:
        """And one at the last instant counts."""
        lead = entered(1).activity("demo", at=day(2))

        assert [("iql", day(1))] == moves(walk(made(QUALIFY), lead, day(2) - MOMENT))
        assert [("iql", day(1)), ("mql", day(2))] == moves(walk(made(QUALIFY), lead, day(2)))

    def test_a_fact_that_is_not_read_in_this_stage_is_passed_over(self) -> None:
        """Nothing is judged at its instant: the cost of a signal that moves nobody is a look at its name."""
        definition, lead = made(QUALIFY), entered()
        for index in range(50):
            lead.activity("click", at=day(1 + index))
        judged = list[datetime]()
        original = Judgement.__init__

        def count(self: Judgement, *arguments: object) -> None:
            original(self, *arguments)  # type: ignore[arg-type]  # handed through
            judged.append(self.known.at)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Judgement, "__init__", count)
            walk(definition, lead, 99)

        assert {day(0)} == set(judged)


class TestTakingUp:
    """A walk may be taken up from any journey."""

    DEFINITION = made(
        QUALIFY,
        arrow("cool", "mql", "iql", "not demo", automatic=True),
        arrow("accept", "mql", "sal", "visits and not waited", automatic=True),
        arrow("fail", "mql", "recycled", "fragile", automatic=True),
        arrow("recycle", "sal", "recycled", "waited", automatic=True, new_cycle=True),
        arrow("wake", "recycled", "iql", "came", automatic=True),
    )

    def test_a_request_before_the_last_move_is_out_of_order(self) -> None:
        """The history cannot be taken back; the error names both instants and, apart, the lead."""
        with pytest.raises(OutOfOrderError) as caught:
            walk(made(), Lead("42"), 9, journey=Journey(stage="iql", since=day(3)), requests=[(day(2), ACCEPT)])

        assert (day(2), day(3), "42") == (caught.value.at, caught.value.since, caught.value.lead)
        assert day(2).isoformat() in str(caught.value)
        assert day(3).isoformat() in str(caught.value)
        assert "42" not in str(caught.value)

    def test_a_request_at_the_very_instant_of_the_last_move_is_in_order(self) -> None:
        """Equal instants are no step back."""
        definition = made(QUALIFY, arrow("accept", "mql", "sal"))
        journey = Journey(stage="mql", since=day(3), sequence=2)

        assert [("sal", day(3))] == moves(walk(definition, Lead("1"), 9, journey=journey, requests=[(day(3), ACCEPT)]))

    def test_an_instant_before_the_last_move_tells_nothing(self) -> None:
        """What would have been judged then is history."""
        lead = entered().activity("demo", at=day(1))

        assert [] == walk(made(QUALIFY), lead, 2, journey=Journey(stage="iql", since=day(3), sequence=1))

    @pytest.mark.parametrize("broken", ["until", "request", "judged_until"])
    def test_an_instant_without_a_zone_is_refused(self, broken: str) -> None:
        """Guessing a zone would move it by hours."""
        naive = datetime(2026, 3, 2)
        with pytest.raises(NaiveInstantError):
            walk(
                made(),
                entered(),
                naive if broken == "until" else day(9),
                requests=[(naive, ACCEPT)] if broken == "request" else (),
                judged_until=naive if broken == "judged_until" else None,
            )

    def test_what_was_judged_is_not_judged_again(self) -> None:
        """`judged_until` spares the instants before it."""
        lead = entered()
        for index in range(1, 30):
            lead.activity("visit", at=day(index * 20))
        journey = walk(made(QUALIFY), lead, 0)[-1].journey
        definition = made(arrow("qualify", "iql", "mql", "visits", automatic=True))

        def judged(judged_until: datetime | None) -> int:
            count = 0
            original = Judgement.__init__

            def counting(self: Judgement, *arguments: object) -> None:
                nonlocal count
                count += 1
                original(self, *arguments)  # type: ignore[arg-type]  # handed through

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Judgement, "__init__", counting)
                assert [] == walk(definition, lead, 585, journey=journey, judged_until=judged_until)
            return count

        assert 1 == judged(day(584))
        assert judged(None) > 30

    def test_an_unknown_condition_is_spared_like_a_closed_one(self) -> None:
        """Most conditions of most leads are unknown: that is no reason to walk again."""
        definition = made(arrow("qualify", "iql", "mql", "visits and fits", automatic=True))
        lead = entered().activity("visit", at=day(1)).activity("visit", at=day(2))
        lead.profile(industry="software", at=day(5))
        journey = walk(definition, lead, 0)[-1].journey

        assert [("mql", day(5))] == moves(walk(definition, lead, 9, journey=journey, judged_until=day(3)))

    def test_a_fact_that_comes_late_within_the_instant_is_seen(self) -> None:
        """Days without a time of day bring several calls for one instant along: only those before it are spared."""
        definition = made(QUALIFY)
        journey = walk(definition, entered(), 1)[-1].journey
        lead = entered().activity("demo", at=day(1))

        assert [("mql", day(1))] == moves(walk(definition, lead, 1, journey=journey, judged_until=day(1)))

    def test_before_the_entry_undated_facts_still_wait(self) -> None:
        """Nothing was judged as long as nothing was dated."""
        lead = Lead("1").activity("came").activity("click", at=day(3))

        assert [("iql", day(3))] == moves(walk(made(), lead, 9, judged_until=day(2)))
        assert [] == moves(walk(made(), lead, 2, judged_until=day(2)))

    def test_before_the_entry_judged_instants_are_spared_too(self) -> None:
        """A lead outside may have a long past."""
        definition = made('trigger = "join"\nto = "mql"\nautomatic = true\nwhen = "demo and likes"')
        lead = Lead("1").activity("demo", at=day(1)).answer(likes=True, at=day(3))

        assert [("mql", day(3))] == moves(walk(definition, lead, 9, judged_until=day(2)))
        assert [("mql", day(3))] == moves(walk(definition, lead, 9, judged_until=day(0)))

    @given(
        facts=st.lists(
            st.tuples(st.integers(0, 40), st.sampled_from(["came", "demo", "visit", "click", "crash"])), max_size=12
        ),
        calls=st.lists(st.integers(0, 60), max_size=6, unique=True).map(sorted),
        hands_on=st.booleans(),
    )
    def test_any_schedule_of_calls_gives_the_same_moves(
        self, facts: list[tuple[int, str]], calls: list[int], hands_on: bool
    ) -> None:
        """Law: whoever calls, and how often, and whether judged_until is handed on: the moves are those of one walk."""
        lead = Lead("1")
        for at, kind in sorted(facts):
            lead.activity(kind, at=day(at / 2))
        whole = moves(walk(self.DEFINITION, lead, 30))

        journey, lived, judged = Journey(), list[tuple[str, datetime]](), None
        for call in [day(at / 2) for at in calls if at < 60] + [day(30)]:
            steps = walk(self.DEFINITION, lead, call, journey=journey, judged_until=judged)
            lived += moves(steps)
            journey = steps[-1].journey if steps else journey
            judged = call if hands_on else None

        assert whole == lived
