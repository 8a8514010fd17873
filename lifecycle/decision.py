"""Deciding on one transition, and explaining what would open it: purely, the same input always gives the same answer.

`decide` is total: it never raises, and a criterion that breaks can only keep a transition closed. All criteria of a
transition that is asked for are judged, so that every reason is there; an automatic attempt that comes to nothing stops
as soon as that is sure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from lifecycle.changes import Literal, blockers, changes
from lifecycle.conditions import COMPARE, Comparison, Name, atoms_of
from lifecycle.criteria import Outcome, Verdict
from lifecycle.definition import Definition, Transition
from lifecycle.journey import Journey
from lifecycle.judgement import Interval, Judgement
from lifecycle.lead import Snapshot
from lifecycle.request import SYSTEM, Request
from lifecycle.spelling import did_you_mean

__all__ = [
    "SYSTEM",
    "Decision",
    "Explanation",
    "Kind",
    "Missing",
    "Request",
    "Result",
    "Way",
    "attempt",
    "decide",
    "explain",
    "weigh",
]


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
        blockers: The atoms in one of these changes, in alphabetical order; there may be too many changes to list them
            all, and even then every blocker is named.
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
    scores: Mapping[str, Interval] = attrs.field(factory=dict[str, Interval])
    atoms: Mapping[str, Outcome] = attrs.field(factory=dict[str, Outcome])
    changes: tuple[frozenset[Literal], ...] = ()
    blockers: tuple[str, ...] = ()
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
    def messages(self) -> Mapping[str, str]:
        """What was found for each blocker, for people; unlike the text of the decision it may be personal."""
        return {atom: self._message(atom) for atom in self.blockers}

    def __str__(self) -> str:
        """Say the result and what stood in the way in one sentence, which holds nothing personal and fits a log."""
        stage = self.source or "outside the lifecycle"
        parts = [f"{self.trigger} in {stage}: {self.result.value}", *self.forbidden]
        parts += [f"{atom} is {self.atoms[atom].value}" for atom in self.blockers]
        if self.result is Result.UNDEFINED:
            parts.append("the definition has no such transition there")
        return "; ".join(parts)

    def _message(self, atom: str) -> str:
        score = atom.partition(" ")[0]
        if atom in self.verdicts:
            return self.verdicts[atom].message
        return f"{score} is {self.scores[score]}" if score in self.scores else f"{atom} is {self.atoms[atom].value}"


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
    waived = attrs.evolve(decision, result=Result.GRANTED, waived=decision.blockers, blockers=(), changes=())
    return _grant(judgement, waived)


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
    atoms = atoms_of(condition)
    scores = dict.fromkeys(atom.score for atom in atoms.values() if isinstance(atom, Comparison))
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
        scores={name: judgement.interval(name) for name in scores},
        atoms={name: judgement.outcome(atom) for name, atom in atoms.items()},
    )
    if granted:
        return _grant(judgement, decision)
    truth = {name: judgement.truth(atom) for name, atom in atoms.items()}
    in_the_way = tuple(sorted(blockers(condition, truth)))
    decision = attrs.evolve(decision, changes=changes(condition, truth), blockers=in_the_way)
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
    if request.reason is not None and request.reason not in transition.codes:
        hint = did_you_mean(request.reason, transition.codes)
        found.append(f"this is not a reason code of this transition{hint}; it knows {_listed(transition.codes)}")
    return tuple(found)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none"


# --- Explaining ----------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Missing:
    """One atom that would have to change.

    Attributes:
        atom: Its name.
        wanted: The truth it would have to get.
        outcome: What was found.
        message: What was found, for people.
        points: For a comparison, how many points are missing, or too many.
        sources: For a comparison, the entries of the score that could still give points, or take away those that are
            too many, with how many each.
        may_change_at: The instant at which time alone may change it; None is never.
    """

    atom: str
    wanted: bool
    outcome: Outcome
    message: str
    points: int | None = None
    sources: tuple[tuple[str, int], ...] = ()
    may_change_at: datetime | None = None

    def __str__(self) -> str:
        """Say what is missing, for people; it may be personal."""
        return f"{self.atom if self.wanted else f'not {self.atom}'} ({self.message})"


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

    @property
    def needs(self) -> tuple[str, ...]:
        """What a request has to bring beside the condition, in sentences: a role, a reason code."""
        roles, codes = self.transition.by, self.transition.reasons
        asked_by = () if roles is None else (f"asked by {_listed(roles)}",)
        return (*asked_by, f"with a reason code: {_listed(codes)}") if codes else asked_by

    def __str__(self) -> str:
        """Say in one line whether the way is open, and its smallest change; the others are in `changes`."""
        state = "open" if self.open else "closed"
        missing = f"; missing: {' and '.join(map(str, self.changes[0]))}" if self.changes else ""
        more = f", or another of {len(self.changes)} ways" if len(self.changes) > 1 else ""
        needs = f" ({', '.join(self.needs)})" if self.needs else ""
        return f"{self.transition.trigger} to {self.transition.target}: {state}{needs}{missing}{more}"


@attrs.frozen(kw_only=True)
class Explanation:
    """Where a lead stands at one instant, and every way out of there, in file order."""

    journey: Journey
    at: datetime
    ways: tuple[Way, ...]

    def __str__(self) -> str:
        """Say where the lead stands and what each way out lacks, a line for each; it may be personal."""
        return "\n".join([f"in {self.journey.stage or 'no stage yet'}", *(f"  {way}" for way in self.ways)])

    def to(self, target: str) -> tuple[Way, ...]:
        """Give the ways into one stage."""
        return tuple(way for way in self.ways if way.transition.target == target)


def explain(definition: Definition, known: Snapshot) -> Explanation:
    """Explain a snapshot: what is missing for each next stage. Purely, and by the same judging as a decision."""
    judgement = Judgement(definition, known)
    ways = tuple(_way(judgement, transition) for transition in definition.leaving(known.journey.stage))
    return Explanation(journey=known.journey, at=known.at, ways=ways)


def _way(judgement: Judgement, transition: Transition) -> Way:
    decision = attempt(judgement, transition) if transition.automatic else weigh(judgement, transition)
    atoms = atoms_of(judgement.definition.condition(transition))
    changes = tuple(
        tuple(_missing(judgement, decision, atoms[name], (name, wanted)) for name, wanted in sorted(change))
        for change in decision.changes
    )
    return Way(transition=transition, decision=decision, changes=changes)


def _missing(judgement: Judgement, decision: Decision, atom: Name | Comparison, literal: Literal) -> Missing:
    name, wanted = literal
    if isinstance(atom, Name):
        verdict = decision.verdicts[name]
        return Missing(
            atom=name,
            wanted=wanted,
            outcome=verdict.outcome,
            message=verdict.message,
            may_change_at=verdict.holds_until,
        )
    interval = decision.scores[atom.score]
    return Missing(
        atom=name,
        wanted=wanted,
        outcome=decision.atoms[name],
        message=f"{atom.score} is {interval}",
        points=_distance(atom, interval, wanted=wanted),
        sources=tuple(_sources(judgement, interval, upwards=_upwards(atom, wanted=wanted))),
        may_change_at=interval.holds_until,
    )


def _distance(atom: Comparison, interval: Interval, *, wanted: bool) -> int:
    """Give how far the raw sum is from where the comparison turns, counted from its surely reached end.

    The raw sum, because a score kept at its floor may be far below it.
    """
    upwards = _upwards(atom, wanted=wanted)
    on_line = COMPARE[atom.operator](atom.number, atom.number) is wanted
    if upwards:
        return max(atom.number + (not on_line) - interval.raw_low, 0)
    return max(interval.raw_high - atom.number + (not on_line), 0)


def _upwards(atom: Comparison, *, wanted: bool) -> bool:
    """Say whether more points are what is missing, and not fewer."""
    return (atom.operator in {">=", ">"}) is wanted


def _sources(judgement: Judgement, interval: Interval, *, upwards: bool) -> Iterator[tuple[str, int]]:
    """Give the entries that could still give points, or take points away, with how many; the most first."""
    points = judgement.definition.scores[interval.score].points
    rest = (
        (part.criterion, max(most, 0) - part.low if upwards else part.high - min(most, 0))
        for part in interval.breakdown
        for most in (points[part.criterion].most,)
    )
    yield from sorted(((name, more) for name, more in rest if more > 0), key=lambda pair: (-pair[1], pair[0]))
