"""Instants as the database keeps them: whole microseconds since 1970, which are exact and sort everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

__all__ = ["instant", "micros"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Give an instant as whole microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(count: int) -> datetime:
    """Give the instant of a number of microseconds since 1970."""
    return _EPOCH + count * _MICROSECOND
