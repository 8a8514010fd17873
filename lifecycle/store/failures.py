"""What goes wrong in a database, in words of ours: the driver's errors that we recognise become store errors, chained.

They are told apart by the driver's numbers and by the fixed names of our tables, never by other words of a message.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError

from lifecycle.errors import StoreError
from lifecycle.store.database import Database

__all__ = ["as_store_errors"]


@contextmanager
def as_store_errors(store: object, database: Database) -> Generator[None]:
    """Turn the errors of a driver into ours.

    Args:
        store: What the messages call the store; its text names no password.
        database: The kind of database.
    """
    try:
        yield
    except DBAPIError as error:
        raise database.failure(error, store) or _other(error, store) from error


def _other(error: DBAPIError, store: object) -> StoreError:
    if isinstance(error, IntegrityError):
        return StoreError(f"the database refuses what would make a history corrupt: {_first_line(error)}")
    return StoreError(f"{store} cannot be used: {_first_line(error)}")


def _first_line(error: DBAPIError) -> str:
    """Give what the driver says in its first line: those after it may show the row, and so tell of a lead."""
    return str(error.orig).partition("\n")[0]
