"""The shape of a definition file: which keys stand where, and of which type. What they mean is said in `definition`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import attrs

from lifecycle.times import parse_duration

__all__ = ["EachShape", "ScoreShape", "StageShape", "TopShape", "TransitionShape", "UseShape"]


def _sla(value: Any) -> timedelta:
    if not isinstance(value, str):
        message = f"must be a duration such as '2 days', not {value!r}"
        raise ValueError(message)
    return parse_duration(value)


@attrs.frozen(kw_only=True)
class TopShape:
    """The whole file."""

    name: str
    version: str
    path: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    targets: dict[str, str] = attrs.field(factory=dict[str, str])
    agreement: dict[str, Any] = attrs.field(factory=dict[str, Any])
    stages: dict[str, dict[str, Any]]
    criteria: dict[str, Any] = attrs.field(factory=dict[str, Any])
    undesirables: dict[str, Any] = attrs.field(factory=dict[str, Any])
    scores: dict[str, dict[str, Any]] = attrs.field(factory=dict[str, dict[str, Any]])
    conditions: dict[str, str] = attrs.field(factory=dict[str, str])
    transitions: list[dict[str, Any]]


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
class ScoreShape:
    """An entry of [scores]."""

    points: dict[str, Any]
    cap: int | None = None
    floor: int | None = None


@attrs.frozen(kw_only=True)
class EachShape:
    """Points for each unit of a criterion's amount."""

    each: int
    up_to: int


@attrs.frozen(kw_only=True)
class TransitionShape:
    """One of [[transitions]]."""

    trigger: str
    sources: tuple[str, ...] = attrs.field(default=(), metadata={"key": "from"})
    to: str
    when: str | None = None
    automatic: bool = False
    by: tuple[str, ...] | None = None
    override_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reason: str | None = None
    new_cycle: bool = False
