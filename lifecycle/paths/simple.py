"""The simple paths through a definition: ways from outside to a stage on which no stage comes twice.

There may be very many: ten stages that all lead to each other have nearly ten million. The shortest come first, and the
search stops where enough are found, or where it has looked for long enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from lifecycle.definition import Definition, Transition

__all__ = ["Paths", "ends_of", "simple_paths"]

MOST_STEPS: Final = 100_000
"""How many steps are followed at most: well below a second, and far more than anybody reads paths of."""


@attrs.frozen
class Paths:
    """Simple paths, the shortest first; `complete` says whether they are all there are."""

    paths: tuple[tuple[Transition, ...], ...]
    complete: bool


def ends_of(definition: Definition) -> tuple[str, ...]:
    """Give where paths end: the final stages, and where none is final those that nothing leads out of."""
    final = tuple(id_ for id_, stage in definition.stages.items() if stage.final)
    return final or tuple(id_ for id_ in definition.stages if not definition.leaving(id_))


def simple_paths(definition: Definition, ends: tuple[str, ...], *, most: int) -> Paths:
    """Find the paths to some stages that pass none of them on the way, and no stage twice.

    Args:
        definition: Where to look.
        ends: The stages in which a path ends.
        most: How many are given at most.
    """
    search = _Search(definition, ends)
    found = list[tuple[Transition, ...]]()
    for length in range(1, len(definition.stages) + 1):
        for path in search.of_length(length):
            if len(found) == most:
                return Paths(tuple(found), complete=False)
            found.append(path)
    return Paths(tuple(found), complete=search.steps < MOST_STEPS)


class _Search:
    def __init__(self, definition: Definition, ends: tuple[str, ...]) -> None:
        self.definition = definition
        self.ends = frozenset(ends)
        self.distance = _distances(definition, ends)
        self.steps = 0

    def of_length(self, length: int) -> Iterator[tuple[Transition, ...]]:
        return self._from(None, (), length)

    def _from(self, stage: str | None, so_far: tuple[Transition, ...], left: int) -> Iterator[tuple[Transition, ...]]:
        passed = {transition.target for transition in so_far}
        for transition in self.definition.leaving(stage):
            target = transition.target
            if self.steps >= MOST_STEPS or target in passed or self.distance.get(target, left) >= left:
                continue
            self.steps += 1
            path = (*so_far, transition)
            if target not in self.ends:
                yield from self._from(target, path, left - 1)
            elif left == 1:
                yield path


def _distances(definition: Definition, ends: tuple[str, ...]) -> Mapping[str, int]:
    """Give how many moves it takes at least from each stage to an end; stages that lead to none are left out."""
    found = dict.fromkeys(ends, 0)
    edge = set(ends)
    while edge:
        edge = {
            source
            for transition in definition.transitions
            if transition.target in edge
            for source in transition.sources
            if source not in found
        }
        found.update(dict.fromkeys(edge, max(found.values()) + 1))
    return found
