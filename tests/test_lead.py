"""Tests what is known about a lead, and what a snapshot of it shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.errors import NaiveInstantError
from lifecycle.journey import Journey
from lifecycle.lead import Lead, Snapshot
from lifecycle.times import BEGINNING

START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
NAIVE = datetime(2026, 1, 5)

Adder = Callable[..., Lead]

WAYS: dict[str, Callable[[Lead, dict[str, Any]], Lead]] = {
    "profile": lambda lead, more: lead.profile({"email": "a@b.example"}, **more),
    "answer": lambda lead, more: lead.answer({"budget": True}, **more),
    "channel": lambda lead, more: lead.channel("webinar", **more),
    "activity": lambda lead, more: lead.activity("page", **more),
}
every_way = pytest.mark.parametrize("add", WAYS.values(), ids=WAYS)


def at(hour: int) -> datetime:
    """Return the instant so many hours after the start."""
    return START + hour * HOUR


def seen(lead: Lead, hour: int, *, cycle_start: datetime | None = None) -> Snapshot:
    """Return the lead so many hours after the start, in the first cycle or in one that started at an instant."""
    return Snapshot(lead, at(hour), Journey(cycle=1 if cycle_start is None else 2, cycle_start=cycle_start))


class TestAdding:
    """Facts are added, each with its instant, and each at most once."""

    def test_adding_chains(self) -> None:
        """Each method returns the lead itself."""
        lead = Lead("42")

        assert lead is lead.channel("ads", at=at(0)).profile(email="a@b.example").activity("page").answer(size=5)

    @every_way
    def test_naive_instant_is_refused_and_uses_up_no_identifier(self, add: Adder) -> None:
        """The same fact can be given again with its zone."""
        lead = Lead("42")
        with pytest.raises(NaiveInstantError):
            add(lead, {"at": NAIVE, "identifier": "i"})
        add(lead, {"at": at(0), "identifier": "i"})

        assert 0 == lead.repeated
        assert [at(0)] == list(lead.timeline[0])

    @every_way
    def test_repeated_identifier_is_dropped_and_counted(self, add: Adder) -> None:
        """The first stays, whatever the second says, and no trace of the second is left."""
        lead = Lead("42")
        add(lead, {"at": at(0), "identifier": "i"})
        add(lead, {"at": at(1), "identifier": "i"})
        add(lead, {"at": at(2), "identifier": "j"})
        add(lead, {"at": at(3)})

        assert 1 == lead.repeated
        assert [at(0), at(2), at(3)] == list(lead.timeline[0])

    def test_identifiers_are_one_space_for_all_kinds_of_facts(self) -> None:
        """An identifier names one input, whatever it says."""
        lead = Lead("42").profile(email="a@b.example", identifier="i").activity("page", identifier="i")

        assert 1 == lead.repeated
        assert 0 == seen(lead, 0).activities().count
        assert lead.is_new(None)
        assert not lead.is_new("i")
        assert lead.is_new("j")
        assert 2 == lead.repeated

    @pytest.mark.parametrize("name", ["", "  ", None, 5])
    def test_blank_names_are_refused(self, name: Any) -> None:
        """A fact without a name could never be asked for."""
        ways: list[Callable[[], Lead]] = [
            lambda: Lead(name),
            lambda: Lead("42").channel(name),
            lambda: Lead("42").activity(name),
            lambda: Lead("42").profile({name: 1}),
            lambda: Lead("42").answer({name: 1}),
        ]
        for add in ways:
            with pytest.raises(ValueError, match="is a non-empty text, not"):
                add()

    def test_fields_may_have_any_name(self) -> None:
        """What would clash with an argument goes into the table."""
        lead = (
            Lead("42").profile({"at": 1, "identifier": 2, "fields": 3}, more=4).activity("page", {"at": 5, "kind": 6})
        )
        known = seen(lead, 0)
        page = known.activities().first

        assert (1, 2, 3, 4) == tuple(known.profile(name) for name in ("at", "identifier", "fields", "more"))
        assert page is not None
        assert {"at": 5, "kind": 6} == page.properties

    def test_properties_are_the_leads_own(self) -> None:
        """What a caller does with its table afterwards changes nothing."""
        properties = {"n": 1}
        lead = Lead("42").activity("page", properties)
        properties["n"] = 2

        assert [1] == [activity.properties["n"] for activity in seen(lead, 0).activities()]

    def test_repr_says_how_much_and_not_what(self) -> None:
        """A lead that gets into a log tells nothing about a person."""
        assert "<Lead with 2 facts>" == repr(Lead("ada@acme.example").profile(email="ada@acme.example", size=5))

    def test_timeline_names_every_fact_in_order_of_time(self) -> None:
        """What is undated stands at the beginning; several fields are several facts."""
        lead = (
            Lead("42")
            .activity("page", at=at(2))
            .profile(email="x", size=5, at=at(1))
            .channel("ads")
            .answer(size=1, at=at(1))
        )

        assert [BEGINNING, at(1), at(1), at(1), at(2)] == list(lead.timeline[0])
        assert ["channel", "profile:email", "profile:size", "answer:size", "activity:page"] == list(lead.timeline[1])

    def test_contradictions_of_one_instant_are_counted(self) -> None:
        """A repetition is none, and neither is another value at another instant."""
        lead = Lead("42").profile(size=5, at=at(1)).profile(size=5, at=at(1)).profile(size=6, at=at(2))
        assert 0 == lead.clashes
        lead.profile(size=7, at=at(1)).answer(size=1).answer(size=2).channel("ads").channel("web")

        assert 3 == lead.clashes


class TestSight:
    """A snapshot sees the facts dated at or before its instant, and no others."""

    @every_way
    def test_fact_of_the_very_instant_is_seen_and_a_later_one_is_not(self, add: Adder) -> None:
        """The line is drawn after the instant."""
        lead = add(Lead("42"), {"at": at(1)})
        found = [self.everything(Snapshot(lead, instant)) for instant in (at(1) - INSTANT, at(1))]

        assert [0, 1] == [sum(value is not None and value != 0 for value in values) for values in found]

    @every_way
    def test_undated_fact_has_always_been_known(self, add: Adder) -> None:
        """It is seen from the first instant of the calendar on."""
        found = self.everything(Snapshot(add(Lead("42"), {}), BEGINNING))

        assert 1 == sum(value is not None and value != 0 for value in found)

    @staticmethod
    def everything(known: Snapshot) -> tuple[Any, ...]:
        """Return all that the ways of adding can have added."""
        return known.profile("email"), known.answer("budget"), known.channel, known.activities("page").count

    @given(st.lists(st.tuples(st.sampled_from(sorted(WAYS)), st.integers(0, 6)), max_size=8), st.integers(0, 6))
    def test_later_facts_change_nothing(self, facts: list[tuple[str, int]], now: int) -> None:
        """Adding a fact after an instant never changes what is seen at that instant."""
        all_of_them, until_now = Lead("42"), Lead("42")
        for way, hour in facts:
            WAYS[way](all_of_them, {"at": at(hour)})
            if hour <= now:
                WAYS[way](until_now, {"at": at(hour)})

        assert self.everything(seen(until_now, now)) == self.everything(seen(all_of_them, now))

    def test_naive_instant_is_refused(self) -> None:
        """A snapshot is at an instant too."""
        with pytest.raises(NaiveInstantError):
            Snapshot(Lead("42"), NAIVE)

    def test_what_nobody_said_is_none(self) -> None:
        """Not known is a value of its own."""
        known = seen(Lead("42"), 0)

        assert (None, None, None, 0) == self.everything(known)
        assert 0 == known.activities().count

    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_none_and_blank_take_back_what_was_known(self, value: object) -> None:
        """From then on it is not known; before, it was."""
        lead = Lead("42").profile(email="x", at=at(1)).profile({"email": value}, at=at(2))

        assert ("x", None) == (seen(lead, 1).profile("email"), seen(lead, 2).profile("email"))

    def test_of_one_instant_the_later_value_wins(self) -> None:
        """Position decides where time does not."""
        lead = Lead("42").profile(size=5, at=at(1)).profile(size=6, at=at(1)).answer(size=7).answer(size=8)

        assert (6, 8) == (seen(lead, 1).profile("size"), seen(lead, 1).answer("size"))

    def test_first_channel_stays(self) -> None:
        """Where a lead was gathered does not change; only an earlier report replaces it."""
        lead = Lead("42").channel("ads", at=at(2)).channel("webinar", at=at(3))
        assert "ads" == seen(lead, 4).channel
        lead.channel("referral", at=at(1))

        assert "referral" == seen(lead, 4).channel
        assert None is seen(lead, 0).channel

    def test_of_two_first_channels_the_later_position_stays(self) -> None:
        """Of two facts that contradict each other at one instant the later one wins, here as elsewhere."""
        assert "web" == seen(Lead("42").channel("ads", at=at(1)).channel("web", at=at(1)), 2).channel


class TestLanes:
    """A selection of kinds is kept up once somebody has asked for it."""

    @given(st.lists(st.tuples(st.integers(0, 6), st.sampled_from(["page", "call", "chat"])), max_size=8))
    def test_what_comes_after_the_question_is_seen_too(self, done: list[tuple[int, str]]) -> None:
        """Early or late, and in each selection that its kind belongs to."""
        asked, fresh = Lead("42"), Lead("42")
        selections: list[list[str] | str | None] = [["page", "call"], ["call", "page"], "page", ["chat"], None]
        for hour, kind in done:
            counts = [seen(asked, 6).activities(kinds).count for kinds in selections]
            asked.activity(kind, at=at(hour))
            fresh.activity(kind, at=at(hour))

            assert [
                count + (kinds is None or kind in kinds) for count, kinds in zip(counts, selections, strict=True)
            ] == [seen(asked, 6).activities(kinds).count for kinds in selections]
        for kinds in selections:
            assert list(seen(fresh, 6).activities(kinds)) == list(seen(asked, 6).activities(kinds))


class TestWindows:
    """A window is `(at - within, at]`."""

    def test_activity_stops_counting_at_exactly_its_instant_plus_within(self) -> None:
        """One microsecond before, it still counts; `until` names the instant."""
        lead = Lead("42").activity("page", at=at(0))
        inside = Snapshot(lead, at(5) - INSTANT).activities("page", within=5 * HOUR)

        assert (1, at(5)) == (inside.count, inside.until)
        assert 0 == Snapshot(lead, at(5)).activities("page", within=5 * HOUR).count

    def test_activity_of_the_very_instant_counts(self) -> None:
        """The window is closed at its end."""
        assert 1 == seen(Lead("42").activity("page", at=at(5)), 5).activities("page", within=INSTANT).count

    def test_undated_activity_lies_outside_every_window(self) -> None:
        """Nobody can say that it was recent."""
        lead = Lead("42").activity("page")

        assert 0 == seen(lead, 0).activities("page", within=timedelta.max).count
        assert 1 == seen(lead, 0).activities("page").count

    @given(
        st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["page", "call"])), max_size=8),
        st.integers(0, 9),
        st.none() | st.integers(1, 9),
        st.none() | st.integers(0, 9),
        st.sampled_from([None, "page", ["page"], ["call", "page", "page"], ["never"]]),
    )
    def test_selection_is_what_its_words_say(
        self,
        done: list[tuple[int, str]],
        now: int,
        within: int | None,
        start: int | None,
        kinds: str | list[str] | None,
    ) -> None:
        """At or before the instant, later than `at - within`, later than the cycle's start, and of these kinds."""
        lead = Lead("42")
        for hour, kind in done:
            lead.activity(kind, at=at(hour))
        known = seen(lead, now, cycle_start=None if start is None else at(start))
        found = known.activities(kinds, within=None if within is None else within * HOUR)
        expected = [
            hour
            for hour, kind in sorted(done)
            if hour <= now
            and (within is None or hour > now - within)
            and (start is None or hour > start)
            and (kinds is None or kind in kinds)
        ]

        assert [at(hour) for hour in expected] == [activity.at for activity in found]


class TestCycles:
    """A later cycle begins strictly after the move that started it."""

    def test_answers_and_activities_begin_anew(self) -> None:
        """What is dated at the very instant of the move belongs to the cycle before."""
        lead = Lead("42").activity("page", at=at(1)).answer(budget=True, at=at(1))
        known = seen(lead, 3, cycle_start=at(1))
        earlier = seen(lead, 3, cycle_start=at(1) - INSTANT)

        assert (0, None) == (known.activities("page").count, known.answer("budget"))
        assert (1, True) == (earlier.activities("page").count, earlier.answer("budget"))

    def test_ever_looks_at_all_cycles(self) -> None:
        """What was done once can be asked for."""
        lead = Lead("42").activity("page", at=at(1)).answer(budget=True, at=at(1))
        known = seen(lead, 3, cycle_start=at(2))

        assert (1, True) == (known.activities("page", ever=True).count, known.answer("budget", ever=True))

    def test_undated_answers_and_activities_belong_to_the_first_cycle(self) -> None:
        """They have always been known, so they are not of this cycle."""
        known = seen(Lead("42").activity("page").answer(budget=True), 3, cycle_start=at(2))

        assert (0, None) == (known.activities("page").count, known.answer("budget"))

    def test_answer_taken_back_before_the_cycle_stays_unknown(self) -> None:
        """An old answer does not come back because a newer one is hidden."""
        lead = Lead("42").answer(budget=True, at=at(1)).answer(budget=None, at=at(2))

        assert None is seen(lead, 3, cycle_start=at(2)).answer("budget", ever=True)

    def test_profile_and_channel_stay(self) -> None:
        """Who somebody is does not begin anew."""
        lead = Lead("42").profile(email="x", at=at(0)).channel("ads", at=at(0))
        known = seen(lead, 3, cycle_start=at(2))

        assert ("x", "ads") == (known.profile("email"), known.channel)


class TestValues:
    """Facts are what JSON has, and nobody else holds them."""

    def test_caller_keeps_no_hand_on_a_fact(self) -> None:
        """A list or table that is changed afterwards changes nothing that is known."""
        tags, utm = ["a"], {"source": ["x"]}
        lead = Lead("1").profile(tags=tags, at=at(0)).activity("click", at=at(0), utm=utm)
        tags.append("b")
        utm["source"].append("y")
        known = Snapshot(lead, at(0))

        assert ["a"] == known.profile("tags")
        assert [{"source": ["x"]}] == [activity.properties["utm"] for activity in known.activities()]

    @pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, START])
    def test_what_json_does_not_have_is_refused(self, value: object) -> None:
        """The error names the field and not the value, and nothing is added."""
        lead = Lead("1")

        with pytest.raises(ValueError, match=r"^'odd' is a "):
            lead.profile(odd=value)
        assert None is Snapshot(lead, at(0)).profile("odd")

    def test_subclasses_and_decimals_are_values(self) -> None:
        """A number with a point may be a Decimal, and a text of its own type is a text."""
        known = Snapshot(Lead("1").profile(price=Decimal("1.50"), name=type("Name", (str,), {})("Ada")), at(0))

        assert (Decimal("1.50"), "Ada") == (known.profile("price"), known.profile("name"))

    def test_half_a_surrogate_pair_is_no_name(self) -> None:
        """It could not be stored, so it is refused where it comes in."""
        with pytest.raises(ValueError, match="half of a surrogate pair"):
            Lead("\ud800")
        assert "é" == Lead("é").id
