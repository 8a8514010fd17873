"""Facts in order of time: the values of one field, the activities of one kind, and the activities a question selected.

Adding in order of time costs amortised constant time, and a window is a bisection, so that nothing grows with the
length of a lead's past.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Any, Final

import attrs

from lifecycle.times import after, as_utc

__all__ = ["NOTHING_KNOWN", "Activities", "Activity", "Lane", "Slice", "Values"]

NOTHING_KNOWN: Final[Mapping[str, Any]] = {}


@attrs.frozen
class Activity:
    """One dated action of a lead: its kind (`demo_requested`), its instant in UTC, and what else is known of it."""

    kind: str
    at: datetime = attrs.field(converter=as_utc)
    properties: Mapping[str, Any] = NOTHING_KNOWN


class Values:
    """The values one field has had, in order of time; for one instant the last given one wins."""

    __slots__ = ("instants", "values")

    def __init__(self) -> None:
        self.instants: list[datetime] = []
        self.values: list[Any] = []

    def put(self, at: datetime, value: Any) -> bool:
        """Add a value; say whether it contradicts the value that the same instant had."""
        index = bisect_right(self.instants, at)
        clash = bool(index) and self.instants[index - 1] == at and self.values[index - 1] != value
        self.instants.insert(index, at)
        self.values.insert(index, value)
        return clash

    def at(self, at: datetime, since: datetime | None = None) -> Any:
        """Give the value as of `at`, given strictly after `since`; None where there is none."""
        index = bisect_right(self.instants, at)
        if not index or (since is not None and self.instants[index - 1] <= since):
            return None
        return self.values[index - 1]

    def first(self, at: datetime) -> Any:
        """Give the first value as of `at`; None where there is none."""
        return self.at(self.instants[0]) if self.instants and self.instants[0] <= at else None


class Lane:
    """The activities of one kind in order of time, with running totals of the properties that somebody sums."""

    __slots__ = ("activities", "instants", "totals")

    def __init__(self) -> None:
        self.instants: list[datetime] = []
        self.activities: list[Activity] = []
        self.totals: dict[str, list[int]] = {}

    def put(self, activity: Activity) -> None:
        """Add an activity behind those of the same instant."""
        index = bisect_right(self.instants, activity.at)
        self.instants.insert(index, activity.at)
        self.activities.insert(index, activity)
        for running in self.totals.values():  # a late arrival changes every total behind it
            del running[index + 1 :]

    def total(self, field: str, low: int, high: int) -> int:
        """Sum one property over `activities[low:high]`; the running totals are made once and then kept."""
        running = self.totals.setdefault(field, [0])
        for activity in self.activities[len(running) - 1 : high]:
            running.append(running[-1] + _whole(activity, field))
        return running[high] - running[low]


def _whole(activity: Activity, field: str) -> int:
    value = activity.properties.get(field)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"{field} of {activity.kind} at {activity.at.isoformat()} is not a whole number"
        raise TypeError(message)
    return value


Slice = tuple[Lane, int, int]
_instant = attrgetter("at")


class Activities:
    """The activities that a question selected: a view, which counts without walking."""

    __slots__ = ("_slices", "_within")

    def __init__(self, slices: Iterable[Slice], within: timedelta | None) -> None:
        self._slices = [piece for piece in slices if piece[1] < piece[2]]
        self._within = within

    def __iter__(self) -> Iterator[Activity]:
        """Walk them in order of time."""
        return merge(*(lane.activities[low:high] for lane, low, high in self._slices), key=_instant)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(high - low for _, low, high in self._slices)

    @property
    def first(self) -> Activity | None:
        """The earliest, or None."""
        return min((lane.activities[low] for lane, low, _ in self._slices), key=_instant, default=None)

    @property
    def last(self) -> Activity | None:
        """The latest, or None."""
        return max((lane.activities[high - 1] for lane, _, high in self._slices), key=_instant, default=None)

    @property
    def until(self) -> datetime | None:
        """The instant at which the window drops its earliest activity; None where time alone changes nothing."""
        first = self.first
        return None if self._within is None or first is None else after(first.at, self._within)

    def total(self, field: str) -> int:
        """Sum a whole-number property over them; an activity without it adds nothing.

        Raises:
            TypeError: the property is not a whole number somewhere.
        """
        return sum(lane.total(field, low, high) for lane, low, high in self._slices)

    def distinct(self, field: str) -> int:
        """Count the different values of a property; activities without it count for nothing. Walks them all."""
        values = (activity.properties.get(field) for activity in self)
        return len({repr(value) for value in values if value is not None})

    def before(self, at: datetime) -> Activities:
        """Give those strictly earlier than `at`."""
        return self._part((lane, low, bisect_left(lane.instants, at, low, high)) for lane, low, high in self._slices)

    def since(self, at: datetime) -> Activities:
        """Give those at `at` or later."""
        return self._part((lane, bisect_left(lane.instants, at, low, high), high) for lane, low, high in self._slices)

    def _part(self, slices: Iterable[Slice]) -> Activities:
        return Activities(slices, self._within)
