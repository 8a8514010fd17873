"""Tests the lists in order of time: values of one field, activities of one kind, and what a question selects."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifecycle.facts import Activities, Activity, Lane, Values

START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
INSTANT = timedelta(microseconds=1)
NOTHING: dict[str, Any] = {}

hours = st.integers(0, 6)
histories = st.lists(st.tuples(hours, st.sampled_from("xyz")), max_size=8)
amounts = st.lists(st.tuples(hours, st.none() | st.integers(-3, 9)), max_size=12)


def at(hour: int) -> datetime:
    """Return the instant so many hours after the start."""
    return START + hour * HOUR


def lane_of(*done: tuple[int, dict[str, Any]], kind: str = "page") -> Lane:
    """Return a lane to which activities were added in this order."""
    lane = Lane()
    for hour, properties in done:
        lane.put(Activity(kind, at(hour), properties))
    return lane


def view(lane: Lane, low: int = 0, high: int | None = None, within: timedelta | None = None) -> Activities:
    """Return a view of one lane, of the whole lane unless said otherwise."""
    return Activities(lane, low, len(lane.instants) if high is None else high, within)


class TestValues:
    """A field has the value that was given last, in order of time."""

    @given(histories, hours)
    def test_latest_value_wins_and_of_one_instant_the_last_given(
        self, history: list[tuple[int, str]], now: int
    ) -> None:
        """Whatever the order of arrival, the value is that of the latest instant, and there of the latest arrival."""
        values = Values()
        for hour, value in history:
            values.put(at(hour), value)
        past = [(hour, order, value) for order, (hour, value) in enumerate(history) if hour <= now]

        assert (max(past)[2] if past else None) == values.at(at(now))

    @given(histories, hours, hours)
    def test_since_hides_what_is_not_strictly_later(self, history: list[tuple[int, str]], now: int, since: int) -> None:
        """A value of the very instant `since` is hidden with all before it."""
        values, later = Values(), Values()
        for hour, value in history:
            values.put(at(hour), value)
            if hour > since:
                later.put(at(hour), value)

        assert later.at(at(now)) == values.at(at(now), at(since))

    @given(histories)
    def test_clashes_are_the_contradictions_within_an_instant(self, history: list[tuple[int, str]]) -> None:
        """A value contradicts the one that its instant had until then; a repetition does not."""
        values, present = Values(), dict[int, str]()
        for hour, value in history:
            expected = hour in present and present[hour] != value
            present[hour] = value

            assert expected is values.put(at(hour), value)

    def test_first_is_the_earliest_not_the_first_to_arrive(self) -> None:
        """What is told late of an earlier time comes first."""
        values = Values()
        values.put(at(2), "told first")
        values.put(at(1), "was first")

        assert "was first" == values.first(at(2))
        assert "was first" == values.first(at(1))
        assert None is values.first(at(1) - INSTANT)
        assert None is Values().first(at(1))


class TestLane:
    """The activities of one kind, with running totals that survive late arrivals."""

    @given(amounts, st.data())
    def test_totals_are_sums_whatever_was_asked_before(
        self, given_: list[tuple[int, int | None]], data: st.DataObject
    ) -> None:
        """Asking between arrivals, early or late ones, changes no later answer."""
        lane, seen = Lane(), list[tuple[int, int | None]]()
        for hour, amount in given_:
            lane.put(Activity("page", at(hour), {} if amount is None else {"seconds": amount}))
            seen.append((hour, amount))
            ordered = [amount or 0 for _, amount in sorted(seen, key=lambda one: one[0])]
            high = data.draw(st.integers(0, len(ordered)))
            low = data.draw(st.integers(0, high))

            assert sum(ordered[low:high]) == lane.total("seconds", low, high)

    def test_late_arrival_changes_the_totals_behind_it(self) -> None:
        """The running totals are made once; what comes late is added to them."""
        lane = lane_of((1, {"n": 1}), (3, {"n": 4}))
        before = lane.total("n", 0, 2)
        lane.put(Activity("page", at(2), {"n": 2}))

        assert (5, 7) == (before, lane.total("n", 0, 3))
        assert (1, 2, 4) == tuple(lane.total("n", index, index + 1) for index in range(3))

    def test_of_one_instant_the_later_comes_behind(self) -> None:
        """The order of arrival is kept within an instant."""
        lane = lane_of((1, {"n": "first"}), (1, {"n": "second"}))

        assert ["first", "second"] == [activity.properties["n"] for activity in lane.activities]

    @pytest.mark.parametrize("value", ["5", 1.5, True, [1], 2**53 + 1, -(2**70)])
    def test_what_is_no_whole_number_is_not_summed(self, value: object) -> None:
        """The error names the property, the kind and the instant; the totals before it stay right."""
        lane = lane_of((0, {"n": 3}), (1, {"n": value}), (2, {"n": 4}))

        told = r"^n of page at 2026-01-05T01:00:00\+00:00 is not a whole number up to 2\^53$"
        with pytest.raises(TypeError, match=told):
            lane.total("n", 0, 3)
        assert 3 == lane.total("n", 0, 1)


class TestActivities:
    """A view counts without walking, and tells when time alone changes it."""

    def test_nothing_selected(self) -> None:
        """Without activities there is no first, no last and no end."""
        nothing = view(lane_of((1, {})), 1, 1, HOUR)

        assert ([], 0, None, None, None) == (list(nothing), nothing.count, nothing.first, nothing.last, nothing.until)
        assert (0, 0) == (nothing.total("n"), nothing.distinct("n"))
        assert 0 == view(lane_of((1, {"n": 1})), 0, 0).distinct("n")

    @given(st.lists(hours, max_size=6), st.integers(0, 6), st.integers(0, 6))
    def test_is_a_part_of_its_lane(self, pages: list[int], low: int, high: int) -> None:
        """Its activities in order of time, the earliest, the latest, and how many there are."""
        low, high = sorted((min(low, len(pages)), min(high, len(pages))))
        done = view(lane_of(*((hour, NOTHING) for hour in pages)), low, high)
        expected = [at(hour) for hour in sorted(pages)[low:high]]
        ends = [activity and activity.at for activity in (done.first, done.last)]

        assert expected == [activity.at for activity in done]
        assert len(expected) == done.count
        assert ([expected[0], expected[-1]] if expected else [None, None]) == ends

    def test_window_closes_at_its_earliest_activity_plus_within(self) -> None:
        """At that instant, and no earlier, the earliest activity no longer counts."""
        assert at(1) + 5 * HOUR == view(lane_of((1, {}), (3, {})), within=5 * HOUR).until

    def test_without_window_time_changes_nothing(self) -> None:
        """What has been done stays done."""
        assert None is view(lane_of((1, {}))).until

    def test_window_may_end_with_the_calendar(self) -> None:
        """A window that reaches beyond year 9999 never drops anything."""
        assert None is view(lane_of((1, {})), within=timedelta.max).until

    def test_odd_property_outside_the_selection_spoils_nothing(self) -> None:
        """What is no whole number matters only while it is selected."""
        lane = lane_of((1, {"n": 1.5}), (2, {"n": 2}), (3, {"n": 5}))

        assert 7 == view(lane, 1).total("n")

    def test_distinct_counts_values_of_any_type(self) -> None:
        """Lists are values too; 1 and "1" and true are three values; no value is none."""
        values: list[object] = [1, "1", True, [1], [1], None, 1]

        assert 4 == view(lane_of(*((0, {"n": value}) for value in values))).distinct("n")

    @given(st.lists(st.tuples(hours, st.none() | st.integers(0, 3)), max_size=8), st.data())
    def test_distinct_is_the_same_whatever_was_asked_before(
        self, done: list[tuple[int, int | None]], data: st.DataObject
    ) -> None:
        """Asking between arrivals, early or late ones, changes no later answer."""
        lane, seen = Lane(), list[tuple[int, int | None]]()
        for hour, page in done:
            lane.put(Activity("page", at(hour), {"n": page}))
            seen.append((hour, page))
            ordered = [page for _, page in sorted(seen, key=lambda one: one[0])]
            low = data.draw(st.integers(0, len(ordered)))

            assert len({*ordered} - {None}) == lane.distinct("n", 0, len(ordered))
            assert len({*ordered[low:]} - {None}) == lane.distinct("n", low, len(ordered))

    @given(st.lists(hours, max_size=8), hours, hours)
    def test_before_and_since_part_a_view(self, pages: list[int], cut: int, low: int) -> None:
        """What is strictly earlier and what is not are all there is, and each tells when its window closes."""
        lane = lane_of(*((hour, NOTHING) for hour in pages))
        done = view(lane, min(low, len(pages)), within=HOUR)
        earlier, later = done.before(at(cut)), done.since(at(cut))

        assert list(done) == [*earlier, *later]
        assert all(activity.at < at(cut) for activity in earlier)
        assert all(activity.at >= at(cut) for activity in later)
        for part in (earlier, later):
            assert (None if part.first is None else part.first.at + HOUR) == part.until
