"""What is wrong with a definition, found before it runs.

Errors stop it from running; warnings and notes are worth a look. Every check gives problems with the path of the thing
they are about; `loading` adds the places. Nothing stops at the first problem, and a definition that has errors
elsewhere is checked as far as it can be understood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from lifecycle.conditions import ALWAYS, COMPARE, Comparison, Expression, Name, walk
from lifecycle.definition import UNDESIRABLE, Definition, Transition
from lifecycle.errors import Problem, Severity
from lifecycle.possibilities import Loop, Space, loops
from lifecycle.spelling import did_you_mean

__all__ = ["lint"]

Path = tuple[str | int, ...]

PERSONAL: Final = (
    "address",
    "birth",
    "mail",
    "name",
    "person",
    "phone",
    "title",
)
"""Parts of a field's name that speak of a person; dimensions are copied into records, which are never erased."""

MOST_LEAVES: Final = 10_000
"""Agreed documents have some dozens of atoms in a condition at most; past this, each decision would take seconds."""


def lint(definition: Definition) -> list[Problem]:
    """Give everything worth saying about a definition: errors, warnings and notes."""
    found = [problem for check in _NAMES for problem in check(definition)]
    if not any(problem.severity is Severity.ERROR for problem in found):  # what follows needs every name to be known
        found.extend(problem for check in _MEANING for problem in check(definition))
    found.extend(problem for check in _CARE for problem in check(definition))
    return found


def _error(code: str, message: str, path: Path) -> Problem:
    return Problem(code=code, message=message, path=path)


def _warning(code: str, message: str, path: Path) -> Problem:
    return Problem(code=code, message=message, path=path, severity=Severity.WARNING)


def _note(code: str, message: str, path: Path) -> Problem:
    return Problem(code=code, message=message, path=path, severity=Severity.NOTE)


def _described(transition: Transition) -> str:
    return f"{transition.trigger} to {transition.target}"


def _expressions(definition: Definition) -> Iterator[tuple[Path, Expression]]:
    """Give every condition of the document with its path."""
    for name, expression in definition.conditions.items():
        yield ("conditions", name), expression
    for index, transition in enumerate(definition.transitions):
        yield ("transitions", index, "when"), transition.when


# --- Names: what must be right before anything else can be checked --------------------------------------------------


def _names_twice(definition: Definition) -> Iterator[Problem]:
    owners: dict[str, list[str]] = {}
    for table in ("criteria", "undesirables", "scores", "conditions"):
        for name in getattr(definition, table):
            owners.setdefault(name, []).append(table)
    for name, tables in owners.items():
        if len(tables) > 1:
            yield _error("name-twice", f"{name!r} is used in {' and in '.join(tables)}", (tables[-1], name))
        if name == UNDESIRABLE:
            message = f"{UNDESIRABLE!r} already means any blocking entry of [undesirables]"
            yield _error("name-twice", message, (tables[-1], name))


def _unknown_in_conditions(definition: Definition) -> Iterator[Problem]:
    criteria = {*definition.named, *definition.conditions, UNDESIRABLE}
    for path, expression in _expressions(definition):
        for leaf in walk(expression):
            if isinstance(leaf, Comparison):
                yield from _compared(definition, leaf, path)
            elif leaf.name in definition.scores:
                message = f"{leaf.name!r} is a score, and a score is compared, for instance {leaf.name} >= 50"
                yield _error("bare-score", message, path)
            elif leaf.name not in criteria:
                hint = did_you_mean(leaf.name, criteria | set(definition.scores))
                yield _error("unknown-name", f"no criterion or condition is named {leaf.name!r}{hint}", path)


def _compared(definition: Definition, leaf: Comparison, path: Path) -> Iterator[Problem]:
    if leaf.score in definition.scores:
        return
    if leaf.score in definition.named or leaf.score in definition.conditions:
        message = (
            f"{leaf.score!r} is not a score; only scores are compared, so give it points in [scores] or write it bare"
        )
        yield _error("compared-criterion", message, path)
    else:
        hint = did_you_mean(leaf.score, definition.scores)
        yield _error("unknown-name", f"no score is named {leaf.score!r}{hint}", path)


def _unknown_stages(definition: Definition) -> Iterator[Problem]:
    def unknown(stage: str, path: Path) -> Iterator[Problem]:
        if stage not in definition.stages:
            yield _error("unknown-name", f"no stage is named {stage!r}{did_you_mean(stage, definition.stages)}", path)

    for index, transition in enumerate(definition.transitions):
        yield from unknown(transition.target, ("transitions", index, "to"))
        for source in transition.sources:
            yield from unknown(source, ("transitions", index, "from"))
    for stage in definition.path:
        yield from unknown(stage, ("path",))


def _unknown_in_scores(definition: Definition) -> Iterator[Problem]:
    for score in definition.scores.values():
        for name in score.points:
            if name not in definition.named:
                hint = did_you_mean(name, definition.named)
                path = ("scores", score.name, "points", name)
                yield _error("unknown-name", f"no criterion is named {name!r}{hint}", path)


def _circular_conditions(definition: Definition) -> Iterator[Problem]:
    uses = {
        name: {leaf.name for leaf in walk(expression) if isinstance(leaf, Name)}
        for name, expression in definition.conditions.items()
    }
    for name in uses:
        reached, fresh = set[str](), {name}
        while fresh:
            reached |= fresh
            fresh = set[str]().union(*(uses.get(one, set()) for one in fresh)) - reached
        if any(name in uses.get(one, set()) for one in reached):
            yield _error("circular-condition", f"the condition {name!r} is defined by itself", ("conditions", name))


def _overgrown_conditions(definition: Definition) -> Iterator[Problem]:
    """Find conditions that name others so often that, written out, nobody could read or evaluate them."""
    sizes: dict[str, int] = {}

    def size(expression: Expression, inside: frozenset[str]) -> int:
        return sum(size_of(leaf.name, inside) if isinstance(leaf, Name) else 1 for leaf in walk(expression))

    def size_of(name: str, inside: frozenset[str]) -> int:
        if name not in definition.conditions or name in inside:  # what is circular is complained of elsewhere
            return 1
        if name not in sizes:
            sizes[name] = size(definition.conditions[name], inside | {name})
        return sizes[name]

    for path, expression in _expressions(definition):
        if size(expression, frozenset()) > MOST_LEAVES:
            message = f"written out, this condition names more than {MOST_LEAVES} atoms"
            yield _error("condition-too-large", message, path)


def _duplicate_transitions(definition: Definition) -> Iterator[Problem]:
    seen: dict[tuple[str, str | None], int] = {}
    for index, transition in enumerate(definition.transitions):
        for stage in transition.sources or (None,):
            first = seen.setdefault((transition.trigger, stage), index)
            if first != index:
                where = "into the lifecycle" if stage is None else f"out of {stage!r}"
                message = f"{transition.trigger!r} {where} is defined twice; give one of them another trigger"
                yield _error("duplicate-transition", message, ("transitions", index, "trigger"))


def _unreachable_stages(definition: Definition) -> Iterator[Problem]:
    reached: set[str] = set()
    fresh = {transition.target for transition in definition.transitions if not transition.sources}
    if not fresh and definition.stages:
        yield _error("no-entry", "no transition enters the lifecycle: one without 'from' is needed", ("transitions",))
    while fresh:
        reached |= fresh
        fresh = {t.target for t in definition.transitions if reached & set(t.sources)} - reached
    for stage in definition.stages:
        if stage not in reached:
            yield _error("unreachable-stage", f"no way leads from an entry to {stage!r}", ("stages", stage))


def _undesirables_without_why(definition: Definition) -> Iterator[Problem]:
    for name, named in definition.undesirables.items():
        if named.why is None or not named.why.strip():
            message = f'{name!r} says not why it counts against a lead; add why = "..."'
            yield _error("no-why", message, ("undesirables", name))


def _odd_points(definition: Definition) -> Iterator[Problem]:
    for score in definition.scores.values():
        if score.cap is not None and score.floor is not None and score.cap < score.floor:
            yield _error("odd-points", "the cap lies below the floor", ("scores", score.name, "cap"))
        for name, points in score.points.items():
            if points.fixed is None and points.each * points.up_to <= 0:
                message = "'each' and 'up_to' are both above zero, or both below for a penalty"
                yield _error("odd-points", message, ("scores", score.name, "points", name))


# --- Meaning: what the conditions can and cannot be ------------------------------------------------------------------


def _loops(definition: Definition) -> Iterator[Problem]:
    for loop in loops(definition):
        yield _loop_problem(definition, loop)


def _loop_problem(definition: Definition, loop: Loop) -> Problem:
    way = ", then ".join(_described(transition) for transition in loop.transitions)
    path = ("transitions", definition.transitions.index(loop.transitions[-1]), "when")
    if loop.sure:
        message = f"a lead can be sent round in one instant: {way}; nothing these conditions read changes by moving"
        return _error("automatic-loop", message, path)
    return _warning("possible-loop", f"a lead may be sent round in one instant: {way}", path)


def _never_or_always(definition: Definition) -> Iterator[Problem]:
    for path, expression in _expressions(definition):
        written_out = definition.written_out(expression)
        space = Space.over([written_out])
        if space is None or expression == ALWAYS:  # a transition without `when` is meant to be open
            continue
        true = space.where(written_out)
        if not true:
            yield _warning("never-holds", "this condition can never hold", path)
        elif true == space.possible:
            yield _warning("always-holds", "this condition always holds", path)


def _never_taken(definition: Definition) -> Iterator[Problem]:
    """Find transitions that nobody can take: nobody may ask, or an earlier automatic one is open whenever they are."""
    for index, transition in enumerate(definition.transitions):
        if transition.automatic and (before := _shadow(definition, transition)) is not None:
            message = f"whenever this is open, {_described(before)} is open too, and stands before it"
            yield _warning("shadowed", message, ("transitions", index, "when"))
        elif not transition.automatic and transition.by == () and not transition.override_by:
            message = f"nobody may ask for {transition.trigger!r}: leave 'by' out for anyone"
            yield _warning("nobody-may-ask", message, ("transitions", index, "by"))


def _shadow(definition: Definition, transition: Transition) -> Transition | None:
    """Give an automatic transition that wins wherever and whenever this one is open; None where there is none."""
    condition = definition.condition(transition)
    for other in definition.transitions[: definition.transitions.index(transition)]:
        before = definition.condition(other)
        space = Space.over([condition, before])
        covers = set(transition.sources) <= set(other.sources) and bool(transition.sources) == bool(other.sources)
        if not other.automatic or not covers or space is None:
            continue
        if space.where(condition) and not space.where(condition) & ~space.where(before):
            return other
    return None


def _out_of_bounds(definition: Definition) -> Iterator[Problem]:
    for path, expression in _expressions(definition):
        for leaf in walk(expression):
            if not isinstance(leaf, Comparison):
                continue
            low, high = definition.scores[leaf.score].bounds
            compare = COMPARE[leaf.operator]
            if compare(low, leaf.number) is compare(high, leaf.number):
                message = f"{leaf} always gives the same answer: {leaf.score} lies between {low} and {high}"
                yield _warning("out-of-bounds", message, path)


def _overlaps(definition: Definition) -> Iterator[Problem]:
    for stage in (None, *definition.stages):
        for first, second in combinations(definition.automatic(stage), 2):
            one, other = definition.condition(first), definition.condition(second)
            space = Space.over([one, other])
            if space is not None and space.where(one) & space.where(other):
                where = "outside" if stage is None else f"in {stage!r}"
                both = f"{_described(first)} and {_described(second)}"
                message = f"{where}, {both} can be open at once; the first in the file wins"
                yield _note("overlap", message, ("transitions", definition.transitions.index(second), "when"))


# --- Care: what a good document has -----------------------------------------------------------------------------------


def _agreement(definition: Definition) -> Iterator[Problem]:
    agreement = definition.agreement
    if not agreement.signatures:
        yield _warning("unsigned", "nobody has signed: [agreement] names no party", ("agreement",))
    elif agreement.of is None:
        message = f'the signatures say not what they are of; this text is of = "{definition.hash}"'
        yield _warning("unsigned", message, ("agreement",))
    elif agreement.of != definition.hash:
        message = f"another text was signed: {agreement.of}, and this one is {definition.hash}"
        yield _warning("signed-differs", message, ("agreement", "of"))


def _dead_ends(definition: Definition) -> Iterator[Problem]:
    left = {source for transition in definition.transitions for source in transition.sources}
    for stage in definition.stages.values():
        if stage.id not in left and not stage.final:
            message = f"nothing leads out of {stage.id!r}; say final = true if that is meant"
            yield _warning("dead-end", message, ("stages", stage.id))


def _personal_dimensions(definition: Definition) -> Iterator[Problem]:
    for name in definition.dimensions:
        if any(part in name.lower() for part in PERSONAL):
            message = f"{name!r} sounds personal, and dimensions are copied into records, which outlive an erasure"
            yield _warning("personal-dimension", message, ("dimensions",))


def _unused(definition: Definition) -> Iterator[Problem]:
    used = Counter[str]()
    for _, expression in _expressions(definition):
        used.update(leaf.score if isinstance(leaf, Comparison) else leaf.name for leaf in walk(expression))
    for score in definition.scores.values():
        used.update(list(score.points))  # the names: a table would be taken for counts
    if used[UNDESIRABLE]:
        used.update(name for name, named in definition.undesirables.items() if named.blocks)
    tables: Mapping[str, Iterable[str]] = {
        "criteria": definition.criteria,
        "undesirables": definition.undesirables,
        "scores": definition.scores,
        "conditions": definition.conditions,
    }
    for table, names in tables.items():
        for name in names:
            if not used[name]:
                yield _note("unused-name", f"{name!r} is used nowhere", (table, name))


def _ownerless(definition: Definition) -> Iterator[Problem]:
    for stage in definition.stages.values():
        if stage.owner is None:
            yield _note("no-owner", f"nobody owns {stage.id!r}", ("stages", stage.id))


_Check = Callable[[Definition], Iterator[Problem]]
_NAMES: Final[tuple[_Check, ...]] = (
    _names_twice,
    _unknown_in_conditions,
    _unknown_stages,
    _unknown_in_scores,
    _circular_conditions,
    _overgrown_conditions,
    _duplicate_transitions,
    _unreachable_stages,
    _undesirables_without_why,
    _odd_points,
)
_MEANING: Final[tuple[_Check, ...]] = (_loops, _never_or_always, _never_taken, _out_of_bounds, _overlaps)
_CARE: Final[tuple[_Check, ...]] = (_agreement, _dead_ends, _personal_dimensions, _unused, _ownerless)
