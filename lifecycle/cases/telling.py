"""Why a case is not as expected, in words: how the lead came to where it stands, and what the way it wants lacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import islice
from typing import Final

from lifecycle.cases.case import Case
from lifecycle.conditions import ALWAYS, And, Comparison, Expression, Finding, Not, Or, atoms_of, evaluate
from lifecycle.course import Step
from lifecycle.criteria import Outcome
from lifecycle.decision import Decision, Explanation, Missing, Result, Way, explain
from lifecycle.definition import Definition
from lifecycle.judgement import Judgement
from lifecycle.lead import Snapshot

__all__ = [
    "missed_stage",
    "move_text",
    "on_time",
    "request_lines",
    "score_lines",
    "truth_lines",
    "way_lines",
]

FEW: Final = 3
"""How many of the changes that would open a way are told: the smallest ones, which a person would try."""


def on_time(case: Case, at: datetime) -> str:
    """Say when: on a day of the case, or at its end."""
    return f"on {case.day(at)}" if at != case.end else f"at the end ({case.day(at)})"


def move_text(case: Case, decision: Decision) -> str:
    """Write one move, for instance `day 3: iql -> mql by qualify`."""
    reason = f" ({decision.reason})" if decision.reason is not None else ""
    asked = "" if decision.actor == "system" else f", asked by {decision.actor}"
    move = f"{decision.source or '(new)'} -> {decision.target}"
    return f"{case.day(decision.at)}: {move} by {decision.trigger}{reason}{asked}"


def missed_stage(
    definition: Definition, case: Case, known: Snapshot, steps: Sequence[Step], wanted: str | None
) -> Iterator[str]:
    """Say how the lead came here, and what the way to the wanted stage lacks, or why it left that stage."""
    moves = [step.decision for step in steps if step.decision.granted]
    left = next((move for move in reversed(moves) if wanted is not None and move.source == wanted), None)
    if left is not None:
        yield f"{left.trigger} took it out of {wanted}: {_opened(definition, left)}"
    elif wanted is not None and wanted != known.journey.stage:
        yield from _towards(definition, explain(definition, known), wanted)
    yield from (f"came here on {move_text(case, move)}" for move in moves)
    for step in steps:
        if not step.decision.granted:
            yield f"not granted on {case.day(step.decision.at)}: {step.decision}"


def _opened(definition: Definition, move: Decision) -> str:
    """Say what opened a move: its condition as it is written, and what was met in it."""
    transition = definition.transition(move.trigger, move.source)
    if transition is None or transition.when == ALWAYS:
        return "it is always open"
    met = {atom for atom, outcome in move.atoms.items() if outcome is Outcome.MET}
    carried = [atom for atom in _carrying(definition.condition(transition), met) if atom in met]
    return f"{transition.when}" + (f" ({', '.join(dict.fromkeys(carried))} met)" if carried else "")


def _carrying(expression: Expression, met: AbstractSet[str], *, wanted: bool = True) -> Iterator[str]:
    """Name the atoms that make an expression what it is."""
    if isinstance(expression, Not):
        yield from _carrying(expression.part, met, wanted=not wanted)
    elif isinstance(expression, And | Or):
        for part in expression.parts:
            if _is_so(part, met) is wanted:
                yield from _carrying(part, met, wanted=wanted)
    else:
        yield str(expression)


def _is_so(expression: Expression, met: AbstractSet[str]) -> bool:
    return evaluate(expression, lambda atom: Finding(str(atom) in met)).truth is True


def _towards(definition: Definition, explanation: Explanation, wanted: str) -> Iterator[str]:
    """Explain the ways out that are first steps of a shortest way to a stage."""
    stage = explanation.journey.stage
    steps = {
        target: _distance(definition, target, wanted) for target in (way.transition.target for way in explanation.ways)
    }
    known = [distance for distance in steps.values() if distance is not None]
    if not known:
        yield f"no way leads from {stage or 'outside'} to {wanted}"
        return
    yield from way_lines(way for way in explanation.ways if steps[way.transition.target] == min(known))


def _distance(definition: Definition, stage: str, wanted: str) -> int | None:
    """Give how many moves it takes at least; None where there is no way."""
    reached, edge, distance = {stage}, {stage}, 0
    while edge:
        if wanted in edge:
            return distance
        edge = {one.target for here in edge for one in definition.leaving(here)} - reached
        reached |= edge
        distance += 1
    return None


def way_lines(ways: Iterable[Way]) -> Iterator[str]:
    """Say of each way whether it is open, what it needs, and its smallest changes."""
    for way in ways:
        state = way.decision.result.value if way.decision.result is Result.LOOPED else "open" if way.open else "closed"
        needs = f" ({', '.join(way.needs)})" if way.needs else ""
        yield f"{way.transition.trigger} to {way.transition.target} is {state}{needs}"
        shown = list(islice(way.changes, FEW))
        for number, change in enumerate(shown):
            yield f"  {'or' if number else 'it takes'} {' and '.join(map(_lack, change))}"
        if len(way.changes) > len(shown):
            yield f"  or another of {len(way.changes)} ways"


def _lack(missing: Missing) -> str:
    name = missing.atom if missing.wanted else f"not {missing.atom}"
    more = f"; {missing.points} point{'' if missing.points == 1 else 's'} away" if missing.points else ""
    return f"{name} ({missing.message}{more})"


def request_lines(definition: Definition, decision: Decision) -> Iterator[str]:
    """Say why a request was decided as it was."""
    stage = decision.source or "outside the lifecycle"
    if decision.result is Result.UNDEFINED:
        sources = [one.sources or ("outside",) for one in definition.transitions if one.trigger == decision.trigger]
        named = ", ".join(name for group in sources for name in group)
        where = stage if decision.source is None else f"in {stage}"
        yield f"the lead was {where}; {decision.trigger} leads out of {named}"
    yield from decision.forbidden
    for atom, message in decision.messages.items():
        yield f"in the way: {atom} ({message})"
    if decision.granted:
        yield f"{decision.trigger} leads from {stage} to {decision.target}: {_opened(definition, decision)}"
        yield from (f"waived: {atom}" for atom in decision.waived)


def truth_lines(judgement: Judgement, expression: Expression) -> Iterator[str]:
    """Say what was found for each part of an expression that makes it what it is."""
    written_out = judgement.definition.written_out(expression)
    atoms = atoms_of(written_out)
    met = {name for name, atom in atoms.items() if judgement.truth(atom)}
    for name in dict.fromkeys(_carrying(written_out, met, wanted=_is_so(written_out, met))):
        atom = atoms[name]
        if isinstance(atom, Comparison):
            yield f"{name}: {atom.score} is {judgement.interval(atom.score)}"
            yield from score_lines(judgement, atom.score)
        else:
            verdict = judgement.verdict(atom.name)
            yield f"{name}: {verdict.outcome.value}, {verdict.message}"


def score_lines(judgement: Judgement, score: str) -> Iterator[str]:
    """Say what each criterion gave to a score, where it gave or may give anything."""
    for part in judgement.interval(score).breakdown:
        if part.low or part.high:
            points = f"{part.low}" if part.low == part.high else f"{part.low} to {part.high}"
            yield f"  {part.criterion} gives {points} ({judgement.verdict(part.criterion).message})"
