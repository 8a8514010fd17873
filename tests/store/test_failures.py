"""What goes wrong in a database, in words of ours."""

from __future__ import annotations

import sqlite3
import traceback
from contextlib import closing
from typing import TYPE_CHECKING

import attrs
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError

from lifecycle.errors import ConcurrentUpdateError, NotAStoreError, StoreBusyError, StoreError
from lifecycle.store import schema
from lifecycle.store.failures import as_store_errors
from lifecycle.store.sql import Store
from lifecycle.store.sqlite import SQLITE
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from pathlib import Path


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


def test_an_error_without_a_number_is_a_store_error_too() -> None:
    """Another driver counts otherwise."""
    with pytest.raises(StoreError, match="cannot be used: odd"), as_store_errors("the store x", SQLITE):
        raise InterfaceError("SELECT 1", {}, sqlite3.InterfaceError("odd"))


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


def test_no_error_of_the_store_tells_of_a_lead() -> None:
    """Not even the driver's error behind it, as a log would print it, names what was to be written."""
    store = Store("sqlite://")
    row = {"subject": "s", "lead": "ada@acme.example"}
    with pytest.raises(StoreError) as caught, store.writing() as transaction:
        transaction.connection.execute(schema.subjects.insert(), [row, row])
    store.close()

    assert "ada@acme.example" not in "".join(traceback.format_exception(caught.value))
