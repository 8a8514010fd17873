"""Why a lead stands where it stands: for each transition out of its stage, the decision and what would grant it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from lifecycle.conditions import COMPARE, Comparison, Literal, walk
from lifecycle.criteria import Outcome
from lifecycle.decision import Decision, Judgement, Tally, attempt
from lifecycle.definition import Definition, Transition
from lifecycle.journey import Journey
from lifecycle.lead import Snapshot

__all__ = ["Explanation", "Missing", "Way", "explain"]


@attrs.frozen(kw_only=True)
class Missing:
    """One atom that would have to change.

    Attributes:
        atom: Its name.
        wanted: The truth it would have to get.
        outcome: What was found.
        message: What was found, for people.
        points: For a comparison, how many points are missing, or too many.
        sources: For a comparison, the entries of the score that could still give points, with how many.
        may_change_at: The instant at which time alone may change it; None is never.
    """

    atom: str
    wanted: bool
    outcome: Outcome
    message: str
    points: int | None = None
    sources: tuple[tuple[str, int], ...] = ()
    may_change_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Way:
    """One transition out of the stage.

    Attributes:
        transition: The arrow.
        decision: What its condition decides now, whoever asks.
        changes: The inclusion-minimal changes that would open it, smallest first; empty when it is open.
    """

    transition: Transition
    decision: Decision
    changes: tuple[tuple[Missing, ...], ...]

    @property
    def open(self) -> bool:
        """Whether the condition holds now."""
        return self.decision.granted


@attrs.frozen(kw_only=True)
class Explanation:
    """Where a lead stands at one instant, and every way out of there, in file order."""

    journey: Journey
    at: datetime
    ways: tuple[Way, ...]

    def to(self, target: str) -> tuple[Way, ...]:
        """Give the ways into one stage."""
        return tuple(way for way in self.ways if way.transition.target == target)


def explain(definition: Definition, known: Snapshot) -> Explanation:
    """Explain a snapshot: what is missing for each next stage. Purely, and by the same judging as a decision."""
    judgement = Judgement(definition, known)
    ways = tuple(_way(judgement, transition) for transition in definition.leaving(known.journey.stage))
    return Explanation(journey=known.journey, at=known.at, ways=ways)


def _way(judgement: Judgement, transition: Transition) -> Way:
    decision = attempt(judgement, transition)
    atoms = {str(atom): atom for atom in walk(judgement.definition.condition(transition))}
    changes = tuple(
        tuple(_missing(judgement, decision, atoms[name], (name, wanted)) for name, wanted in sorted(change))
        for change in decision.changes
    )
    return Way(transition=transition, decision=decision, changes=changes)


def _missing(judgement: Judgement, decision: Decision, atom: object, literal: Literal) -> Missing:
    name, wanted = literal
    if not isinstance(atom, Comparison):
        verdict = decision.verdicts[name]
        return Missing(
            atom=name,
            wanted=wanted,
            outcome=verdict.outcome,
            message=verdict.message,
            may_change_at=verdict.holds_until,
        )
    tally = decision.scores[atom.score]
    return Missing(
        atom=name,
        wanted=wanted,
        outcome=decision.atoms[name],
        message=f"{atom.score} is {tally}",
        points=_distance(atom, tally, wanted=wanted),
        sources=tuple(_sources(judgement, tally)),
        may_change_at=tally.holds_until,
    )


def _distance(atom: Comparison, tally: Tally, *, wanted: bool) -> int:
    """Give how far the score is from where the comparison turns, counted from its nearer sure end."""
    upwards = (atom.operator in {">=", ">"}) is wanted
    line = atom.number if COMPARE[atom.operator](atom.number, atom.number) is wanted else atom.number + (1 if upwards else -1)
    return max(line - tally.low, 0) if upwards else max(tally.high - line, 0)


def _sources(judgement: Judgement, tally: Tally) -> Iterator[tuple[str, int]]:
    """Give the entries that could still add points, the most first."""
    points = judgement.definition.scores[tally.score].points
    rest = ((part.criterion, points[part.criterion].most - part.low) for part in tally.breakdown)
    yield from sorted(((name, more) for name, more in rest if more > 0), key=lambda pair: (-pair[1], pair[0]))
