"""One way to write a value as bytes, so that equal values have equal digests on every machine and in every year.

The form is JSON as RFC 8785 writes it, and stricter: numbers with a point are written as text (a `Decimal` digit by
digit, a float in its shortest form), as are whole numbers beyond 2^53; keys are sorted by UTF-16 code unit; instants
are UTC with six decimals; a set is a sorted list. What JSON does not have is written as its text: nothing is refused.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import NoneType
from typing import Any, Final

from lifecycle.narrowing import is_iterable, is_mapping, is_set
from lifecycle.times import duration_text, instant_text

__all__ = ["LARGEST", "Digest", "canonical_bytes", "digest", "encoded", "encoded_texts", "plain"]

LARGEST: Final = 2**53
"""Whole numbers beyond it are not exact in every JSON reader (RFC 8785, section 3.2.2.3)."""

_SCALARS: Final = (str, int, NoneType, enum.Enum, datetime, timedelta)
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_quoted: Final = json.encoder.encode_basestring
"""How the encoder writes a text."""


def plain(value: object) -> Any:
    """Give the value as text, whole numbers, truth values, None, lists and tables with sorted keys only."""
    if isinstance(value, _SCALARS):  # first, because most values are, and the questions below cost more than the answer
        return _scalar(value)
    if is_mapping(value):
        table = {_text(str(key)): plain(item) for key, item in value.items()}
        return {key: table[key] for key in _in_order(table)}
    if is_set(value):
        return sorted((plain(item) for item in value), key=_json)
    if is_iterable(value):
        return [plain(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> Any:
    if type(value) is str:
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):  # before text and numbers, which its members may be as well
        return plain(value.value)
    if isinstance(value, int):
        return int(value) if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    return _text(str(value))


def _text(value: str) -> str:
    """Give a text that UTF-8 can write: a lone surrogate, which no text of any language holds, becomes `?`."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def _instant(at: datetime) -> str:
    """Give an instant as stored, and one that cannot be in UTC as it is: here is not the place to refuse it."""
    try:
        return instant_text(at)
    except ValueError:
        return at.isoformat()


def _in_order(keys: Iterable[str]) -> list[str]:
    """Sort by UTF-16 code unit; where all is ASCII that is the order of Python's own."""
    return sorted(keys, key=None if "".join(keys).isascii() else _utf16)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def canonical_bytes(value: object) -> bytes:
    """Write a value in the canonical form."""
    return encoded(plain(value))


def encoded(value: object) -> bytes:
    """Write what `plain` gave in the canonical form: to make it plain again would cost more than to write it."""
    return _json(value).encode("utf-8")


def encoded_texts(table: Mapping[str, str]) -> bytes:
    """Write a table that holds nothing but texts, its keys in their order: the same bytes in a third of the time."""
    inside = ",".join(f"{_quoted(key)}:{_quoted(text)}" for key, text in table.items())
    return f"{{{inside}}}".encode()


def _json(value: object) -> str:
    return _ENCODER.encode(value)


def digest(domain: str, *parts: bytes) -> str:
    """Give `sha256:` and the hexadecimal digest of the parts, each with its length, under a domain of their own.

    The domain keeps a digest of one thing from ever being taken for a digest of another.
    """
    return f"sha256:{hashlib.sha256(_begun(domain) + b''.join(map(_framed, parts))).hexdigest()}"


def _begun(domain: str) -> bytes:
    return domain.encode("ascii") + b"\n"


def _framed(part: bytes) -> bytes:
    return b"%d:%b" % (len(part), part)


class Digest:
    """A digest that is made part by part, so that the parts need not be kept."""

    __slots__ = ("_hashed",)

    def __init__(self, domain: str) -> None:
        self._hashed = hashlib.sha256(_begun(domain))

    def add(self, part: bytes) -> None:
        """Add the next part."""
        self._hashed.update(_framed(part))

    def __str__(self) -> str:
        """Give `sha256:` and the hexadecimal digest of all parts so far."""
        return f"sha256:{self._hashed.hexdigest()}"
