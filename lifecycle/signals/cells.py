"""From the cells of a table to values and instants.

Space around a text is no part of it, and a blank cell is None. Where a cell cannot be read, the message names the
column and not what stands there, which may be personal; instants are shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from lifecycle.signals.mapping import At, Cell
from lifecycle.times import as_utc

__all__ = ["Reader", "SkippedError", "cell_reader", "instant_reader", "text_of"]

Reader = Callable[[Sequence[Any]], Any]
"""Reads one value out of the cells of a row."""

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,4000}")
_YES: Final = frozenset({"yes", "y", "true", "t", "1"})
_NO: Final = frozenset({"no", "n", "false", "f", "0"})


class SkippedError(Exception):
    """The mapping leaves this row out."""


def text_of(value: Any) -> str:
    """Give a cell as text; a blank cell is an empty text."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def cell_reader(cell: Cell, index: Callable[[str], int]) -> Reader:
    """Make the reader of one value; it gives None where there is none, and raises ValueError where it cannot be read.

    Args:
        cell: What the mapping says.
        index: Gives the position of a column.
    """
    if cell.column is None:
        constant = float(cell.constant) if isinstance(cell.constant, Decimal) else cell.constant
        return lambda _: constant
    position, convert = index(cell.column), _conversion(cell)

    def read(row: Sequence[Any]) -> Any:
        value = row[position]
        if isinstance(value, str):
            value = value.strip()
        return None if value is None or value == "" else convert(value)

    return read


def _conversion(cell: Cell) -> Callable[[Any], Any]:
    convert = _TYPES[cell.type]
    values, others, prefix, column = cell.values, cell.others, cell.prefix, cell.column

    def converted(value: Any) -> Any:
        if values:
            text = text_of(value)
            if text in values:
                return values[text]
            if others != "keep":
                return None if others == "skip" else _refuse("holds a text that 'values' does not name")
        try:
            made = convert(value)
        except ValueError as error:
            raise ValueError(f"column {column!r} {error}") from error
        return prefix + text_of(made) if prefix else made

    def _refuse(what: str) -> Any:
        raise ValueError(f"column {column!r} {what}")

    return converted


# --- Types ---------------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if type(value) in {str, int, bool}:
        return value
    if isinstance(value, (float, Decimal)):
        return _number(value)
    if isinstance(value, date):
        return value.isoformat()
    raise ValueError("holds neither a text nor a number, nor true or false")


def _text(value: Any) -> str:
    return text_of(_plain(value))


def _whole(value: Any) -> int:
    if type(value) is int:
        return value
    text = text_of(value)
    if not _WHOLE.fullmatch(text):
        raise ValueError("does not hold a whole number")
    return int(text)


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError("does not hold a number") from error
    if not math.isfinite(number):
        raise ValueError("does not hold a finite number")
    return number


def _yes_no(value: Any) -> bool:
    text = text_of(value).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise ValueError("does not hold yes or no")


_TYPES: Final[Mapping[str | None, Callable[[Any], Any]]] = {
    None: _plain,
    "text": _text,
    "whole": _whole,
    "number": _number,
    "yes_no": _yes_no,
}


# --- Instants ------------------------------------------------------------------------------------------------------


def instant_reader(at: At | None, index: Callable[[str], int]) -> Callable[[Sequence[Any]], datetime | None]:
    """Make the reader of a row's instant.

    It gives the instant in UTC, or None for undated; it raises ValueError where the row must be refused, and
    SkippedError where it is left out.
    """
    if at is None or at.column is None:
        constant = None if at is None else at.constant
        return lambda _: constant
    position, column = index(at.column), at.column

    def read(row: Sequence[Any]) -> datetime | None:
        value = row[position]
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return _in_utc(_moment(value, at), at)
        if at.blank == "refuse":
            raise ValueError(f"no instant in column {column!r}")
        if at.blank == "skip":
            raise SkippedError
        return None

    return read


_DATE_LIKE: Final = re.compile(r"[\d\s:.,/+TZWQtzAPMapm-]+", re.ASCII)


def _moment(value: Any, at: At) -> datetime:
    """Read a date and time, with or without a zone; a day alone is its midnight."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the zone comes next
    text = text_of(value)
    try:
        return datetime.strptime(text, at.format) if at.format else datetime.fromisoformat(text)  # noqa: DTZ007 - as above
    except ValueError as error:
        wanted = f"written as {at.format!r}" if at.format else "an ISO 8601 date or time, and 'at' has no 'format'"
        shown = repr(text) if _DATE_LIKE.fullmatch(text) else "what stands"  # anything else may be somebody's name
        raise ValueError(f"{shown} in column {at.column!r} is not {wanted}") from error


def _in_utc(moment: datetime, at: At) -> datetime:
    if moment.tzinfo is not None:
        return as_utc(moment)
    if at.zone is None:
        raise ValueError(
            f"{str(moment)!r} in column {at.column!r} has no time zone; "
            'say where the clock stood: at = { column = ..., zone = "UTC" }'
        )
    instant = as_utc(moment.replace(tzinfo=at.zone))
    is_midnight = not (moment.hour or moment.minute or moment.second or moment.microsecond)
    if not is_midnight and instant.astimezone(at.zone).replace(tzinfo=None) != moment:
        raise ValueError(f"{str(moment)!r} in column {at.column!r} is a time that {at.zone.key} skipped")
    return instant
