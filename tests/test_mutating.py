"""Mistakes made on purpose: which are made, and that the page that explains the survivors speaks of the code."""

from __future__ import annotations

import ast
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import mutating
from tests.mutating import TESTS, Mutant, explained, mutants, path_of

pytestmark = pytest.mark.checkout

TEXT = '''"""Left alone."""
__all__ = ["f"]
@frozen(slots=True)
def f(x: "int" = 1) -> "int | None":
    """Left alone."""
    assert x > 0, "told"
    if x is not y and not z:
        raise E("a sentence", "code", f"{x + 1}")
    total += é * 2
    g(x)
    return x
'''


@cache
def mutants_of(module: str) -> list[Mutant]:
    """Return every mutant of a module."""
    return mutants(path_of(module).read_text(encoding="utf-8"))


def lines(text: str) -> list[tuple[str, str]]:
    """Return each mutant of a text as the line that is changed, and what it becomes."""
    return [(mutant.before, mutant.after) for mutant in mutants(text)]


class TestMutants:
    """Each changes one place."""

    def test_all_kinds_of_change(self) -> None:
        """Sentences, docstrings, assertions, annotations, decorators and `__all__` are left alone."""
        test = "if x is not y and not z:"
        told = 'raise E("a sentence", "code", f"{x + 1}")'
        header = 'def f(x: "int" = 1) -> "int | None":'

        assert [
            (header, 'def f(x: "int" = 2) -> "int | None":'),
            (test, "if not (x is not y and not z):"),
            (test, "if x is y and not z:"),
            (test, "if x is not y or not z:"),
            (test, "if x is not y and (z):"),
            (told, "pass"),
            (told, 'raise E("a sentence", "codeX", f"{x + 1}")'),
            ("total += é * 2", "pass"),
            ("total += é * 2", "total -= é * 2"),
            ("total += é * 2", "total += é + 2"),
            ("total += é * 2", "total += é * 3"),
            ("g(x)", "pass"),
            ("return x", "return None"),
        ] == lines(TEXT)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("a < b", "a <= b"),
            ("a >= b", "a > b"),
            ("(a) == (b)", "(a) != (b)"),
            ("a not in b", "a in b"),
            ("a | b", "a & b"),
            ("(a)\\\n - b", "+ b"),
            ("-a", "(a)"),
            ("while a: pass", "while not (a): pass"),
            ("[a for a in b if a]", "[a for a in b if not (a)]"),
            ("def f(): yield 1", "def f(): yield from ()"),
            ("for a in b: continue", "for a in b: pass"),
            ("x = True", "x = False"),
        ],
    )
    def test_opposites(self, before: str, after: str) -> None:
        """A sign becomes its neighbour, a condition its opposite, a statement nothing."""
        assert after in [mutant.after for mutant in mutants(before)]

    @given(st.sampled_from(sorted(TESTS)), st.data())
    def test_each_is_another_program(self, module: str, data: st.DataObject) -> None:
        """Every mutant can be compiled, and none means what the module means."""
        text = path_of(module).read_text(encoding="utf-8")
        mutant = data.draw(st.sampled_from(mutants_of(module)))

        assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(mutant.text))
        assert mutant.before != mutant.after

    def test_on_the_page_it_is_a_line_that_is_read_back(self) -> None:
        """What is printed of a survivor can be put onto the page, and a reason behind it."""
        found = mutating.ENTRY.fullmatch(f"{Mutant('a | b', 'a & b', '')}: because")

        assert found is not None
        assert ("a | b", "a & b", "because") == found.groups()


class TestPage:
    """What it explains is there."""

    @pytest.mark.parametrize("module", sorted(TESTS))
    def test_every_survivor_still_stands_in_the_code(self, module: str) -> None:
        """A line that has changed is to be tried again."""
        made = {(mutant.before, mutant.after) for mutant in mutants_of(module)}

        assert set() == explained(module).keys() - made

    @pytest.mark.parametrize("module", sorted(TESTS))
    def test_every_module_has_a_section(self, module: str) -> None:
        """With or without survivors; and the tests that hold it exist."""
        assert f"\n## lifecycle/{module}.py\n" in mutating.PAGE.read_text(encoding="utf-8")
        assert all((path_of(module).parents[1] / "tests" / f"test_{name}.py").is_file() for name in TESTS[module])
