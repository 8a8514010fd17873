"""How much of a definition its cases have seen: the transitions taken, and each criterion both met and not met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Final

import attrs

from lifecycle.cases.running import Ran
from lifecycle.course import Step
from lifecycle.definition import Definition
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from lifecycle.lead import Snapshot

__all__ = ["Coverage", "Covered", "coverage_of"]

_SIDES: Final = (True, False)


@attrs.frozen(kw_only=True)
class Covered:
    """One part of a definition: how many things there are to see, and which were not seen."""

    what: str
    total: int
    unseen: tuple[str, ...]

    @property
    def seen(self) -> int:
        """How many were seen."""
        return self.total - len(self.unseen)

    @property
    def percent(self) -> Fraction:
        """The share that was seen, of a hundred; where there is nothing to see, all of it."""
        return Fraction(100 * self.seen, self.total) if self.total else Fraction(100)


@attrs.frozen(kw_only=True)
class Coverage:
    """What all cases together have seen.

    Attributes:
        transitions: The arrows that were taken; a transition from several stages has one for each.
        criteria: Each criterion, once met and once not met: unmet, or unknown, which `sales.known` is where others
            are unmet.
        undesirables: The same for undesirables.
    """

    transitions: Covered
    criteria: Covered
    undesirables: Covered

    @property
    def parts(self) -> tuple[Covered, ...]:
        """The three parts."""
        return self.transitions, self.criteria, self.undesirables

    def reaches(self, percent: int) -> bool:
        """Say whether each part was seen to at least so much."""
        return all(part.percent >= percent for part in self.parts)


def coverage_of(definition: Definition, ran: Iterable[Ran]) -> Coverage:
    """Give what cases that were run have seen of a definition, whether or not they passed."""
    taken: set[str] = set()
    found: dict[str, set[bool]] = {name: set() for name in definition.named}
    for one in ran:
        taken |= {_arrow(step) for step in one.steps if step.decision.granted}
        _judge_all(definition, one, found)
    arrows = [
        f"{transition.trigger} from {source or 'outside'}"
        for transition in definition.transitions
        for source in transition.sources or (None,)
    ]
    return Coverage(
        transitions=_covered("transitions", arrows, taken),
        criteria=_both_sides("criteria", definition.criteria, found),
        undesirables=_both_sides("undesirables", definition.undesirables, found),
    )


def _arrow(step: Step) -> str:
    return f"{step.decision.trigger} from {step.decision.source or 'outside'}"


def _judge_all(definition: Definition, ran: Ran, found: Mapping[str, set[bool]]) -> None:
    """Judge every criterion at each instant that the case speaks of, and of each move what stood before it."""
    for known in _snapshots(ran):
        judgement = Judgement(definition, known)
        for name, seen in found.items():
            if len(seen) < len(_SIDES):
                seen.add(definition.named[name].truth(judgement.verdict(name).outcome) is True)


def _snapshots(ran: Ran) -> Iterator[Snapshot]:
    journey = Journey()
    for step in ran.steps:
        yield Snapshot(ran.lead, step.decision.at, journey)
        journey = step.journey
    yield from (ran.known(at) for at in ran.instants)


def _both_sides(what: str, names: Iterable[str], found: Mapping[str, AbstractSet[bool]]) -> Covered:
    sides = [(name, side, f"{name} {'met' if side else 'not met'}") for name in names for side in _SIDES]
    return _covered(what, [text for *_, text in sides], {text for name, side, text in sides if side in found[name]})


def _covered(what: str, all_: Iterable[str], seen: AbstractSet[str]) -> Covered:
    every = tuple(all_)
    return Covered(what=what, total=len(every), unseen=tuple(name for name in every if name not in seen))
