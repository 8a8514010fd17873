"""Finding facts that open a condition at one instant: a few are tried, each is judged, and none is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import attrs

from lifecycle.changes import Literal, changes
from lifecycle.conditions import Comparison, Name, atoms_of, parse
from lifecycle.definition import Definition, Score, Transition
from lifecycle.journey import Journey
from lifecycle.judgement import Judgement
from lifecycle.lead import Lead, Snapshot
from lifecycle.paths.facts import Fact, tellings

__all__ = ["NotFound", "Opener", "Scene"]

MOST_CHANGES: Final = 12
"""How many of the smallest changes of a condition are tried."""

MOST_TELLINGS: Final = 60
"""How many things to tell are tried for one criterion."""

MOST_ROUNDS: Final = 8
"""How many criteria are met one after the other so that a score crosses a line."""


@attrs.frozen
class Scene:
    """A lead at one instant: what has been told of it so far, and where it stands."""

    told: tuple[tuple[datetime, Fact], ...]
    at: datetime
    journey: Journey

    def lead(self, facts: Iterable[Fact] = ()) -> Lead:
        """Make the lead, with more facts at this instant."""
        lead = Lead("path")
        for at, fact in self.told:
            fact.tell(lead, at)
        for fact in facts:
            fact.tell(lead, self.at)
        return lead

    def judgement(self, definition: Definition, facts: Iterable[Fact] = ()) -> Judgement:
        """Judge the lead, with more facts at this instant."""
        return Judgement(definition, Snapshot(self.lead(facts), self.at, self.journey))


@attrs.frozen
class NotFound:
    """An atom that nothing was found for, with the truth it should have got."""

    atom: str
    wanted: bool

    def __str__(self) -> str:
        """Say what could not be brought about."""
        return f"{self.atom} is {'met' if self.wanted else 'not met'}"


class Opener:
    """Finds facts for the transitions of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        reads = {read for named in definition.named.values() for read in named.reads}
        self.kinds = sorted(
            read.partition(":")[2] for read in reads if read.startswith("activity:") and read[-1] != "*"
        )
        self._tellings: dict[str, list[tuple[Fact, ...]]] = {}

    def ways(self, scene: Scene, transition: Transition) -> Iterator[tuple[Fact, ...] | NotFound]:
        """Give for each of the smallest changes facts that open a transition, or an atom that none was found for."""
        condition = self.definition.condition(transition)
        judgement = scene.judgement(self.definition)
        truth = {name: judgement.truth(atom) for name, atom in atoms_of(condition).items()}
        for change in islice(changes(condition, truth), MOST_CHANGES):
            yield self._facts(scene, sorted(change))

    def needs(self, scene: Scene, transition: Transition) -> Iterator[datetime]:
        """Give the instants at which time alone may change what a transition depends on."""
        judgement = scene.judgement(self.definition)
        for name in self.definition.criteria_of(transition):
            until = judgement.verdict(name).holds_until
            if until is not None:
                yield until

    def _facts(self, scene: Scene, change: Sequence[Literal]) -> tuple[Fact, ...] | NotFound:
        found: tuple[Fact, ...] = ()
        for index, literal in enumerate(change):
            wanted = change[: index + 1]
            atom = _atom(literal[0])
            if isinstance(atom, Comparison):
                more = self._score(scene, atom, found, wanted)
            else:
                more = self._name(scene, atom, found, wanted)
            if more is None:
                return NotFound(*literal)
            found = more
        return found

    def _holds(self, scene: Scene, facts: Sequence[Fact], wanted: Sequence[Literal]) -> bool:
        """Say whether all these atoms are as wanted, the earlier ones still among them."""
        judgement = scene.judgement(self.definition, facts)
        return all(judgement.truth(_atom(name)) is truth for name, truth in wanted)

    def _name(
        self, scene: Scene, atom: Name, found: tuple[Fact, ...], wanted: Sequence[Literal]
    ) -> tuple[Fact, ...] | None:
        if self._holds(scene, found, wanted):
            return found
        tried = ((*found, *more) for more in self.tellings(atom.name))
        return next((facts for facts in tried if self._holds(scene, facts, wanted)), None)

    def _score(
        self, scene: Scene, atom: Comparison, found: tuple[Fact, ...], wanted: Sequence[Literal]
    ) -> tuple[Fact, ...] | None:
        """Meet one criterion of a score after the other, the one that gives most first."""
        score, upwards = self.definition.scores[atom.score], (atom.operator in {">=", ">"}) is wanted[-1][1]
        for _ in range(MOST_ROUNDS):
            if self._holds(scene, found, wanted):
                return found
            tried = [
                (gain, facts)
                for name in score.points
                for gain, facts in self._gains(scene, score, name, found, upwards=upwards)
            ]
            enough = [facts for _, facts in tried if self._holds(scene, facts, wanted)]
            if enough:
                return min(enough, key=_size)
            if not tried:
                return None
            found = max(tried, key=lambda pair: (pair[0], -_size(pair[1])))[1]
        return None

    def _gains(
        self, scene: Scene, score: Score, name: str, found: tuple[Fact, ...], *, upwards: bool
    ) -> Iterable[tuple[int, tuple[Fact, ...]]]:
        """Give what brings a criterion to give more, or to take more away: of each such gain the simplest telling."""
        before = self._given(scene, score, name, found, upwards=upwards)
        gains: dict[int, tuple[Fact, ...]] = {}
        for more in self.tellings(name):
            facts = (*found, *more)
            gain = self._given(scene, score, name, facts, upwards=upwards) - before
            if gain > 0:
                gains.setdefault(gain, facts)
        return gains.items()

    def _given(self, scene: Scene, score: Score, name: str, facts: Sequence[Fact], *, upwards: bool) -> int:
        """Give the points that a criterion surely gives, or where fewer are wanted what it surely takes."""
        verdict = scene.judgement(self.definition, facts).verdict(name)
        points, truth = score.points[name], self.definition.named[name].truth(verdict.outcome)
        if truth is None:
            return min(points.most, 0) if upwards else -max(points.most, 0)
        given = points.of(verdict.amount) if truth else 0
        return given if upwards else -given

    def tellings(self, name: str) -> Sequence[tuple[Fact, ...]]:
        """Give what could be told for one criterion."""
        found = self._tellings.get(name)
        if found is None:
            possible = tellings(self.definition.named[name], self.kinds)
            found = self._tellings[name] = list(islice(possible, MOST_TELLINGS))
        return found


def _atom(name: str) -> Name | Comparison:
    """Read an atom by its name, which is its text."""
    atom = parse(name)
    assert isinstance(atom, Name | Comparison), "a condition made of several is no atom"
    return atom


def _size(facts: Sequence[Fact]) -> int:
    return sum(fact.times for fact in facts)
