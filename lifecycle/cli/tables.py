"""Tables and lists of facts, which stay readable on a narrow terminal.

Where a table is too wide, what can be said shorter is. Where that is not enough, the last column takes what is left of
the line, or all columns are narrowed, or each row takes two lines: whichever makes the fewest lines. One wide row
changes little for the others: its last cell goes below it. Only where none of this will do, each row becomes a list.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat, zip_longest
from typing import Final

import attrs
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from lifecycle.cli.screen import LONGEST, indented, longest_word, say, wrapped

__all__ = ["facts_view", "shorter", "table"]

_GAP: Final = "  "
_INDENT: Final = 4
"""How far to the right stands what goes below its row."""

_NARROWEST: Final = 12
"""The last column is not narrower than this, unless all of it is."""

_Line = list[Segment]
_Cells = Sequence[Text]


class _Shorter(Text):
    """A cell that can be said shorter, where there is no room."""

    short: Text


def shorter(long: str, short: str, style: str = "") -> Text:
    """Give a cell that is said shorter in a table that does not fit otherwise."""
    made = _Shorter(say(long).plain, style=style)
    made.short = say(short, style)
    return made


@attrs.frozen
class _Layout:
    """How columns share a line, or two.

    Attributes:
        lines: The places of the columns of each line.
        widths: The width of every column.
        flows: Whether a row that is too wide for its columns flows over to another line, cell by cell.
    """

    lines: Sequence[Sequence[int]]
    widths: Sequence[int]
    flows: bool = False


class _Rows:
    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[_Cells],
        *,
        header: bool,
        below: Sequence[RenderableType | None],
    ) -> None:
        self.columns = columns
        self.titles: Sequence[_Cells] = [[say(_title(name), "dim") for name in columns]] if header else []
        self.rows = rows
        self.below = below

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        below = chain([None] * len(self.titles), self.below, repeat(None))
        for lines, part in zip(self._laid_out(console, options.max_width), below, strict=False):
            for line in lines:
                yield from line
                yield Segment.line()
            if part is not None:
                yield from console.render(part, options)

    def _laid_out(self, console: Console, width: int) -> Iterable[Iterable[_Line]]:
        """Give the lines of the titles and of each row."""
        short = [[cell.short if isinstance(cell, _Shorter) else cell for cell in row] for row in self.rows]
        for rows in (self.rows, short):
            widths = self._natural(rows)
            if _sum(widths) <= width:
                return self._plainly(console, [*self.titles, *rows], widths)
        ways = (self._last_narrow, self._all_narrow, self._flowing, self._two)
        layouts = filter(None, (way(short, width) for way in ways))
        made = [self._lines(console, short, layout, width) for layout in layouts]
        if not made:
            return self._list(console, short, width)
        return min(made, key=_height)

    def _natural(self, rows: Sequence[_Cells]) -> Sequence[int]:
        every = [*self.titles, *rows]
        return [max((row[place].cell_len for row in every), default=0) for place in range(len(self.columns))]

    def _plainly(self, console: Console, rows: Iterable[_Cells], widths: Sequence[int]) -> Iterator[list[_Line]]:
        for row in rows:
            cells = zip(self.columns, row, widths, strict=True)
            yield [list(chain.from_iterable(_cell(console, *cell) for cell in cells))]

    # --- Layouts for what does not fit -------------------------------------------------------------------------------

    def _last_narrow(self, rows: Sequence[_Cells], width: int) -> _Layout | None:
        *first, last = self._natural(rows)
        rest = width - _sum(first) - len(_GAP)
        if _is_whole(self.columns[-1]) or rest < min(self._least_last(), last):
            return None
        return _Layout([range(len(self.columns))], [*first, min(rest, last)])

    def _least_last(self) -> int:
        return max(_NARROWEST, *(longest_word(row[-1]) for row in self.titles), 0)

    def _all_narrow(self, rows: Sequence[_Cells], width: int) -> _Layout | None:
        places = range(len(self.columns))
        widths = self._narrowed(rows, places, width)
        return None if widths is None else _Layout([places], widths)

    def _narrowed(self, rows: Sequence[_Cells], places: Sequence[int], width: int) -> Sequence[int] | None:
        """Take from the widest of some columns until they fit, as long as no word is broken."""
        every = [*self.titles, *rows]
        widths, least = [self._natural(rows)[place] for place in places], list[int]()
        for most, place in zip(widths, places, strict=True):
            words = (longest_word(row[place]) for row in every)
            least.append(most if _is_whole(self.columns[place]) else max(words, default=0))
        if _sum(least) > width:
            return None
        while _sum(widths) > width:
            wide = (place for place in range(len(widths)) if widths[place] > least[place])
            widths[max(wide, key=widths.__getitem__)] -= 1
        return widths

    def _flowing(self, rows: Sequence[_Cells], width: int) -> _Layout | None:
        """Make the columns as wide as most rows need, so that only the others need more than a line."""
        ordered = sorted(rows, key=lambda row: sum(cell.cell_len for cell in row))
        most = bisect_left(range(len(rows)), 1, key=lambda last: _sum(self._natural(ordered[: last + 1])) > width)
        if most * 2 < len(rows) or not most:
            return None
        return _Layout([range(len(self.columns))], self._natural(ordered[:most]), flows=True)

    def _two(self, rows: Sequence[_Cells], width: int) -> _Layout | None:
        widths = self._natural(rows)
        places = range(len(widths))
        first = next((count for count in reversed(places) if count and _sum(widths[:count]) <= width), 0)
        rest = self._narrowed(rows, places[first:], width - _INDENT)
        if not first or rest is None:
            return None
        return _Layout([places[:first], places[first:]], [*widths[:first], *rest])

    def _lines(self, console: Console, rows: Sequence[_Cells], layout: _Layout, width: int) -> list[list[_Line]]:
        titles = [self._row(console, row, layout, 0) for row in self.titles]
        return titles + [self._row(console, row, layout, width) for row in rows]

    def _row(self, console: Console, row: _Cells, layout: _Layout, width: int) -> list[_Line]:
        """Give the lines of a row; with a width its last cell goes below it where that is shorter."""
        if layout.flows and any(cell.cell_len > most for cell, most in zip(row, layout.widths, strict=True)):
            return self._flow(console, row, layout.widths, width)
        made = list[_Line]()
        for number, places in enumerate(layout.lines):
            cells = [wrapped(row[place], layout.widths[place]) for place in places]
            under = wrapped(row[-1], width - _INDENT)
            is_under = width > 0 and places[-1] == len(row) - 1 and _hangs(cells[-1], under, layout.widths[-1])
            shown = cells[:-1] if is_under else cells
            names = [self.columns[place] for place in places]
            for parts in zip_longest(*shown, fillvalue=Text()):
                whole = zip(names, parts, [layout.widths[place] for place in places], strict=False)
                line = list(chain.from_iterable(_cell(console, *cell) for cell in whole))
                made.append([Segment(" " * _INDENT), *line] if number else line)
            if is_under:
                made += [[Segment(" " * _INDENT), *line.render(console)] for line in under]
        return made

    def _flow(self, console: Console, row: _Cells, widths: Sequence[int], width: int) -> list[_Line]:
        """Give the lines of a row whose cells take as much room as they need."""
        made, used = [_Line()], 0
        for name, whole, most in zip(self.columns, row, widths, strict=True):
            for number, cell in enumerate(wrapped(whole, width - _INDENT)):
                if number or (used and used + cell.cell_len > width):
                    made.append([Segment(" " * _INDENT)])
                    used = _INDENT
                made[-1] += _cell(console, name, cell, most)
                used += max(cell.cell_len, most) + len(_GAP)
        return made

    def _list(self, console: Console, rows: Sequence[_Cells], width: int) -> Iterator[list[_Line]]:
        yield from ([] for _ in self.titles)
        names = [_title(name) for name in self.columns]
        for number, row in enumerate(rows):
            facts = list(_fact_lines(console, list(zip(names, row, strict=True)), width))
            yield [[], *facts] if number else facts


def _cell(console: Console, name: str, cell: Text, width: int) -> Iterator[Segment]:
    """Give a cell as wide as its column: rich takes half a millisecond for each of them."""
    blanks = " " * (width - cell.cell_len)
    yield Segment(f"{blanks}{cell.plain}" if name.startswith("#") else f"{cell.plain}{blanks}", _style(console, cell))
    yield Segment(_GAP)


def _style(console: Console, cell: Text) -> Style:
    return console.get_style(cell.style)


def _hangs(beside: Sequence[Text], under: Sequence[Text], width: int) -> bool:
    """Say whether a cell is better below its row than in its column."""
    broken = any(line.cell_len > width for line in beside)
    return broken or len(beside) > 1 + len(under)


def _height(rows: Iterable[Sequence[_Line]]) -> int:
    return sum(len(lines) for lines in rows)


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * max(len(widths) - 1, 0)


def _is_whole(name: str) -> bool:
    return name.startswith(("#", "!"))


def _title(name: str) -> str:
    return name.lstrip("#!")


def table(
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    *,
    header: bool = True,
    below: Sequence[RenderableType | None] = (),
) -> RenderableType:
    """Make a table.

    Args:
        columns: The titles; a column whose title starts with `#` holds numbers, and one with `!` is never narrowed.
        rows: The cells of each row.
        header: Whether the titles are shown.
        below: For each row, what stands below it.
    """
    cells = [[cell if isinstance(cell, Text) else say(cell) for cell in row] for row in rows]
    return _Rows(
        columns, cells, header=header, below=[None if part is None else indented(part, _INDENT) for part in below]
    )


# --- Facts -----------------------------------------------------------------------------------------------------------


class _Facts:
    def __init__(self, facts: Sequence[tuple[str, Text]]) -> None:
        self.facts = facts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in _fact_lines(console, self.facts, options.max_width):
            yield from line
            yield Segment.line()


def _fact_lines(console: Console, facts: Sequence[tuple[str, Text]], width: int) -> Iterator[_Line]:
    """Give each name with its value beside it, or below it where a word of the value would be broken."""
    room = max((len(name) for name, _ in facts), default=0) + len(_GAP)
    for name, value in facts:
        title = Segment(name.ljust(room), console.get_style("dim"))
        if width - room < longest_word(value) <= LONGEST:
            yield [title]
            yield from ([Segment(_GAP), *line.render(console)] for line in wrapped(value, width - len(_GAP)))
            continue
        for number, line in enumerate(wrapped(value, width - room)):
            yield [Segment(" " * room) if number else title, *line.render(console)]


def facts_view(facts: Mapping[str, object]) -> RenderableType:
    """Give a list of names and values, one a line."""
    return _Facts([(name, value if isinstance(value, Text) else say(value)) for name, value in facts.items()])
