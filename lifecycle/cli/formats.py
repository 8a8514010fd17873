"""The forms of an export: JSON lines, CSV, Parquet; and the file it goes to, which is never half there."""

from __future__ import annotations

import contextlib
import csv
import enum
import io
import json
import secrets
import sys
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

import click

from lifecycle.cli.screen import as_json
from lifecycle.errors import CallerError

__all__ = ["FORMATS", "GROUP", "opened", "write"]

Row = Mapping[str, Any]

GROUP: Final = 10_000
"""Rows of a row group of Parquet: so many are in memory at once."""

_INSTANTS: Final = frozenset({"at", "recorded_at", "before"})
_NUMBERS: Final = frozenset({"sequence", "number", "cycle", "position"})


def write(form: str, rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    """Write rows in one of the forms, and give how many they were.

    Args:
        form: One of `FORMATS`.
        rows: The rows, read one after the other.
        columns: The keys that are columns, where the form has columns.
        file: What is written to.

    Raises:
        CallerError: what the form needs is not installed.
    """
    return FORMATS[form](rows, columns, file)


@contextmanager
def _as_text(file: IO[bytes]) -> Generator[IO[str]]:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        yield text
    finally:
        text.detach()


def _jsonl(rows: Iterable[Row], _columns: Sequence[str], file: IO[bytes]) -> int:
    count = 0
    with _as_text(file) as text:
        for row in rows:
            text.write(as_json(row) + "\n")
            count += 1
    return count


def _csv(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    count = 0
    with _as_text(file) as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(_cell(row[name]) for name in columns)
            count += 1
    return count


def _cell(value: object) -> str:
    """Write a value into a cell: a text as it is, nothing as nothing, anything else as JSON."""
    made = "" if value is None else as_json(value)
    return json.loads(made) if made.startswith('"') else made


def _parquet(rows: Iterable[Row], columns: Sequence[str], file: IO[bytes]) -> int:
    try:
        pa: Any = import_module("pyarrow")  # heavy and optional, and it has no types
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise CallerError("Parquet needs pyarrow: pip install 'lead-lifecycle[data]'") from error
    types = {True: pa.timestamp("us", tz="UTC"), False: pa.string()}
    fields = [(name, pa.int64() if name in _NUMBERS else types[name in _INSTANTS]) for name in columns]
    count, rest = 0, iter(rows)
    with parquet.ParquetWriter(file, pa.schema(fields)) as writer:
        while some := [{name: _value(row[name]) for name in columns} for row in islice(rest, GROUP)]:
            writer.write_table(pa.Table.from_pylist(some, schema=writer.schema))
            count += len(some)
    return count


def _value(value: object) -> object:
    """Give a value as one of a column's type: a text, a number, an instant, nothing; lists and tables as JSON."""
    if isinstance(value, enum.Enum):
        return value.value
    return value if value is None or isinstance(value, str | int | datetime) else as_json(value)


FORMATS: Final[Mapping[str, Callable[[Iterable[Row], Sequence[str], IO[bytes]], int]]] = {
    "jsonl": _jsonl,
    "csv": _csv,
    "parquet": _parquet,
}
"""The forms by their names."""


def _made(partial: Path, output: str) -> IO[bytes]:
    """Open the file that is written first; whoever cannot have it is told of the one that was asked for."""
    try:
        return partial.open("wb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, output) from error


@contextmanager
def opened(output: str, *, avoid: str | None) -> Generator[IO[bytes]]:
    """Open what is written to; a file takes its name once all is written, so that none is half there.

    Args:
        output: The path; `-` for standard output.
        avoid: The path of the store, which must not be written over.

    Raises:
        UsageError: the output is the store itself.
        OSError: it cannot be written; it is named as it was given.
    """
    if output == "-":
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    target = Path(output).resolve()
    if avoid is not None and target.exists() and Path(avoid).exists() and target.samefile(avoid):
        raise click.UsageError(f"{output} is the store itself: write to another file")
    if target.exists() and not target.is_file():  # a device or a pipe keeps its place
        with target.open("wb") as file:
            yield file
        return
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with _made(partial, output) as file:
            yield file
        partial.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
