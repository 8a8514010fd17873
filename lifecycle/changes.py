"""What would have to change to make a condition true: the smallest changes, and nothing more.

There may be very many changes: five groups of ten alternatives have a hundred thousand. `changes` lists the cheapest;
`blockers` names the atoms of all of them without listing any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from heapq import nsmallest
from typing import Final

from lifecycle.conditions import And, Expression, Not, Or, walk

__all__ = ["MOST_CHANGES", "Literal", "blockers", "changes"]

MOST_CHANGES: Final = 128
"""How many ways to make a condition true are followed at once. Past it the longest are dropped: nobody reads them."""

Literal = tuple[str, bool]
"""An atom's name and the truth it should have."""


def changes(expression: Expression, truth: Mapping[str, bool | None]) -> tuple[frozenset[Literal], ...]:
    """Give the inclusion-minimal changes of atoms that make the expression true, smallest first, then by name.

    Each change is a set of atoms with the truth each should get. No proper part of a change makes the expression true.
    The empty change means that it is true already; no change at all means that nothing could make it so. Atoms are
    taken as independent of each other. More than `MOST_CHANGES` at a time are not followed.

    Args:
        expression: What should become true; its names are atoms.
        truth: The present truth of each atom, None where it is unknown.
    """
    ways = _ways(expression, wanted=True, truth=truth)
    return tuple(_minimal(frozenset(literal for literal in way if _changes(literal, truth)) for way in ways))


def _changes(literal: Literal, truth: Mapping[str, bool | None]) -> bool:
    atom, wanted = literal
    return truth.get(atom) is not wanted


def _ways(expression: Expression, *, wanted: bool, truth: Mapping[str, bool | None]) -> list[frozenset[Literal]]:
    """Give sets of literals that suffice, including those that hold already: another part must not undo them."""
    if isinstance(expression, Not):
        return _ways(expression.part, wanted=not wanted, truth=truth)
    if isinstance(expression, And | Or):
        all_needed = isinstance(expression, And) is wanted
        inner = _parts(expression, wanted=wanted, all_needed=all_needed)
        parts = [_ways(part, wanted=truth_of_part, truth=truth) for part, truth_of_part in inner]
        return _product(parts, truth) if all_needed else _fewest((way for part in parts for way in part), truth)
    return [frozenset({(str(expression), wanted)})]


def _parts(expression: Expression, *, wanted: bool, all_needed: bool) -> Iterator[tuple[Expression, bool]]:
    """Give the parts of which all are needed, or any, however they are nested, each with the truth it should get."""
    if isinstance(expression, Not):
        yield from _parts(expression.part, wanted=not wanted, all_needed=all_needed)
    elif isinstance(expression, And | Or) and (isinstance(expression, And) is wanted) is all_needed:
        for part in expression.parts:
            yield from _parts(part, wanted=wanted, all_needed=all_needed)
    else:
        yield expression, wanted


def _product(
    parts: Sequence[Sequence[frozenset[Literal]]], truth: Mapping[str, bool | None]
) -> list[frozenset[Literal]]:
    ways: list[frozenset[Literal]] = [frozenset()]
    for part in sorted(parts, key=len):  # what there is but one way to comes first: what it forbids is not followed
        joined = [one | other for one in ways for other in part]
        if _atoms(ways).isdisjoint(_atoms(part)):
            ways = nsmallest(MOST_CHANGES, joined, key=partial(_cost, truth))  # none contradicts or contains another
        else:
            ways = _fewest((way for way in joined if not _contradicts(way)), truth)
    return ways


def _atoms(ways: Iterable[frozenset[Literal]]) -> set[str]:
    return {atom for way in ways for atom, _ in way}


def _contradicts(way: frozenset[Literal]) -> bool:
    return any((atom, not wanted) in way for atom, wanted in way)


def _cost(truth: Mapping[str, bool | None], way: frozenset[Literal]) -> tuple[int, int, list[Literal]]:
    return sum(_changes(literal, truth) for literal in way), len(way), sorted(way)


def _fewest(ways: Iterable[frozenset[Literal]], truth: Mapping[str, bool | None]) -> list[frozenset[Literal]]:
    """Drop every way that contains another one, and past the limit those that change most."""
    cheapest = nsmallest(4 * MOST_CHANGES, set(ways), key=partial(_cost, truth))
    return sorted(_minimal(cheapest), key=partial(_cost, truth))[:MOST_CHANGES]


def _minimal(ways: Iterable[frozenset[Literal]]) -> list[frozenset[Literal]]:
    kept: list[frozenset[Literal]] = []
    for way in sorted(set(ways), key=lambda way: (len(way), sorted(way))):
        if not any(smaller <= way for smaller in kept):
            kept.append(way)
    return kept


# --- The atoms of all changes, however many there are -----------------------------------------------------------------


def blockers(expression: Expression, truth: Mapping[str, bool | None]) -> frozenset[str]:
    """Give the atoms of all inclusion-minimal changes that make the expression true; none where it is true already.

    Parts that share no atoms are looked at one by one, so that this stays quick where there are too many changes to
    list. Only parts that do share atoms are followed as `changes` follows them, with its limit.

    Args:
        expression: What should become true; its names are atoms.
        truth: The present truth of each atom, None where it is unknown.
    """
    return frozenset(atom for atom, _ in _needed(expression, wanted=True, truth=truth) or ())


def _needed(expression: Expression, *, wanted: bool, truth: Mapping[str, bool | None]) -> frozenset[Literal] | None:
    """Give the literals of all smallest changes; empty where it is so already, None where nothing makes it so."""
    if isinstance(expression, Not):
        return _needed(expression.part, wanted=not wanted, truth=truth)
    if not isinstance(expression, And | Or):
        literal = (str(expression), wanted)
        return frozenset({literal} if _changes(literal, truth) else ())
    all_needed = isinstance(expression, And) is wanted
    parts = list(_parts(expression, wanted=wanted, all_needed=all_needed))
    found = [_needed_by(group, all_needed=all_needed, truth=truth) for group in _groups(parts)]
    possible = [needed for needed in found if needed is not None]
    if all_needed and len(possible) < len(found):
        return None
    if not all_needed and not all(possible):
        return frozenset()
    return frozenset[Literal]().union(*possible) if possible or all_needed else None


def _needed_by(
    group: Sequence[tuple[Expression, bool]], *, all_needed: bool, truth: Mapping[str, bool | None]
) -> frozenset[Literal] | None:
    """Give the same for parts that share atoms, all of which are needed, or any."""
    if len(group) == 1:
        return _needed(group[0][0], wanted=group[0][1], truth=truth)
    parts = tuple(part if wanted else Not(part) for part, wanted in group)
    ways = changes(And(parts) if all_needed else Or(parts), truth)
    return frozenset[Literal]().union(*ways) if ways else None


def _groups(parts: Iterable[tuple[Expression, bool]]) -> list[list[tuple[Expression, bool]]]:
    """Put parts that share atoms, directly or through others, into one group."""
    groups: list[tuple[set[str], list[tuple[Expression, bool]]]] = []
    for part in parts:
        atoms, together = {str(atom) for atom in walk(part[0])}, [part]
        apart = list[tuple[set[str], list[tuple[Expression, bool]]]]()
        for others, group in groups:
            if atoms.isdisjoint(others):
                apart.append((others, group))
            else:
                atoms, together = atoms | others, [*group, *together]
        groups = [*apart, (atoms, together)]
    return [group for _, group in groups]
