"""Working in a transaction that is somebody else's: we never commit, roll back or close what is not ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from lifecycle.errors import CallerError
from lifecycle.store.database import Database

__all__ = ["borrow", "savepoint"]


def borrow(raw: sqlite3.Connection) -> Connection:
    """Lend a driver's connection, so that its owner's data and our records are kept together or not at all.

    Hand the result on as `connection=`. To commit, to roll back and to close it does nothing to `raw`: its owner does
    that. Where the owner has begun no transaction yet, the first command begins one. The borrowed connection lives as
    long as a `with` block, or until it is closed:

        with borrow(raw) as connection:
            lifecycle.fire(lead, "accept", actor="sales:17", connection=connection)
        raw.commit()

    Args:
        raw: A connection of the sqlite3 module, to a database that is also the lifecycle's store.

    Raises:
        CallerError: it is a connection of another driver.
    """
    if not isinstance(raw, sqlite3.Connection):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody checks
        raise CallerError(f"connections of sqlite3 can be borrowed, not {type(raw).__module__}.{type(raw).__name__}")
    engine = sa.create_engine("sqlite://", creator=lambda: _Lent(raw), poolclass=StaticPool, hide_parameters=True)
    return engine.connect()


class _Lent:
    """Somebody's connection, without what is theirs to do."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def cursor(self) -> sqlite3.Cursor:
        """Give a cursor whose rows are tuples, whatever the owner makes of rows."""
        cursor = self._raw.cursor()
        cursor.row_factory = None
        return cursor

    def commit(self) -> None:
        """Leave the transaction as it is."""

    def rollback(self) -> None:
        """Leave the transaction as it is."""

    def close(self) -> None:
        """Leave the connection open."""

    def create_function(self, *_: object, **__: object) -> None:
        """Leave the functions of its SQL as they are; SQLAlchemy brings one along that nobody here calls."""


@contextmanager
def savepoint(connection: Connection, database: Database) -> Generator[Connection]:
    """Work inside a savepoint of somebody's transaction: what fails in it is undone, and nothing else.

    Raises:
        CallerError: the connection commits every statement by itself, or does not check foreign keys.
    """
    database.check_lent(connection)
    with connection.begin_nested():
        yield connection
