"""Texts of SQL are the same where they say the same, and not where they say something else."""

from __future__ import annotations

import pytest

from lifecycle.store.checks.wording import check_words, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CREATE  TABLE\n t (a INT)", 'create table "t" (a int)'),
        ("a -- why\n = 1", "a /* because */ = 1"),
        ("a<=b", "a <= b"),
    ],
)
def test_how_it_is_written_does_not_matter(one: str, other: str) -> None:
    """Blanks, capitals, comments, and quotes around names that need none."""
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a = 'X'", "a = 'x'"), ("a = 'x  y'", "a = 'x y'"), ('"A" = 1', "a = 1"), ("a = '--'", "a = ''"), ("ab", "a b")],
)
def test_what_is_written_matters(one: str, other: str) -> None:
    """Texts as they are, and names that need their quotes."""
    assert words(one) != words(other)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("((sequence = 1) = ((source)::text = '(new)'::text))", "(sequence = 1) = (source = '(new)')"),
        ("(COALESCE(previous_number, 0) = (number - 1))", "coalesce(previous_number, 0) = (number - 1)"),
        (
            "((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
            "kind in ('a', 'b')",
        ),
        (
            "((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text]))",
            "kind in ('a', 'b')",
        ),
        ('("position" >= 1)', "position >= 1"),
    ],
)
def test_what_postgresql_makes_of_a_check_is_recognized(said: str, written: str) -> None:
    """A new table, and one that came out of a dump."""
    assert check_words(written) == check_words(said)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("(a = b) = c", "a = (b = c)"),
        ("(a and b) or c", "a and (b or c)"),
        ("not (a or b)", "(not a) or b"),
        ("a::character varying(1) = 'x'", "a = 'x'"),
        ("a::integer = 1", "a = 1"),
        ("coalesce(a) = 1", "coalesce(a, 1) = 1"),
        ("abs(a) = 1", "a = 1"),
        ("a in ('x')", "a in ('x', 'y')"),
        ("true", "(a = 1)"),
    ],
)
def test_what_says_something_else_is_told_apart(one: str, other: str) -> None:
    """Brackets, casts and functions that matter stay."""
    assert check_words(one) != check_words(other)
