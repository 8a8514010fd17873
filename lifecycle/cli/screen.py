"""What the user sees: results on standard output, everything else on standard error.

Rules of this file:

* With `--json` standard output gets one JSON document and nothing else.
* Data is never taken for markup, and its control characters are shown, not obeyed: a lead's id colours no terminal.
* Only a terminal gets progress bars and lines cut to its width; a pipe gets each line whole.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from lifecycle.canonical import plain
from lifecycle.narrowing import is_list, is_mapping

__all__ = ["Progress", "Screen", "as_json", "heading", "moment", "say", "table"]

WIDE: Final = 1000
"""The width of what is no terminal: wide enough that no table cuts a cell."""

_CONTROLS: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {ord("\n"): "\\n"}


class _Console(Console):
    """A console that takes text literally, and leaves a broken pipe to `main`."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(*, stderr: bool) -> Console:
    stream: IO[str] = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")  # what the terminal cannot show must not end the command
    made = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = WIDE
    return made


class Screen:
    """Where a command shows its result, its notes and its progress.

    Args:
        json: Whether the result is one JSON document instead of text.
    """

    def __init__(self, *, json: bool = False) -> None:
        self.json = json
        self.out = _console(stderr=False)
        self.err = _console(stderr=True)

    def show(self, data: Mapping[str, Any], *parts: RenderableType) -> None:
        """Show a result: as data for `--json`, else part by part."""
        if self.json:
            sys.stdout.write(as_json(data, indent=2, ascii_only=not _speaks_utf8()) + "\n")
            return
        for part in parts:
            with self.out.capture() as captured:
                self.out.print(part, crop=False)
            lines = captured.get().splitlines() or [""]
            sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines)

    def show_text(self, data: Mapping[str, Any], text: str) -> None:
        """Show a text exactly as it is, so that it can be written to a file."""
        if self.json:
            self.show(data)
        else:
            sys.stdout.write(text)

    def note(self, message: str, style: str = "") -> None:
        """Say something beside the result, on standard error."""
        self.err.print(say(message, style))

    @contextmanager
    def progress(self, what: str) -> Generator[Progress]:
        """Show how far a long work is, on a terminal only."""
        if not self.err.is_terminal:
            yield _silent
            return
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - slow
        from rich.progress import Progress as Bar  # noqa: PLC0415 - likewise

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Bar(*columns, console=self.err, transient=True) as bar:
            task = bar.add_task(what, total=None)

            def tell(done: int, total: int | None) -> None:
                bar.update(task, completed=done, total=total)

            yield tell


Progress = Callable[[int, int | None], None]
"""Told how much is done, of how much; None where nobody knows how much there is."""


def _silent(done: int, total: int | None) -> None:
    """Show nothing."""


def as_json(value: object, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """Write a value as JSON: instants in UTC, keys in the order given."""
    return json.dumps(_plain(value), ensure_ascii=ascii_only, allow_nan=False, indent=indent)


def _plain(value: object) -> Any:
    if is_mapping(value):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_list(value):
        return [_plain(item) for item in value]
    return value if isinstance(value, float) else plain(value)


def _speaks_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"


# --- Pieces of text --------------------------------------------------------------------------------------------------


def say(value: object, style: str = "") -> Text:
    """Give a value as text that is taken literally; nothing is shown as a dash."""
    return Text("-" if value is None else str(value).translate(_CONTROLS), style=style)


def moment(at: datetime | None) -> str:
    """Write an instant for people: in UTC, to the second, more only where there is more."""
    if at is None:
        return "-"
    return at.isoformat(sep=" ", timespec="microseconds" if at.microsecond else "seconds").replace("+00:00", "Z")


def heading(text: str) -> Padding:
    """Give the title of a part, with an empty line before it."""
    return Padding(say(text, "bold"), (1, 0, 0, 0))


_GAP: Final = "  "


class _Rows:
    """A table; where the terminal is too narrow for its words, each row becomes a list of its cells."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Text]], *, header: bool) -> None:
        self.columns = columns
        self.rows = rows
        self.header = header

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        titles = [say(_title(name), "dim") for name in self.columns]
        lines = [titles, *self.rows] if self.header else self.rows
        widths = [max(row[place].cell_len for row in lines) for place in range(len(titles))] if lines else []
        if sum(widths) + len(_GAP) * (len(widths) - 1) <= options.max_width:
            yield from self._plainly(console, lines, widths)
            return
        made = self._table()
        least = Measurement.get(console, options.update(width=WIDE), made).minimum  # so that no word is broken
        yield made if least <= options.max_width else self._list()

    def _plainly(self, console: Console, lines: Iterable[Sequence[Text]], widths: Sequence[int]) -> Iterator[Segment]:
        """Give the lines of a table in which nothing wraps: rich takes half a millisecond for each of them."""
        for row in lines:
            for name, cell, width in zip(self.columns, row, widths, strict=True):
                blanks = " " * (width - cell.cell_len)
                text = f"{blanks}{cell.plain}" if name.startswith("#") else f"{cell.plain}{blanks}"
                yield Segment(text, console.get_style(cell.style))
                yield Segment(_GAP)
            yield Segment.line()

    def _table(self) -> Table:
        made = Table(
            box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0), show_header=self.header, show_edge=False
        )
        for place, name in enumerate(self.columns):
            right, whole = name.startswith("#"), name.startswith(("#", "!"))
            least = max((row[place].cell_len for row in self.rows), default=0) if whole else None
            made.add_column(_title(name), justify="right" if right else "left", min_width=least, overflow="fold")
        for row in self.rows:
            made.add_row(*row)
        return made

    def _list(self) -> Table:
        made = Table.grid(padding=(0, 2, 0, 0))
        made.add_column(style="dim", no_wrap=True)
        made.add_column(overflow="fold")
        for number, row in enumerate(self.rows):
            if number:
                made.add_row()
            for name, cell in zip(self.columns, row, strict=True):
                made.add_row(_title(name), cell)
        return made


def _title(name: str) -> str:
    return name.lstrip("#!")


def table(columns: Sequence[str], rows: Iterable[Iterable[object]], *, header: bool = True) -> RenderableType:
    """Make a table; a column whose name starts with `#` holds numbers, and one that starts with `!` is never broken."""
    cells = [[cell if isinstance(cell, Text) else say(cell) for cell in row] for row in rows]
    return _Rows(columns, cells, header=header)
