"""Input: signals from JSONL, and from CSV, Parquet and Arrow through a mapping file. Nothing is dropped silently.

Signals come in order of position: the files as given, and within a file its lines. Every row is counted in a `Tally`.
A row that cannot be understood is refused with its line and never ends the reading. A repeated `id` of one lead is
dropped and counted: the first in order of position stays.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lifecycle.errors import MappingError, Problem
from lifecycle.signals.jsonl import read_jsonl
from lifecycle.signals.mapping import MappingFile, is_table, read_mapping
from lifecycle.signals.rows import BoundTable, bind, read_table
from lifecycle.signals.signal import Seen, Signal, SignalType, Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["MappingFile", "Signal", "SignalType", "Tally", "read_mapping", "read_signals"]


def read_signals(paths: Sequence[Path | str], mapping: MappingFile | None, tally: Tally) -> Iterator[Signal]:
    """Read files one after the other.

    A file that the mapping names is a table; any other is JSONL. All files are opened before the first signal comes, so
    that a mapping that does not fit them is found out at once.

    Args:
        paths: The files, in order of position.
        mapping: What the columns of tables mean; not needed for JSONL.
        tally: Is added to while the signals are taken.

    Raises:
        MappingError: the mapping does not fit the files, or a table is given without one.
        CallerError: a file needs pyarrow, which is not installed, or is not what its name says.
        OSError: a file cannot be read.
    """
    sources = _sources([Path(path) for path in paths], mapping)
    return _read(sources, tally)


def _sources(paths: Sequence[Path], mapping: MappingFile | None) -> list[Path | BoundTable]:
    if mapping is None:
        problems = [
            Problem(code="no-mapping", message=f"{path} is a table: it needs a mapping file (--map)")
            for path in paths
            if is_table(path)
        ]
        if problems:
            raise MappingError("a mapping file is needed", problems)
        return list(paths)
    found = zip(paths, mapping.match(paths), strict=True)
    bound = ((path, bind(mapping, path, indices, paths) if indices else None) for path, indices in found)
    return [table or path for path, table in bound if table or not is_table(path)]  # else it is only joined to others


def _read(sources: Sequence[Path | BoundTable], tally: Tally) -> Iterator[Signal]:
    seen = Seen()
    for source in sources:
        if isinstance(source, BoundTable):
            yield from read_table(source, tally, seen)
        else:
            yield from read_jsonl(source, tally, seen)
