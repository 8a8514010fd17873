"""The packaged definitions pass the tests that they bring along, and these tests notice what changes."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from lifecycle import load
from lifecycle.cases import CaseFile, Ran, coverage_of, read_cases, run_cases
from lifecycle.cases.finding import find_tests
from lifecycle.errors import LifecycleError
from lifecycle.loading import packaged, read_definition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lifecycle import Definition


@cache
def cases_of(name: str) -> CaseFile:
    """Return the tests that a packaged definition brings along."""
    [(text, file)] = find_tests(name, ())
    return read_cases(text, file=file, definition=load(name))


@cache
def ran(name: str) -> Sequence[Ran]:
    """Return them run."""
    return run_cases(load(name), cases_of(name).cases)


EVERY = [(name, case.name) for name in packaged() for case in cases_of(name).cases]


@pytest.mark.parametrize(("name", "case"), EVERY, ids=[f"{name}: {case}" for name, case in EVERY])
def test_every_case_passes(name: str, case: str) -> None:
    """What marketing and sales expect is what the definition does."""
    [found] = [one for one in ran(name) if one.case.name == case]

    assert [] == [miss.message for miss in found.misses]


@pytest.mark.parametrize("name", packaged())
class TestPackaged:
    """What the tests of a packaged definition are worth."""

    def test_they_see_everything(self, name: str) -> None:
        """Every arrow is taken, every criterion and undesirable is met somewhere and not met elsewhere."""
        coverage = coverage_of(load(name), ran(name))

        assert {"transitions": (), "criteria": (), "undesirables": ()} == {
            part.what: part.unseen for part in coverage.parts
        }

    def test_nothing_in_them_is_worth_a_look(self, name: str) -> None:
        """Each fact that they give is one that the definition names."""
        assert [] == list(cases_of(name).warnings)


# --- Changes that they notice ----------------------------------------------------------------------------------------


def changed(name: str) -> Iterator[tuple[str, str]]:
    """Yield a definition with one meaning of it changed, and what was changed."""
    text = load(name).text
    for match in re.finditer(r'^when = ("""|")(.*?)\1', text, re.MULTILINE | re.DOTALL):
        yield f"always: {' '.join(match[2].split())}", _without(text, match, 'when = "not (rested and not rested)"')
    for match in re.finditer(r'^(\w+ = "[^"]* (?:and|or) [^"]*")$', text, re.MULTILINE):
        flipped = re.sub(r" (and|or) ", lambda word: {"and": " or ", "or": " and "}[word[1]], match[1], count=1)
        yield f"and is or: {match[1]}", _without(text, match, flipped)
    for match in re.finditer(r"^automatic = true\n", text, re.MULTILINE):
        yield f"not automatic: {text.count(chr(10), 0, match.start()) + 1}", _without(text, match, "")


def _without(text: str, match: re.Match[str], instead: str) -> str:
    return text[: match.start()] + instead + text[match.end() :]


def noticed(name: str, text: str) -> bool:
    """Say whether the tests of a definition fail on this text, or cannot even be run."""
    try:
        definition: Definition = read_definition(text)
    except LifecycleError:
        return True
    [(cases, file)] = find_tests(name, ())
    return not all(
        one.passed for one in run_cases(definition, read_cases(cases, file=file, definition=definition).cases)
    )


CHANGES = [(name, what, text) for name in packaged() for what, text in changed(name)]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "what", "text"), CHANGES, ids=[f"{name}: {what}" for name, what, _ in CHANGES])
def test_a_change_of_meaning_is_noticed(name: str, what: str, text: str) -> None:
    """A condition that is left out, an `and` that becomes an `or`, a move that is no longer made by itself."""
    assert noticed(name, text), what
