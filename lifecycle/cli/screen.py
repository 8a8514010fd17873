"""What the user sees: results on standard output, everything else on standard error.

Rules of this file:

* With `--json` standard output gets one JSON document and nothing else.
* Data is never taken for markup, and its control characters are shown, not obeyed: a lead's id colours no terminal.
* Only a terminal gets progress bars and lines that are wrapped at its width; a pipe gets each line whole.
* Lines are wrapped between words: a hash, a cursor or a path is never broken, and a command not even between its words.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any, Final

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.text import Text

from lifecycle.canonical import plain
from lifecycle.narrowing import is_list, is_mapping

__all__ = [
    "LONGEST",
    "Progress",
    "Screen",
    "Verbatim",
    "as_json",
    "counted",
    "heading",
    "indented",
    "longest_word",
    "moment",
    "say",
    "whole",
    "wrapped",
]

WIDE: Final = 1000
"""The width of what is no terminal: wide enough that no table cuts a cell."""

LONGEST: Final = 100
"""A word longer than this may be broken: no hash, cursor or ordinary path is."""

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

    def show(self, data: Mapping[str, Any], *parts: RenderableType | Verbatim) -> None:
        """Show a result: as data for `--json`, else part by part."""
        if self.json:
            sys.stdout.write(as_json(data, indent=2, ascii_only=not _speaks_utf8()) + "\n")
            return
        for part in parts:
            if isinstance(part, Verbatim):
                sys.stdout.write(part.text)
                continue
            with self.out.capture() as captured:
                self.out.print(_worded(part), crop=False)
            lines = captured.get().splitlines() or [""]
            sys.stdout.writelines(f"{line.rstrip()}\n" for line in lines)

    def show_text(self, data: Mapping[str, Any], text: str) -> None:
        """Show a text exactly as it is, so that it can be written to a file."""
        if self.json:
            self.show(data)
        else:
            sys.stdout.write(text)

    def note(self, message: str, style: str = "", *, copy: str | None = None) -> None:
        """Say something beside the result, on standard error; what is to be copied has a line of its own."""
        self.err.print(_worded(say(message, style)), crop=False)
        if copy is not None:
            self.err.print(whole(f"  {copy}", style), crop=False)

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


def counted(count: int, one: str, many: str | None = None) -> str:
    """Say how many there are: `1 lead`, `2 leads`; with `many` where that is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def heading(text: str) -> Text:
    """Give the title of a part, with an empty line before it."""
    return Text("\n").append_text(say(text, "bold"))


class Verbatim:
    """A text that is shown as it is, neither wrapped nor stripped, and ends with a line feed.

    Only what commands a terminal is spelled out, and none of that may stand in a TOML file but some letters of strings.
    """

    def __init__(self, text: str) -> None:
        kept = text.translate({code: sign for code, sign in _CONTROLS.items() if chr(code) not in "\t\r\n"})
        self.text = kept if kept.endswith("\n") else f"{kept}\n"


# --- Wrapping --------------------------------------------------------------------------------------------------------


def longest_word(text: Text) -> int:
    """Give how wide the widest word of a text is."""
    return max(map(cell_len, text.plain.split()), default=0)


def wrapped(text: Text, width: int) -> Sequence[Text]:
    """Break a text into lines between words; a word that is too long stays whole, unless nobody would copy it."""
    if text.cell_len <= width:
        return [text]
    lines = list(text.divide(_breaks(text.plain, max(width, 1))))
    for line in lines[:-1]:
        line.rstrip()
    return lines


def _breaks(text: str, width: int) -> Iterator[int]:
    """Give the places before which a line begins."""
    used = cell_len(text) - cell_len(text.lstrip())
    for found in re.finditer(r"\S+\s*", text):
        word = found[0].rstrip()
        if used + cell_len(word) > width and text[: found.start()].strip():
            yield found.start()
            used = 0
        used += cell_len(found[0])
        if cell_len(word) > max(width, LONGEST):
            step = width if cell_len(word) == len(word) else max(width // 2, 1)
            cuts = range(found.start() + step, found.start() + len(word), step)
            yield from cuts
            used = cell_len(text[cuts[-1] : found.end()])


class _Worded:
    """A text that is wrapped between its words, or not at all."""

    def __init__(self, text: Text, *, whole: bool = False) -> None:
        self.text = text
        self.whole = whole

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for given in self.text.split("\n", allow_blank=True):
            for line in [given] if self.whole else wrapped(given, options.max_width):
                yield from line.render(console, end="\n")


def _worded(part: RenderableType) -> RenderableType:
    return _Worded(part) if isinstance(part, Text) else part


def whole(value: object, style: str = "") -> RenderableType:
    """Give a line that is never broken, so that it can be copied from a narrow terminal."""
    return _Worded(say(value, style), whole=True)


class _Indented:
    def __init__(self, part: RenderableType, by: int) -> None:
        self.part = part
        self.by = by

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        inner = options.update_width(max(options.max_width - self.by, 1))
        for line in Segment.split_lines(console.render(_worded(self.part), inner)):
            yield Segment(" " * self.by)
            yield from line
            yield Segment.line()


def indented(part: RenderableType, by: int = 2) -> RenderableType:
    """Move a part to the right; nothing of it is cut."""
    return _Indented(part, by)
