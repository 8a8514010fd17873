"""What commands work on: definitions, signals and stores, opened and read in one way."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click
from click.core import ParameterSource

from lifecycle.cli.exits import ExitCode, Failure, as_unusable
from lifecycle.cli.options import INSTALLED, Chosen
from lifecycle.cli.screen import Screen
from lifecycle.definition import Definition
from lifecycle.loading import load
from lifecycle.signals import MappingFile, Signal, Tally, read_mapping, read_signals

if TYPE_CHECKING:
    from lifecycle.store.reading import Reading
    from lifecycle.store.sql import Store

__all__ = ["EVERY", "Given", "keeping", "open_definition", "open_store", "quietly", "reading", "refused_lines"]

EVERY: Final = 1000
"""Signals between two steps of the progress bar: a bar that moves costs more than a signal."""

FIRST: Final = 20
"""How many refused rows are printed."""


@contextmanager
def quietly() -> Generator[None]:
    """Send what plugins print while they are loaded to standard error: the result of a command stands alone."""
    with redirect_stdout(sys.stderr):
        yield


def open_definition(name_or_path: str, chosen: Chosen = INSTALLED) -> Definition:
    """Load a definition.

    Raises:
        Failure: there is none of this name, or it cannot be read.
        DefinitionError: it cannot be used.
        PluginError: a plugin that it names is broken, or not as it was locked.
        DocumentError: the lock is none.
    """
    try:
        with quietly():
            return load(name_or_path, files=chosen.files, lock=chosen.lock)
    except OSError as error:
        raise as_unusable(error) from error


def open_store(url: str, *, create: bool) -> Store:
    """Open a store; where it is not to be created, one that is missing is an error and stays missing.

    Raises:
        StoreError: it cannot be used.
    """
    from lifecycle.store.sql import Store  # noqa: PLC0415 - loads SQLAlchemy

    return Store(url, create=create)


@contextmanager
def keeping(url: str, rules: Definition, screen: Screen, *, create: bool) -> Generator[Store]:
    """Open a store in which leads live on by these rules, and say so where it is new.

    Raises:
        Failure: it lives by other rules, and nobody has said that it should be these.
        StoreError: it cannot be used.
    """
    with closing(open_store(url, create=create)) as store:
        with store.reading() as view:
            kept = sorted({str(one["name"]) for one in view.definitions()})
        if not kept:
            screen.note(f"{url} is a new store: nothing has been kept in it before")
        elif rules.name not in kept and not _was_given("definition"):
            message = (
                f"{url} lives by {' and '.join(kept)}, and not by {rules.name}; say by which rules, with --definition"
            )
            raise Failure(ExitCode.USAGE, message)
        yield store


def _was_given(option: str) -> bool:
    """Say whether somebody wrote an option, or it has the value that it has by itself."""
    return click.get_current_context().get_parameter_source(option) is not ParameterSource.DEFAULT


@contextmanager
def reading(url: str) -> Generator[Reading]:
    """Look into a store that exists.

    Raises:
        StoreError: it does not exist, or cannot be used.
    """
    store = open_store(url, create=False)
    try:
        with store.reading() as view:
            yield view
    finally:
        store.close()


@attrs.define
class Given:
    """The signals that a command was given, read once from front to back, with what became of their rows.

    Attributes:
        latest: The greatest instant that has been read; None before the first.
    """

    paths: Sequence[Path]
    mapping: MappingFile | None
    tally: Tally = attrs.field(factory=Tally)
    latest: datetime | None = None

    @classmethod
    def of(cls, paths: Sequence[Path], mapping: Path | None) -> Given:
        """Take the files of a command line; `-` is standard input.

        Raises:
            MappingError: the mapping file is none.
            OSError: the mapping file cannot be read.
        """
        table = None if mapping is None else read_mapping(_text(mapping), str(mapping))
        return cls([Path("/dev/stdin") if str(path) == "-" else path for path in paths], table)

    def signals(self, screen: Screen) -> Iterator[Signal]:
        """Yield all signals, with a progress bar on a terminal.

        Raises:
            MappingError: the mapping does not fit the files.
            CallerError: a file cannot be read for want of an extra, or is not what its name says.
            OSError: a file cannot be read.
        """
        with screen.progress("reading") as tell:
            for signal in read_signals(self.paths, self.mapping, self.tally):
                if signal.at is not None and (self.latest is None or signal.at > self.latest):
                    self.latest = signal.at
                if self.tally.read % EVERY == 0:
                    tell(self.tally.read, None)
                yield signal

    def of_lead(self, lead: str, screen: Screen) -> list[Signal]:
        """Read everything, and keep what is about one lead.

        Raises:
            MappingError: the mapping does not fit the files.
            CallerError: a file cannot be read for want of an extra, or is not what its name says.
            OSError: a file cannot be read.
        """
        return [signal for signal in self.signals(screen) if signal.lead == lead]

    def note_refused(self, screen: Screen) -> None:
        """Say on standard error which rows were refused."""
        for line in refused_lines(self.tally.refusals):
            screen.note(line, "yellow")

    @property
    def code(self) -> ExitCode:
        """How a command ends that has done everything else: refused rows are told by the exit code too."""
        return ExitCode.REJECTED if self.tally.refused else ExitCode.DONE

    def data(self) -> Mapping[str, Any]:
        """Give what became of the rows, for machines."""
        counts = ("read", "used", "filtered", "repeated", "refused", "signals")
        rows = [
            {"file": error.place.file, "line": error.place.line, "message": error.message, "lead": error.lead}
            for error in self.tally.refusals
        ]
        return {**{name: getattr(self.tally, name) for name in counts}, "refused_rows": rows}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Failure(ExitCode.USAGE, f"{path} is not a text in UTF-8 (byte {error.start + 1})") from error


def refused_lines(errors: Sequence[Exception]) -> Iterator[str]:
    """Give the first refused rows, each with its place and why, and how many more there are."""
    if errors:
        yield f"{len(errors):,} {'row was' if len(errors) == 1 else 'rows were'} refused:"
    yield from (f"  {error}" for error in errors[:FIRST])
    if len(errors) > FIRST:
        yield f"  ... and {len(errors) - FIRST:,} more"
