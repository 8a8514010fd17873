"""The mapping file: which column of a table says what of a lead.

Rules of this file:

* A short text means a column for what differs from row to row (`lead`, `at`, `id`, profile fields, answers,
  properties), and a constant for what usually does not (`activity`, `channel`, all of `request`). A table in its place
  says it in full.
* Mistakes are found before the first row is read, all at once: those of the file alone here, unknown columns when a
  table is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import attrs

from lifecycle.document import Document
from lifecycle.errors import DocumentError, MappingError, Problem
from lifecycle.signals.signal import check_actor
from lifecycle.spelling import did_you_mean
from lifecycle.times import as_utc

__all__ = ["GIVES", "At", "Cell", "Join", "MappingFile", "MappingShape", "RequestCells", "Rows", "read_mapping"]

ARROW_SUFFIXES = frozenset({".parquet", ".arrow", ".feather", ".ipc"})
"""The files that pyarrow reads."""

_TABLE_SUFFIXES = ARROW_SUFFIXES | {".csv", ".tsv"}
_ONE_CHARACTER = {"type": "string", "minLength": 1, "maxLength": 1}
GIVES = ("profile", "channel", "activity", "answers", "request")
"""The keys of which a `[[rows]]` table needs one, or its rows would say nothing."""


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(value if isinstance(value, str) else "")
    except (KeyError, ValueError, OSError) as error:  # a folder of the time zone data gives an OSError
        hint = did_you_mean(value, available_timezones())
        raise ValueError(f"unknown time zone {value!r}{hint}") from error


def _encoding(value: object) -> str:
    try:
        "".encode(str(value))
    except LookupError as error:
        raise ValueError(f"unknown encoding {value!r}") from error
    name = str(value)
    return "utf-8-sig" if name.lower().replace("_", "-") in {"utf-8", "utf8"} else name


def _delimiter(value: object) -> str:
    if isinstance(value, str) and len(value) == 1 and value not in '\r\n"':
        return value
    raise ValueError(f"must be one character, for instance ';' or '\\t', not {value!r}")


def _constant_instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return as_utc(value)
    raise ValueError(f"must be a date and time with a zone, for instance 2026-01-05T10:00:00Z, not {value!r}")


def _check_source(column: str | None, constant: object) -> None:
    if (column is None) == (constant is None):
        raise ValueError("needs either 'column' or 'constant'")


@attrs.frozen(kw_only=True)
class Cell:
    """One value of a row: what stands in a column, or a constant.

    Attributes:
        column: The column's name.
        constant: One value for every row, instead of a column.
        type: What the cell becomes. Without it a cell of a CSV file is a text, one of another file what it is there.
        values: What a cell's text is translated into.
        others: What becomes of a text that `values` does not name: it stays, gives nothing, or has the row refused.
        prefix: What is put before the text.
    """

    column: str | None = None
    constant: str | int | bool | Decimal | None = None
    type: Literal["text", "whole", "number", "yes_no"] | None = None
    values: Mapping[str, str | int | bool] = attrs.field(factory=dict[str, "str | int | bool"])
    others: Literal["keep", "skip", "refuse"] = "keep"
    prefix: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse what has neither a column nor a constant, or both."""
        _check_source(self.column, self.constant)


@attrs.frozen(kw_only=True)
class At:
    """The instant of a row.

    Attributes:
        column: The column's name.
        constant: One instant for every row, instead of a column.
        zone: Where the clock stood that showed times without a zone of their own.
        format: How an instant is written (as for `strptime`), where it is not ISO 8601.
        blank: What becomes of a row without an instant: it is refused, its facts are undated, or it is left out.
    """

    column: str | None = None
    constant: datetime | None = attrs.field(default=None, converter=attrs.converters.optional(_constant_instant))
    zone: ZoneInfo | None = attrs.field(default=None, converter=attrs.converters.optional(_zone))
    format: str | None = None
    blank: Literal["refuse", "undated", "skip"] = "refuse"

    def __attrs_post_init__(self) -> None:
        """Refuse what has neither a column nor a constant, or both."""
        _check_source(self.column, self.constant)


@attrs.frozen(kw_only=True)
class RequestCells:
    """What is asked of a lead, and by whom; a short text is the same for every row.

    Attributes:
        trigger: What is asked for.
        actor: Who asks: role:id.
        reason: The reason code.
        note: Free text.
        override: Whether it asks to waive what does not hold.
    """

    trigger: str | Cell
    actor: str | Cell
    reason: str | Cell | None = None
    note: str | Cell | None = None
    override: bool | Cell = False

    def __attrs_post_init__(self) -> None:
        """Refuse an actor that no row could mend."""
        if isinstance(self.actor, str):
            check_actor(self.actor)


@attrs.frozen(kw_only=True)
class Join:
    """Another table, whose columns are read beside those of the row.

    Attributes:
        file: Its name, among the given files or in the folder of the file that is joined to.
        on: The column that both have.
        key: The column's name in the other table, where it is not the same.
        delimiter: What stands between the cells, where it is neither a comma nor, in a .tsv file, a tab.
        encoding: How its text is encoded; UTF-8 if left out.
    """

    file: str
    on: str
    key: str | None = None
    delimiter: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(_delimiter), metadata={"json": _ONE_CHARACTER}
    )
    encoding: str = attrs.field(default="utf-8-sig", converter=_encoding)


@attrs.frozen(kw_only=True)
class Rows:
    """What the rows of one file, or of all files of a pattern, say.

    Attributes:
        file: The name of the file, or a pattern of names such as "visits-*.csv".
        lead: The column with your id of the lead.
        at: The column with the instant.
        profile: By field, the column with its value.
        channel: Where the leads were gathered: one text for every row, or a cell.
        activity: The kind of activity: one text for every row, or a cell.
        properties: By name, the column with a property of the activity.
        answers: By name, the column with an answer.
        request: What is asked for in each row.
        id: The column that tells a repetition from a second signal.
        where: By column, the text or texts that a row has to have there; other rows are left out.
        join: Other tables, whose columns are read beside those of the row.
        delimiter: What stands between the cells, where it is neither a comma nor, in a .tsv file, a tab.
        encoding: How the text is encoded; UTF-8 if left out.
    """

    file: str
    lead: str | Cell
    at: str | At | None = None
    profile: Mapping[str, str | Cell] = attrs.field(factory=dict[str, "str | Cell"])
    channel: str | Cell | None = None
    activity: str | Cell | None = None
    properties: Mapping[str, str | Cell] = attrs.field(factory=dict[str, "str | Cell"])
    answers: Mapping[str, str | Cell] = attrs.field(factory=dict[str, "str | Cell"])
    request: RequestCells | None = None
    id: str | Cell | None = None
    where: Mapping[str, str | tuple[str, ...]] = attrs.field(factory=dict[str, "str | tuple[str, ...]"])
    join: Join | tuple[Join, ...] = ()
    delimiter: str | None = attrs.field(
        default=None, converter=attrs.converters.optional(_delimiter), metadata={"json": _ONE_CHARACTER}
    )
    encoding: str = attrs.field(default="utf-8-sig", converter=_encoding)

    def __attrs_post_init__(self) -> None:
        """Refuse what no row could mend."""
        if not any(getattr(self, key) for key in GIVES):
            raise ValueError(f"gives nothing: it needs one of {', '.join(GIVES)}")
        if self.properties and not self.activity:
            raise ValueError("has 'properties' but no 'activity' that they belong to")
        if self.request and (self.at is None or (isinstance(self.at, At) and self.at.blank == "undated")):
            raise ValueError("has a 'request', which needs an instant: give 'at', and not blank = \"undated\"")

    @property
    def joins(self) -> tuple[Join, ...]:
        """The joined tables, however many."""
        return (self.join,) if isinstance(self.join, Join) else self.join

    def names(self, path: Path) -> bool:
        """Say whether `file` means this file: its name, a pattern of names, or the end of its path."""
        return any(text == self.file or fnmatchcase(text, self.file) for text in _endings(path))


@attrs.frozen
class MappingShape:
    """What the columns of tables mean.

    Attributes:
        rows: What the rows of each file say.
    """

    rows: tuple[Rows, ...]


@attrs.frozen
class MappingFile:
    """A mapping file that has been read; `rows` are its `[[rows]]` tables in order."""

    document: Document
    rows: tuple[Rows, ...]

    def match(self, paths: Sequence[Path]) -> list[list[int]]:
        """Give for each file the positions of the `[[rows]]` tables that read it; none for a file of signals.

        Raises:
            MappingError: a `[[rows]]` table reads no file, or a table among the files is read by none of them.
        """
        found = [[index for index, rows in enumerate(self.rows) if rows.names(path)] for path in paths]
        joined = [join for rows in self.rows for join in rows.joins]
        problems = [
            self.document.problem("unmatched-rows", f"no given file is named {rows.file!r}", ("rows", index, "file"))
            for index, rows in enumerate(self.rows)
            if not any(index in indices for indices in found)
        ]
        problems += [
            Problem(code="unmatched-file", message=f"no [[rows]] table of {self.document.file} names {str(path)!r}")
            for path, indices in zip(paths, found, strict=True)
            if not indices and is_table(path) and not any(ends_with(path, join.file) for join in joined)
        ]
        self.check(problems)
        return found

    def check(self, problems: Sequence[Problem]) -> None:
        """Raise what has been found, if anything.

        Raises:
            MappingError: there are problems.
        """
        if problems:
            raise MappingError(f"the mapping {self.document.file} does not fit these files", problems)


def read_mapping(text: str, file: str) -> MappingFile:
    """Read a mapping file.

    Args:
        text: Its contents, TOML.
        file: Its name, as shown in places.

    Raises:
        MappingError: it is not TOML, or not a mapping; every problem is in `problems`.
    """
    try:
        document = Document.parse(text, file=file)
    except DocumentError as error:
        raise MappingError(error.summary, error.problems) from error
    shape, problems = document.structure(MappingShape, document.data)
    if shape is None:
        raise MappingError(f"{file} is not a mapping file", problems)
    return MappingFile(document, shape.rows)


def is_table(path: Path) -> bool:
    """Say whether a file is a table by its name, which only a mapping can read."""
    return path.suffix.lower() in _TABLE_SUFFIXES


def ends_with(path: Path, name: str) -> bool:
    """Say whether a path is a file's name, or ends with some folders and it."""
    return name in _endings(path)


def _endings(path: Path) -> list[str]:
    parts = path.parts
    return ["/".join(parts[start:]) for start in range(len(parts))]


def as_column(given: Any) -> Any:
    """Give the full form of a short text that means a column."""
    return Cell(column=given) if isinstance(given, str) else given


def as_constant(given: Any) -> Any:
    """Give the full form of a short value that means a constant."""
    return given if isinstance(given, Cell) else Cell(constant=given)
