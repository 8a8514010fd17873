"""What one input row says: a fact about a lead, or a request; and the counts of what became of all rows."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from lifecycle.errors import Place, SignalError

__all__ = ["NOTHING", "Seen", "Signal", "SignalType", "Tally", "check_actor"]

NOTHING: Final[Mapping[str, Any]] = {}
"""The data of a signal that has none."""


class SignalType(enum.Enum):
    """What a signal says of a lead: one of four kinds of facts, or a request."""

    PROFILE = "profile"
    CHANNEL = "channel"
    ACTIVITY = "activity"
    ANSWER = "answer"
    REQUEST = "request"


@attrs.frozen
class Signal:
    """One dated input about a lead, with the place it comes from; signals are read in order of position.

    Attributes:
        lead: The embedder's own name for the lead.
        at: The instant in UTC; None means undated, which counts as always known. A request always has one.
        type: What kind of fact it is, or a request.
        name: The channel, the kind of activity, or the trigger; None for profile and answer.
        data: The fields, answers or properties; of a request: `actor`, and where given `reason`, `note` and `override`.
        identifier: What tells a repetition from a second signal; None where the input has no `id`.
        place: File and line.
    """

    lead: str
    at: datetime | None
    type: SignalType
    name: str | None
    data: Mapping[str, Any]
    identifier: str | None
    place: Place


@attrs.define
class Tally:
    """What became of all rows: `read` is always the sum of `used`, `filtered`, `repeated` and `refused`.

    A row that two `[[rows]]` tables of a mapping read counts twice, once for each.

    Attributes:
        read: Rows seen; blank lines are none.
        used: Rows that gave at least one signal.
        filtered: Rows that the mapping leaves out, or all of whose cells are blank.
        repeated: Rows with an `id` that their lead had before.
        refused: Rows that cannot be understood.
        signals: Signals given: a row may give several.
        refusals: Why and where each of the refused rows was refused.
    """

    read: int = 0
    used: int = 0
    filtered: int = 0
    repeated: int = 0
    refused: int = 0
    signals: int = 0
    refusals: list[SignalError] = attrs.field(factory=list[SignalError])

    def use(self, signals: int) -> None:
        """Count a row that gave so many signals."""
        self.read += 1
        self.used += 1
        self.signals += signals

    def filter(self) -> None:
        """Count a row that the mapping leaves out."""
        self.read += 1
        self.filtered += 1

    def repeat(self) -> None:
        """Count a row whose lead has had its `id` before."""
        self.read += 1
        self.repeated += 1

    def refuse(self, error: SignalError) -> None:
        """Count a row as refused, and keep why."""
        self.read += 1
        self.refused += 1
        self.refusals.append(error)


class Seen:
    """The identifiers that each lead has had."""

    def __init__(self) -> None:
        self._by_lead: dict[str, set[str]] = {}

    def is_repeated(self, lead: str, identifier: str | None) -> bool:
        """Say whether the lead has had this identifier before, and remember it; None is never a repetition."""
        if identifier is None:
            return False
        seen = self._by_lead.setdefault(lead, set())
        if identifier in seen:
            return True
        seen.add(identifier)
        return False


def check_actor(actor: str) -> None:
    """Check that an actor is written `role:id`, for instance `sales:17`.

    Raises:
        ValueError: it is not; the message does not repeat it, since it may be somebody's name.
    """
    role, _, name = actor.partition(":")
    if not role or not name or any(letter.isspace() for letter in actor):
        raise ValueError("'actor' must be written role:id, for instance 'sales:17'")
