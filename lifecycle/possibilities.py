"""What conditions can and cannot be at once, by trying every assignment of their atoms in one go.

A column of bits holds the truth of one atom under every assignment, so a condition over n atoms is evaluated 2^n times
by a few operations on whole numbers. Atoms are independent of each other, except comparisons of one score: `interest >=
80` never holds without `interest >= 50`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import attrgetter
from typing import Final

import attrs

from lifecycle.conditions import COMPARE, Comparison, Expression, truth_table, walk
from lifecycle.definition import Definition, Transition

__all__ = ["MOST_ATOMS", "MOST_ROUNDS", "Loop", "Space", "loops"]

MOST_ATOMS: Final = 16
"""Conditions over more atoms are not tried: 2^16 assignments are the most that stay quick to try."""

MOST_ROUNDS: Final = 1000
"""More rounds through one stage are not looked at; a document with so many has been found to loop long before."""


@attrs.frozen
class Space:
    """All assignments of some atoms that can occur: a column of bits per atom, and the column of those that can."""

    columns: Mapping[str, int]
    possible: int
    _everything: int

    @classmethod
    def over(cls, expressions: Iterable[Expression]) -> Space | None:
        """Give the assignments of the atoms of these expressions; None where there are too many."""
        atoms = {str(atom): atom for expression in expressions for atom in walk(expression)}
        if len(atoms) > MOST_ATOMS:
            return None
        size = 1 << len(atoms)
        everything = (1 << size) - 1
        columns = {name: _column(index, size) for index, name in enumerate(atoms)}
        possible = everything
        comparisons = [atom for atom in atoms.values() if isinstance(atom, Comparison)]
        for score in sorted({comparison.score for comparison in comparisons}):
            possible &= _consistent([c for c in comparisons if c.score == score], columns, everything)
        return cls(columns, possible, everything)

    def where(self, expression: Expression) -> int:
        """Give the column of the possible assignments under which an expression is true."""
        return truth_table(expression, self.columns, self._everything) & self.possible


def _column(index: int, size: int) -> int:
    """Give the column whose bit i is bit `index` of i."""
    width = 1 << index
    column, length = ((1 << width) - 1) << width, 2 * width
    while length < size:
        column |= column << length
        length *= 2
    return column


def _consistent(comparisons: Sequence[Comparison], columns: Mapping[str, int], everything: int) -> int:
    """Give the assignments that some value of the score brings about."""
    numbers = {comparison.number for comparison in comparisons}
    values = sorted(numbers | {number - 1 for number in numbers} | {number + 1 for number in numbers})
    found = 0
    for value in values:
        here = everything
        for comparison in comparisons:
            column = columns[str(comparison)]
            here &= column if COMPARE[comparison.operator](value, comparison.number) else everything & ~column
        found |= here
    return found


@attrs.frozen
class Loop:
    """A round of automatic transitions; `sure` when nothing that its conditions read can change by moving."""

    transitions: tuple[Transition, ...]
    sure: bool


def loops(definition: Definition) -> Iterator[Loop]:
    """Give the rounds that a lead could be sent on in one instant, each once.

    A round through conditions over too many atoms is taken for possible, not for sure; so is one whose criteria share a
    fact, since they may exclude each other in a way that only they know: at least 11 employees, and at most 10.
    """
    for stage in definition.stages:
        for round_ in islice(_rounds(definition, stage, stage, ()), MOST_ROUNDS):
            looked_at = tuple(_looked_at(definition, round_))
            # Named conditions taken for atoms: fewer to try, and what cannot turn then cannot turn at all.
            if _turns(looked_at, attrgetter("when")) is False:
                continue
            turns = _turns(looked_at, definition.condition)
            if turns is not False:
                lasts = not any(_moving_changes(definition, transition, taken=taken) for transition, taken in looked_at)
                apart = _read_apart(definition, (transition for transition, _ in looked_at))
                yield Loop(round_, sure=turns is True and lasts and apart)


def _rounds(
    definition: Definition, start: str, stage: str, so_far: tuple[Transition, ...]
) -> Iterator[tuple[Transition, ...]]:
    """Give the ways from a stage back to the start that pass no stage twice, the start being the first in the file."""
    order = list(definition.stages)
    passed = {transition.target for transition in so_far}
    for transition in definition.automatic(stage):
        if transition.target == start:
            yield (*so_far, transition)
        elif transition.target not in passed and order.index(transition.target) > order.index(start):
            yield from _rounds(definition, start, transition.target, (*so_far, transition))


def _looked_at(definition: Definition, round_: Sequence[Transition]) -> Iterator[tuple[Transition, bool]]:
    """Give the transitions that are looked at on a round, and whether each is taken: earlier ones have to be closed."""
    stage = round_[-1].target
    for taken in round_:
        automatic = definition.automatic(stage)
        for transition in automatic[: automatic.index(taken) + 1]:
            yield transition, transition is taken
        stage = taken.target


def _turns(looked_at: Iterable[tuple[Transition, bool]], condition: Callable[[Transition], Expression]) -> bool | None:
    """Say whether one assignment opens every transition that is taken, and none before it; None where too many are."""
    conditions = [(condition(transition), taken) for transition, taken in looked_at]
    space = Space.over(expression for expression, _ in conditions)
    if space is None:
        return None
    column = space.possible
    for expression, taken in conditions:
        column &= space.where(expression) if taken else ~space.where(expression)
    return column != 0


def _read_apart(definition: Definition, transitions: Iterable[Transition]) -> bool:
    """Say whether no two criteria behind these conditions read the same fact, so that each can be anything."""
    names = {name for transition in transitions for name in definition.criteria_of(transition)}
    reads = [read for name in names for read in definition.named[name].reads]
    activities = sum(read.startswith("activity:") for read in reads)
    return len(reads) == len(set(reads)) and ("activity:*" not in reads or activities == 1)


def _moving_changes(definition: Definition, transition: Transition, *, taken: bool) -> bool:
    """Say whether a move of the round changes what this transition's condition reads."""
    reads = {read for name in definition.criteria_of(transition) for read in definition.named[name].reads}
    return "journey" in reads or (taken and transition.new_cycle)
