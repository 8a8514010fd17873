"""The store: histories in SQLite through SQLAlchemy Core.

A `Store` opens a database and gives views of it (`Reading`) and transactions (`Transaction`). In a connection of the
embedder's we work inside a savepoint, and never commit, roll back or close what is not ours.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

from lifecycle.definition import Definition
from lifecycle.errors import StoreError
from lifecycle.store import opening
from lifecycle.store.borrowing import savepoint
from lifecycle.store.failures import as_store_errors
from lifecycle.store.reading import Reading
from lifecycle.store.registering import register
from lifecycle.store.writing import Transaction

__all__ = ["Connection", "Engine", "Store", "Transaction"]


class Store:
    """One database that keeps histories; safe to share between threads."""

    def __init__(self, where: str | Path | Engine, *, create: bool = True) -> None:
        """Open a store, and make its tables in a database that is missing or empty.

        Args:
            where: A URL (`sqlite:///history.db`, `sqlite://` for memory), the path of a SQLite file, or an Engine,
                whose settings stay as they are. In the database of an Engine our tables may stand beside others.
            create: Whether to make what is missing; otherwise a missing or empty database is an error, and stays so.

        Raises:
            NotAStoreError: the database holds other tables, or the file is no database.
            StoreVersionError: the store was written by a newer version of this library.
            StoreBusyError: another writer holds the database.
            StoreError: the database cannot be reached or written.
        """
        self.engine, self._own = opening.engine_of(where)
        self._name = opening.name_of(self.engine)
        self._closed = False
        # In memory there is one connection, so threads take turns.
        in_memory = isinstance(self.engine.pool, StaticPool)
        self._turn: AbstractContextManager[Any] = threading.RLock() if in_memory else nullcontext()
        try:
            with self._use():
                opening.prepare(self.engine, create=create, own=self._own)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """Name the database, without its password."""
        return f"<{self._name}>"

    def close(self) -> None:
        """Give the connections back; an Engine that was passed in stays open."""
        self._closed = True
        if self._own:
            self.engine.dispose()

    @contextmanager
    def reading(self, connection: Connection | None = None) -> Generator[Reading]:
        """Give a consistent view of the store.

        Args:
            connection: The embedder's own connection: then the view is that of its transaction.

        Raises:
            StoreBusyError: another writer holds the store.
            StoreError: the database fails, or the store is closed.
        """
        if connection is not None:
            with as_store_errors(self._name):
                yield Reading(connection)
            return
        with self._use(), self.engine.connect() as own, opening.transaction(own, writes=False):
            yield Reading(own)

    @contextmanager
    def writing(self, connection: Connection | None = None) -> Generator[Transaction]:
        """Give a transaction that is committed at the end, or rolled back when the block raises.

        Args:
            connection: The embedder's own connection: then we work inside a savepoint of its transaction.

        Raises:
            CallerError: the embedder's connection commits every statement by itself.
            ConcurrentUpdateError: another writer was first.
            StoreBusyError: another writer holds the store.
            StoreError: the database fails, or the store is closed.
        """
        if connection is not None:
            with as_store_errors(self._name), savepoint(connection):
                yield Transaction(connection)
            return
        with self._use(), self.engine.connect() as own, opening.transaction(own, writes=True):
            yield Transaction(own)

    def register(self, definition: Definition, *, now: datetime) -> None:
        """Keep a definition with its rules and edges, unless they are kept already.

        Raises:
            DefinitionConflictError: another text is kept under this name and version.
            StrandedLeadsError: leads stand in stages that this version does not have.
            StoreError: the database fails, or the store is closed.
        """
        with self.writing() as transaction:
            register(transaction.connection, definition, now=now)

    @contextmanager
    def _use(self) -> Generator[None]:
        if self._closed:
            raise StoreError(f"{self._name} has been closed")
        with self._turn, as_store_errors(self._name):
            yield
