"""What goes wrong in a database, in words of ours."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing
from typing import TYPE_CHECKING

import attrs
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from lifecycle.errors import (
    CallerError,
    ConcurrentUpdateError,
    LifecycleError,
    NotAStoreError,
    StoreBusyError,
    StoreError,
    StoreLostError,
)
from lifecycle.store import schema
from lifecycle.store.failures import as_store_errors
from lifecycle.store.postgresql import POSTGRESQL
from lifecycle.store.sql import Store
from lifecycle.store.sqlite import SQLITE
from tests.store.lives import DEFINITION, NOW, SECRET, lived
from tests.stores import postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server

PASSWORD = "hunter2"


def driver_error(code: int, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    """Return an error as the driver raises it."""
    error = kind("the driver's words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusyError, "is busy"),
        (sqlite3.SQLITE_BUSY_TIMEOUT, StoreBusyError, "is busy"),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, StoreBusyError, "is busy"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, ConcurrentUpdateError, "run it again as a whole"),
        (sqlite3.SQLITE_NOTADB, NotAStoreError, "is not a database"),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, StoreError, "cannot be opened"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StoreError, "cannot be written"),
        (sqlite3.SQLITE_FULL, StoreError, "the disk is full"),
        (sqlite3.SQLITE_CORRUPT_VTAB, StoreError, "is damaged"),
        (sqlite3.SQLITE_IOERR_READ, StoreError, "the store x cannot be used: the driver's words"),
    ],
)
def test_errors_of_the_driver_become_ours(code: int, kind: type[StoreError], words: str) -> None:
    """They are told apart by number, whatever the driver says, and the driver's error is the cause."""
    with pytest.raises(kind, match=words) as caught, as_store_errors("the store x", SQLITE):
        raise OperationalError("SELECT 1", {}, driver_error(code))

    assert kind is type(caught.value)
    assert isinstance(caught.value.__cause__, OperationalError)


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("23505", ConcurrentUpdateError, "another writer was first; run the command again"),
        ("40001", ConcurrentUpdateError, "run it again as a whole"),
        ("40P01", ConcurrentUpdateError, "waited for each other; run it again as a whole"),
        ("55P03", StoreBusyError, "the store x is busy"),
        ("57014", StoreBusyError, "the store x is busy"),
        ("25006", StoreError, "the server or the transaction is read-only"),
        ("25P02", StoreError, "has failed already"),
        ("42501", StoreError, "the role may not do this"),
        ("53100", StoreError, "the disk is full"),
        ("23514", StoreError, "refuses what would make a history corrupt: the server's words"),
        ("42P01", StoreError, "the store x cannot be used: the server's words"),
        ("XX000", StoreError, "the store x cannot be used: the server's words"),
    ],
)
def test_errors_of_a_server_become_ours(state: str, kind: type[StoreError], words: str) -> None:
    """They are told apart by SQLSTATE, whatever the server says, in whatever language."""
    error = psycopg.errors.lookup(state)(f"the server's words\nDETAIL:  Failing row contains ({SECRET}).")
    with pytest.raises(kind, match=words) as caught, as_store_errors("the store x", POSTGRESQL):
        raise DBAPIError.instance("SELECT 1", {"lead": SECRET}, error, psycopg.Error) from error

    assert kind is type(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_lost_connection_is_told_from_what_the_server_says() -> None:
    """Whatever the number; what was not committed has gone with the connection."""
    error = psycopg.errors.AdminShutdown("terminating connection due to administrator command")
    lost = DBAPIError.instance("SELECT 1", {}, error, psycopg.Error, connection_invalidated=True)
    with pytest.raises(StoreLostError, match="x was lost") as caught, as_store_errors("the store x", POSTGRESQL):
        raise lost

    assert not caught.value.in_doubt


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (exc.PendingRollbackError("words"), StoreError, "takes nothing more until it is rolled back"),
        (exc.ResourceClosedError("words"), CallerError, "the connection is closed"),
        (exc.TimeoutError("words"), StoreBusyError, "all connections to the store x are in use"),
    ],
)
def test_errors_of_sqlalchemy_become_ours(error: Exception, kind: type[LifecycleError], words: str) -> None:
    """What it says of connections and pools, before the driver is asked."""
    with pytest.raises(kind, match=words) as caught, as_store_errors("the store x", SQLITE):
        raise error

    assert error is caught.value.__cause__


def test_an_error_without_a_number_is_a_store_error_too() -> None:
    """Another driver counts otherwise."""
    with pytest.raises(StoreError, match="cannot be used: odd"), as_store_errors("the store x", SQLITE):
        raise InterfaceError("SELECT 1", {}, sqlite3.InterfaceError("odd"))


def test_an_error_without_a_word_is_a_store_error_too() -> None:
    """There is nothing in it that a log must not show."""
    with pytest.raises(StoreError, match="the store x cannot be used"), as_store_errors("the store x", SQLITE):
        raise InterfaceError("SELECT 1", {}, sqlite3.InterfaceError())


def test_errors_of_others_go_through() -> None:
    """What is no error of a database is not ours to translate."""
    with pytest.raises(ZeroDivisionError), as_store_errors("the store x", SQLITE):
        raise ZeroDivisionError


@pytest.mark.parametrize("table", ["records", "subjects", "refusals", "commands"])
def test_what_two_writers_want_at_once_is_a_conflict(store: Store, table: str) -> None:
    """The row is there already: another writer was first, and the command is run again."""
    store.register(DEFINITION, now=NOW)
    records, refusals = lived("1")
    with store.writing() as transaction:
        transaction.add([("1", records, refusals)], now=NOW)
        transaction.remember("k", "1", records=records, refusal=None, now=NOW)

    target = schema.metadata.tables[f"lifecycle_{table}"]
    with store.reading() as reading:
        row = dict(reading.connection.execute(sa.select(target)).mappings().first() or {})
    with pytest.raises(ConcurrentUpdateError, match="another writer"), store.writing() as transaction:
        transaction.connection.execute(target.insert(), row)


def test_what_would_corrupt_a_history_is_a_store_error(store: Store) -> None:
    """Records that do not fit are refused as a whole, in words of ours."""
    store.register(DEFINITION, now=NOW)
    records, _ = lived("1")
    wrong = [records[0], attrs.evolve(records[1], source="sal", trigger="recycle", target="recycled")]

    with pytest.raises(StoreError, match="refuses what would make a history corrupt"), store.writing() as transaction:
        transaction.append("1", wrong, expected=0, now=NOW)
    with store.reading() as reading:
        assert () == reading.history("1")


def test_a_damaged_file_is_said_to_be_damaged(url: str, tmp_path: Path) -> None:
    """It is no store any more, and was one."""
    store = Store(url)
    store.register(DEFINITION, now=NOW)
    store.close()
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(path.read_bytes())
    content[4096 * 2 :] = b"\xff" * (len(content) - 4096 * 2)
    path.write_bytes(content)

    with pytest.raises(StoreError, match="is damaged"):
        Store(url).register(DEFINITION, now=NOW)


class TestPersonal:
    """No error of the store tells of a lead, not even the driver's error behind it, as a log would print it."""

    def told(self, error: BaseException) -> str:
        """Return all that a log would print of an error."""
        return "".join(traceback.format_exception(error))

    def test_a_statement_that_is_refused(self, store: Store) -> None:
        """PostgreSQL says which key is there already, and SQLAlchemy which values were given."""
        row = {"subject": "s", "lead": SECRET}
        with pytest.raises(StoreError) as caught, store.writing() as transaction:
            transaction.connection.execute(schema.subjects.insert(), [row, row])

        assert SECRET not in self.told(caught.value)

    def test_many_rows_that_are_refused(self, store: Store) -> None:
        """COPY says which line it was."""
        store.register(DEFINITION, now=NOW)
        with pytest.raises(ConcurrentUpdateError) as caught, store.writing() as transaction:
            transaction.add([(SECRET, *lived(SECRET))] * 2, now=NOW)

        assert SECRET not in self.told(caught.value)

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_a_connection_that_was_lent(self, request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
        """Whether or not its engine hides what it is given."""
        url = f"sqlite:///{tmp_path / 'x.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_store")
        store, engine = Store(url), sa.create_engine(url)
        with engine.connect() as connection:
            if kind == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=ON")
                connection.commit()
            with pytest.raises(StoreError) as caught, store.writing(connection) as transaction:
                transaction.connection.execute(schema.subjects.insert(), [{"subject": "s", "lead": SECRET}] * 2)
        store.close()
        engine.dispose()

        assert SECRET not in self.told(caught.value)


class TestServers:
    """A server that cannot be reached, or does not let us in."""

    def test_one_that_is_not_there(self, tmp_path: Path) -> None:
        """It is said where it was looked for, and with which password it is not."""
        with pytest.raises(StoreError, match="cannot be used: connection") as caught:
            Store(f"postgresql://ada:{PASSWORD}@/nowhere?host={tmp_path}")

        assert PASSWORD not in "".join(traceback.format_exception(caught.value))

    def test_a_database_that_is_not_there(self, postgres_server: Server) -> None:
        """In the server's words."""
        url = sa.make_url(postgres_server.url).set(database="nowhere").render_as_string(hide_password=False)
        with pytest.raises(StoreError, match='database "nowhere" does not exist'):
            Store(url)

    def test_a_database_without_a_store(self, postgres_url: str) -> None:
        """Nothing is made by opening: who may make tables is for the server's people to say."""
        with pytest.raises(StoreError, match="has no tables of a store yet; make them with `lifecycle store init`"):
            Store(postgres_url)

    def test_a_lock_that_is_held_for_too_long(self, postgres_store: str) -> None:
        """How long that is says the server, the role or the URL."""
        store = Store(f"{postgres_store}&options=-c%20lock_timeout%3D50ms")
        with postgres(postgres_store) as other:
            other.execute("LOCK TABLE lifecycle_definitions")
            with pytest.raises(StoreBusyError, match="is busy"):
                store.register(DEFINITION, now=NOW)
        store.register(DEFINITION, now=NOW)
        store.close()

    def test_a_server_that_takes_no_writes(self, postgres_store: str) -> None:
        """A replica, for instance, can be read."""
        store = Store(f"{postgres_store}&options=-c%20default_transaction_read_only%3Don")
        with pytest.raises(StoreError, match="the server or the transaction is read-only"):
            store.register(DEFINITION, now=NOW)
        with store.reading() as reading:
            assert () == reading.history("1")
        store.close()
