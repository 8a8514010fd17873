"""One way to write a value as bytes, so that equal values have equal digests on every machine and in every year.

The form is JSON as RFC 8785 writes it, and stricter: there are no floats (a decimal is written as the text of its shortest
form), whole numbers beyond 2^53 are written as text, keys are sorted by UTF-16 code unit, instants are UTC with six decimals.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from lifecycle.times import duration_text, instant_text

__all__ = ["canonical_bytes", "digest", "plain"]

_LARGEST: Final = 2**53
"""Whole numbers beyond it are not exact in every JSON reader (RFC 8785, section 3.2.2.3)."""


def plain(value: object) -> Any:
    """Give the value as text, whole numbers, truth values, None, lists and tables with sorted keys only."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -_LARGEST <= value <= _LARGEST else str(value)
    if isinstance(value, str):
        return str(value) if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[object, object]] = value.items()
        table = {plain(str(key)): plain(item) for key, item in pairs}
        return {key: table[key] for key in sorted(table, key=_utf16)}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray)):
        return [plain(item) for item in value]
    return str(value)


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")


def canonical_bytes(value: object) -> bytes:
    """Write a value in the canonical form."""
    return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def digest(domain: str, *parts: bytes) -> str:
    """Give `sha256:` and the hexadecimal digest of the parts, each with its length, under a domain of their own.

    The domain keeps a digest of one thing from ever being taken for a digest of another.
    """
    hashed = hashlib.sha256(domain.encode("ascii") + b"\n")
    for part in parts:
        hashed.update(b"%d:" % len(part))
        hashed.update(part)
    return f"sha256:{hashed.hexdigest()}"
