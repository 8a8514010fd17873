"""The search finds what breaks a law, the smallest of it, and says where there was nothing to look at."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from lifecycle.testing.searching import (
    ASIDE,
    AsideError,
    BrokenError,
    Draw,
    Effort,
    NotAsked,
    for_all,
    nothing_to_ask,
    pick,
)

NUMBERS = range(100)
MANY = Effort(cases=200)


def below(limit: int) -> Callable[[Draw], None]:
    """Return the law that a number is below a limit."""

    def law(draw: Draw) -> None:
        number = pick(draw, NUMBERS)
        if number >= limit:
            raise BrokenError(f"{number} is too large")

    return law


def test_a_law_that_holds_was_tried_often() -> None:
    """The number of cases comes back, so that nobody takes silence for success."""
    assert 25 == for_all(lambda draw: pick(draw, NUMBERS), Effort())


def test_the_smallest_case_is_reported() -> None:
    """Of all numbers that are too large, the first."""
    with pytest.raises(BrokenError, match=r"^40 is too large$"):
        for_all(below(40), MANY)


def test_without_shrinking_some_case_is_reported() -> None:
    """Faster, and harder to read."""
    with pytest.raises(BrokenError, match="is too large"):
        for_all(below(40), Effort(cases=200, shrink=False))


def test_each_run_asks_the_same() -> None:
    """A check is not red today and green tomorrow."""
    drawn: list[int] = []

    def noting(draw: Draw) -> None:
        drawn.append(pick(draw, NUMBERS))

    for _ in range(2):
        for_all(noting, Effort())

    assert drawn[: len(drawn) // 2] == drawn[len(drawn) // 2 :]


def test_cases_left_aside_are_not_counted() -> None:
    """A law that applies to none of them was not tried at all."""

    def aside(draw: Draw) -> object:
        number = pick(draw, NUMBERS)
        if number % 2:
            raise AsideError
        return ASIDE

    with pytest.raises(NotAsked, match="it applies to odd ones only"):
        for_all(aside, Effort(), otherwise="it applies to odd ones only")


def test_other_cases_are_drawn_for_those_that_make_no_sense() -> None:
    """As many as were asked for are tried all the same."""

    def even(draw: Draw) -> None:
        nothing_to_ask(unless=pick(draw, NUMBERS) % 2 == 0)

    assert 25 == for_all(even, Effort())


def test_where_none_makes_sense_nothing_was_asked() -> None:
    """Hypothesis gives up, and that is no success."""

    def never(draw: Draw) -> None:
        pick(draw, NUMBERS)
        nothing_to_ask()

    with pytest.raises(NotAsked):
        for_all(never, Effort())


def test_what_breaks_only_sometimes_is_broken_too() -> None:
    """Judged once more the same case gave another result, and that is said."""
    count = itertools.count()

    def moody(draw: Draw) -> None:
        pick(draw, NUMBERS)
        if next(count) == 3:
            raise BrokenError("broken once")

    with pytest.raises(BrokenError, match="the same case gave another result"):
        for_all(moody, Effort())
