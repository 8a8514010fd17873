"""The shape of a definition file: which keys stand where, and of which type. What they mean is said in `definition`."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Literal

import attrs

from lifecycle.narrowing import is_list
from lifecycle.times import parse_duration

__all__ = ["EachShape", "ScoreShape", "SignatureShape", "StageShape", "TopShape", "TransitionShape", "UseShape"]


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
class TopShape:
    """The whole file."""

    name: str = attrs.field(converter=_filled)
    version: str = attrs.field(converter=_filled)
    path: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    targets: dict[str, Any] = attrs.field(factory=dict[str, Any])
    agreement: dict[str, Any] = attrs.field(factory=dict[str, Any])
    stages: dict[str, Any]
    criteria: dict[str, Any] = attrs.field(factory=dict[str, Any])
    undesirables: dict[str, Any] = attrs.field(factory=dict[str, Any])
    scores: dict[str, Any] = attrs.field(factory=dict[str, Any])
    conditions: dict[str, str] = attrs.field(factory=dict[str, str])
    transitions: list[Any]


@attrs.frozen(kw_only=True)
class SignatureShape:
    """Who signed for one party, and when."""

    by: str
    on: date


@attrs.frozen(kw_only=True)
class StageShape:
    """An entry of [stages]."""

    label: str | None = None
    owner: str | None = None
    sla: timedelta | None = attrs.field(default=None, converter=attrs.converters.optional(_sla))
    final: bool = False


@attrs.frozen(kw_only=True)
class UseShape:
    """An entry of [criteria] or [undesirables], without the criterion's own parameters."""

    use: str
    unknown_as: Literal["met", "unmet"] | None = None
    why: str | None = None
    blocks: bool = True


@attrs.frozen(kw_only=True)
class EachShape:
    """Points for each unit of a criterion's amount."""

    each: int
    up_to: int


@attrs.frozen(kw_only=True)
class ScoreShape:
    """An entry of [scores]."""

    points: dict[str, int | EachShape]
    cap: int | None = None
    floor: int | None = None


@attrs.frozen(kw_only=True)
class TransitionShape:
    """One of [[transitions]]."""

    trigger: str = attrs.field(converter=_filled)
    sources: tuple[str, ...] | None = attrs.field(default=None, metadata={"key": "from"})
    to: str
    when: str | None = None
    automatic: bool = False
    by: tuple[str, ...] | None = attrs.field(default=None, converter=attrs.converters.optional(_all_filled))
    override_by: tuple[str, ...] = attrs.field(default=(), converter=_all_filled)
    reasons: tuple[str, ...] = attrs.field(default=(), converter=_all_filled)
    reason: str | None = None
    new_cycle: bool = False
