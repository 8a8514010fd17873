"""The detail of a decision: everything a reader wants and its record must not hold, since it may be personal.

It is kept in a row of its own, so that it can be erased. `detail_of` writes it and `read_detail` reads it back; what is
written is plain JSON, so that nothing but this file knows its form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lifecycle.canonical import plain
from lifecycle.conditions import earliest
from lifecycle.criteria import Outcome, Verdict
from lifecycle.decision import Decision
from lifecycle.judgement import Contribution, Interval
from lifecycle.times import parse_instant

__all__ = ["detail_of", "read_detail"]


def detail_of(decision: Decision) -> Mapping[str, Any]:
    """Give the detail of a decision: verdicts, scores, smallest changes, and what was given in words."""
    found: Mapping[str, Any] = plain(
        {
            "changes": [sorted(change) for change in decision.changes],
            "forbidden": decision.forbidden,
            "note": decision.note,
            "reason": decision.reason,
            "scores": {name: _score(interval) for name, interval in decision.scores.items()},
            "target": decision.target,
            "verdicts": {name: _verdict(verdict) for name, verdict in decision.verdicts.items()},
        }
    )
    return found


def _score(interval: Interval) -> Mapping[str, Any]:
    return {
        "low": interval.low,
        "high": interval.high,
        "raw": [interval.raw_low, interval.raw_high],
        "breakdown": [[part.criterion, part.low, part.high] for part in interval.breakdown],
    }


def _verdict(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "outcome": verdict.outcome,
        "message": verdict.message,
        "evidence": _readable(verdict.evidence),
        "amount": verdict.amount,
        "holds_until": verdict.holds_until,
    }


def _readable(evidence: Mapping[str, Any]) -> Any:
    """Give evidence as plain JSON; where that breaks, say so: the verdict stands, and what it saw is lost."""
    try:
        return plain(evidence)
    except Exception as error:  # noqa: BLE001 - a stranger's objects: their texts may raise anything
        return {"unreadable": type(error).__name__}


def read_detail(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the fields of a decision that a detail holds, by name."""
    verdicts = {name: _read_verdict(found) for name, found in detail["verdicts"].items()}
    return {
        "changes": tuple(frozenset((atom, wanted) for atom, wanted in change) for change in detail["changes"]),
        "forbidden": tuple(detail["forbidden"]),
        "note": detail["note"],
        "reason": detail["reason"],
        "scores": {name: _read_score(name, found, verdicts) for name, found in detail["scores"].items()},
        "target": detail["target"],
        "verdicts": verdicts,
    }


def _read_verdict(found: Mapping[str, Any]) -> Verdict:
    amount, until = found["amount"], found["holds_until"]
    return Verdict(
        outcome=Outcome(found["outcome"]),
        message=found["message"],
        evidence=found["evidence"],
        amount=None if amount is None else int(amount),
        holds_until=None if until is None else parse_instant(until),
    )


def _read_score(name: str, found: Mapping[str, Any], verdicts: Mapping[str, Verdict]) -> Interval:
    until: datetime | None = None
    for criterion, _, _ in found["breakdown"]:
        until = earliest(until, verdicts[criterion].holds_until)
    return Interval(
        score=name,
        low=int(found["low"]),  # a number beyond 2^53 is written as text
        high=int(found["high"]),
        raw_low=int(found["raw"][0]),
        raw_high=int(found["raw"][1]),
        breakdown=tuple(
            Contribution(criterion=criterion, outcome=verdicts[criterion].outcome, low=int(low), high=int(high))
            for criterion, low, high in found["breakdown"]
        ),
        holds_until=until,
    )
