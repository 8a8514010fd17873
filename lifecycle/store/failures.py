"""What goes wrong in a database, in words of ours: the driver's errors that we recognise become store errors, chained.

They are told apart by the driver's numbers and by the fixed names of our tables, never by other words of a message.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError

from lifecycle.errors import ConcurrentUpdateError, NotAStoreError, StoreBusyError, StoreError
from lifecycle.store.schema import PRESENT

__all__ = ["as_store_errors"]

_RACES: Final = ("lifecycle_records", "lifecycle_subjects", "lifecycle_commands", "lifecycle_refusals")
"""The tables in which two writers at once can want the same row."""

_BUSY: Final = "{store} is busy: another writer has held it for too long; try again, or keep transactions short"
_CODES: Final[Mapping[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_BUSY_SNAPSHOT: (
        ConcurrentUpdateError,
        "another writer was first, and this transaction reads from before that; run it again as a whole",
    ),
    sqlite3.SQLITE_NOTADB: (NotAStoreError, "{store} is not a database"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "{store} cannot be opened: the folder is missing, or access to it is"),
    sqlite3.SQLITE_READONLY: (StoreError, "{store} cannot be written: the file or its folder is read-only"),
    sqlite3.SQLITE_FULL: (StoreError, "{store} cannot be written: the disk is full"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "{store} is damaged: restore it from a copy"),
}


@contextmanager
def as_store_errors(store: object) -> Generator[None]:
    """Turn the errors of a driver into ours.

    Args:
        store: What the messages call the store; its text names no password.
    """
    try:
        yield
    except IntegrityError as error:
        raise _refused(error) from error
    except DBAPIError as error:
        raise _failed(error, store) from error


def _refused(error: IntegrityError) -> StoreError:
    text = str(error.orig)
    if any(f"{table} {PRESENT}" in text for table in _RACES):
        return ConcurrentUpdateError("another writer appended to this history first; run the command again")
    return StoreError(f"the database refuses what would make a history corrupt: {text}")


def _failed(error: DBAPIError, store: object) -> StoreError:
    code: int = getattr(error.orig, "sqlite_errorcode", 0)
    known = _CODES.get(code) or _CODES.get(code & 0xFF)  # the low byte is the kind, the rest says more
    if known is None:
        return StoreError(f"{store} cannot be used: {error.orig}")
    kind, message = known
    return kind(message.format(store=store))
