"""Small definitions for hypothesis, as files and read: all that a definition can say, over a few simple criteria."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final

from hypothesis import strategies as st

from lifecycle.definition import Definition
from lifecycle.errors import DefinitionError, Severity
from lifecycle.loading import read_definition
from lifecycle.narrowing import is_mapping
from lifecycle.registry import Registry
from lifecycle.testing import unruly

__all__ = ["GRID", "START", "definition_tables", "definitions", "instants", "plugins", "toml_text"]

START: Final = datetime(2026, 1, 5, tzinfo=UTC)
"""The first instant of every generated log."""

GRID: Final = timedelta(hours=1)
"""The distance between neighbouring instants: coarse, so that different things happen at the same instant."""


@cache
def plugins() -> Registry:
    """Give what the generated definitions use: the first-party plugins, and `unruly`."""
    first_party = Registry.installed(["channel", "engagement", "profile", "sales", "timing"])
    return Registry.of({"unruly": unruly}) | first_party


def instants(*, most: int = 24) -> st.SearchStrategy[datetime]:
    """Give instants on the grid, at most so many steps after the start."""
    return st.integers(0, most).map(lambda steps: START + steps * GRID)


_KINDS: Final = ("visit", "demo", "call")
_STAGES: Final = ("iql", "mql", "sal", "sql", "recycled")
_ROLES: Final = ("sales", "boss")
_SOMETIMES: Final[st.SearchStrategy[bool]] = st.sampled_from([False, True])
_MOSTLY: Final[st.SearchStrategy[bool]] = st.sampled_from([True, True, True, True, False])
_SELDOM: Final[st.SearchStrategy[bool]] = st.sampled_from([False, False, False, True])
_hours: Final = st.sampled_from(["1 hour", "2 hours", "3 hours", "5 hours"])
_kinds: Final = st.lists(st.sampled_from(_KINDS), min_size=1, max_size=2, unique=True)


def _use(name: str, **parameters: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"use": st.just(name), **parameters})


def _may(name: str, optional: str, value: st.SearchStrategy[Any], **always: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"use": st.just(name), **always}, optional={optional: value})


_SHAPES: Final = st.sampled_from(
    [
        *("{0}", "{0}", "{0}", "not {0}"),
        *("{0} and {1}", "{0} or {1}", "{0} and not {1}", "not {0} or {1}"),
        *("({0} or {1}) and {2}", "{0} or ({1} and not {2})", "not ({0} and {1}) or {0}"),
    ]
)
_COMPARISONS: Final = (">= 1", ">= 3", "> 4", "< 2", "<= 0")
_ever: Final = st.just(True)  # noqa: FBT003 - a parameter's value
_told: Final = st.one_of(
    _may("engagement.happened", "ever", _ever, kinds=_kinds),
    _may("engagement.count", "within", _hours, kinds=_kinds, at_least=st.integers(1, 3)),
    _use("profile.present", field=st.just("email")),
    _use("profile.one_of", field=st.just("industry"), values=st.just(["software"])),
    _use("channel.one_of", channels=st.just(["webinar"])),
    _may("sales.confirmed", "ever", _ever, answer=st.just("budget")),
    _may("sales.known", "ever", _ever, answer=st.sampled_from(["budget", "size"])),
    _use("timing.came_by", triggers=st.just(["forward", "enter"])),
    _use("unruly.broken", kinds=_kinds, heals=st.booleans(), how=st.sampled_from(["raises", "gives_nothing"])),
)
"""Criteria whose answer facts or moves change."""

_timed: Final = st.one_of(
    _use("timing.in_stage", at_least=_hours),
    _use("engagement.happened", kinds=_kinds, within=_hours),
    _may("timing.inactive", "ever", _ever, at_least=_hours),
    _use("timing.cooled_off", at_least=_hours),
    _may("engagement.points", "half_life", _hours, points=st.fixed_dictionaries({"visit": st.integers(1, 9)})),
    _use("unruly.polling", at_least=_hours, step=_hours),
    _use("unruly.calendar", start=instants(most=12).map(datetime.isoformat)),
    _use("unruly.pulse", period=_hours),
)
"""Criteria whose answer time alone may change."""

_criteria: Final = _told | _timed


_TRIGGERS: Final = st.sampled_from(["forward", "move", "back"])
_ENTRIES: Final = st.sampled_from(["enter", "win"])
_MANNERS: Final = st.fixed_dictionaries(
    {"automatic": st.sampled_from([True, True, True, False])},
    optional={
        "by": st.sampled_from([["sales"], ["boss", "sales"]]),
        "override_by": st.just(["boss"]),
        "new_cycle": _SOMETIMES,
        "reasons": st.just(["later", "never"]),
    },
)
"""Who moves a lead and how: everything a transition says beside whence, whither and when."""


@st.composite
def definition_tables(draw: st.DrawFn) -> dict[str, Any]:
    """Give the data of a small definition file: a chain of stages, and arrows across it."""
    named = [draw(_told), draw(_timed), *draw(st.lists(_criteria, max_size=3))]
    criteria = {f"c{number}": table for number, table in enumerate(named)}
    for table in criteria.values():
        if draw(_SELDOM):
            table["unknown_as"] = draw(st.sampled_from(["met", "unmet"]))
    undesirables: dict[str, Any] = {
        f"u{number}": {**table, "why": "as agreed", "blocks": draw(_SOMETIMES)}
        for number, table in enumerate(draw(st.lists(_criteria, max_size=1)))
    }
    leaves = [*criteria, *undesirables]
    if draw(_SOMETIMES) and undesirables:
        undesirables["unknown_as"] = "unmet"
    scores = {"score": draw(_scores(leaves))} if draw(_SOMETIMES) else {}
    conditions = {"named": draw(_conditions(leaves, scores))} if draw(_SOMETIMES) else {}
    names = ["c0", "c1", *leaves, *conditions, *(["undesirable"] if undesirables else [])]
    stages = list(_STAGES[: draw(st.integers(2, len(_STAGES)))])
    return {
        "name": "generated",
        "version": "1",
        "dimensions": draw(st.sampled_from([[], ["channel", "industry"]])),
        "stages": {stage: {} for stage in stages},
        "criteria": criteria,
        "undesirables": undesirables,
        "scores": scores,
        "conditions": conditions,
        "transitions": draw(_transitions(stages, _conditions(names, scores))),
    }


@st.composite
def _scores(draw: st.DrawFn, names: Sequence[str]) -> dict[str, Any]:
    each = st.sampled_from([{"each": 1, "up_to": 3}, {"each": -2, "up_to": -4}])
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    bounds = draw(st.sampled_from([{}, {"cap": 4}, {"cap": 6, "floor": 0}]))
    return {"points": {name: draw(st.integers(-2, 5) | each) for name in chosen}, **bounds}


def _conditions(names: Sequence[str], scores: Mapping[str, Any]) -> st.SearchStrategy[str]:
    compared = [f"{score} {comparison}" for score in scores for comparison in _COMPARISONS]
    atoms = [*names, *names, *compared]
    some = st.lists(st.sampled_from(atoms), min_size=3, max_size=3)
    return st.builds(_filled, _SHAPES, some)


def _filled(shape: str, atoms: Sequence[str]) -> str:
    return shape.format(*atoms)


@st.composite
def _transitions(draw: st.DrawFn, stages: Sequence[str], conditions: st.SearchStrategy[str]) -> list[dict[str, Any]]:
    entry: tuple[list[str], str] = ([], stages[0])
    chain = [([source], target) for source, target in pairwise(stages)]
    sources = st.lists(st.sampled_from(stages), max_size=2, unique=True)
    across = draw(st.lists(st.tuples(sources, st.sampled_from(stages)), max_size=4))
    taken: set[tuple[str, str | None]] = set()
    found: list[dict[str, Any]] = []
    for start, target in [entry, *chain, *across]:
        trigger = draw(_TRIGGERS if start else _ENTRIES)
        keys = {(trigger, source) for source in start or (None,)}
        if not taken & keys:
            taken |= keys
            found.append({"trigger": trigger, "to": target, **draw(_MANNERS), **({"from": start} if start else {})})
    for table in found:
        if draw(_MOSTLY):
            table["when"] = draw(conditions)
        if table["automatic"] and draw(_SELDOM):
            table["reason"] = "went_cold"
    return draw(st.permutations(found))


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """Give small definitions that lint finds no error in, over the criteria of `plugins()`."""
    table = draw(definition_tables())
    while True:
        try:
            return _read(toml_text(table))
        except DefinitionError as error:
            _mend(table, error)


@lru_cache(maxsize=256)
def _read(text: str) -> Definition:
    """Read a text, which hypothesis makes again and again with another log."""
    return read_definition(text, plugins=plugins())


def _mend(table: dict[str, Any], error: DefinitionError) -> None:
    """Take out what keeps a definition from running: of a sure loop the last transition has to be asked for."""
    errors = [problem for problem in error.problems if problem.severity is Severity.ERROR]
    if any(problem.code != "automatic-loop" for problem in errors):
        raise error
    for problem in errors:
        table["transitions"][problem.path[1]]["automatic"] = False


def toml_text(table: Mapping[str, Any]) -> str:
    """Write the data of a definition as TOML."""
    transitions: list[dict[str, Any]] = table["transitions"]
    lines = [
        f"{key} = {_toml(value)}" for key, value in table.items() if key != "transitions" and not is_mapping(value)
    ]
    for key, value in table.items():
        if is_mapping(value):
            lines += [f"[{key}]", *(f"{_toml(name)} = {_toml(item)}" for name, item in value.items())]
    for transition in transitions:
        lines += ["[[transitions]]", *(f"{name} = {_toml(item)}" for name, item in transition.items())]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if is_mapping(value):
        return "{ " + ", ".join(f"{_toml(name)} = {_toml(item)}" for name, item in value.items()) + " }"
    return json.dumps(value)
