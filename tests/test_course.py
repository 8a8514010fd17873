"""The one loop in time: what is decided, when, and in which order."""

# pyright: reportPrivateUsage=false
# One test counts how often the walk looks at the lead.

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import Lead
from lifecycle.course import Course
from lifecycle.decision import Request, Result
from lifecycle.errors import NaiveInstantError, OutOfOrderError
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from tests.made import arrow, day, made, moves

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.course import Step
    from lifecycle.definition import Definition

MOMENT = timedelta(microseconds=1)
ACCEPT = Request(trigger="accept", actor="sales:17")
QUALIFY = arrow("qualify", "iql", "mql", "demo", automatic=True)


def walk(
    definition: Definition,
    lead: Lead,
    until: float | datetime,
    *,
    journey: Journey | None = None,
    requests: Sequence[tuple[datetime, Request]] = (),
    judged_until: datetime | None = None,
) -> list[Step]:
    """Return the steps of one walk; `until` may be a number of days."""
    end = until if isinstance(until, datetime) else day(until)
    course = Course(definition)
    return list(
        course.advance(lead, journey or Journey(), end, requests=requests, judged_until=judged_until),
    )


def results(steps: Sequence[Step]) -> list[tuple[str, Result, datetime]]:
    """Return trigger, result and instant of each step."""
    return [(step.decision.trigger, step.decision.result, step.decision.at) for step in steps]


def entered(at: float = 0) -> Lead:
    """Return a lead that came on a day."""
    return Lead("1").activity("came", at=day(at))


class TestTime:
    """A move is dated at the instant at which it fell due."""

    COOLING = made(QUALIFY, arrow("cool", "mql", "recycled", "not demo", automatic=True))

    @pytest.mark.parametrize("noticed", [11, 11.5, 300])
    def test_a_window_drops_its_activity_exactly_at_activity_plus_within(self, noticed: float) -> None:
        """The move is dated at that instant, however late somebody looks."""
        lead = entered().activity("demo", at=day(1))

        assert [("iql", day(0)), ("mql", day(1)), ("recycled", day(11))] == moves(walk(self.COOLING, lead, noticed))

    def test_a_moment_before_the_window_drops_it_nothing_has_moved(self) -> None:
        """The last instant at which the activity counts."""
        lead = entered().activity("demo", at=day(1))

        assert [("iql", day(0)), ("mql", day(1))] == moves(walk(self.COOLING, lead, day(11) - MOMENT))

    def test_a_newer_activity_keeps_the_window_open(self) -> None:
        """What falls due is worked out again at every fact that is read."""
        lead = entered().activity("demo", at=day(1)).activity("demo", at=day(10.5))

        assert ("recycled", day(20.5)) == moves(walk(self.COOLING, lead, 300))[-1]

    def test_a_fact_at_the_very_instant_the_window_drops_keeps_it_open(self) -> None:
        """In one instant facts come first."""
        lead = entered().activity("demo", at=day(1)).activity("demo", at=day(11))

        assert ("recycled", day(21)) == moves(walk(self.COOLING, lead, 300))[-1]

    def test_a_timed_move_is_followed_by_its_cascade_and_the_next_timed_move(self) -> None:
        """Whatever is due comes in order of time, each at its own instant."""
        definition = made(
            QUALIFY,
            arrow("accept", "mql", "sal", "waited", automatic=True),
            arrow("file", "sal", "recycled", "came", automatic=True),
            arrow("wake", "recycled", "iql", "waited", automatic=True),
        )
        lead = entered().activity("demo", at=day(1))

        assert [
            *(("iql", day(0)), ("mql", day(1)), ("sal", day(8)), ("recycled", day(8))),
            ("iql", day(15)),
        ] == moves(walk(definition, lead, 40))

    def test_what_would_fall_due_beyond_the_calendar_never_does(self) -> None:
        """A lead may be judged at the end of time."""
        end = datetime.max.replace(tzinfo=day(0).tzinfo)
        lead = Lead("1").activity("came", at=end - timedelta(days=2)).activity("demo", at=end - timedelta(days=1))

        assert ["iql", "mql"] == [target for target, _ in moves(walk(self.COOLING, lead, end))]


class TestOneInstant:
    """In one instant: all facts, then automatic transitions to the end, then each request with its cascade."""

    DEFINITION = made(
        QUALIFY,
        arrow("accept", "mql", "sal", "demo"),
        arrow("file", "sal", "recycled", "likes", automatic=True),
        arrow("drop", "iql mql sal", "recycled"),
    )

    def test_facts_come_before_automatic_moves_and_those_before_requests(self) -> None:
        """Whatever the order in which they were handed in."""
        lead = Lead("1").answer(likes=True, at=day(1)).activity("demo", at=day(1)).activity("came", at=day(1))
        steps = walk(self.DEFINITION, lead, 1, requests=[(day(1), ACCEPT)])

        assert [("iql", day(1)), ("mql", day(1)), ("sal", day(1)), ("recycled", day(1))] == moves(steps)
        assert ["enter", "qualify", "accept", "file"] == [step.decision.trigger for step in steps]

    def test_requests_of_one_instant_are_asked_in_the_order_given_each_with_its_cascade(self) -> None:
        """The second finds the lead where the first and what followed from it have left it."""
        lead = entered().answer(likes=True, at=day(0)).activity("demo", at=day(0))
        drop = Request(trigger="drop", actor="sales:17")

        first = walk(self.DEFINITION, lead, 1, requests=[(day(1), ACCEPT), (day(1), drop)])
        other = walk(self.DEFINITION, lead, 1, requests=[(day(1), drop), (day(1), ACCEPT)])

        assert [Result.GRANTED, Result.GRANTED, Result.UNDEFINED] == [step.decision.result for step in first[2:]]
        assert ["drop", "accept"] == [step.decision.trigger for step in other[2:]]

    def test_what_falls_due_comes_before_what_is_asked(self) -> None:
        """A request at the very instant at which time moves the lead comes second."""
        definition = made(
            QUALIFY, arrow("cool", "mql", "recycled", "not demo", automatic=True), arrow("accept", "mql", "sal")
        )
        lead = entered().activity("demo", at=day(1))

        at_it = walk(definition, lead, 11, requests=[(day(11), ACCEPT)])
        before = walk(definition, lead, 11, requests=[(day(11) - MOMENT, ACCEPT)])

        assert [("cool", Result.GRANTED, day(11)), ("accept", Result.UNDEFINED, day(11))] == results(at_it)[2:]
        assert [("accept", Result.GRANTED, day(11) - MOMENT)] == results(before)[2:]

    def test_the_first_open_transition_in_the_file_wins(self) -> None:
        """Of several automatic transitions that are open at once."""
        definition = made(
            arrow("left", "iql", "mql", "demo", automatic=True), arrow("right", "iql", "sal", "demo", automatic=True)
        )

        assert ["iql", "mql"] == [
            target for target, _ in moves(walk(definition, entered().activity("demo", at=day(1)), 1))
        ]

    def test_requests_are_asked_in_order_of_time(self) -> None:
        """Whatever the order in which they were handed in."""
        lead = entered().activity("demo", at=day(0))
        drop = Request(trigger="drop", actor="sales:17")
        steps = walk(self.DEFINITION, lead, 5, requests=[(day(4), drop), (day(2), ACCEPT)])

        assert [("sal", day(2)), ("recycled", day(4))] == moves(steps)[2:]


class TestLoops:
    """In one instant a lead never enters automatically a stage that it left or entered at that instant."""

    DEFINITION = made(
        QUALIFY,
        arrow("cool", "mql", "iql", "came and not waited", automatic=True),
        arrow("accept", "mql", "sal", "fits"),
    )
    LOOPED = ("cool", Result.LOOPED, day(1))

    def lead(self) -> Lead:
        """Return a lead that comes, asks for a demo, and could be sent back at once."""
        return entered(1).activity("demo", at=day(1))

    def test_such_a_move_is_not_made_and_is_told(self) -> None:
        """It is kept as a refusal, with the result LOOPED."""
        steps = walk(self.DEFINITION, self.lead(), 1)

        assert [("enter", Result.GRANTED, day(1)), ("qualify", Result.GRANTED, day(1)), self.LOOPED] == results(steps)
        assert "mql" == steps[-1].journey.stage

    def test_neither_an_unread_fact_nor_a_refused_request_nor_time_moves_the_lead_later(self) -> None:
        """It is told once, and nothing but a fact that is read tries again."""
        lead = self.lead().activity("click", at=day(2)).profile(industry="mining", at=day(3))
        steps = walk(self.DEFINITION, lead, 300, requests=[(day(4), ACCEPT), (day(5), ACCEPT)])

        assert [
            self.LOOPED,
            ("accept", Result.REFUSED, day(4)),
            ("accept", Result.REFUSED, day(5)),
        ] == results(steps)[2:]

    @pytest.mark.parametrize("judged_until", [None, day(1), day(3)])
    def test_a_call_does_not_move_the_lead_either(self, judged_until: datetime | None) -> None:
        """Taken up again, by a tick or by a call, the walk tells the same and moves nobody."""
        journey = walk(self.DEFINITION, self.lead(), 1)[-1].journey
        lead = self.lead().activity("click", at=day(2))

        assert [self.LOOPED] == results(
            walk(self.DEFINITION, lead, 4, journey=journey, judged_until=judged_until),
        )

    def test_the_next_fact_that_is_read_moves_it(self) -> None:
        """At another instant the stage is no longer closed; then the way back is the one that is not taken."""
        lead = self.lead().activity("came", at=day(2))

        assert [("cool", Result.GRANTED, day(2)), ("qualify", Result.LOOPED, day(2))] == results(
            walk(self.DEFINITION, lead, 4)
        )[3:]

    def test_a_round_of_several_stages_ends_as_well(self) -> None:
        """Every cascade ends: it enters each stage once at most."""
        definition = made(
            QUALIFY,
            arrow("accept", "mql", "sal", "came", automatic=True),
            arrow("cool", "sal", "iql", "not waited", automatic=True),
        )
        steps = walk(definition, self.lead(), 1)

        assert ["iql", "mql", "sal"] == [target for target, _ in moves(steps)]
        assert ("cool", Result.LOOPED, day(1)) == results(steps)[-1]

    def test_where_the_first_is_looped_the_next_open_one_is_taken(self) -> None:
        """A move that is not made does not keep others from being made."""
        definition = made(
            QUALIFY,
            arrow("cool", "mql", "iql", "came and not waited", automatic=True),
            arrow("accept", "mql", "sal", "came", automatic=True),
        )

        assert [self.LOOPED, ("accept", Result.GRANTED, day(1))] == results(walk(definition, self.lead(), 1))[2:]

    def test_who_asks_may_go_back_in_the_same_instant(self) -> None:
        """The rule is for what moves by itself."""
        definition = made(QUALIFY, arrow("back", "mql", "iql"))
        back = Request(trigger="back", actor="sales:17")
        steps = walk(definition, self.lead(), 1, requests=[(day(1), back)])

        assert [("back", Result.GRANTED, day(1)), ("qualify", Result.LOOPED, day(1))] == results(steps)[2:]


class TestFailures:
    """A criterion that breaks keeps a transition closed, and that is told."""

    DEFINITION = made(
        arrow("qualify", "iql", "mql", "demo and fragile", automatic=True), arrow("drop", "iql mql", "recycled")
    )

    def test_a_failed_attempt_is_told_once_between_two_moves(self) -> None:
        """However many facts come."""
        lead = entered().activity("demo", at=day(1)).activity("crash", at=day(2))
        for later in range(3, 6):
            lead.activity("demo", at=day(later))

        assert [("qualify", Result.FAILED, day(2))] == results(walk(self.DEFINITION, lead, 9))[1:]

    def test_it_is_told_again_after_a_move(self) -> None:
        """Between two moves once: after the next one it is news again."""
        definition = made(
            arrow("qualify", "iql", "mql", "demo and fragile", automatic=True),
            arrow("drop", "iql", "recycled"),
            arrow("wake", "recycled", "iql", "likes", automatic=True),
        )
        lead = entered().activity("demo", at=day(1)).activity("crash", at=day(2)).answer(likes=True, at=day(4))
        drop = Request(trigger="drop", actor="sales:17")
        steps = walk(definition, lead, 9, requests=[(day(3), drop)])

        assert [day(2), day(4)] == [at for _, result, at in results(steps) if result is Result.FAILED]

    def test_what_broke_without_standing_in_the_way_is_not_told(self) -> None:
        """An attempt that would have stayed closed anyway leaves nothing."""
        lead = entered().activity("crash", at=day(1))

        assert [("enter", Result.GRANTED, day(0))] == results(walk(self.DEFINITION, lead, 9))

    def test_what_is_unknown_and_no_more_is_not_told(self) -> None:
        """An automatic attempt that stays closed leaves nothing."""
        definition = made(arrow("qualify", "iql", "mql", "demo and fits", automatic=True))

        assert [("enter", Result.GRANTED, day(0))] == results(
            walk(definition, entered().activity("demo", at=day(1)), 9)
        )

    def test_what_broke_beside_what_is_unknown_is_told_only_as_a_blocker(self) -> None:
        """Unknown and broken, and neither of them alone would open it: the failure is among the blockers."""
        definition = made(arrow("qualify", "iql", "mql", "fits and fragile or demo and fits", automatic=True))
        lead = entered().activity("crash", at=day(1)).activity("demo", at=day(1))

        assert [("enter", Result.GRANTED, day(0))] == results(walk(definition, lead, 9))


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
        lead = Lead("1").activity("click", at=day(1)).activity("came", at=day(3))

        assert [("iql", day(3))] == moves(walk(made(), lead, 9, judged_until=day(2)))

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
