"""What differs between the databases that stores are kept in, behind one face."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from lifecycle.errors import StoreError

__all__ = ["FAILED", "SETTLED", "Database", "Durability", "hush"]

SETTLED: Final = "lifecycle_settled"
"""Says of a driver's connection, in SQLAlchemy's `info` of it, that it has our settings already."""

FAILED: Final = "the transaction has failed already, and takes nothing more until it is rolled back"
"""What is said of a transaction in which a statement has failed."""


class Durability(enum.Enum):
    """What a commit survives.

    `FULL`: the loss of power. `NORMAL`: a crash of the program; the loss of power may take the last commits back, and
    never leaves half of one. It is `synchronous` on SQLite and `synchronous_commit` on PostgreSQL.
    """

    FULL = "full"
    NORMAL = "normal"


class Database(Protocol):
    """A kind of database."""

    name: str
    """What SQLAlchemy calls it."""

    driver: str
    """What SQLAlchemy calls the driver that our own engines have."""

    makes_itself: bool
    """Whether opening a missing or empty one makes a store of it."""

    inserts_together: bool
    """Whether one statement can insert into several tables."""

    def engine(self, url: sa.URL, durability: Durability) -> Engine:
        """Give an engine of ours."""
        ...

    def transaction(self, connection: Connection, *, writes: bool) -> AbstractContextManager[None]:
        """Begin a transaction on a connection of ours; commit it at the end, or roll it back when the block raises."""
        ...

    def check_lent(self, connection: Connection) -> None:
        """See to it that somebody else's connection is in a transaction in which our rows are safe.

        Raises:
            CallerError: it commits every statement by itself, or does not check foreign keys.
        """
        ...

    def lock(self, connection: Connection, name: str) -> None:
        """Have other writers that lock the same name wait until this transaction is over."""
        ...

    def overwriting(self, connection: Connection) -> AbstractContextManager[None]:
        """See to it that what is moved or deleted meanwhile is overwritten as far as the database can do that."""
        ...

    def sweep(self, connection: Connection, *, vacuum: bool) -> str | None:
        """Rid the files of what was deleted and committed, as far as that is possible now.

        Args:
            connection: A connection of ours, in no transaction.
            vacuum: Whether to write the files anew before, which also rids them of what writers that are not ours left.

        Returns:
            Where it may still be, and until when; None where we have left it nowhere.
        """
        ...

    def insert_many(
        self, connection: Connection, into: str, columns: Sequence[sa.Column[Any]], rows: Sequence[Any]
    ) -> None:
        """Insert many rows in the fastest way that the driver has.

        Args:
            connection: A connection of ours.
            into: The quoted name of the table.
            columns: The columns that rows have values for.
            rows: A tuple for each row.
        """
        ...

    def holds(self, column: sa.ColumnElement[bytes], part: bytes) -> sa.ColumnElement[bool]:
        """Say whether the bytes of a column hold other bytes."""
        ...

    def failure(self, error: DBAPIError, store: object) -> StoreError | None:
        """Give a driver's error in words of ours; None where it is not known."""
        ...


def hush(error: DBAPIError) -> DBAPIError:
    """Take from an error what may tell of a lead, so that a log may show it, with the driver's error behind it.

    The values of the statement go, and what the driver says after its first line: that may show the row.
    """
    error.hide_parameters = True
    for one in (error, error.orig):
        if one is not None and one.args:
            one.args = (str(one.args[0]).partition("\n")[0], *one.args[1:])
    return error
