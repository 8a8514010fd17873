"""The shape of a definition file: which keys stand where, and of which type. What they mean is said in `definition`.

The JSON Schema for editors is made of these classes. What their docstrings say of a key is what an editor shows; `of`
in a field's metadata is what stands in a part that is read apart, so that one mistake hides no other, and `json` what
a schema can say of a field with a converter.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final, Literal

import attrs

from lifecycle.narrowing import is_list
from lifecycle.times import parse_duration

__all__ = [
    "FILLED",
    "EachShape",
    "ScoreShape",
    "SignatureShape",
    "StageShape",
    "TopShape",
    "TransitionShape",
    "UseShape",
]

FILLED: Final = {"type": "string", "pattern": "\\S"}
"""What a schema says of a text that is not blank."""

_LIST: Final = {"type": "array", "items": FILLED}


def _sla(value: Any) -> timedelta:
    if not isinstance(value, str):
        message = f"must be a duration such as '2 days', not {value!r}"
        raise ValueError(message)
    return parse_duration(value)


def _filled(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        hint = f'; write "{value}"' if type(value) is int else ""
        message = f"must be a non-empty text, not {value!r}{hint}"
        raise ValueError(message)
    return value


def _all_filled(value: Any) -> tuple[str, ...]:
    if not is_list(value):
        hint = f'; write ["{value}"]' if isinstance(value, str) else ""
        message = f"must be a list of texts, not {value!r}{hint}"
        raise ValueError(message)
    return tuple(_filled(item) for item in value)


@attrs.frozen(kw_only=True)
class SignatureShape:
    """Who signed for one party, and when.

    Attributes:
        by: Who signed.
        on: The day of signing, without quotes: 2026-01-15.
    """

    by: str
    on: date


@attrs.frozen(kw_only=True)
class StageShape:
    """A place in the lifecycle.

    Attributes:
        label: What people call it.
        owner: Who looks after leads there.
        sla: How long a lead may wait there, for instance "2 days".
        final: Whether nothing comes after it.
    """

    label: str | None = None
    owner: str | None = None
    sla: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_sla))
    final: bool = False


@attrs.frozen(kw_only=True)
class UseShape:
    """An entry of [criteria] or [undesirables], without the criterion's own parameters.

    Attributes:
        use: The criterion: "plugin.criterion".
        unknown_as: What a missing fact counts as; without it, it is unknown and opens nothing.
        why: Why it counts against a lead.
        blocks: Whether it is part of `undesirable`; without, it only costs points.
    """

    use: str
    unknown_as: Literal["met", "unmet"] | None = None
    why: str | None = None
    blocks: bool = True


@attrs.frozen(kw_only=True)
class EachShape:
    """Points for each unit of a criterion's amount.

    Attributes:
        each: Points for one unit.
        up_to: The most that is given.
    """

    each: int
    up_to: int


@attrs.frozen(kw_only=True)
class ScoreShape:
    """A sum of points.

    Attributes:
        points: By criterion, the points it gives when met: a whole number, or { each = 5, up_to = 15 }.
        cap: The score is never more.
        floor: The score is never less.
    """

    points: dict[str, int | EachShape]
    cap: int | None = None
    floor: int | None = None


@attrs.frozen(kw_only=True)
class TransitionShape:
    """One arrow: what may move a lead, from where, to where.

    Attributes:
        trigger: The name of what is asked for, or happens.
        from: The stages it leaves; without it, a way into the lifecycle.
        to: The stage it leads to.
        when: The condition: names with and, or, not, and scores compared with numbers. Without it, always open.
        automatic: Whether it is made by itself as soon as its condition holds.
        by: The roles that may ask; without it, anyone.
        override_by: The roles that may have it although the condition does not hold; without it, nobody.
        reasons: The reason codes, one of which a request has to give.
        reason: The reason code that an automatic move carries.
        new_cycle: Whether a new cycle begins: activities and answers count anew.
    """

    trigger: str = attrs.field(converter=_filled, metadata={"json": FILLED})
    sources: tuple[str, ...] | None = attrs.field(
        default=None, metadata={"key": "from", "json": {"type": "array", "items": {"type": "string"}, "minItems": 1}}
    )
    to: str
    when: str | None = None
    automatic: bool = False
    by: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_all_filled), metadata={"json": _LIST}
    )
    override_by: tuple[str, ...] = attrs.field(default=(), converter=_all_filled, metadata={"json": _LIST})
    reasons: tuple[str, ...] = attrs.field(default=(), converter=_all_filled, metadata={"json": _LIST})
    reason: str | None = None
    new_cycle: bool = False


@attrs.frozen(kw_only=True)
class TopShape:
    """A definition: the agreed document on how leads move.

    Attributes:
        name: The name of the definition.
        version: Raise it whenever the text changes in meaning.
        path: The stages of success in order, for figures.
        dimensions: Profile fields, or channel, that are copied into records for figures; nothing personal.
        targets: Shares that were agreed on, such as acceptance = "80 %".
        agreement: Who signed, and the hash of the text that was signed.
        stages: The places a lead can be in.
        criteria: Questions about a lead, by the names that conditions use.
        undesirables: Criteria that count against a lead, each with its reason why.
        scores: Sums of points.
        conditions: Names for conditions.
        transitions: What may move a lead; of several automatic ones that are open the first is made.
    """

    name: str = attrs.field(converter=_filled, metadata={"json": FILLED})
    version: str = attrs.field(converter=_filled, metadata={"json": FILLED})
    path: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    targets: dict[str, Any] = attrs.field(factory=dict[str, Any])
    agreement: dict[str, Any] = attrs.field(factory=dict[str, Any])
    stages: dict[str, Any] = attrs.field(metadata={"of": dict[str, StageShape]})
    criteria: dict[str, Any] = attrs.field(factory=dict[str, Any])
    undesirables: dict[str, Any] = attrs.field(factory=dict[str, Any])
    scores: dict[str, Any] = attrs.field(factory=dict[str, Any], metadata={"of": dict[str, ScoreShape]})
    conditions: dict[str, str] = attrs.field(factory=dict[str, str])
    transitions: list[Any] = attrs.field(metadata={"of": list[TransitionShape]})
