"""The shape of a test file: which keys stand where, and of which type. What they mean is said in `case`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

import attrs

from lifecycle.shapes import FILLED
from lifecycle.times import as_utc, parse_duration

__all__ = ["START", "CaseShape", "ExpectShape", "FileShape", "GivenShape"]

START: Final = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""Day 0 of a file that names none: a Monday, at nine."""

_Day = int | Decimal | None


def _duration(value: Any) -> timedelta:
    if not isinstance(value, str):
        message = f"must be a duration such as '2 hours', not {value!r}"
        raise ValueError(message)
    return parse_duration(value)


def _instant(value: Any) -> datetime:
    if not isinstance(value, datetime):
        message = f"must be a date and time with a zone, for instance 2026-01-05T10:00:00Z, not {value!r}"
        raise ValueError(message)
    return as_utc(value)


def _filled(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        message = f"must be a non-empty text, not {value!r}"
        raise ValueError(message)
    return value


def _at_least_once(value: Any) -> int:
    if type(value) is not int or value < 1:
        message = f"must be a whole number from 1 on, not {value!r}"
        raise ValueError(message)
    return value


@attrs.frozen(kw_only=True)
class GivenShape:
    """What happens at one time: facts about the lead, or a request.

    Attributes:
        day: When: so many days after the start, which is day 0.
        after: When: so long after the start, for instance "4 hours".
        at: When: an instant with a time zone.
        profile: Who the lead is, for instance { email = "ada@acme.example", country = "Germany" }.
        channel: Where the lead was gathered.
        activity: What the lead does: one kind, or a list of kinds.
        properties: What else is known of the activity, for instance { seconds = 600 }.
        times: How often the lead does it.
        answers: What sales has learned by talking, for instance { influencer = true }.
        request: A trigger that somebody asks for.
        by: Who asks: a role, or role:id.
        reason: The reason code given with the request.
        override: Whether the request asks to waive what does not hold.
        result: What becomes of the request; "granted" unless blockers are named.
        blockers: What stands in the way of the request, all of it.
        waived: What an override waives, all of it.
    """

    day: _Day = None
    after: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_duration))
    at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(_instant))
    profile: dict[str, Any] = attrs.field(factory=dict[str, Any])
    channel: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(_filled), metadata={"json": FILLED}
    )
    activity: str | tuple[str, ...] | None = None
    properties: dict[str, Any] = attrs.field(factory=dict[str, Any])
    times: int = attrs.field(default=1, converter=_at_least_once, metadata={"json": {"type": "integer", "minimum": 1}})
    answers: dict[str, Any] = attrs.field(factory=dict[str, Any])
    request: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(_filled), metadata={"json": FILLED}
    )
    by: str | None = attrs.field(default=None, converter=attrs.converters.optional(_filled), metadata={"json": FILLED})
    reason: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(_filled), metadata={"json": FILLED}
    )
    override: bool = False
    result: Literal["granted", "refused", "failed", "undefined", "forbidden"] | None = None
    blockers: tuple[str, ...] | None = None
    waived: tuple[str, ...] | None = None


@attrs.frozen(kw_only=True)
class ExpectShape:
    """What should be so at one time; without one, at the end of the case.

    Attributes:
        day: When: so many days after the start.
        after: When: so long after the start.
        at: When: an instant with a time zone.
        stage: The stage the lead is in.
        outside: Whether the lead is outside the lifecycle: it never entered.
        path: All stages it has come through, in order, the present one included.
        trigger: The trigger of its last move.
        reason: The reason code of its last move.
        since: The day of its last move.
        cycle: The number of the cycle it is in.
        met: What holds: criteria, undesirables, conditions, or whole conditions such as "interest >= 50".
        unmet: What does not hold.
        unknown: What nobody can tell for want of facts.
        scores: Points: a whole number, or a comparison such as ">= 50".
        undesirables: All undesirables that are met; [] is none.
        missing: By stage or trigger, what is missing: one of the smallest changes that `explain` names; [] is nothing.
    """

    day: _Day = None
    after: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_duration))
    at: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(_instant))
    stage: str | None = None
    outside: bool = False
    path: tuple[str, ...] | None = None
    trigger: str | None = None
    reason: str | None = None
    since: _Day = None
    cycle: int | None = None
    met: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    scores: dict[str, int | str] = attrs.field(factory=dict[str, "int | str"])
    undesirables: tuple[str, ...] | None = None
    missing: dict[str, tuple[str, ...]] = attrs.field(factory=dict[str, tuple[str, ...]])


@attrs.frozen(kw_only=True)
class CaseShape:
    """One case; `of` is what stands in a part that is read apart, so that one mistake hides no other.

    Attributes:
        name: What is shown, in words.
        lead: The name of an entry of [leads], or of several: what they say comes first.
        given: What happens, in order.
        expect: What should be so: at the end, or at several times.
    """

    name: str = attrs.field(converter=_filled, metadata={"json": FILLED})
    lead: str | tuple[str, ...] = ()
    given: list[Any] = attrs.field(factory=list[Any], metadata={"of": list[GivenShape]})
    expect: Any = attrs.field(metadata={"of": ExpectShape | list[ExpectShape]})


@attrs.frozen(kw_only=True)
class FileShape:
    """The whole file.

    Attributes:
        definition: The name of the definition that the cases are for, where they are for that one only.
        start: The instant of day 0, with a time zone; 2026-01-05T09:00:00Z if left out.
        unnamed: Kinds, fields, answers and channels that the cases use though no criterion names them.
        leads: What several cases say of their leads, by a name.
        cases: The cases.
    """

    definition: str | None = None
    start: datetime = attrs.field(default=START, converter=_instant)
    unnamed: tuple[str, ...] = ()
    leads: dict[str, Any] = attrs.field(factory=dict[str, Any], metadata={"of": dict[str, list[GivenShape]]})
    cases: list[Any] = attrs.field(metadata={"of": list[CaseShape]})
