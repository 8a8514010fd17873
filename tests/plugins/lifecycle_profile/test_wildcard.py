"""Patterns with stars and question marks."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lifecycle_profile.wildcard import matches

TEXTS = st.text("ab*?.[\n", max_size=8)


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("", "", True),
        ("", "*", True),
        ("", "?", False),
        ("a", "", False),
        ("abc", "a*c", True),
        ("abc", "a?c", True),
        ("ac", "a?c", False),
        ("abcabc", "*abc", True),
        ("abcab", "*abc", False),
        ("a[b]", "a[b]", True),
        ("ab", "a[b]", False),
    ],
)
def test_examples(text: str, pattern: str, fits: bool) -> None:
    """A star is any text, a question mark one character, and all else is itself."""
    assert matches(text, pattern) is fits


def test_no_pattern_takes_unbounded_time() -> None:
    """A pattern made to hurt regular expressions is done in a moment."""
    started = time.perf_counter()

    assert not matches("a" * 20_000, "*a" * 30 + "b")
    assert time.perf_counter() - started < 10


@given(TEXTS, TEXTS)
def test_it_agrees_with_regular_expressions(text: str, pattern: str) -> None:
    """On short texts the answer is that of the regular expression that means the same."""
    same = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)

    assert matches(text, pattern) == bool(re.fullmatch(same, text, re.DOTALL))


@given(TEXTS, TEXTS)
def test_stars_around_a_text_find_it_anywhere(before: str, after: str) -> None:
    """Whatever stands before and after, stars take it."""
    assert matches(f"{before}mid{after}", "*mid*")
