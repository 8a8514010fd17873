"""Strategies for hypothesis: leads and their parts, definitions, and logs that know what a definition reads.

A log made without a plan seldom leaves the first stage. Those made here follow the definition: they pick a way out of
the stage the lead stands in, give the facts that open it, ask for it where it has to be asked for, and now and
then do something else. Instants step by the definition's own durations on a coarse grid, so that many boundaries meet.

    from hypothesis import given
    from lifecycle import load
    from lifecycle.replay import replay
    from lifecycle.testing.strategies import logs

    AGREED = load("b2b")

    @given(logs(AGREED))
    def test_nobody_becomes_a_customer_without_an_opportunity(signals):
        made = replay(AGREED, signals).transitions
        assert all(source == "sqo" for source, target in made if target == "customer")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import attrs
from hypothesis import strategies as st

from lifecycle.changes import Literal, changes
from lifecycle.conditions import Comparison, Expression, Name, atoms_of
from lifecycle.course import Course
from lifecycle.definition import Definition, NamedCriterion, Transition
from lifecycle.errors import Place
from lifecycle.journey import Journey
from lifecycle.parameters import READS
from lifecycle.replay import History, lead_of, live_through
from lifecycle.request import Request
from lifecycle.signals import Signal, SignalType
from lifecycle.testing.documents import GRID, START, definitions, instants
from lifecycle.testing.leads import (
    activities,
    jumps,
    leads,
    near,
    odd_parameters,
    parameters_of,
    snapshots,
    zoned_instants,
)

__all__ = [
    "GRID",
    "START",
    "activities",
    "definitions",
    "facts",
    "histories",
    "instants",
    "jumps",
    "leads",
    "logs",
    "near",
    "odd_parameters",
    "opening",
    "parameters_of",
    "requests",
    "snapshots",
    "zoned_instants",
]

LONGEST: Final = 12
"""How many steps a generated course has at most; a stage that takes more to reach is not reached."""

_PLANS: Final = st.sampled_from(["go on", "go on", "go on", "ask", "ask", "wait", "wait", "fact", "always known"])
_SECONDS: Final = st.sampled_from([1, 60, 3600])
_SELDOM: Final = st.sampled_from([False, False, False, True])
_LATER: Final = st.sampled_from([timedelta(), timedelta(), GRID])


@attrs.frozen
class _Said:
    """A signal that has no lead, instant and place yet."""

    type: SignalType
    name: str | None
    data: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class _Vocabulary:
    """What there is to say of leads under one definition."""

    course: Course
    kinds: tuple[str, ...]
    actors: tuple[str, ...]
    triggers: tuple[str, ...]
    reasons: st.SearchStrategy[str | None]
    steps: st.SearchStrategy[timedelta]

    @classmethod
    def of(cls, definition: Definition) -> _Vocabulary:
        named = definition.named.values()
        reads = sorted({read for one in named for read in one.reads})
        kinds = tuple(read.partition(":")[2] for read in reads if read.startswith("activity:") and read[-1] != "*")
        roles = {role for one in definition.transitions for role in (*(one.by or ()), *one.override_by)}
        codes = {code for one in definition.transitions for code in one.reasons}
        spans = {value for one in named for _, value in _parameters(one) if isinstance(value, timedelta)}
        around = {span + step for span in spans for step in (-GRID, timedelta(), GRID) if span + step > timedelta()}
        return cls(
            course=Course(definition),
            kinds=kinds or ("nobody_reads_this",),
            actors=tuple(f"{role}:1" for role in [*sorted(roles), "nobody"]),
            triggers=(*dict.fromkeys(one.trigger for one in definition.transitions), "unheard_of"),
            reasons=st.sampled_from([None, *sorted(codes), "odd"]),
            steps=st.sampled_from([timedelta(), timedelta(), GRID, *sorted(around)]),
        )

    @property
    def definition(self) -> Definition:
        return self.course.definition

    def ways(self, told: Sequence[tuple[datetime | None, _Said]], at: datetime) -> tuple[Transition, ...]:
        """Give the ways out of the stage that a lead of whom this has been told stands in."""
        lead, requests = lead_of("a", _signals("a", told), until=at)
        steps = list(self.course.advance(lead, Journey(), at, requests=requests))
        return self.definition.leaving(steps[-1].journey.stage if steps else None)


def _parameters(named: NamedCriterion) -> Iterator[tuple[str, Any]]:
    """Give a criterion's parameters, but not what it reads."""
    for field in attrs.fields(type(named.criterion)):  # type: ignore[arg-type]  # @criterion made it one
        if field.metadata.get(READS) is None:
            yield field.name, getattr(named.criterion, field.name)


# --- Facts ------------------------------------------------------------------------------------------------------------


def _any_fact(vocabulary: _Vocabulary) -> st.SearchStrategy[_Said]:
    readers = [one for one in vocabulary.definition.named.values() if one.reads - {"journey"}]
    told = [_fact(vocabulary, one, wanted=None) for one in readers]
    return st.one_of(*told, st.just(_Said(SignalType.ACTIVITY, "nobody_reads_this", {})))


def _fact(vocabulary: _Vocabulary, named: NamedCriterion, *, wanted: bool | None) -> st.SearchStrategy[_Said]:
    """Give a fact that the criterion reads; where it is wanted one that probably helps it to be met, or not to be."""
    reads = sorted(read for read in named.reads if read != "journey")
    return st.sampled_from(reads).flatmap(lambda read: _said(vocabulary, named, read, wanted=wanted))


def _said(
    vocabulary: _Vocabulary, named: NamedCriterion, read: str, *, wanted: bool | None
) -> st.SearchStrategy[_Said]:
    category, _, name = read.partition(":")
    if category == "activity":
        kinds = st.just(name) if name != "*" else st.sampled_from(vocabulary.kinds)
        return st.builds(_Said, st.just(SignalType.ACTIVITY), kinds, _properties(named))
    values = _values(named, category, wanted=wanted)
    if category == "channel":
        return values.map(lambda value: _Said(SignalType.CHANNEL, str(value), {}))
    kind = SignalType.PROFILE if category == "profile" else SignalType.ANSWER
    return values.map(lambda value: _Said(kind, None, {name: value}))


def _properties(named: NamedCriterion) -> st.SearchStrategy[dict[str, Any]]:
    """Give the properties that the criterion's own texts name, for instance the one that holds seconds."""
    names = [value for _, value in _parameters(named) if isinstance(value, str)]
    return st.fixed_dictionaries(dict.fromkeys(names, _SECONDS))


def _values(named: NamedCriterion, category: str, *, wanted: bool | None) -> st.SearchStrategy[Any]:
    if category == "answer":
        helping, other = [True, "yes"], [False, None, "someday"]
    else:
        helping = list(_candidates(named)) or ["ada@acme.example"]
        other = ["other"] if category == "channel" else ["other", None]
    return st.sampled_from(helping + other if wanted is None else helping if wanted else other)


def _candidates(named: NamedCriterion) -> Iterator[Any]:
    """Give values at which the criterion's answer may turn: its own texts and numbers."""
    for _, value in _parameters(named):
        if isinstance(value, tuple):
            yield from value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield from (value, value + 1)


# --- What is said and asked -------------------------------------------------------------------------------------------


@st.composite
def _opening(draw: st.DrawFn, vocabulary: _Vocabulary, way: Transition) -> list[_Said]:
    """Give facts that probably open a transition, by one of the smallest ways to make its condition true."""
    definition = vocabulary.definition
    condition = definition.condition(way)
    atoms = atoms_of(condition)
    said: list[_Said] = []
    for atom, wanted in sorted(draw(st.sampled_from(_ways_to_hold(condition)))):
        for named, helps in _behind(definition, atoms[atom], wanted=wanted):
            readable = named.reads - {"journey"}
            activities = any(read.startswith("activity") for read in readable)
            often = draw(st.integers(1, 3)) if activities and helps else int(bool(readable and not activities))
            said += [draw(_fact(vocabulary, named, wanted=helps)) for _ in range(often)]
    return said


@lru_cache(maxsize=256)
def _ways_to_hold(condition: Expression) -> tuple[frozenset[Literal], ...]:
    return changes(condition, {}) or (frozenset(),)


def _behind(definition: Definition, atom: Name | Comparison, *, wanted: bool) -> Iterator[tuple[NamedCriterion, bool]]:
    """Give the criteria behind an atom, each with whether being met brings the atom nearer to what is wanted."""
    if isinstance(atom, Name):
        yield definition.named[atom.name], wanted
        return
    upwards = (atom.operator in {">", ">="}) is wanted
    for name, points in definition.scores[atom.score].points.items():
        yield definition.named[name], (points.most > 0) is upwards


@st.composite
def _request(draw: st.DrawFn, vocabulary: _Vocabulary, way: Transition | None) -> _Said:
    """Give a request for a transition that its definition allows, or where there is none, any request."""
    actor, reason, override = draw(st.tuples(st.sampled_from(vocabulary.actors), vocabulary.reasons, st.booleans()))
    if way is not None:
        override = override and bool(way.override_by)
        roles = way.override_by if override else way.by
        actor = actor if roles is None else f"{draw(st.sampled_from(roles))}:1"
        reason = draw(st.sampled_from(way.reasons)) if way.reasons else None
    data = {"actor": actor, "reason": reason, "override": override}
    trigger = way.trigger if way is not None else draw(st.sampled_from(vocabulary.triggers))
    return _Said(SignalType.REQUEST, trigger, {key: value for key, value in data.items() if value})


@st.composite
def _course(draw: st.DrawFn, vocabulary: _Vocabulary) -> list[tuple[datetime | None, _Said]]:
    """Give what happens to one lead: some steps along the definition, and things that have nothing to do with them."""
    at, told = START, list[tuple[datetime | None, _Said]]()
    for plan in draw(st.lists(_PLANS, min_size=3, max_size=LONGEST)):
        at += draw(vocabulary.steps)
        ways = vocabulary.ways(told, at)
        if plan == "go on" and ways:
            way = draw(st.sampled_from(ways))
            told += [(at, said) for said in draw(_opening(vocabulary, way))]
            if not way.automatic or draw(_SELDOM):
                told.append((at + draw(_LATER), draw(_request(vocabulary, way))))
        elif plan == "ask":
            told.append((at, draw(_request(vocabulary, draw(st.sampled_from([None, *ways, *ways]))))))
        elif plan != "wait":
            told.append((None if plan == "always known" else at, draw(_any_fact(vocabulary))))
    return told


def _signals(lead: str, told: Sequence[tuple[datetime | None, _Said]]) -> list[Signal]:
    return [
        Signal(lead, at, said.type, said.name, said.data, None, Place("generated.jsonl", line))
        for line, (at, said) in enumerate(told, start=1)
    ]


@st.composite
def _log(draw: st.DrawFn, vocabulary: _Vocabulary, most_leads: int) -> list[Signal]:
    courses = draw(st.lists(_course(vocabulary), min_size=1, max_size=most_leads))
    signals = [signal for number, told in enumerate(courses) for signal in _signals(f"lead {number}", told)]
    return sorted(signals, key=lambda signal: signal.at or START) if draw(st.booleans()) else signals


# --- For everybody ----------------------------------------------------------------------------------------------------


def logs(definition: Definition, *, most_leads: int = 2) -> st.SearchStrategy[list[Signal]]:
    """Give logs of a few leads under a definition, steered so that late stages are reached.

    The signals of one lead come in order of time, some of them undated; those of different leads may be interleaved.

    Args:
        definition: What the log is made for; any definition, not only a generated one.
        most_leads: How many leads there are at most.
    """
    return _log(_Vocabulary.of(definition), most_leads)


def histories(definition: Definition) -> st.SearchStrategy[History]:
    """Give the histories of single leads under a definition: records, refusals, journey, and the lead itself."""
    vocabulary = _Vocabulary.of(definition)
    return _log(vocabulary, 1).map(lambda signals: _lived(vocabulary.course, signals))


def _lived(course: Course, signals: Sequence[Signal]) -> History:
    until = max((signal.at for signal in signals if signal.at is not None), default=START)
    return live_through(course, "lead 0", signals, until=until)


def facts(definition: Definition) -> st.SearchStrategy[Signal]:
    """Give facts that some criterion of the definition reads, and now and then one that none does.

    They are undated facts of one lead; `attrs.evolve` gives them another instant and lead.
    """
    return _any_fact(_Vocabulary.of(definition)).map(_undated)


def opening(definition: Definition, way: Transition) -> st.SearchStrategy[list[Signal]]:
    """Give facts that probably open a transition, as `facts` does."""
    return _opening(_Vocabulary.of(definition), way).map(lambda told: [_undated(said) for said in told])


def _undated(said: _Said) -> Signal:
    return _signals("lead 0", [(None, said)])[0]


def requests(definition: Definition, way: Transition | None = None) -> st.SearchStrategy[Request]:
    """Give requests: for `way` one that the definition allows, and without it any, also for triggers nobody knows."""
    vocabulary = _Vocabulary.of(definition)
    ways = st.sampled_from([None, None, *definition.transitions] if way is None else [way])
    asked = ways.flatmap(lambda chosen: _request(vocabulary, chosen))
    return asked.map(lambda said: Request(trigger=said.name or "", **said.data))
