"""What is known about a lead, and the view of it that a criterion is given.

Rules of this file:

* Facts are only ever added. Each has an instant; an undated one counts as always known.
* A snapshot is a lead at one instant: it cannot see later facts.
* Facts dated at or before the instant count. A window is `(at - within, at]`: an activity stops counting at exactly its
  instant plus `within`.
* Of two values given for one instant the later addition wins, and the clash is counted. The first channel stays.
* A later cycle counts activities and answers strictly after the move that started it; profile and channel stay.

Adding in order of time costs amortised constant time, and a window is a bisection, so that nothing grows with the
length of a lead's past.
"""

# pyright: reportPrivateUsage=false
# A snapshot is a view into its lead, so it reads the lead's private fields; both stand in this file.

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import attrs

from lifecycle.facts import NOTHING_KNOWN, Activities, Activity, Lane, Values
from lifecycle.journey import Journey
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.times import BEGINNING, as_utc, before

__all__ = ["Activities", "Activity", "Lead", "Snapshot"]

_PLAIN: Final = frozenset({bool, int, float, NoneType})


class Lead:
    """One lead: its `id` and everything ever known of it, as dated facts.

    The adding methods return the lead itself, so that they chain:

        Lead("42").channel("webinar", at=t0).profile(industry="software").activity("demo_requested", at=t1)

    Instants are aware datetimes; `at=None` means undated, which counts as always known. Values are what JSON has: text,
    whole numbers, decimals, true and false. None and blank text mean not known. A fact given with an `identifier` that
    the lead has had before is dropped and counted in `repeated`. Moves are dated, so a lead of undated facts only moves
    when somebody asks for it.

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
        self._profile: dict[str, Values] = {}
        self._answers: dict[str, Values] = {}
        self._channels = Values()
        self._lanes: dict[tuple[str, ...], Lane] = {}
        self._everything = Lane()
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
        """Add profile facts, for instance `profile(email="ada@acme.example", at=t)`.

        A field named `at` or `identifier` goes into the table `fields`.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: a field's name is blank, or JSON has no such value.
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
            ValueError: an answer's name is blank, or JSON has no such value.
        """
        return self._put_values(self._answers, "answer", {**(answers or {}), **more}, at, identifier)

    def channel(self, name: str, *, at: datetime | None = None, identifier: str | None = None) -> Lead:
        """Add where the lead was gathered; the first channel reported stays the lead's channel.

        Raises:
            NaiveInstantError: `at` has no time zone.
            ValueError: the name is blank.
        """
        _named("a channel", name)
        instant = _dated(at)
        if self.is_new(identifier):
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
            ValueError: the kind is blank, or JSON has no such value as a property's.
        """
        _named("an activity's kind", kind)
        given = {name: _value(name, value) for name, value in {**(properties or {}), **more}.items()}
        activity = Activity(kind, _dated(at), given or NOTHING_KNOWN)
        if self.is_new(identifier):
            self._everything.put(activity)
            for kinds, lane in self._lanes.items():
                if kind in kinds:
                    lane.put(activity)
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

    def lane(self, kinds: Iterable[str] | str | None) -> Lane:
        """Give the activities of these kinds in order of time; None means every kind.

        A lane is made at the first question about its kinds and kept from then on.
        """
        if kinds is None:
            return self._everything
        key = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        found = self._lanes.get(key)
        if found is None:
            done = (activity for activity in self._everything.activities if activity.kind in key)
            found = self._lanes[key] = Lane(done)
        return found

    def _put_values(
        self,
        known: dict[str, Values],
        what: str,
        given: Mapping[str, Any],
        at: datetime | None,
        identifier: str | None,
    ) -> Lead:
        for name in given:
            _named(f"the name of a {what} fact", name)
        instant, known_values = _dated(at), {name: _value(name, value) for name, value in given.items()}
        if self.is_new(identifier):
            for name, value in known_values.items():
                values = known.get(name)
                if values is None:
                    values = known[name] = Values()
                self.clashes += values.put(instant, value)
                self._note(instant, f"{what}:{name}")
        return self

    def _note(self, at: datetime, read: str) -> None:
        index = bisect_right(self._instants, at)
        self._instants.insert(index, at)
        self._reads.insert(index, read)


def _dated(at: datetime | None) -> datetime:
    return BEGINNING if at is None else as_utc(at)


def _value(name: str, value: Any) -> Any:
    """Give a value as a fact keeps it: blank text as None, lists and tables as copies that nobody else holds.

    Raises:
        ValueError: JSON has no such value.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, (int, float, Decimal)):
        return value
    if is_mapping(value):
        return {str(key): _value(name, item) for key, item in value.items()}
    if is_list(value):
        return [_value(name, item) for item in value]
    message = f"{name!r} is a {type(value).__name__}; a fact is text, a number, true, false, None, a list or a table"
    raise ValueError(message)


def _named(what: str, name: object) -> None:
    if not isinstance(name, str) or not name.strip():
        message = f"{what} is a non-empty text, not {name!r}"
        raise ValueError(message)
    if not name.isascii() and name != name.encode("utf-8", "replace").decode("utf-8"):
        message = f"{what} holds half of a surrogate pair, which no text of any language does"
        raise ValueError(message)


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
        lane = self._lead.lane(kinds)
        bound = None if ever else self.journey.cycle_start
        if within is not None:
            opened = before(self.at, within)
            bound = opened if bound is None else max(bound, opened)
        high = bisect_right(lane.instants, self.at)
        low = 0 if bound is None else bisect_right(lane.instants, bound, 0, high)
        return Activities(lane, low, high, within)
