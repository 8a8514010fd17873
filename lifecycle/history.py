"""Reading the records of one lead in sequence: where they lead to, whether they hold, how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import attrs

from lifecycle.canonical import Digest, canonical_bytes, digest, plain
from lifecycle.changes import blockers
from lifecycle.conditions import Comparison, Expression, Finding, Name, evaluate, walk
from lifecycle.criteria import Outcome
from lifecycle.decision import Decision, Kind, Result
from lifecycle.definition import Definition
from lifecycle.detail import read_detail
from lifecycle.journey import Journey
from lifecycle.record import Record, Refusal

__all__ = ["HistoryDigest", "decision_of", "first_difference", "fold", "history_digest", "recheck"]

_DIGEST: Final = "lifecycle-history-1"


def fold(records: Iterable[Record]) -> Journey:
    """Give the journey that a history leads to: a fold of its records, and of nothing else."""
    journey = Journey()
    for record in records:
        journey = journey.moved(trigger=record.trigger, target=record.target, at=record.at, cycle=record.cycle)
    return journey


def recheck(definition: Definition, record: Record) -> bool:
    """Say whether the definition, evaluated on a record's atoms, gives the recorded result: possible after erasure too.

    An override holds when giving its waived atoms other values makes the condition true.
    """
    transition = definition.transition(record.trigger, record.source)
    if transition is None or transition.target != record.target or (record.waived and record.kind is not Kind.OVERRIDE):
        return False
    condition = definition.condition(transition)
    if {str(atom) for atom in walk(condition)} != set(record.atoms):
        return False
    truth = {name: _truth(definition, name, outcome) for name, outcome in record.atoms.items()}
    if not record.waived:
        return _holds(condition, truth)
    return frozenset(record.waived) == blockers(condition, truth)


def decision_of(entry: Record | Refusal, journey: Journey) -> Decision:
    """Give the decision that became a record or a refusal, as far as it is still known: without what has been erased.

    Args:
        entry: The record or refusal, with its detail where that is there.
        journey: Where the lead stood when it was decided.
    """
    decision = Decision(
        result=entry.result if isinstance(entry, Refusal) else Result.GRANTED,
        kind=entry.kind,
        trigger=entry.trigger,
        at=entry.at,
        actor=entry.actor,
        journey=journey,
        reason=entry.reason,
        atoms=entry.atoms,
    )
    if entry.detail is not None:
        decision = attrs.evolve(decision, **read_detail(entry.detail))
    if isinstance(entry, Refusal):
        return attrs.evolve(decision, blockers=entry.blockers)
    return attrs.evolve(
        decision,
        target=entry.target,
        waived=entry.waived,
        dimensions=entry.dimensions,
        new_cycle=entry.cycle != journey.cycle,
    )


def _truth(definition: Definition, atom: str, outcome: Outcome) -> bool | None:
    named = definition.named.get(atom)
    if named is not None:
        return named.truth(outcome)
    return {Outcome.MET: True, Outcome.UNMET: False}.get(outcome)


def _holds(condition: Expression, truth: Mapping[str, bool | None]) -> bool:
    def leaf(atom: Name | Comparison) -> Finding:
        return Finding(truth[str(atom)])

    return evaluate(condition, leaf).truth is True


def history_digest(records: Iterable[tuple[str, Record]]) -> str:
    """Give the digest by which two runs are compared: over the sorted lines "your lead id, content".

    Whoever has the ids can compute it; it is stored nowhere.
    """
    lines = sorted(canonical_bytes([lead]) + record.content for lead, record in records)
    return digest(_DIGEST, *lines)


class HistoryDigest:
    """The history digest, made lead by lead, so that no record needs to be kept for it.

    Each lead comes once, with all its records, and the leads in the order of `place`.
    """

    __slots__ = ("_digest",)

    def __init__(self) -> None:
        self._digest = Digest(_DIGEST)

    @staticmethod
    def place(lead: str) -> bytes:
        """Give what to sort leads by: how a line begins. No id's beginning of a line is the beginning of another's."""
        return canonical_bytes([lead])

    def add(self, lead: str, records: Iterable[Record]) -> None:
        """Add the next lead's records."""
        begin = self.place(lead)
        for line in sorted(begin + record.content for record in records):
            self._digest.add(line)

    def __str__(self) -> str:
        """Give what `history_digest` gives for the same records."""
        return str(self._digest)


def first_difference(stored: Record, computed: Record) -> str | None:
    """Name the first field, or atom, in which two records differ; None where the contents are the same."""
    for field in attrs.fields(Record):
        if not field.eq:
            continue
        one, other = getattr(stored, field.name), getattr(computed, field.name)
        if one != other and field.name == "atoms":
            atom = min(name for name in {*one, *other} if one.get(name) is not other.get(name))
            return f"atoms.{atom}: {_shown(one.get(atom))} stored, {_shown(other.get(atom))} computed"
        if one != other:
            return f"{field.name}: {_shown(one)} stored, {_shown(other)} computed"
    return None


def _shown(value: object) -> str:
    return str(plain(value)) if value is not None else "nothing"
