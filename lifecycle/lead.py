"""What is known about a lead, and the view of it that a criterion is given.

Rules of this file:

* Facts are only ever added. Each has an instant; an undated one counts as always known.
* A snapshot is a lead at one instant: it cannot see later facts.
* Facts dated at or before the instant count. A window is `(at - within, at]`: an activity stops counting at exactly its
  instant plus `within`.
* Of two values given for one instant the later addition wins, and the clash is counted. The first channel stays.
* A later cycle counts activities and answers strictly after the move that started it; profile and channel stay.

Adding in order of time costs amortised constant time, and a window is a bisection, so that nothing grows with the length
of a lead's past.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import merge
from operator import attrgetter
from typing import Any, Final

import attrs

from lifecycle.journey import Journey
from lifecycle.times import BEGINNING, after, as_utc, before

__all__ = ["Activities", "Activity", "Lead", "Snapshot"]

_NOTHING_KNOWN: Final[Mapping[str, Any]] = {}


@attrs.frozen
class Activity:
    """One dated action of a lead: its kind (`demo_requested`), its instant in UTC, and what else is known of it."""

    kind: str
    at: datetime = attrs.field(converter=as_utc)
    properties: Mapping[str, Any] = _NOTHING_KNOWN


class _Values:
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


class _Lane:
    """The activities of one kind in order of time, with running totals of the properties that somebody sums."""

    __slots__ = ("activities", "instants", "totals")

    def __init__(self) -> None:
        self.instants: list[datetime] = []
        self.activities: list[Activity] = []
        self.totals: dict[str, list[int]] = {}

    def put(self, activity: Activity) -> None:
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


class Lead:
    """One lead: its `id` and everything ever known of it, as dated facts.

    The adding methods return the lead itself, so that they chain:

        Lead("42").channel("webinar", at=t0).profile(industry="software").activity("demo_requested", at=t1)

    Instants are aware datetimes; `at=None` means undated, which counts as always known. Values are what JSON has: text,
    whole numbers, decimals, true and false. None and blank text mean not known. A fact given with an `identifier` that the
    lead has had before is dropped and counted in `repeated`.

    Attributes:
        id: The embedder's own name for the lead.
        repeated: How many facts were dropped because their identifier had been seen.
        clashes: How many facts contradicted another one of the same instant.
    """

    __slots__ = (
        "_answers",
        "_channels",
        "_everything",
        "_identifiers",
        "_instants",
        "_lanes",
        "_profile",
        "_reads",
        "clashes",
        "id",
        "repeated",
    )

    def __init__(self, id: str) -> None:  # noqa: A002 - the word of the design, and what every caller has
        _named("a lead's id", id)
        self.id = id
        self.repeated = 0
        self.clashes = 0
        self._profile: dict[str, _Values] = {}
        self._answers: dict[str, _Values] = {}
        self._channels = _Values()
        self._lanes: dict[str, _Lane] = {}
        self._everything = _Lane()
        self._identifiers: set[str] = set()
        self._instants: list[datetime] = []
        self._reads: list[str] = []

    def __repr__(self) -> str:
        """Name the lead by how much is known, never by what is known."""
        return f"<Lead with {len(self._instants)} facts>"

    def profile(
        self,
        fields: Mapping[str, Any] | None = None,
        /,
        *,
        at: datetime | None = None,
        identifier: str | None = None,
        **more: Any,
    ) -> Lead:
        """Add profile facts, for instance `profile(email="ada@acme.example", at=t)`; a field named `at` goes in `fields`.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: a field's name is blank.
        """
        return self._put_values(self._profile, "profile", {**(fields or {}), **more}, at, identifier)

    def answer(
        self,
        answers: Mapping[str, Any] | None = None,
        /,
        *,
        at: datetime | None = None,
        identifier: str | None = None,
        **more: Any,
    ) -> Lead:
        """Add what sales has learned by talking, for instance `answer(influencer=True, at=t)`.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: an answer's name is blank.
        """
        return self._put_values(self._answers, "answer", {**(answers or {}), **more}, at, identifier)

    def channel(self, name: str, *, at: datetime | None = None, identifier: str | None = None) -> Lead:
        """Add where the lead was gathered; the first channel reported stays the lead's channel.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: the name is blank.
        """
        _named("a channel", name)
        if self.is_new(identifier):
            instant = _dated(at)
            self.clashes += self._channels.put(instant, name)
            self._note(instant, "channel")
        return self

    def activity(
        self,
        kind: str,
        properties: Mapping[str, Any] | None = None,
        /,
        *,
        at: datetime | None = None,
        identifier: str | None = None,
        **more: Any,
    ) -> Lead:
        """Add one action of the lead, for instance `activity("page_visited", at=t, seconds=40)`.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: the kind is blank.
        """
        _named("an activity's kind", kind)
        if self.is_new(identifier):
            given = {**(properties or {}), **more}
            activity = Activity(kind, _dated(at), given or _NOTHING_KNOWN)
            lane = self._lanes.get(kind)
            if lane is None:
                lane = self._lanes[kind] = _Lane()
            lane.put(activity)
            self._everything.put(activity)
            self._note(activity.at, f"activity:{kind}")
        return self

    def is_new(self, identifier: str | None) -> bool:
        """Say whether this identifier is the lead's first of that name, and remember it; None is always new."""
        if identifier is None:
            return True
        if identifier in self._identifiers:
            self.repeated += 1
            return False
        self._identifiers.add(identifier)
        return True

    @property
    def timeline(self) -> tuple[Sequence[datetime], Sequence[str]]:
        """Give the instants of all facts in order of time, and beside them what each is (`profile:email`)."""
        return self._instants, self._reads

    def _put_values(
        self,
        known: dict[str, _Values],
        what: str,
        given: Mapping[str, Any],
        at: datetime | None,
        identifier: str | None,
    ) -> Lead:
        for name in given:
            _named(f"the name of a {what} fact", name)
        if self.is_new(identifier):
            instant = _dated(at)
            for name, value in given.items():
                values = known.get(name)
                if values is None:
                    values = known[name] = _Values()
                self.clashes += values.put(instant, None if isinstance(value, str) and not value.strip() else value)
                self._note(instant, f"{what}:{name}")
        return self

    def _note(self, at: datetime, read: str) -> None:
        index = bisect_right(self._instants, at)
        self._instants.insert(index, at)
        self._reads.insert(index, read)


def _dated(at: datetime | None) -> datetime:
    return BEGINNING if at is None else as_utc(at)


def _named(what: str, name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        message = f"{what} is a non-empty text, not {name!r}"
        raise ValueError(message)


_Slice = tuple[_Lane, int, int]
_instant = attrgetter("at")


class Activities:
    """The activities that a question selected: a view, which counts without walking."""

    __slots__ = ("_slices", "_within")

    def __init__(self, slices: Sequence[_Slice], within: timedelta | None) -> None:
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
        return Activities([(lane, low, bisect_left(lane.instants, at, low, high)) for lane, low, high in self._slices], None)

    def since(self, at: datetime) -> Activities:
        """Give those at `at` or later."""
        return Activities([(lane, bisect_left(lane.instants, at, low, high), high) for lane, low, high in self._slices], None)


@attrs.frozen
class Snapshot:
    """A lead at one instant, with its journey: all that a criterion sees. Facts dated later are out of its sight."""

    _lead: Lead
    at: datetime = attrs.field(converter=as_utc)
    journey: Journey = attrs.field(factory=Journey)

    def profile(self, field: str) -> Any:
        """Give the value of a profile field as known at the instant, or None."""
        values = self._lead._profile.get(field)
        return None if values is None else values.at(self.at)

    @property
    def channel(self) -> str | None:
        """Where the lead was gathered, or None where nobody has said."""
        found: str | None = self._lead._channels.first(self.at)
        return found

    def answer(self, name: str, *, ever: bool = False) -> Any:
        """Give what sales has learned in the present cycle (`ever`: in any cycle), or None where it is not known."""
        values = self._lead._answers.get(name)
        return None if values is None else values.at(self.at, None if ever else self.journey.cycle_start)

    def activities(
        self,
        kinds: Iterable[str] | str | None = None,
        *,
        within: timedelta | None = None,
        ever: bool = False,
    ) -> Activities:
        """Select activities of the present cycle (`ever`: of all cycles).

        Args:
            kinds: One kind or several; None means every kind.
            within: Only those in the window `(at - within, at]`.
            ever: Also those of earlier cycles.
        """
        bound = None if ever else self.journey.cycle_start
        if within is not None:
            opened = before(self.at, within)
            bound = opened if bound is None else max(bound, opened)
        return Activities([self._slice(lane, bound) for lane in self._chosen(kinds)], within)

    def _chosen(self, kinds: Iterable[str] | str | None) -> Iterable[_Lane]:
        if kinds is None:
            return (self._lead._everything,)
        wanted = (kinds,) if isinstance(kinds, str) else dict.fromkeys(kinds)
        lanes = self._lead._lanes
        return [lanes[kind] for kind in wanted if kind in lanes]

    def _slice(self, lane: _Lane, bound: datetime | None) -> _Slice:
        low = 0 if bound is None else bisect_right(lane.instants, bound)
        return lane, low, bisect_right(lane.instants, self.at)
