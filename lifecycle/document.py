"""A TOML file in which every value knows its place, made into attrs classes with all its problems at once.

Rules of this file:

* Nothing is coerced: "5" is not a whole number, and true is not one either.
* Every problem is reported, not the first one only, each with the path and the place of the value it is about.
* Numbers with a point are kept as `Decimal`, digit by digit as written (`0.50` stays `0.50`), and never become floats.
* A key that is a Python keyword gets another attribute name: `from_ = attrs.field(metadata={"key": "from"})`.
* A field with an attrs converter is given its value as the file has it; the converter's `ValueError` is the message.

What is heavy (cattrs, tree-sitter) loads when it is first used. Places need the text read a second time, which is done
only when the first place is asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from functools import cached_property
from typing import Any, Final, TypeVar

import attrs

from lifecycle.errors import DocumentError, Place, Problem

__all__ = ["Document", "Path"]

T = TypeVar("T")

Path = tuple[str | int, ...]
"""The way to a value: keys and, in lists, indices that count from 0, for instance `("rows", 0, "lead")`."""

_TOML_PLACE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


@attrs.frozen(slots=False)
class Document:
    """A TOML file that has been read: its name as shown in places, its text, and its data as tables, lists and values.

    Whole numbers in `data` are int, numbers with a point are Decimal, dates and times are those of `datetime`.
    """

    file: str
    text: str = attrs.field(repr=False)
    data: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def parse(cls, text: str, *, file: str) -> Document:
        """Read TOML.

        Raises:
            DocumentError: the text is not TOML; the problem says at which line and column.
        """
        text = text.removeprefix("\ufeff")  # some editors start a file with it
        try:
            return cls(file, text, tomllib.loads(text, parse_float=_decimal))
        except (ValueError, RecursionError) as error:
            problem = _syntax_problem(error, text, file)
            raise DocumentError(f"{file} is not a TOML file", [problem]) from error

    def place(self, path: Path) -> Place:
        """Give the line and column of the key that leads to a value, or of the nearest thing around it that has one.

        In a list it is the place of the element itself. Without tree-sitter installed, the place is the file alone.
        """
        for length in range(len(path), 0, -1):
            found = self._positions.get(path[:length])
            if found is not None:
                return Place(self.file, *found)
        return Place(self.file)

    def problem(self, code: str, message: str, path: Path) -> Problem:
        """Say what is wrong with the value at a path, with its place."""
        return Problem(code=code, message=message, path=path, place=self.place(path))

    def structure(self, shape: type[T], value: object, path: Path = ()) -> tuple[T | None, list[Problem]]:
        """Make a value of this document into an instance of an attrs class, or give all that is wrong with it.

        The codes of the problems are `unknown-key`, `missing-key`, `wrong-type` and `invalid-value`.

        Args:
            shape: An attrs class, or a type such as `tuple[str, ...]`.
            value: What stands at `path` in `data`.
            path: The way to `value`, for places.
        """
        from lifecycle import _structuring  # noqa: PLC0415 - loads cattrs

        made, found = _structuring.structure(shape, value)
        return made, [self.problem(code, message, (*path, *rest)) for rest, code, message in found]

    @cached_property
    def _positions(self) -> Mapping[Path, tuple[int, int]]:
        try:
            from lifecycle import _positions  # noqa: PLC0415 - loads tree-sitter
        except ImportError:
            return {}
        return _positions.positions(self.text)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException as error:
        message = f"the number {text} is out of range"
        raise ValueError(message) from error


def _syntax_problem(error: Exception, text: str, file: str) -> Problem:
    if isinstance(error, RecursionError):
        return Problem(code="toml-syntax", message="lists or tables are nested too deeply", place=Place(file))
    message = str(error)
    match = _TOML_PLACE.search(message)
    if match is None:
        return Problem(code="toml-syntax", message=message, place=Place(file))
    line, column = (int(match[1]), int(match[2])) if match[1] else _end(text)
    return Problem(code="toml-syntax", message=message[: match.start()], place=Place(file, line, column))


def _end(text: str) -> tuple[int, int]:
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1
