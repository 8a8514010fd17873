"""Walking a path: for each step the fewest facts found that make just this move, and whoever has to ask for it.

Nothing is claimed that has not been lived through: after each step the engine itself has made the moves of the path so
far and stopped there. Where it never stops there, because the next move is open at once, it may go on along the path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from lifecycle.course import Course
from lifecycle.definition import Definition, Transition
from lifecycle.journey import Journey
from lifecycle.paths.facts import Fact
from lifecycle.paths.opening import NotFound, Opener, Scene
from lifecycle.request import Request

__all__ = ["START", "Stride", "Walk", "Walker"]

START: Final = datetime.fromisoformat("2026-01-05T09:00:00+00:00")
"""Day 0 of a path, a Monday; no criterion of ours looks at the calendar."""

MOST_WAITS: Final = 4
"""How many instants at which time may have changed something are tried for one step."""

_DAY: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Stride:
    """One step of a path: a move, the day it is made, what is told of the lead that day, and the request for it."""

    transition: Transition
    source: str | None
    day: int
    facts: tuple[Fact, ...] = ()
    request: Request | None = None


@attrs.frozen(kw_only=True)
class Walk:
    """A path with the facts each step needs; where they were found for the first steps only, `stuck` says why."""

    path: tuple[Transition, ...]
    strides: tuple[Stride, ...]
    stuck: str | None = None


class Walker:
    """Walks the paths of one definition; what several paths have in common is looked for once."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.course = Course(definition)
        self.opener = Opener(definition)
        self._walks: dict[tuple[Transition, ...], Walk] = {}

    def walk(self, path: tuple[Transition, ...]) -> Walk:
        """Find the facts of each step."""
        found = self._begun(path)
        if found.stuck is None and found.strides:
            moves, journey = self.lives(found.strides, found.strides[-1].day)
            if moves != list(path):
                return attrs.evolve(found, stuck=f"no lead stops there: it goes on at once to {journey.stage}")
        return found

    def _begun(self, path: tuple[Transition, ...]) -> Walk:
        """Walk a path, or the beginning of one, from which the lead may have gone on."""
        found = self._walks.get(path)
        if found is None:
            found = self._walks[path] = self._walk(path)
        return found

    def _walk(self, path: tuple[Transition, ...]) -> Walk:
        if not path:
            return Walk(path=path, strides=())
        before = self._begun(path[:-1])
        if before.stuck is not None:
            return attrs.evolve(before, path=path)
        step = _Step(self, before.strides, path[-1])
        stride = step.find()
        if stride is None:
            return Walk(path=path, strides=before.strides, stuck=step.why())
        return Walk(path=path, strides=(*before.strides, stride))

    def lives(self, strides: Sequence[Stride], until: int) -> tuple[list[Transition], Journey]:
        """Live steps through, and give the moves that the engine makes."""
        told = [(_on(stride.day), fact) for stride in strides for fact in stride.facts]
        asked = [(_on(stride.day), stride.request) for stride in strides if stride.request is not None]
        at, journey, moves = _on(until), Journey(), list[Transition]()
        lead = Scene(tuple(told), at, journey).lead()
        for step in self.course.advance(lead, journey, at, requests=asked):
            if step.decision.granted:
                made = self.definition.transition(step.decision.trigger, journey.stage)
                moves += [] if made is None else [made]
            journey = step.journey
        return moves, journey


class _Step:
    """The search for one step."""

    def __init__(self, walker: Walker, before: Sequence[Stride], transition: Transition) -> None:
        self.walker = walker
        self.before = before
        self.transition = transition
        self.path = [*(stride.transition for stride in before), transition]
        self.source = before[-1].transition.target if before else None
        self.missing: set[str] = set()
        self.astray = False
        self.going_on: Stride | None = None  # makes the move, and the lead goes on from there at once

    def find(self) -> Stride | None:
        """Give the first day on which facts make the move, and no other, and the fewest of them that were found."""
        at_once = self._stride(self.before[-1].day, ()) if self.before else None
        if at_once is not None and at_once.request is None and self._leads_there(at_once):
            return at_once
        for day in self._days():
            found = [self._fewest(stride) for stride in self._on(day)]
            if found:
                return min(found, key=_size)
        return self.going_on

    def why(self) -> str:
        """Say why nothing was found."""
        trigger = self.transition.trigger
        if self.missing and not self.astray:
            return f"no facts were found with which {' or '.join(sorted(self.missing))}, as {trigger} needs"
        return f"facts that open {trigger} were found, and with each of them the lead goes elsewhere"

    def _days(self) -> Iterator[int]:
        """Give the days to try: the next one, and those on which time alone may have changed something."""
        first = self.before[-1].day + 1 if self.before else 0
        yield first
        scene = self._scene(first)
        later = {-((START - at) // _DAY) for at in self.walker.opener.needs(scene, self.transition)}
        yield from sorted(day for day in later if day > first)[:MOST_WAITS]

    def _scene(self, day: int) -> Scene:
        told = tuple((_on(stride.day), fact) for stride in self.before for fact in stride.facts)
        _, journey = self.walker.lives(self.before, day)
        return Scene(told, _on(day), journey)

    def _on(self, day: int) -> Iterator[Stride]:
        scene = self._scene(day)
        bare = self._stride(day, ())
        if self._works(bare):
            yield bare
            return
        if self._leads_there(bare):
            self.going_on = self.going_on or bare
        if scene.journey.stage != self.source:
            return
        for facts in self.walker.opener.ways(scene, self.transition):
            if isinstance(facts, NotFound):
                self.missing.add(str(facts))
                continue
            stride = self._stride(day, facts)
            if self._works(stride):
                yield stride
            elif self._leads_there(stride):
                self.going_on = self.going_on or stride
            else:
                self.astray = True

    def _stride(self, day: int, facts: tuple[Fact, ...]) -> Stride:
        asked = None if self.transition.automatic else _asking(self.transition)
        return Stride(transition=self.transition, source=self.source, day=day, facts=facts, request=asked)

    def _works(self, stride: Stride) -> bool:
        moves, _ = self.walker.lives([*self.before, stride], stride.day)
        return moves == self.path

    def _leads_there(self, stride: Stride) -> bool:
        """Say whether the moves of the path are made, whatever comes after them."""
        moves, _ = self.walker.lives([*self.before, stride], stride.day)
        return moves[: len(self.path)] == self.path

    def _fewest(self, stride: Stride) -> Stride:
        """Leave out what the move does not need."""
        for fact in reversed(stride.facts):
            smaller = attrs.evolve(stride, facts=tuple(one for one in stride.facts if one is not fact))
            if self._works(smaller):
                stride = smaller
        return stride


def _size(stride: Stride) -> int:
    return sum(fact.times for fact in stride.facts)


def _asking(transition: Transition) -> Request:
    role = transition.by[0] if transition.by else "somebody"
    reason = transition.reasons[0] if transition.reasons else None
    return Request(trigger=transition.trigger, actor=f"{role}:1", reason=reason)


def _on(day: int) -> datetime:
    return START + day * _DAY
