"""The one loop in time: what is decided, when, and in which order."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lifecycle import Lead
from lifecycle.decision import Request, Result
from tests.made import arrow, day, made, moves
from tests.walking import ACCEPT, MOMENT, QUALIFY, entered, results, walk


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
