"""Holds the pages on verifying to the code: every code, and every attack with the test that makes it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from lifecycle.store.checks.finding import CODES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

ROW = re.compile(r"^\| `([a-z-]+)` \| (\w+) \| ", re.MULTILINE)
TEST = re.compile(r"`((?:test_)?[a-z_]+|TestErasures)`")
NO_ATTACK = {
    "victim",
    "owner",
    "delete_the_lead",
    "test_nobody_is_accused",
    "test_who_does_not_own_the_database_is_refused",
    "test_a_checkpoint_of_another_log",
}
"""Functions and tests of these files that are about something else, or a part of an attack."""


def test_every_finding_is_listed_with_what_shows_it(checkout: Path) -> None:
    """In the order of the code."""
    page = (checkout / "docs" / "reference" / "verify-findings.md").read_text(encoding="utf-8")

    assert [(code, layer.value) for code, (layer, _) in CODES.items()] == ROW.findall(page)


def test_every_attack_is_listed_with_its_test(checkout: Path) -> None:
    """The page names what makes each attack; nothing is tested that it does not tell of, and nothing told untested."""
    page = (checkout / "docs" / "explanation" / "what-can-be-proved.md").read_text(encoding="utf-8")
    cells = [line.rstrip("|").rpartition("|")[2] for line in page.splitlines() if line.startswith("| ")]
    named = {name for cell in cells for name in TEST.findall(cell)}

    tests = checkout / "tests" / "store"
    made = _functions(tests / "attacks.py") | _functions(tests / "test_attacks.py")

    assert made - NO_ATTACK == named


def _functions(path: Path) -> set[str]:
    """Return the names of a file's functions, and of its tests in classes; those of erasures by their class."""
    found = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == "TestErasures":
            found |= {node.name, "test_saying_that_it_was_erased"}
        elif isinstance(node, ast.ClassDef):
            found |= {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            found.add(node.name)
    return {name for name in found if not name.startswith("_")}
