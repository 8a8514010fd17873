"""Criteria: named, versioned questions about a snapshot, and the verdicts they give.

Nobody has to inherit: `Criterion` is a protocol, and `@criterion` makes a frozen, keyword-only class of the fields. A
criterion is pure: the same snapshot gives the same verdict, whatever the clock says.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import NoneType
from typing import Any, Final, Protocol, TypeVar, dataclass_transform, runtime_checkable

import attrs

from lifecycle import parameters
from lifecycle.canonical import LARGEST
from lifecycle.lead import Snapshot
from lifecycle.narrowing import is_mapping

__all__ = [
    "About",
    "Criterion",
    "Outcome",
    "Verdict",
    "about",
    "criterion",
    "failed",
    "judge_safely",
    "met_if",
    "unknown",
]


class Outcome(enum.Enum):
    """What one criterion found. The values are stored for years and never change."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    """Facts are missing."""
    FAILED = "failed"
    """The criterion broke; it counts as unknown and never opens anything."""


_NO_EVIDENCE: Final[Mapping[str, Any]] = {}


@attrs.frozen(kw_only=True)
class Verdict:
    """What one criterion found at one snapshot.

    Attributes:
        outcome: Met, unmet, unknown or failed.
        message: One sentence for people.
        evidence: The values seen, by name; what JSON has.
        amount: A whole number, for criteria that measure; it is what `each = ...` in a score multiplies.
        holds_until: The first instant at which time alone may change the outcome or the amount; None is never. It is
            later than the snapshot's instant. Too early is allowed, too late is a bug.
    """

    outcome: Outcome
    message: str
    evidence: Mapping[str, Any] = _NO_EVIDENCE
    amount: int | None = None
    holds_until: datetime | None = None


def met_if(
    test: object,
    message: str,
    *,
    amount: int | None = None,
    until: datetime | None = None,
    **evidence: Any,
) -> Verdict:
    """Build the verdict MET where `test` is true, and UNMET where it is not."""
    outcome = Outcome.MET if test else Outcome.UNMET
    return Verdict(outcome=outcome, message=message, evidence=evidence, amount=amount, holds_until=until)


def unknown(message: str, *, until: datetime | None = None, **evidence: Any) -> Verdict:
    """Build the verdict UNKNOWN: facts are missing; the message says which."""
    return Verdict(outcome=Outcome.UNKNOWN, message=message, evidence=evidence, holds_until=until)


def failed(message: str, **evidence: Any) -> Verdict:
    """Build the verdict FAILED. For the engine: a criterion that cannot answer raises, or says `unknown`."""
    return Verdict(outcome=Outcome.FAILED, message=message, evidence=evidence)


@runtime_checkable
class Criterion(Protocol):
    """Anything that can judge a snapshot; `@criterion` gives it a name, a version and its parameters."""

    def judge(self, known: Snapshot) -> Verdict:
        """Answer the question for one snapshot, purely."""
        ...


@attrs.frozen(kw_only=True)
class About:
    """What `@criterion` was told: the name within the plugin, the version, and what the fields cannot declare."""

    name: str
    version: str
    also_reads: frozenset[str] = frozenset()
    lists: Callable[[], Iterable[str]] | None = None
    never: frozenset[Outcome] = frozenset()
    monotone: bool = False


_ABOUT: Final = "__lifecycle__"
_Class = TypeVar("_Class", bound=Criterion)


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(
        attrs.field,
        parameters.answer,
        parameters.duration,
        parameters.fixed_text,
        parameters.glob,
        parameters.kinds,
        parameters.number,
        parameters.points,
        parameters.profile_field,
        parameters.texts,
        parameters.whole,
    ),
)
def criterion(
    name: str,
    *,
    version: str,
    also_reads: Iterable[str] = (),
    lists: Callable[[], Iterable[str]] | None = None,
    never: Iterable[str] = (),
    monotone: bool = False,
) -> Callable[[type[_Class]], type[_Class]]:
    """Make a criterion of a class: its fields become parameters, and it becomes frozen and keyword-only.

    Args:
        name: The name within the plugin; definitions say `use = "plugin.name"`.
        version: Raise it when the same facts may give another verdict.
        also_reads: What is read beyond what the field helpers declare, for instance `["channel"]`.
        lists: Names and versions of the data lists the answer depends on; they go into the fingerprint.
        never: Outcomes that it never gives, for instance `["unknown"]` where it is an answer that nothing is known. The
            conformance kit holds it to that.
        monotone: More of what it reads never takes a MET away: one more activity, or a greater number. The conformance
            kit holds it to that.

    Raises:
        ValueError: `never` names no outcome.
    """
    not_given = frozenset(Outcome(name) for name in never)

    def decorate(cls: type[_Class]) -> type[_Class]:
        made = attrs.frozen(cls, kw_only=True, field_transformer=_with_plain_converters)
        told = About(
            name=name,
            version=version,
            also_reads=frozenset(also_reads),
            lists=lists,
            never=not_given,
            monotone=monotone,
        )
        setattr(made, _ABOUT, told)
        return made

    return decorate


def _with_plain_converters(_: type, fields: list[Any]) -> list[Any]:
    """Give plainly annotated fields a check of their type, so that a wrong parameter is found when the file is read."""
    return [
        field if field.converter is not None else field.evolve(converter=parameters.convert_plain(field.type))
        for field in fields
    ]


def about(criterion: object) -> About | None:
    """Give what `@criterion` was told about a criterion or its class; None where the decorator is missing."""
    cls = criterion if isinstance(criterion, type) else type(criterion)
    told = cls.__dict__.get(_ABOUT)
    return told if isinstance(told, About) else None


def judge_safely(criterion: Criterion, known: Snapshot, *, owner: str) -> Verdict:
    """Judge, and turn whatever goes wrong into the verdict FAILED: it opens nothing and stops nobody.

    Args:
        criterion: The criterion, bound to its parameters.
        known: The snapshot to judge.
        owner: `plugin.criterion`, named in the verdict of a failure.
    """
    try:
        verdict = criterion.judge(known)
        odd = _odd(verdict, known.at)
        if odd is None:
            return verdict
    except Exception as error:  # noqa: BLE001 - a stranger's code: it may raise anything, and it must fail closed
        kind = type(error).__name__
        return failed(f"{owner} broke: {kind}{_text_of(error)}", criterion=owner, exception=kind)
    return failed(f"{owner} {odd}", criterion=owner)


def _text_of(error: Exception) -> str:
    """Give an exception's text behind a colon; nothing where even that breaks."""
    try:
        return f": {error}"
    except Exception:  # noqa: BLE001 - a stranger's code, as above
        return ""


def _odd(verdict: Any, at: datetime) -> str | None:
    """Say what is wrong with a stranger's verdict, so that nobody else has to expect it; None where nothing is."""
    outcome: Any = verdict.outcome if isinstance(verdict, Verdict) else None
    if not isinstance(outcome, Outcome) or not isinstance(verdict.message, str):
        return f"gave {verdict!r:.100}, which is no Verdict"
    if type(verdict.amount) not in {int, NoneType}:  # bool is an int to Python
        return f"gave the amount {verdict.amount!r:.100}, which is no whole number"
    if verdict.amount is not None and abs(verdict.amount) > LARGEST:
        return "gave an amount beyond 2^53, which is not exact everywhere"
    if not is_mapping(verdict.evidence):
        return f"gave the evidence {verdict.evidence!r:.100}, which is no table"
    until: Any = verdict.holds_until
    if until is None:
        return None
    if not isinstance(until, datetime) or until.utcoffset() is None:
        return f"said its verdict holds until {until!r:.100}, which is no instant with a time zone"
    return None if until > at else f"said its verdict holds until {until.isoformat()}, which has passed"
