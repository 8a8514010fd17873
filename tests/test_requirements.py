"""Keeps docs/reference/requirements.md complete: one line for each requirement, and all that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lifecycle import load
from tests import source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "requirements.md"
REQUIREMENTS = 104
DISAGREEMENTS = 7


def lines() -> Mapping[str, Sequence[str]]:
    """Return the cells of each requirement on the page by its number."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| D?\d+ \|", line)
    ]
    assert len(rows) == len({row[0] for row in rows}), "a number stands twice"
    return {row[0]: row[1:] for row in rows}


def named(cell: str) -> Iterator[str]:
    """Yield what stands in backticks in a cell."""
    yield from re.findall(r"`([^`]+)`", cell)


@pytest.mark.checkout
class TestThePage:
    """One line for each requirement: what it is, where it lives, which test shows it or why there is none."""

    def test_every_requirement_has_one_line(self) -> None:
        """All numbers are there, each once, and each of the disagreements."""
        numbers = [str(number) for number in range(1, REQUIREMENTS + 1)]

        assert [*numbers, *(f"D{number}" for number in range(1, DISAGREEMENTS + 1))] == list(lines())

    def test_every_line_says_where_and_what_shows_it(self) -> None:
        """A requirement without a test says that it is not ours, or what it waits for."""
        silent = [
            number
            for number, (words, where, shown) in lines().items()
            if not words or not where or not (any(named(shown)) or re.match(r"(not ours|waits): \w", shown))
        ]

        assert [] == silent

    def test_every_file_is_there(self) -> None:
        """A place that is named exists; what is no path is an entry of the packaged definitions."""
        entries = {"b2b": set[str](), "product_led": set[str](), "short_cycle": set[str]()}
        for name, found in entries.items():
            definition = load(name)
            triggers = {one.trigger for one in definition.transitions}
            found |= {*definition.named, *definition.scores, *definition.conditions, *definition.stages, *triggers}
        missing: list[str] = []
        for number, (_, where, _) in lines().items():
            for name in named(where):
                if "/" in name or name.endswith((".py", ".md", ".toml")):
                    missing += [] if (ROOT / name).exists() else [f"{number}: {name}"]
                elif not any(name in found for found in entries.values()):
                    missing.append(f"{number}: {name}")

        assert [] == missing

    def test_every_test_is_there(self) -> None:
        """A test that is named exists under that name."""
        missing: list[str] = []
        for number, (_, _, shown) in lines().items():
            for name in named(shown):
                path, *parts = name.split("::")
                if not (ROOT / path).is_file() or (parts and ".".join(parts) not in names_in(path)):
                    missing.append(f"{number}: {name}")

        assert [] == missing


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests of a file, and of its classes."""
    text = (ROOT / path).read_text(encoding="utf-8")
    module = source.Module(path, text, ast.parse(text))
    return frozenset(name for name, _ in source.public(module))
