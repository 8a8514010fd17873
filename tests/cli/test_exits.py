"""The one place that maps errors to exit codes."""

from __future__ import annotations

import inspect

import click
import pytest

from lifecycle import errors
from lifecycle.cli.exits import ExitCode, Failure, as_failure
from lifecycle.errors import DefinitionError, LifecycleError, Place, PluginError, Problem, SignalError, StoreError

PROBLEM = Problem(code="odd", message="is odd", place=Place("x.toml", 3, 1))
CODES = {DefinitionError: 4, PluginError: 4, StoreError: 5, SignalError: 3}
"""By base class; every other error of the library is one of usage."""


def made(cls: type[LifecycleError]) -> LifecycleError:
    """Make an error of a class without knowing what it takes."""
    return cls.__new__(cls)


def test_every_error_of_the_library_has_an_exit_code() -> None:
    """An error that nobody mapped would be taken for a mistake of the program."""
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, LifecycleError)]
    found: dict[str, int] = {}
    for cls in classes:
        error = made(cls)
        error.summary, error.problems = "summary", ()  # type: ignore[attr-defined]  # of those that report several
        failure = as_failure(error)
        assert failure is not None
        found[cls.__name__] = failure.code

    expected = {cls.__name__: next((CODES[base] for base in CODES if issubclass(cls, base)), 2) for cls in classes}
    assert expected == found
    assert len(found) >= 15


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (click.UsageError("so not"), 2, "so not"),
        (PermissionError(13, "Permission denied", "/x"), 2, "/x: Permission denied"),
        (OSError(28, "No space left on device"), 2, "No space left on device"),
        (FileNotFoundError("nothing is named 'x'"), 2, "nothing is named 'x'"),
    ],
)
def test_other_mistakes_are_those_of_usage(error: Exception, code: int, message: str) -> None:
    """What the system says is said without its number."""
    failure = as_failure(error)

    assert failure is not None
    assert (code, message) == (failure.code, failure.message)


def test_what_nobody_foresaw_is_no_failure_of_the_user() -> None:
    """It is left to the last resort."""
    assert as_failure(ZeroDivisionError()) is None


def test_problems_are_told_one_a_line() -> None:
    """The summary first, then each problem with its place."""
    failure = as_failure(PluginError("plugins are broken", [PROBLEM]))

    assert failure is not None
    assert ["plugins are broken", "  x.toml:3:1: error: is odd [odd]"] == list(failure.lines())
    assert [("odd", "x.toml", 3, 1)] == [
        (row["code"], row["file"], row["line"], row["column"]) for row in failure.data()["error"]["problems"]
    ]


def test_a_problem_without_a_place_has_none() -> None:
    """Nothing is made up."""
    failure = Failure(ExitCode.UNUSABLE, "no", problems=(Problem(code="odd", message="is odd"),))

    [row] = failure.data()["error"]["problems"]
    assert (None, None, None) == (row["file"], row["line"], row["column"])


def test_the_lead_is_named_by_the_command_line() -> None:
    """The error carries it, and its text does not."""
    failure = Failure(ExitCode.STORE, "somebody was first", lead="42")

    assert ["lead 42: somebody was first"] == list(failure.lines())
    assert "42" == failure.data()["error"]["lead"]


def test_exit_codes_are_promised() -> None:
    """Scripts test for them: none ever changes."""
    assert {
        "DONE": 0,
        "PROBLEMS": 1,
        "USAGE": 2,
        "REJECTED": 3,
        "UNUSABLE": 4,
        "STORE": 5,
        "BUG": 70,
        "INTERRUPTED": 130,
        "BROKEN_PIPE": 141,
    } == {code.name: code.value for code in ExitCode}
