"""The agreed document: stages, criteria, undesirables, scores, conditions, transitions.

A `Definition` is data that has been read, with its criteria bound to their parameters. Nothing about stages, criteria
or thresholds is in code. It is immutable and safe to share between threads. `lint` says what is wrong with one;
`loading` makes one of a TOML file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, Literal

import attrs

from lifecycle.canonical import canonical_bytes, digest
from lifecycle.conditions import ALWAYS, And, Comparison, Expression, Name, Not, Or, walk
from lifecycle.criteria import Criterion, Outcome, about
from lifecycle.narrowing import is_list, is_mapping
from lifecycle.parameters import bound_parameters, declared_reads

__all__ = [
    "ANYTHING",
    "UNDESIRABLE",
    "Agreement",
    "Definition",
    "NamedCriterion",
    "Points",
    "Provenance",
    "Score",
    "Stage",
    "Transition",
    "canonical_definition",
]

UNDESIRABLE: Final = "undesirable"
"""The condition that holds when any blocking entry of [undesirables] is met."""

ANYTHING: Final = "*"
"""What an automatic transition without a condition reads: any fact at all."""

SET_LIKE: Final = frozenset(
    {
        "by",
        "channels",
        "countries",
        "dimensions",
        "domains",
        "exclude",
        "from",
        "include",
        "kinds",
        "override_by",
        "reasons",
        "triggers",
        "values",
        "words",
    }
)
"""Keys whose lists mean the same in any order, so that the canonical form sorts them."""


@attrs.frozen(kw_only=True)
class Stage:
    """A place in the lifecycle; `sla` is how long a lead may stay before somebody is late."""

    id: str
    label: str | None = None
    owner: str | None = None
    sla: timedelta | None = None
    final: bool = False


@attrs.frozen(kw_only=True)
class Provenance:
    """Whose criterion it is: plugin, distribution, versions, and the digest of its source and data lists."""

    plugin: str
    criterion: str
    version: str
    distribution: str | None
    distribution_version: str | None
    fingerprint: str


@attrs.frozen(kw_only=True)
class NamedCriterion:
    """One entry of [criteria] or [undesirables]: a criterion bound to its parameters under the name conditions use.

    `unknown_as` is the outcome that missing facts count as, where the document chose one; it never applies to a
    failure. `why` and `blocks` belong to undesirables.
    """

    name: str
    use: str
    criterion: Criterion
    provenance: Provenance
    unknown_as: Literal["met", "unmet"] | None = None
    undesirable: bool = False
    why: str | None = None
    blocks: bool = True

    @cached_property
    def reads(self) -> frozenset[str]:
        """The facts its verdict depends on."""
        told = about(self.criterion)
        return declared_reads(self.criterion) | (frozenset[str]() if told is None else told.also_reads)

    def truth(self, outcome: Outcome) -> bool | None:
        """Give the truth an outcome counts as in a condition."""
        if outcome is Outcome.MET:
            return True
        if outcome is Outcome.UNMET:
            return False
        chosen = self.unknown_as if outcome is Outcome.UNKNOWN else None
        return None if chosen is None else chosen == "met"


@attrs.frozen(kw_only=True)
class Points:
    """What one criterion adds to a score: `fixed` points when met, or `each` per unit of amount, at most `up_to`."""

    fixed: int | None = None
    each: int = 0
    up_to: int = 0

    @property
    def counts(self) -> bool:
        """Whether it gives points for each unit of an amount, so that there has to be one."""
        return self.fixed is None

    @property
    def most(self) -> int:
        """The points furthest from nothing that can be given; negative for a penalty."""
        return self.up_to if self.fixed is None else self.fixed

    def of(self, amount: int | None) -> int:
        """Give the points of a met criterion with this amount."""
        if self.fixed is not None:
            return self.fixed
        given = self.each * max(amount or 0, 0)
        return min(given, self.up_to) if self.each > 0 else max(given, self.up_to)


@attrs.frozen(kw_only=True)
class Score:
    """A named sum of points, kept between `floor` and `cap` where they are given."""

    name: str
    points: Mapping[str, Points]
    cap: int | None = None
    floor: int | None = None

    def bounded(self, total: int) -> int:
        """Keep a sum between floor and cap."""
        total = total if self.cap is None else min(total, self.cap)
        return total if self.floor is None else max(total, self.floor)

    @property
    def bounds(self) -> tuple[int, int]:
        """The lowest and the highest value the score can have."""
        reach = [points.most for points in self.points.values()]
        return self.bounded(sum(min(most, 0) for most in reach)), self.bounded(sum(max(most, 0) for most in reach))


@attrs.frozen(kw_only=True, cache_hash=True)
class Transition:
    """One arrow: trigger, from, to, condition. Without `sources` it is an entry into the lifecycle.

    `by` are the roles that may ask, None for anyone; `override_by` those that may override, nobody if empty; `reasons`
    the codes one of which is required; `reason` the code an automatic move carries itself.
    """

    trigger: str
    sources: tuple[str, ...]
    target: str
    when: Expression = ALWAYS
    automatic: bool = False
    by: tuple[str, ...] | None = None
    override_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reason: str | None = None
    new_cycle: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """The reason codes that its records may carry."""
        return self.reasons if self.reason is None or self.reason in self.reasons else (*self.reasons, self.reason)

    def starts_at(self, stage: str | None) -> bool:
        """Say whether it leaves this stage; None is outside the lifecycle."""
        return not self.sources if stage is None else stage in self.sources


@attrs.frozen(kw_only=True)
class Agreement:
    """Who agreed to the document: the hash they signed, and by party who signed and when."""

    of: str | None = None
    signatures: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen(kw_only=True)
class Definition:
    """The agreed document, read and bound.

    Attributes:
        text: The file as written, comments included.
        canonical: Its canonical form, whose digest is `hash`; the agreement is left out of it.
        path: The success path, for figures.
        dimensions: `channel` and profile fields that are copied into records; not personal.
    """

    name: str
    version: str
    stages: Mapping[str, Stage]
    transitions: tuple[Transition, ...]
    criteria: Mapping[str, NamedCriterion] = attrs.field(factory=dict[str, NamedCriterion])
    undesirables: Mapping[str, NamedCriterion] = attrs.field(factory=dict[str, NamedCriterion])
    scores: Mapping[str, Score] = attrs.field(factory=dict[str, Score])
    conditions: Mapping[str, Expression] = attrs.field(factory=dict[str, Expression])
    path: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    targets: Mapping[str, str] = attrs.field(factory=dict[str, str])
    agreement: Agreement = attrs.field(factory=Agreement)
    text: str = attrs.field(default="", repr=False)
    canonical: bytes = attrs.field(default=b"", repr=False)

    @cached_property
    def hash(self) -> str:
        """The definition hash: the digest of the canonical form."""
        return digest("lifecycle-definition-1", self.canonical)

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """The definition hash with each criterion's plugin, versions, fingerprint and parameters, defaults included."""
        return {
            "definition": self.hash,
            "criteria": {
                name: {**attrs.asdict(named.provenance), "parameters": bound_parameters(named.criterion)}
                for name, named in self.named.items()
            },
        }

    @cached_property
    def rules_digest(self) -> str:
        """The digest of `rules`: a decision of years ago is read against the rules of its day."""
        return digest("lifecycle-rules-1", canonical_bytes(self.rules))

    @cached_property
    def named(self) -> Mapping[str, NamedCriterion]:
        """All criteria by name, the undesirables among them."""
        return {**self.criteria, **self.undesirables}

    @cached_property
    def counted(self) -> Mapping[str, str]:
        """The criteria of whose amount a score makes points (`each`), with the name of that score."""
        return {
            name: score.name for score in self.scores.values() for name, points in score.points.items() if points.counts
        }

    def transition(self, trigger: str, stage: str | None) -> Transition | None:
        """Give the transition of this trigger out of this stage (None: into the lifecycle), or None."""
        return self._by_start.get((trigger, stage))

    def leaving(self, stage: str | None) -> tuple[Transition, ...]:
        """Give the transitions out of a stage (None: the entries), in file order."""
        return self._leaving.get(stage, ())

    def automatic(self, stage: str | None) -> tuple[Transition, ...]:
        """Give the automatic transitions out of a stage (None: the entries), in file order."""
        return self._automatic.get(stage, ())

    def condition(self, transition: Transition) -> Expression:
        """Give a transition's condition with every named condition written out, so that its leaves are atoms."""
        return self._written_out[transition]

    def criteria_of(self, transition: Transition) -> tuple[str, ...]:
        """Give the names of all criteria its condition depends on, those behind its scores among them, each once."""
        return self._criteria_of[transition]

    def reads(self, stage: str | None, read: str) -> bool:
        """Say whether an automatic transition out of this stage depends on this fact (`profile:email`)."""
        reads = self._reads.get(stage, frozenset())
        return read in reads or ANYTHING in reads or ("activity:*" in reads and read.startswith("activity:"))

    def written_out(self, expression: Expression) -> Expression:
        """Replace named conditions and `undesirable` by what they stand for; unknown names stay as they are."""
        if isinstance(expression, Not):
            return Not(self.written_out(expression.part))
        if isinstance(expression, And | Or):
            return type(expression)(tuple(self.written_out(part) for part in expression.parts))
        if isinstance(expression, Name) and expression.name in self.conditions:
            return self.written_out(self.conditions[expression.name])
        if isinstance(expression, Name) and expression.name == UNDESIRABLE:
            return Or(tuple(Name(name) for name, named in self.undesirables.items() if named.blocks))
        return expression

    def criteria_behind(self, expression: Expression) -> Iterator[str]:
        """Give the names of the criteria behind the atoms of a written-out expression, repetitions included."""
        for atom in walk(expression):
            if isinstance(atom, Comparison):
                yield from self.scores[atom.score].points
            else:
                yield atom.name

    @cached_property
    def _starts(self) -> tuple[str | None, ...]:
        return (None, *self.stages)

    @cached_property
    def _leaving(self) -> Mapping[str | None, tuple[Transition, ...]]:
        return {stage: tuple(t for t in self.transitions if t.starts_at(stage)) for stage in self._starts}

    @cached_property
    def _automatic(self) -> Mapping[str | None, tuple[Transition, ...]]:
        return {stage: tuple(t for t in leaving if t.automatic) for stage, leaving in self._leaving.items()}

    @cached_property
    def _by_start(self) -> Mapping[tuple[str, str | None], Transition]:
        return {(t.trigger, stage): t for stage, leaving in self._leaving.items() for t in leaving}

    @cached_property
    def _written_out(self) -> Mapping[Transition, Expression]:
        return {transition: self.written_out(transition.when) for transition in self.transitions}

    @cached_property
    def _criteria_of(self) -> Mapping[Transition, tuple[str, ...]]:
        return {t: tuple(dict.fromkeys(self.criteria_behind(condition))) for t, condition in self._written_out.items()}

    @cached_property
    def _reads(self) -> Mapping[str | None, frozenset[str]]:
        return {
            stage: frozenset[str]().union(*(self._reads_of(transition) for transition in automatic))
            for stage, automatic in self._automatic.items()
        }

    def _reads_of(self, transition: Transition) -> frozenset[str]:
        names = self.criteria_of(transition)
        return frozenset[str]().union(*(self.named[name].reads for name in names)) if names else frozenset({ANYTHING})


def canonical_definition(data: Mapping[str, Any]) -> bytes:
    """Write a definition's data in the canonical form.

    The agreement is left out, set-like lists are sorted, and conditions are spaced in one way. Numbers and durations
    stay as written, and so does the order of transitions and of a path, which is meaning.
    """
    return canonical_bytes({key: _ordered((key,), value) for key, value in data.items() if key != "agreement"})


def _ordered(path: tuple[str, ...], value: Any) -> Any:
    """Give the value at a path (with "" for an index) so that two documents of one meaning look the same."""
    if is_mapping(value):
        return {name: _ordered((*path, name), item) for name, item in value.items()}
    if is_list(value):
        items = [_ordered((*path, ""), item) for item in value]
        return items if path[-1] not in SET_LIKE else [item for _, item in sorted(_by_bytes(items).items())]
    if isinstance(value, str) and (path == ("transitions", "", "when") or path[:-1] == ("conditions",)):
        return " ".join(_PIECES.findall(value))
    return value


def _by_bytes(items: Iterable[Any]) -> dict[bytes, Any]:
    return {canonical_bytes(item): item for item in items}


_PIECES: Final = re.compile(r">=|<=|[<>()]|[^\s<>()]+")
"""What a condition is made of, whatever the spaces between."""
