"""Tests the smallest changes that make a condition true, by trying all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, product

import pytest
from hypothesis import given

from lifecycle.changes import MOST_CHANGES, Literal, blockers, changes
from lifecycle.conditions import And, Expression, Name, Not, Or, parse
from tests.strategies import Truth, known_expressions, value

Change = frozenset[Literal]


def changed(known: Mapping[str, Truth], change: Change) -> dict[str, Truth]:
    """Return what would be known after a change."""
    return {**known, **dict(change)}


def all_changes(known: Mapping[str, Truth]) -> Iterator[Change]:
    """Yield every way to give some atoms another truth, smaller ones first."""
    for size in range(len(known) + 1):
        for atoms in combinations(sorted(known), size):
            for wanted in product([False, True], repeat=size):
                change = frozenset(zip(atoms, wanted, strict=True))
                if all(known[atom] is not truth for atom, truth in change):
                    yield change


def smallest(condition: Expression, known: Mapping[str, Truth]) -> set[Change]:
    """Return the inclusion-minimal changes that make a condition true, found by trying all."""
    found: set[Change] = set()
    for change in all_changes(known):
        if not any(smaller <= change for smaller in found) and value(condition, changed(known, change)) is True:
            found.add(change)
    return found


@given(known_expressions())
def test_are_exactly_the_smallest_that_suffice(case: tuple[Expression, dict[str, Truth]]) -> None:
    """Applying exactly a change makes the condition true, no smaller change does, and none is missed."""
    condition, known = case
    found = changes(condition, known)

    assert smallest(condition, known) == set(found)
    assert len(found) == len(set(found))


@given(known_expressions())
def test_smaller_ones_come_first(case: tuple[Expression, dict[str, Truth]]) -> None:
    """Among those of one size, the names decide, so that the order is always the same."""
    found = changes(*case)

    assert sorted(found, key=lambda change: (len(change), sorted(change))) == list(found)


@given(known_expressions())
def test_one_empty_change_means_true_already(case: tuple[Expression, dict[str, Truth]]) -> None:
    """And a condition that is true needs no other."""
    condition, known = case

    assert (value(condition, known) is True) is (changes(condition, known) == (frozenset(),))


@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("a", {"a": None}, [{("a", True)}]),
        ("not a", {"a": True}, [{("a", False)}]),
        ("a and b", {"a": True, "b": False}, [{("b", True)}]),
        ("a or b", {"a": None, "b": False}, [{("a", True)}, {("b", True)}]),
        ("a and (b or c)", {"a": False, "b": False, "c": True}, [{("a", True)}]),
        ("s >= 5 and not s >= 8", {"s >= 5": False, "s >= 8": False}, [{("s >= 5", True)}]),
        ("a or not a", {"a": None}, [{("a", False)}, {("a", True)}]),
        ("(a and b) or (not a and c)", {"a": True, "b": False, "c": True}, [{("a", False)}, {("b", True)}]),
        ("a and (not a or b)", {"a": False, "b": False}, [{("a", True), ("b", True)}]),
        ("a and not a", {"a": True}, []),
        ("a and not a", {"a": None}, []),
    ],
)
def test_examples(text: str, known: dict[str, Truth], expected: list[set[Literal]]) -> None:
    """What holds already is no part of a change, an atom is never changed both ways, and some conditions never hold."""
    assert [frozenset(change) for change in expected] == list(changes(parse(text), known))


def test_condition_without_parts() -> None:
    """What is always open needs nothing; what never opens cannot be helped."""
    assert (frozenset(),) == changes(And(()), {})
    assert () == changes(Or(()), {})
    assert () == changes(Not(And(())), {})


class TestLimit:
    """Past the limit the longest ways are dropped, and what is given still suffices."""

    @staticmethod
    def pairs(count: int, *, either: bool = True) -> tuple[Expression, dict[str, Truth]]:
        """Return `(a0 or b0) and (a1 or b1) and ...`, which has 2^count smallest changes, all of one size."""
        parts = [(Name(f"a{index}"), Name(f"b{index}")) for index in range(count)]
        condition = And(tuple(Or(part) if either else And(part) for part in parts))
        return condition, dict.fromkeys((str(name) for part in parts for name in part), False)

    def test_up_to_it_all_are_given(self) -> None:
        """2^9 is the limit."""
        condition, known = self.pairs(9)

        assert MOST_CHANGES == len(changes(condition, known))

    def test_past_it_those_that_are_given_suffice(self) -> None:
        """With 2^12 ways there is an answer all the same, at once."""
        condition, known = self.pairs(12)
        found = changes(condition, known)

        assert MOST_CHANGES == len(found)
        assert all(value(condition, changed(known, change)) is True for change in found)

    def test_past_it_the_cheapest_way_is_kept(self) -> None:
        """What nearly holds is never dropped for what is far away."""
        condition, known = self.pairs(12)
        known |= {f"b{index}": True for index in range(11)}

        assert frozenset({("b11", True)}) in changes(condition, known)

    def test_past_it_no_way_is_followed_that_another_part_forbids(self) -> None:
        """A condition that can hold is never said to be hopeless because its other ways come first by name."""
        condition, known = self.pairs(12)
        forbidden = tuple(Not(Name(f"a{index}")) for index in range(12))
        expected = frozenset((f"b{index}", True) for index in range(12))

        assert (expected,) == changes(And((condition, *forbidden)), known)

    def test_long_conditions_of_one_way_are_no_matter(self) -> None:
        """Only the number of ways is limited."""
        condition, known = self.pairs(300, either=False)

        assert (frozenset((name, True) for name in known),) == changes(condition, known)


class TestBlockers:
    """The blockers are the atoms of all smallest changes, however many there are."""

    @given(known_expressions())
    def test_blockers_are_the_atoms_of_the_smallest_changes(self, known: tuple[Expression, dict[str, Truth]]) -> None:
        """Law: an atom is a blocker exactly when it is in one of the inclusion-minimal changes."""
        expression, truth = known

        assert {atom for change in changes(expression, truth) for atom, _ in change} == blockers(expression, truth)

    @pytest.mark.parametrize(
        ("text", "expected"), [("a and (b or c)", "a"), ("a or b", ""), ("a and not a", ""), ("not b", "b")]
    )
    def test_examples(self, text: str, expected: str) -> None:
        """What holds already blocks nothing, and neither does anything where nothing would help."""
        assert {*expected} == blockers(parse(text), {"a": False, "b": True, "c": None})

    def test_every_blocker_is_named_where_changes_are_too_many_to_list(self) -> None:
        """Five groups of ten alternatives have 100,000 smallest changes, and all of the fifty atoms block."""
        groups = [[f"a{group}_{member}" for member in range(10)] for group in range(5)]
        expression = parse(" and ".join(f"({' or '.join(group)})" for group in groups))
        truth = {atom: False for group in groups for atom in group}

        assert {*truth} == blockers(expression, truth)
        assert MOST_CHANGES == len(changes(expression, truth))
