"""How the command line ends: the one place that maps errors to exit codes and to what is said about them.

An error of the library never names the lead in its text; its attribute does, and here it is printed: whoever runs a
command may know the lead.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from lifecycle.errors import (
    CallerError,
    DefinitionError,
    DocumentError,
    LifecycleError,
    PluginError,
    Problem,
    SignalError,
    StoreError,
)

__all__ = ["ExitCode", "Failure", "as_failure", "as_unusable", "problem_row"]


class ExitCode(enum.IntEnum):
    """What a command's exit code says. The numbers are promised and never change."""

    DONE = 0
    """What was asked is done. A refused request is a result, not an error."""
    PROBLEMS = 1
    """A check found problems."""
    USAGE = 2
    """The command cannot be carried out as it was given."""
    REJECTED = 3
    """Rows of the input were refused, and the rest is done."""
    UNUSABLE = 4
    """A definition or a plugin cannot be used."""
    STORE = 5
    """The store cannot do what was asked of it."""
    BUG = 70
    """The program itself made a mistake (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Somebody pressed Ctrl-C (128 + SIGINT)."""
    BROKEN_PIPE = 141
    """Whoever read the output has stopped reading (128 + SIGPIPE)."""


class Failure(Exception):  # noqa: N818 - not an error of the library: it carries how a command ends
    """A command ends here, with an exit code and what to tell the user.

    Args:
        code: The exit code.
        message: What went wrong, and what to do.
        problems: What is wrong, one by one, where there is more than one thing to say.
        lead: Whom it is about, where it is about somebody.
    """

    def __init__(
        self, code: ExitCode, message: str, *, problems: tuple[Problem, ...] = (), lead: str | None = None
    ) -> None:
        self.code = code
        self.message = message
        self.problems = problems
        self.lead = lead
        super().__init__(message)

    def lines(self) -> Iterator[str]:
        """Give what to print, a line each."""
        text = self.message if self.lead is None else f"lead {self.lead}: {self.message}"
        yield from text.splitlines()
        yield from (f"  {problem}" for problem in self.problems)

    def data(self) -> Mapping[str, Any]:
        """Give the same for machines."""
        return {
            "error": {
                "exit_code": int(self.code),
                "message": self.message,
                "lead": self.lead,
                "problems": [problem_row(problem) for problem in self.problems],
            }
        }


def problem_row(problem: Problem) -> Mapping[str, Any]:
    """Give a problem as a row: severity, code, message, and where it stands."""
    place = problem.place
    return {
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
        "path": list(problem.path),
    }


_CODES: Final[tuple[tuple[type[Exception], ExitCode], ...]] = (  # the first that fits
    (DefinitionError, ExitCode.UNUSABLE),
    (PluginError, ExitCode.UNUSABLE),
    (StoreError, ExitCode.STORE),
    (SignalError, ExitCode.REJECTED),
    (DocumentError, ExitCode.USAGE),
    (CallerError, ExitCode.USAGE),
    (LifecycleError, ExitCode.USAGE),
    (click.ClickException, ExitCode.USAGE),
    (BrokenPipeError, ExitCode.BROKEN_PIPE),
    (OSError, ExitCode.USAGE),
)


def as_failure(error: Exception) -> Failure | None:
    """Say how a command ends that met this error; None for an error that nobody foresaw."""
    if isinstance(error, Failure):
        return error
    code = next((code for kind, code in _CODES if isinstance(error, kind)), None)
    if code is None:
        return None
    if isinstance(error, DocumentError | PluginError):
        return Failure(code, error.summary, problems=error.problems)
    if isinstance(error, click.ClickException):
        return Failure(code, error.format_message())
    return Failure(code, _sentence(error), lead=getattr(error, "lead", None))


def as_unusable(error: OSError) -> Failure:
    """Say that a definition cannot be read."""
    return Failure(ExitCode.UNUSABLE, _sentence(error))


def _sentence(error: Exception) -> str:
    """Give an error's text, without the number that the system puts before it."""
    if isinstance(error, OSError) and error.strerror is not None:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return str(error)
