"""Instants and durations: aware, UTC, exact to the microsecond.

Nothing here reads a clock. A naive datetime is refused and never guessed. Durations have units of fixed length only:
months and years differ in length and are refused with an explanation.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from lifecycle.errors import NaiveInstantError

__all__ = [
    "BEGINNING",
    "after",
    "as_utc",
    "before",
    "duration_text",
    "instant",
    "instant_text",
    "micros",
    "parse_duration",
    "parse_instant",
]

BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
"""The instant of what is undated: it counts as always known, and lies outside every window."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_UNITS: Final = {
    "microsecond": timedelta(microseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_WORDS: Final = re.compile(r"\s*(\d+)\s*([A-Za-z]+)\s*", re.ASCII)
_ISO: Final = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)", re.ASCII)
_LONGEST: Final = 100
"""Longer texts are no durations: nobody writes one, and Python refuses to read numbers of thousands of digits."""
_ISO_UNITS: Final = ("week", "day", "hour", "minute", "second")
_NO_FIXED_LENGTH: Final = "months and years have no fixed length; write days or weeks instead, for instance '30 days'"


def as_utc(at: datetime) -> datetime:
    """Give the same instant in UTC.

    Raises:
        NaiveInstantError: `at` has no time zone.
        TypeError: `at` is no datetime: a day alone is no instant, and neither is a text.
        ValueError: `at` lies outside the years 1 to 9999 once it is in UTC.
    """
    if not isinstance(at, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - callers need not type
        message = f"an instant is a datetime with a time zone, not {at!r}"
        raise TypeError(message)
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise NaiveInstantError(at)
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        message = f"{at.isoformat()} lies outside the years 1 to 9999 in UTC"
        raise ValueError(message) from error


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with a zone, for instance `2026-01-05T10:00:00Z`.

    Raises:
        NaiveInstantError: the text has no zone.
        ValueError: the text is not an ISO 8601 date and time.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        message = f"{text!r} is not an ISO 8601 instant such as 2026-01-05T10:00:00Z"
        raise ValueError(message) from error
    if at.utcoffset() is None:
        raise NaiveInstantError(repr(text))
    return as_utc(at)


def instant_text(at: datetime) -> str:
    """Write an instant as stored: UTC, always six decimals, so that text order is time order."""
    return as_utc(at).isoformat(timespec="microseconds").replace("+00:00", "Z")


def before(at: datetime, duration: timedelta) -> datetime:
    """Give the instant `duration` before `at`, or `BEGINNING` where the calendar ends."""
    try:
        return at - duration
    except OverflowError:
        return BEGINNING


def after(at: datetime, duration: timedelta) -> datetime | None:
    """Give the instant `duration` after `at`, or None where the calendar ends: it never comes."""
    try:
        return at + duration
    except OverflowError:
        return None


def parse_duration(text: str) -> timedelta:
    """Read a duration: `30 days`, `2 weeks`, `36 hours`, `1 day 12 hours`, or ISO 8601 such as `P2W` or `PT36H`.

    Raises:
        ValueError: the text is not a duration, is zero, or uses months or years, which have no fixed length.
    """
    if len(text) > _LONGEST:
        message = f"{text[:20]!r}... is too long for a duration"
        raise ValueError(message)
    try:
        total = _iso(text.strip()) if text.strip().startswith("P") else _words(text)
    except OverflowError as error:
        message = f"{text!r} is longer than the calendar"
        raise ValueError(message) from error
    if not total:
        message = f"{text!r} lasts no time at all"
        raise ValueError(message)
    return total


def duration_text(duration: timedelta) -> str:
    """Write a duration in the largest units that are whole, for instance `1 day 12 hours`; read back it is the same."""
    parts: list[str] = []
    rest = duration
    for name, unit in reversed(_UNITS.items()):
        if name == "week" and duration % unit:
            continue
        count, rest = divmod(rest, unit)
        if count:
            parts.append(f"{count} {name}{'s' if count != 1 else ''}")
    return " ".join(parts) or "0 seconds"


def _words(text: str) -> timedelta:
    total, position = timedelta(), 0
    while position < len(text):
        match = _WORDS.match(text, position)
        if match is None:
            message = f"{text!r} is not a duration such as '30 days', '2 weeks', '36 hours' or 'P2W'"
            raise ValueError(message)
        unit = match[2].lower().removesuffix("s")
        if unit in {"month", "year"}:
            message = f"{text!r}: {_NO_FIXED_LENGTH}"
            raise ValueError(message)
        if unit not in _UNITS:
            message = f"{text!r}: {match[2]!r} is not one of seconds, minutes, hours, days, weeks"
            raise ValueError(message)
        total += int(match[1]) * _UNITS[unit]
        position = match.end()
    return total


def _iso(text: str) -> timedelta:
    match = _ISO.fullmatch(text)
    if match is None:
        years = re.search(r"\d[MY]", text.partition("T")[0])
        message = f"{text!r}: {_NO_FIXED_LENGTH if years else 'it is not ISO 8601 such as P2W, P30D or PT36H'}"
        raise ValueError(message)
    parts = zip(match.groups(), _ISO_UNITS, strict=True)
    return sum((int(count) * _UNITS[unit] for count, unit in parts if count), timedelta())


def micros(at: datetime) -> int:
    """Give an instant as whole microseconds since 1970, as stores and cursors have it: they sort everywhere."""
    return (at - _EPOCH) // _MICROSECOND


def instant(count: int) -> datetime:
    """Give the instant of a number of microseconds since 1970."""
    return _EPOCH + count * _MICROSECOND
