"""Facts in order of time: the values of one field, the activities of one kind, and the activities a question selected.

Adding in order of time costs amortised constant time, and a window is a bisection, so that nothing grows with the
length of a lead's past.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from lifecycle.canonical import LARGEST
from lifecycle.times import after, as_utc

__all__ = ["NOTHING_KNOWN", "Activities", "Activity", "Lane", "Values"]

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
    """Activities in order of time, with running figures of the properties that somebody asks for.

    The figures are made whole at the first question and kept up by `put`, so that several threads may read at once.
    """

    __slots__ = ("_running", "_seen", "activities", "instants")

    def __init__(self, activities: Iterable[Activity] = ()) -> None:
        self.activities: list[Activity] = list(activities)
        self.instants: list[datetime] = [activity.at for activity in self.activities]
        self._running: dict[str, _Running] = {}
        self._seen: dict[str, _Seen] = {}

    def put(self, activity: Activity) -> None:
        """Add an activity behind those of the same instant."""
        index = bisect_right(self.instants, activity.at)
        late = index < len(self.instants)
        self.instants.insert(index, activity.at)
        self.activities.insert(index, activity)
        if late:  # it changes every figure behind it, so they are made anew when they are asked for
            self._running.clear()
            self._seen.clear()
            return
        for field, running in self._running.items():
            running.add(activity.properties.get(field))
        for field, seen in self._seen.items():
            seen.add(activity.properties.get(field))

    def total(self, field: str, low: int, high: int) -> int:
        """Sum one whole-number property over `activities[low:high]`; an activity without it adds nothing.

        Raises:
            TypeError: the property is no whole number up to 2^53 in one of them.
        """
        running = self._running.get(field)
        if running is None:
            running = self._running[field] = _Running(activity.properties.get(field) for activity in self.activities)
        odd = bisect_left(running.odd, low)
        if odd < len(running.odd) and running.odd[odd] < high:
            activity = self.activities[running.odd[odd]]
            message = f"{field} of {activity.kind} at {activity.at.isoformat()} is not a whole number up to 2^53"
            raise TypeError(message)
        return running.sums[high] - running.sums[low]

    def distinct(self, field: str, low: int, high: int) -> int:
        """Count the different values of one property over `activities[low:high]`; only a part of the lane is walked."""
        if low:
            values = (activity.properties.get(field) for activity in self.activities[low:high])
            return len({repr(value) for value in values if value is not None})
        seen = self._seen.get(field)
        if seen is None:
            seen = self._seen[field] = _Seen(activity.properties.get(field) for activity in self.activities)
        return seen.counts[high]


class _Running:
    """Sums of the first 0, 1, 2, ... values, and the positions of those that are no whole numbers, or too large."""

    __slots__ = ("odd", "sums")

    def __init__(self, values: Iterable[Any]) -> None:
        self.sums = [0]
        self.odd: list[int] = []
        for value in values:
            self.add(value)

    def add(self, value: Any) -> None:
        is_whole = isinstance(value, int) and not isinstance(value, bool) and -LARGEST <= value <= LARGEST
        whole: int = value if is_whole else 0
        if value is not None and not is_whole:
            self.odd.append(len(self.sums) - 1)
        self.sums.append(self.sums[-1] + whole)


class _Seen:
    """How many different values there are among the first 0, 1, 2, ... ones."""

    __slots__ = ("_values", "counts")

    def __init__(self, values: Iterable[Any]) -> None:
        self.counts = [0]
        self._values: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: Any) -> None:
        if value is not None:
            self._values.add(repr(value))
        self.counts.append(len(self._values))


_NOTHING_DONE: Final = Lane()


class Activities:
    """The activities that a question selected: a view of a lane, which counts without walking."""

    __slots__ = ("_high", "_lane", "_low", "_within")

    def __init__(self, lane: Lane | None, low: int, high: int, within: timedelta | None = None) -> None:
        self._lane = lane or _NOTHING_DONE
        self._low = low
        self._high = high
        self._within = within

    def __iter__(self) -> Iterator[Activity]:
        """Walk them in order of time."""
        return iter(self._lane.activities[self._low : self._high])

    @property
    def count(self) -> int:
        """How many there are."""
        return self._high - self._low

    @property
    def first(self) -> Activity | None:
        """The earliest, or None."""
        return self._lane.activities[self._low] if self.count else None

    @property
    def last(self) -> Activity | None:
        """The latest, or None."""
        return self._lane.activities[self._high - 1] if self.count else None

    @property
    def until(self) -> datetime | None:
        """The instant at which the window drops its earliest activity; None where time alone changes nothing."""
        first = self.first
        return None if self._within is None or first is None else after(first.at, self._within)

    def total(self, field: str) -> int:
        """Sum a whole-number property over them; an activity without it adds nothing.

        Raises:
            TypeError: the property is not a whole number up to 2^53 in one of them.
        """
        return self._lane.total(field, self._low, self._high)

    def distinct(self, field: str) -> int:
        """Count the different values of a property; activities without it count for nothing.

        Without a window, in the first cycle, this walks nothing; otherwise it walks the activities selected.
        """
        return self._lane.distinct(field, self._low, self._high)

    def before(self, at: datetime) -> Activities:
        """Give those strictly earlier than `at`."""
        return Activities(self._lane, self._low, self._cut(at), self._within)

    def since(self, at: datetime) -> Activities:
        """Give those at `at` or later."""
        return Activities(self._lane, self._cut(at), self._high, self._within)

    def _cut(self, at: datetime) -> int:
        return bisect_left(self._lane.instants, at, self._low, self._high)
