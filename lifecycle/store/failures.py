"""What goes wrong in a database, in words of ours: the driver's errors that we recognise become store errors, chained.

They are told apart by the driver's numbers and by the fixed names of our tables, never by other words of a message.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import exc

from lifecycle.errors import CallerError, StoreBusyError, StoreError
from lifecycle.store.database import FAILED, Database, hush

__all__ = ["as_store_errors"]


@contextmanager
def as_store_errors(store: object, database: Database) -> Generator[None]:
    """Turn the errors of a driver into ours.

    Args:
        store: What the messages call the store; its text names no password.
        database: The kind of database.

    Raises:
        CallerError: the connection is closed.
        StoreBusyError: somebody else holds what is needed, or all connections are in use.
        StoreError: the database fails, or the transaction has failed already; there are kinds of it.
    """
    try:
        yield
    except exc.DBAPIError as error:
        hushed = hush(error)
        raise database.failure(hushed, store) or _other(hushed, store) from hushed
    except exc.PendingRollbackError as error:
        raise StoreError(FAILED) from error
    except exc.ResourceClosedError as error:
        raise CallerError("the connection is closed") from error
    except exc.TimeoutError as error:
        raise StoreBusyError(f"all connections to {store} are in use; try again") from error


def _other(error: exc.DBAPIError, store: object) -> StoreError:
    if isinstance(error, exc.IntegrityError):
        return StoreError(f"the database refuses what would make a history corrupt: {error.orig}")
    return StoreError(f"{store} cannot be used: {error.orig}")
