"""Cases: what happens to one made-up lead, and what should be so then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import attrs

from lifecycle.changes import Literal
from lifecycle.conditions import Comparison, Expression
from lifecycle.decision import Result
from lifecycle.errors import Place, Problem
from lifecycle.request import Request

__all__ = ["Asked", "Case", "CaseFile", "Given", "Look", "day_text"]

_DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Asked:
    """A request, and what should become of it: its result and, where they were named, what stands in its way."""

    request: Request
    result: Result
    blockers: frozenset[str] | None
    waived: frozenset[str] | None
    place: Place


@attrs.frozen(kw_only=True)
class Given:
    """What happens at one instant; None is undated, which counts as always known."""

    at: datetime | None
    profile: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    channel: str | None = None
    activities: tuple[str, ...] = ()
    properties: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    answers: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    asked: Asked | None = None


@attrs.frozen(kw_only=True)
class Look:
    """What should be so at one instant; None is the end of the case.

    Attributes:
        at: The instant, everything that happens in it included.
        stage: The stage; None where nothing is said of it.
        outside: Whether the lead should not have entered.
        path: The targets of all moves.
        trigger: That of the last move, as are `reason` and `since`.
        truths: Expressions with the text they stand as, and the truth they should have.
        scores: Scores with the points they should have.
        undesirables: All that should be met.
        missing: By stage or trigger, one of the smallest changes that would open the way.
        places: Where each key stands; the look itself stands at "".
    """

    at: datetime | None
    stage: str | None = None
    outside: bool = False
    path: tuple[str, ...] | None = None
    trigger: str | None = None
    reason: str | None = None
    since: datetime | None = None
    cycle: int | None = None
    truths: tuple[tuple[str, str, Expression, bool | None], ...] = ()
    scores: Mapping[str, int | Comparison] = attrs.field(factory=dict[str, "int | Comparison"])
    undesirables: frozenset[str] | None = None
    missing: Mapping[str, frozenset[Literal]] = attrs.field(factory=dict[str, frozenset[Literal]])
    places: Mapping[str, Place] = attrs.field(factory=dict[str, Place])

    def place(self, key: str) -> Place:
        """Give where a key stands."""
        return self.places.get(key, self.places[""])


@attrs.frozen(kw_only=True)
class Case:
    """One case: its name, what happens in the order of the file, and what should be so when."""

    name: str
    start: datetime
    given: Sequence[Given]
    looks: Sequence[Look]
    place: Place

    @property
    def end(self) -> datetime:
        """The last instant that the case speaks of; its start where it speaks of none."""
        return max(self.named, default=self.start)

    @property
    def named(self) -> frozenset[datetime]:
        """The instants that the case names."""
        given, looks = (one.at for one in self.given), (one.at for one in self.looks)
        return frozenset(at for at in (*given, *looks) if at is not None)

    def day(self, at: datetime) -> str:
        """Give an instant as the case counts them, for instance `day 3`."""
        return day_text(at - self.start)


@attrs.frozen(kw_only=True)
class CaseFile:
    """A test file that has been read: its cases, and what is worth a look but keeps none of them from running."""

    file: str
    cases: Sequence[Case]
    warnings: Sequence[Problem] = ()


def day_text(after: timedelta) -> str:
    """Write a time after the start in days, for instance `day 3` or `day 0.25`."""
    days, rest = divmod(after, _DAY)
    if not rest:
        return f"day {days}"
    share = (Decimal(days) + Decimal(rest // timedelta(microseconds=1)) / Decimal(86_400_000_000)).normalize()
    return f"day {share:.6f}".rstrip("0")
