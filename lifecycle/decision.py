"""Deciding on one transition, purely: the same definition, snapshot and request always give the same decision.

`decide` is total: it never raises, and a criterion that breaks can only keep a transition closed. All criteria of a
transition that is asked for are judged, so that every reason is there; an automatic attempt that comes to nothing stops as
soon as that is sure.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from lifecycle.conditions import (
    COMPARE,
    Comparison,
    Expression,
    Finding,
    Literal,
    Name,
    changes,
    earliest,
    evaluate,
    walk,
)
from lifecycle.criteria import Outcome, Verdict, failed, judge_safely
from lifecycle.definition import Definition, Score, Transition
from lifecycle.journey import Journey
from lifecycle.lead import Snapshot

__all__ = ["SYSTEM", "Contribution", "Decision", "Judgement", "Kind", "Request", "Result", "Tally", "attempt", "decide", "weigh"]

SYSTEM: Final = "system"
"""The actor of automatic moves."""


class Result(enum.Enum):
    """What was decided. The values are stored for years and never change."""

    GRANTED = "granted"
    REFUSED = "refused"
    FAILED = "failed"
    """Not granted, and a criterion that broke is among the blockers."""
    UNDEFINED = "undefined"
    """The definition has no such transition out of this stage; nothing was judged."""
    FORBIDDEN = "forbidden"
    """The actor may not ask for it, or a reason code is missing; nothing was judged."""
    LOOPED = "looped"
    """Open, but the lead left or entered the target in this very instant."""


class Kind(enum.Enum):
    """How a move came about. The values are stored for years and never change."""

    AUTOMATIC = "automatic"
    REQUESTED = "requested"
    OVERRIDE = "override"


_ACTOR: Final = re.compile(r"[^\s:]+:[^\s]+")


@attrs.frozen(kw_only=True)
class Request:
    """One thing asked of a lead by somebody.

    Args:
        trigger: The name of what is asked.
        actor: `role:id`, an internal id and never a name or an address; the library trusts it.
        reason: A reason code of the transition.
        note: Free text; it is kept apart from the record, so that it can be erased.
        override: Asks to waive what does not hold; only roles in `override_by` may.

    Raises:
        ValueError: the actor is not `role:id`, or the trigger is blank.
    """

    trigger: str
    actor: str
    reason: str | None = None
    note: str | None = None
    override: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse what nobody could be asked by."""
        if not self.trigger.strip():
            message = "a request names a trigger"
            raise ValueError(message)
        if not _ACTOR.fullmatch(self.actor):
            message = f"an actor is role:id, for instance sales:17, not {self.actor!r}"
            raise ValueError(message)

    @property
    def role(self) -> str:
        """The role of the actor: what stands before the colon."""
        return self.actor.partition(":")[0]


@attrs.frozen(kw_only=True)
class Contribution:
    """What one criterion gave to a score: equal bounds, or a range while its verdict is not known."""

    criterion: str
    outcome: Outcome
    low: int
    high: int


@attrs.frozen(kw_only=True)
class Tally:
    """A score of one snapshot: an interval, with its breakdown; the raw sum is kept apart from cap and floor."""

    score: str
    low: int
    high: int
    raw_low: int
    raw_high: int
    breakdown: tuple[Contribution, ...]
    holds_until: datetime | None = None

    def __str__(self) -> str:
        """Give `35`, or `35, up to 60 once country is known`."""
        if self.low == self.high:
            return str(self.low)
        missing = ", ".join(part.criterion for part in self.breakdown if part.low != part.high)
        return f"{self.low}, up to {self.high} once known: {missing}"


@attrs.frozen(kw_only=True)
class Decision:
    """What was decided on one request or one automatic attempt, with everything it rests on.

    Attributes:
        journey: Where the lead stood.
        target: Where the transition leads; None when it is undefined.
        verdicts: The verdict of every criterion that was judged, by name.
        scores: The scores that were compared, by name.
        atoms: The outcome of every atom of the condition, as found.
        changes: The inclusion-minimal changes of atoms that would grant, smallest first; empty when granted.
        waived: The atoms that an override waived.
        forbidden: Why the actor may not ask: sentences.
        dimensions: The definition's dimensions of the lead, for a granted decision.
    """

    result: Result
    kind: Kind
    trigger: str
    at: datetime
    actor: str
    journey: Journey
    target: str | None = None
    reason: str | None = None
    note: str | None = None
    new_cycle: bool = False
    verdicts: Mapping[str, Verdict] = attrs.field(factory=dict[str, Verdict])
    scores: Mapping[str, Tally] = attrs.field(factory=dict[str, Tally])
    atoms: Mapping[str, Outcome] = attrs.field(factory=dict[str, Outcome])
    changes: tuple[frozenset[Literal], ...] = ()
    waived: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    dimensions: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    @property
    def granted(self) -> bool:
        """Whether the lead may move."""
        return self.result is Result.GRANTED

    @property
    def source(self) -> str | None:
        """The stage the lead stood in; None before the entry."""
        return self.journey.stage

    @property
    def cycle(self) -> int:
        """The cycle the lead is in after this decision."""
        return self.journey.cycle + (self.granted and self.new_cycle)

    @property
    def blockers(self) -> tuple[str, ...]:
        """The atoms in one of the smallest changes that would grant, in alphabetical order."""
        return tuple(sorted({atom for change in self.changes for atom, _ in change}))

    def __str__(self) -> str:
        """Say the result in one sentence, without naming the lead."""
        stage = self.source or "outside the lifecycle"
        asked = f"{self.trigger} in {stage}: {self.result.value}"
        if self.result is Result.UNDEFINED:
            return f"{asked}; the definition has no such transition there"
        details = [*self.forbidden, *(self._blocker_text(atom) for atom in self.blockers)]
        return f"{asked}; {'; '.join(details)}" if details else asked

    def _blocker_text(self, atom: str) -> str:
        verdict = self.verdicts.get(atom)
        return f"{atom}: {verdict.message}" if verdict is not None else f"{atom} is {self.atoms[atom].value}"


class Judgement:
    """The verdicts of one definition on one snapshot: every criterion is judged once, and only when it is asked for."""

    __slots__ = ("_findings", "_tallies", "_verdicts", "definition", "known")

    def __init__(self, definition: Definition, known: Snapshot) -> None:
        self.definition = definition
        self.known = known
        self._verdicts: dict[str, Verdict] = {}
        self._tallies: dict[str, Tally] = {}
        self._findings: dict[str, Finding] = {}

    def verdict(self, name: str) -> Verdict:
        """Give the verdict of one named criterion."""
        found = self._verdicts.get(name)
        if found is None:
            named = self.definition.named[name]
            found = self._verdicts[name] = judge_safely(named.criterion, self.known, owner=named.use)
        return found

    def tally(self, name: str) -> Tally:
        """Give a score as an interval, with its breakdown."""
        found = self._tallies.get(name)
        if found is None:
            found = self._tallies[name] = self._add_up(self.definition.scores[name])
        return found

    def find(self, transition: Transition) -> Finding:
        """Give the truth of a transition's condition and how long it holds, judging only what that takes."""
        return evaluate(self.definition.condition(transition), self._leaf)

    def outcome(self, atom: Name | Comparison) -> Outcome:
        """Give the outcome of one atom as found; a comparison that only a failure keeps open is failed."""
        if isinstance(atom, Name):
            return self.verdict(atom.name).outcome
        truth = self._leaf(atom).truth
        if truth is not None:
            return Outcome.MET if truth else Outcome.UNMET
        open_parts = (part.outcome for part in self.tally(atom.score).breakdown if part.low != part.high)
        return Outcome.FAILED if Outcome.FAILED in open_parts else Outcome.UNKNOWN

    def broken(self, transition: Transition) -> bool:
        """Say whether a criterion of the transition failed; judges them all."""
        condition = self.definition.condition(transition)
        for atom in walk(condition):
            if isinstance(atom, Comparison):
                self.tally(atom.score)
        return any(self.verdict(name).outcome is Outcome.FAILED for name in self.definition.criteria_of(transition))

    def truth(self, atom: Name | Comparison) -> bool | None:
        """Give the truth of one atom in a condition."""
        return self._leaf(atom).truth

    def atoms(self, expression: Expression) -> dict[str, Name | Comparison]:
        """Give the atoms of a written-out condition by name, each once, in the order of the text."""
        return {str(atom): atom for atom in walk(expression)}

    def _leaf(self, atom: Name | Comparison) -> Finding:
        name = atom.name if isinstance(atom, Name) else str(atom)
        found = self._findings.get(name)
        if found is None:
            found = self._findings[name] = self._look(atom)
        return found

    def _look(self, atom: Name | Comparison) -> Finding:
        if isinstance(atom, Name):
            verdict = self.verdict(atom.name)
            return Finding(self.definition.named[atom.name].truth(verdict.outcome), verdict.holds_until)
        tally = self.tally(atom.score)
        compare = COMPARE[atom.operator]
        at_low, at_high = compare(tally.low, atom.number), compare(tally.high, atom.number)
        return Finding(at_low if at_low is at_high else None, tally.holds_until)

    def _add_up(self, score: Score) -> Tally:
        breakdown = tuple(self._contribution(score, name) for name in score.points)
        until: datetime | None = None
        for name in score.points:
            until = earliest(until, self.verdict(name).holds_until)
        raw_low, raw_high = sum(part.low for part in breakdown), sum(part.high for part in breakdown)
        return Tally(
            score=score.name,
            low=score.bounded(raw_low),
            high=score.bounded(raw_high),
            raw_low=raw_low,
            raw_high=raw_high,
            breakdown=breakdown,
            holds_until=until,
        )

    def _contribution(self, score: Score, name: str) -> Contribution:
        points, verdict, named = score.points[name], self.verdict(name), self.definition.named[name]
        if points.fixed is None and verdict.outcome is Outcome.MET and verdict.amount is None:
            verdict = self._verdicts[name] = failed(
                f"{named.use} gave no amount, and the score {score.name} counts points for each", criterion=named.use
            )
        truth = named.truth(verdict.outcome)
        if truth is None or (truth and verdict.outcome is Outcome.UNKNOWN and points.fixed is None):
            low, high = min(points.most, 0), max(points.most, 0)
        else:
            low = high = points.of(verdict.amount) if truth else 0
        return Contribution(criterion=name, outcome=verdict.outcome, low=low, high=high)


def decide(definition: Definition, known: Snapshot, request: Request) -> Decision:
    """Decide on a request; the same code serves the real run, the dry run, replay and tests."""
    transition = definition.transition(request.trigger, known.journey.stage)
    if transition is None:
        return _asked(known, request, None, result=Result.UNDEFINED)
    forbidden = _forbidden(transition, request)
    if forbidden:
        return _asked(known, request, transition, result=Result.FORBIDDEN, forbidden=forbidden)
    judgement = Judgement(definition, known)
    decision = attrs.evolve(
        weigh(judgement, transition),
        kind=Kind.OVERRIDE if request.override else Kind.REQUESTED,
        actor=request.actor,
        reason=request.reason or transition.reason,
        note=request.note,
    )
    if decision.granted or not request.override or not decision.changes:
        return decision
    return _grant(judgement, attrs.evolve(decision, result=Result.GRANTED, waived=decision.blockers, changes=()))


def attempt(judgement: Judgement, transition: Transition) -> Decision:
    """Decide on an automatic attempt: LOOPED where the lead left or entered the target in this very instant."""
    decision = weigh(judgement, transition)
    journey = judgement.known.journey
    if decision.granted and journey.since == judgement.known.at and transition.target in journey.passed:
        return attrs.evolve(decision, result=Result.LOOPED, dimensions={})
    return decision


def weigh(judgement: Judgement, transition: Transition) -> Decision:
    """Judge everything a transition depends on and decide by its condition alone, as an automatic move would be."""
    definition, known = judgement.definition, judgement.known
    condition = definition.condition(transition)
    for name in definition.criteria_of(transition):
        judgement.verdict(name)
    atoms = judgement.atoms(condition)
    scores = dict.fromkeys(atom.score for atom in atoms.values() if isinstance(atom, Comparison))
    tallies = {name: judgement.tally(name) for name in scores}  # before the verdicts are read: an amount may be missing
    granted = judgement.find(transition).truth is True
    decision = Decision(
        result=Result.GRANTED if granted else Result.REFUSED,
        kind=Kind.AUTOMATIC,
        trigger=transition.trigger,
        at=known.at,
        actor=SYSTEM,
        journey=known.journey,
        target=transition.target,
        reason=transition.reason,
        new_cycle=transition.new_cycle,
        verdicts={name: judgement.verdict(name) for name in definition.criteria_of(transition)},
        scores=tallies,
        atoms={name: judgement.outcome(atom) for name, atom in atoms.items()},
    )
    if granted:
        return _grant(judgement, decision)
    ways = changes(condition, {name: judgement.truth(atom) for name, atom in atoms.items()})
    decision = attrs.evolve(decision, changes=ways)
    broken = any(decision.atoms[atom] is Outcome.FAILED for atom in decision.blockers)
    return attrs.evolve(decision, result=Result.FAILED) if broken else decision


def _grant(judgement: Judgement, decision: Decision) -> Decision:
    known = judgement.known
    dimensions = {
        name: known.channel if name == "channel" else known.profile(name) for name in judgement.definition.dimensions
    }
    return attrs.evolve(decision, dimensions=dimensions)


def _asked(
    known: Snapshot,
    request: Request,
    transition: Transition | None,
    *,
    result: Result,
    forbidden: tuple[str, ...] = (),
) -> Decision:
    """Build the decision on a request that needs no judging."""
    return Decision(
        result=result,
        kind=Kind.OVERRIDE if request.override else Kind.REQUESTED,
        trigger=request.trigger,
        at=known.at,
        actor=request.actor,
        journey=known.journey,
        target=None if transition is None else transition.target,
        reason=request.reason,
        note=request.note,
        forbidden=forbidden,
    )


def _forbidden(transition: Transition, request: Request) -> tuple[str, ...]:
    """Say everything that keeps this actor from asking this; empty where nothing does."""
    found: list[str] = []
    if request.override and request.role not in transition.override_by:
        found.append(f"the role {request.role} may not override; those that may: {_listed(transition.override_by)}")
    if not request.override and transition.by is not None and request.role not in transition.by:
        found.append(f"the role {request.role} may not ask; those that may: {_listed(transition.by)}")
    if transition.reasons and request.reason is None:
        found.append(f"a reason code is needed: {_listed(transition.reasons)}")
    if request.reason is not None and request.reason not in transition.reasons:
        found.append(f"{request.reason!r} is not a reason code of this transition; it knows {_listed(transition.reasons)}")
    return tuple(found)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"
