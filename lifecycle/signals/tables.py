"""Tables as rows of cells: CSV by the standard library, Parquet and Arrow by pyarrow."""

from __future__ import annotations

import csv
from importlib import import_module
from itertools import repeat
from typing import TYPE_CHECKING, Any, Protocol

from lifecycle.errors import CallerError
from lifecycle.signals.mapping import ARROW_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

__all__ = ["Line", "Table", "open_table"]

Line = tuple[int, "Sequence[Any]", "str | None"]
"""The number of a row, its cells, and what is wrong with it or None."""


class Table(Protocol):
    """A file with named columns."""

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    def rows(self, wanted: Collection[int]) -> Iterator[Line]:
        """Yield the rows; cells of columns that are not wanted may be None."""
        ...


def open_table(path: Path, delimiter: str | None, encoding: str) -> Table:
    """Open a table and read the names of its columns.

    Raises:
        CallerError: pyarrow is needed and not installed, or cannot read the file.
        OSError: the file cannot be read.
    """
    if path.suffix.lower() in ARROW_SUFFIXES:
        return _ArrowTable(path)
    return _CsvTable(path, delimiter or ("\t" if path.suffix.lower() == ".tsv" else ","), encoding)


class _CsvTable:
    """A CSV file; a row's number is that of the line on which it starts, counted from 1, the header's line included."""

    def __init__(self, path: Path, delimiter: str, encoding: str) -> None:
        self._path = path
        self._delimiter = delimiter
        self._encoding = encoding
        _, header, problem = next(self._lines(), (1, (), None))
        if problem is not None:
            raise CallerError(f"{path}: the header {problem}")
        self.columns: Sequence[str] = [name.strip() for name in header]

    def rows(self, wanted: Collection[int]) -> Iterator[Line]:
        del wanted
        lines, width = self._lines(), len(self.columns)
        next(lines, None)
        for number, cells, problem in lines:
            fits = len(cells) == width
            yield number, cells, problem or (None if fits else f"has {len(cells)} cells, but the header has {width}")

    def _lines(self) -> Iterator[Line]:
        # What is not of the encoding becomes surrogates, which are found below: reading goes on.
        with self._path.open(newline="", encoding=self._encoding, errors="surrogateescape") as file:
            reader = csv.reader(file, delimiter=self._delimiter, strict=True)
            while True:
                start = reader.line_num + 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield start, (), f"is not CSV: {error}"
                    continue
                if cells:
                    yield start, cells, self._wrong_characters(cells)

    def _wrong_characters(self, cells: Sequence[str]) -> str | None:
        text = "".join(cells)
        if text.isascii():
            return "holds the character NUL" if "\0" in text else None
        try:
            text.encode()
        except UnicodeEncodeError:
            return f"is not {self._encoding.removesuffix('-sig')}; name its 'encoding' in the mapping"
        return None


class _ArrowTable:
    """A Parquet or Arrow file; rows are counted from 1."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            pa: Any = import_module("pyarrow")  # heavy and optional, and it has no types
        except ImportError as error:
            raise CallerError(f"{path} needs pyarrow: pip install 'lead-lifecycle[data]'") from error
        try:
            with self._open() as file:
                self.columns: Sequence[str] = list((file.schema_arrow if self._is_parquet else file.schema).names)
        except pa.ArrowInvalid as error:
            raise CallerError(f"{path} cannot be read: {error}") from error

    def rows(self, wanted: Collection[int]) -> Iterator[Line]:
        number = 0
        for batch in self._batches():
            columns = [
                _values(column) if index in wanted else repeat(None, batch.num_rows)
                for index, column in enumerate(batch.columns)
            ]
            for cells in zip(*columns, strict=True):
                number += 1
                yield number, cells, None

    @property
    def _is_parquet(self) -> bool:
        return self._path.suffix.lower() == ".parquet"

    def _open(self) -> Any:
        if self._is_parquet:
            return import_module("pyarrow.parquet").ParquetFile(self._path)
        return import_module("pyarrow.ipc").open_file(self._path)

    def _batches(self) -> Iterator[Any]:
        with self._open() as file:
            if self._is_parquet:
                yield from file.iter_batches()
            else:
                yield from map(file.get_batch, range(file.num_record_batches))


def _values(column: Any) -> Sequence[Any]:
    """Give a column's values as Python has them, which knows no nanoseconds."""
    pa: Any = import_module("pyarrow")
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values: Sequence[Any] = column.to_pylist()
    return values
