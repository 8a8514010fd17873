"""Strategies for hypothesis that several tests share: conditions, and what is known of their atoms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from hypothesis import strategies as st

from lifecycle.conditions import COMPARE, And, Comparison, Expression, Finding, Name, Not, Or, atoms_of, evaluate

NAMES: Final = ("a", "b", "c", "d")
START: Final = datetime(2026, 1, 5, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

Truth = bool | None

truths: Final[st.SearchStrategy[Truth]] = st.sampled_from([True, False, None])

names: Final = st.sampled_from(NAMES).map(Name)
comparisons: Final = st.builds(
    Comparison, st.sampled_from(["s", "t"]), st.sampled_from(sorted(COMPARE)), st.integers(-1, 4)
)


def expressions(leaves: st.SearchStrategy[Expression] = names, *, most: int = 8) -> st.SearchStrategy[Expression]:
    """Give conditions as they are parsed: `and` and `or` have at least two parts, and atoms occur repeatedly."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        ),
        max_leaves=most,
    )


def assignments(names: tuple[str, ...] = NAMES) -> st.SearchStrategy[dict[str, Truth]]:
    """Give what is known of each atom."""
    return st.fixed_dictionaries(dict.fromkeys(names, truths))


@st.composite
def known_expressions(draw: st.DrawFn, *, most: int = 8) -> tuple[Expression, dict[str, Truth]]:
    """Give a condition over names and comparisons, and what is known of each of its atoms."""
    expression = draw(expressions(names | comparisons, most=most))
    return expression, {atom: draw(truths) for atom in atoms_of(expression)}


def value(expression: Expression, known: Mapping[str, Truth]) -> Truth:
    """Evaluate a condition by what is known of its atoms."""
    return evaluate(expression, lambda atom: Finding(known[str(atom)])).truth
