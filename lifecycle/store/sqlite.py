"""SQLite: one file, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from lifecycle.errors import CallerError, ConcurrentUpdateError, NotAStoreError, StoreBusyError, StoreError
from lifecycle.store.database import SETTLED, Database, Durability
from lifecycle.store.driving import execute, insertion
from lifecycle.store.guards import PRESENT

__all__ = ["BUSY_TIMEOUT", "CACHE", "MEMORY", "SQLITE"]

BUSY_TIMEOUT: Final = timedelta(seconds=10)
"""How long a writer waits for another one; longer than any transaction of ours takes."""

CACHE: Final = 64 * 2**20
"""How much of a store a connection may keep in memory: each append touches pages of many indexes."""

MEMORY: Final = (None, "", ":memory:")
"""How a URL says that a database lives in memory."""

_RACES: Final = ("records", "subjects", "commands", "refusals", "erasures", "leaves", "checkpoints", "definitions")
"""The tables in which two writers at once can want the same row."""

_BUSY: Final = "{store} is busy: another writer has held it for too long; try again, or keep transactions short"
_UNSWEPT: Final = (
    "another connection is using the store, so its write-ahead log (the file that ends in -wal) may still hold it; let "
    "that connection end, then run `lifecycle erase --sweep`"
)
_UNVACUUMED: Final = (
    "another connection is using the store, so it was not written anew; let that connection end, then run `lifecycle "
    "erase --sweep --vacuum` again"
)
_JOURNALED: Final = (
    "a rollback journal (the file that ends in -journal) may still hold it, and is in use; let whoever else has the "
    "store open end, then run `lifecycle erase --sweep`"
)
_IN_USE: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_ERROR)
"""How SQLite says that it cannot now: another connection holds a lock, or this one is in a transaction."""

_SECURE: Final = ("OFF", "ON", "FAST")
"""What SQLite calls the values of `secure_delete`: asked it gives the number, told it wants the word."""
_CODES: Final[Mapping[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_LOCKED: (StoreBusyError, _BUSY),
    sqlite3.SQLITE_BUSY_SNAPSHOT: (
        ConcurrentUpdateError,
        "another writer was first, and this transaction reads from before that; run it again as a whole",
    ),
    sqlite3.SQLITE_NOTADB: (NotAStoreError, "{store} is not a database"),
    sqlite3.SQLITE_CANTOPEN: (
        StoreError,
        "{store} cannot be opened: it is a folder, or its folder is missing, or may not be looked into",
    ),
    sqlite3.SQLITE_READONLY: (StoreError, "{store} cannot be written: the file or its folder is read-only"),
    sqlite3.SQLITE_FULL: (StoreError, "{store} cannot be written: the disk is full"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "{store} is damaged: restore it from a copy"),
}


class _SQLite:
    """The database in a file, or in memory."""

    name = "sqlite"
    driver = "pysqlite"
    makes_itself = True
    inserts_together = False

    def engine(self, url: sa.URL, durability: Durability) -> Engine:
        """Give an engine of ours; in memory it has one connection, as another one would be another database."""
        arguments: dict[str, Any] = {"timeout": BUSY_TIMEOUT.total_seconds()} if "timeout" not in url.query else {}
        # Errors must not tell of leads. What we give back is never in a transaction, so there is nothing to roll back.
        settings: dict[str, Any] = {"connect_args": arguments, "hide_parameters": True, "pool_reset_on_return": None}
        if url.database in MEMORY:
            arguments["check_same_thread"] = False
            settings["poolclass"] = StaticPool
        engine = sa.create_engine(url, **settings)

        def settle(driver: Any, record: ConnectionPoolEntry) -> None:
            record.info[SETTLED] = True
            driver.execute(f"PRAGMA synchronous={durability.name}")  # builds of SQLite differ in what they do unasked
            driver.execute("PRAGMA foreign_keys=ON")
            driver.execute(f"PRAGMA cache_size=-{CACHE // 1024}")
            driver.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, and not only forgotten

        event.listen(engine, "connect", settle)
        return engine

    @contextmanager
    def transaction(self, connection: Connection, *, writes: bool) -> Generator[None]:
        """Begin a transaction, and commit it at the end, or roll it back when the block raises.

        Python's driver would open it too late, after the first read. Writers take the lock at once: one that reads
        first and writes later would fail instead of waiting. Foreign keys, which SQLite leaves unchecked unless it is
        told, are checked while we write, and what we move or delete is overwritten.
        """
        driver: Any = connection.connection.driver_connection
        outside = writes and SETTLED not in connection.info
        with _checking(driver) if outside else nullcontext(), connection.begin():
            if not driver.in_transaction:  # an engine from outside may have its own way of beginning
                execute(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")
            with self.overwriting(connection) if outside else nullcontext():
                yield

    def check_lent(self, connection: Connection) -> None:
        """See to it that a transaction is open.

        Python's driver begins one before the first change only. A savepoint that comes earlier would be the
        transaction, and its release a commit.

        Raises:
            CallerError: the connection commits every statement by itself, or does not check foreign keys.
        """
        # Asked through SQLAlchemy, because an engine may have its own way of beginning, at the first statement.
        checks = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
        driver: Any = connection.connection.driver_connection
        if checks != 1:
            raise CallerError(
                "this connection leaves foreign keys unchecked, so SQLite would not defend the history; run PRAGMA "
                "foreign_keys=ON on it before its transaction begins"
            )
        if driver.in_transaction:
            return
        if driver.isolation_level is None or getattr(driver, "autocommit", -1) is True:
            raise CallerError("the connection commits every statement by itself; begin a transaction on it first")
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def lock(self, connection: Connection, name: str) -> None:
        """Do nothing: whoever writes has the database to itself."""

    @contextmanager
    def overwriting(self, connection: Connection) -> Generator[None]:
        """Have what is moved or deleted overwritten with zeros, and leave the connection as it was.

        A row is moved also by adding others: what splits a page leaves a copy of the rows in the old one.
        """
        (before,) = execute(connection, "PRAGMA main.secure_delete").fetchone()
        if before == _SECURE.index("ON"):
            yield
            return
        execute(connection, "PRAGMA main.secure_delete=ON")
        try:
            yield
        finally:
            execute(connection, f"PRAGMA main.secure_delete={_SECURE[before]}")

    def sweep(self, connection: Connection, *, vacuum: bool) -> str | None:
        """Bring the write-ahead log into the file, where deleted rows are zeros, empty it, and remove the journal.

        With `vacuum` the file is written anew before: then nothing is in it but the rows that are there.
        """
        if vacuum:
            with self.overwriting(connection):
                done = _done(connection, "VACUUM main")
            if done is None:
                return _UNVACUUMED
        (busy, *_) = _done(connection, "PRAGMA main.wal_checkpoint(TRUNCATE)") or (1,)
        if busy:
            return _UNSWEPT
        return None if _without_journal(connection) else _JOURNALED

    def insert_many(
        self, connection: Connection, into: str, columns: Sequence[sa.Column[Any]], rows: Sequence[Any]
    ) -> None:
        """Insert rows by one statement that is prepared once."""
        names = tuple(column.name for column in columns)
        connection.exec_driver_sql(insertion("qmark", (into, names, 1)), list(rows))

    def holds(self, column: sa.ColumnElement[bytes], part: bytes) -> sa.ColumnElement[bool]:
        """Ask for the place of the bytes, which counts from 1."""
        return sa.func.instr(column, sa.literal(part, sa.LargeBinary)) > 0

    def failure(self, error: DBAPIError, store: object) -> StoreError | None:
        """Tell errors apart by their number, and by the fixed names of our tables."""
        if any(f"lifecycle_{table} {PRESENT}" in str(error.orig) for table in _RACES):
            return ConcurrentUpdateError("another writer was first; run the command again")
        code: int = getattr(error.orig, "sqlite_errorcode", 0)
        known = _CODES.get(code) or _CODES.get(code & 0xFF)  # the low byte is the kind, the rest says more
        return None if known is None else known[0](known[1].format(store=store))


@contextmanager
def _checking(driver: Any) -> Generator[None]:
    """Have foreign keys checked on a connection of an engine from outside, and leave it as it was."""
    (before,) = driver.execute("PRAGMA foreign_keys").fetchone()
    driver.execute("PRAGMA foreign_keys=ON")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA foreign_keys={before}")


def _done(connection: Connection, statement: str) -> tuple[Any, ...] | None:
    """Give the first row of a statement outside of a transaction, empty where there is none; None where it must wait.

    Raises:
        DBAPIError: it fails for another reason than that the database is in use.
    """
    try:
        return execute(connection, statement).fetchone() or ()
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _IN_USE:
            return None
        raise


def _without_journal(connection: Connection) -> bool:
    """Remove a rollback journal that former transactions have left, and say whether there is none any more.

    It holds pages as they were before. SQLite removes it by itself only where nobody has told it to keep it.
    """
    (file,) = (file for _, name, file in execute(connection, "PRAGMA database_list").fetchall() if name == "main")
    journal = Path(f"{file}-journal")
    if not file or not _holds_something(journal):
        return True
    (before,) = execute(connection, "PRAGMA main.journal_mode").fetchone()
    # SQLite removes it when it is told to keep none after it was told to keep one; then as it was.
    for mode in ("PERSIST", "DELETE", before):
        if _done(connection, f"PRAGMA main.journal_mode={mode}") is None:
            return False
    return not _holds_something(journal)


def _holds_something(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


SQLITE: Final[Database] = _SQLite()
