"""Tests that nothing of an erased lead is left in the bytes of a SQLite store, nor in a dump of PostgreSQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from lifecycle.decision import Request
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import day
from tests.postgres import plain
from tests.store.lives import DEFINITION, NOW, SECRET, lived
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from tests.postgres import Server

ERASE: Final[dict[str, Any]] = {"basis": "gdpr_17", "actor": "dpo:3", "now": NOW}
ADA: Final = "lead-4711-lovelace"
NOTE: Final = "she reads her letters at ada@lovelace.example"
EMAIL: Final = "ada@lovelace.example"
KEY: Final = "the-key-4711"


def fill(store: Store) -> None:
    """Let a store know one lead among many, whose rows lie around those of this one."""
    store.register(DEFINITION, now=NOW)
    asked = [(day(2), Request(trigger="accept", actor="sales:17", note=NOTE * 200))]
    with store.writing() as transaction:
        transaction.add([(f"before {number}", *lived(f"before {number}")) for number in range(40)], now=NOW)
        records, _ = lived(ADA)
        transaction.append(ADA, records, expected=0, now=NOW)
        transaction.keep(ADA, lived(ADA, asked)[1], now=NOW)
        transaction.remember(KEY, ADA, records=records, refusal=None, now=NOW)
    with store.writing() as transaction:
        transaction.add([(f"after {number}", *lived(f"after {number}")) for number in range(40)], now=NOW)
    store.seal(now=NOW)


def needles(store: Store) -> dict[str, bytes]:
    """Return everything of the lead that has to go, as it stands in the database."""
    with store.reading() as reading:
        subject = reading.subject_of(ADA)
        found = {"lead": ADA.encode(), "e-mail": EMAIL.encode(), "key": reading.command(KEY).encode()}
        for table in (schema.details, schema.refusal_details):
            rows = reading.connection.execute(sa.select(table).where(table.c.subject == subject)).all()
            found |= {f"{table.name} {number}": row.salt for number, row in enumerate(rows)}  # bodies lie beside them
    return found


def files(path: Path) -> bytes:
    """Return all bytes of a store in a file, with those that SQLite keeps beside it."""
    beside = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm", "-journal"))
    return b"".join(one.read_bytes() for one in beside if one.exists())


def held(found: dict[str, bytes], data: bytes) -> set[str]:
    """Return what of the lead is there, as such or in the hexadecimal of a dump."""
    return {name for name, needle in found.items() if needle in data or needle.hex().encode() in data}


def careless(path: Path) -> Engine:
    """Return an engine from outside that would leave deleted rows in the file."""
    engine = sa.create_engine(f"sqlite:///{path}")

    def settle(driver: Any, _: object) -> None:
        driver.execute("PRAGMA secure_delete=OFF")
        driver.execute("PRAGMA journal_mode=WAL")

    event.listen(engine, "connect", settle)
    return engine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store comes to be."""
    return tmp_path / "history.db"


@pytest.fixture(params=["ours", "from outside"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[Store]:
    """A store in a file that knows many leads."""
    engine = None if request.param == "ours" else careless(path)
    store = Store(engine or path)
    fill(store)
    yield store
    store.close()
    if engine is not None:
        engine.dispose()


class TestFile:
    """A file, its write-ahead log, and the index of that."""

    def test_nothing_of_an_erased_lead_is_left(self, store: Store, path: Path) -> None:
        """Neither its id, nor e-mail, notes, salts and command keys; all of them were there before."""
        found = needles(store)
        before = held(found, files(path))
        done = store.erase(ADA, **ERASE)

        assert (set(found), None) == (before, done.remains)
        assert set() == held(found, files(path))
        assert SECRET.encode() in files(path)  # the others are still there

    def test_nothing_that_was_redacted_is_left(self, store: Store, path: Path) -> None:
        """The id stays, and the key of the command."""
        found = needles(store)
        store.redact(day(90), basis="retention", actor="dpo:3", now=NOW)

        assert {"lead", "key"} == held(found, files(path))

    def test_an_engine_from_outside_keeps_its_settings(self, path: Path) -> None:
        """Only while something is deleted is it more careful."""
        engine = careless(path)
        store = Store(engine)
        fill(store)
        store.erase(ADA, **ERASE)
        with engine.connect() as connection:
            assert 0 == connection.exec_driver_sql("PRAGMA secure_delete").scalar_one()
        engine.dispose()

    def test_a_reader_keeps_the_log_and_that_is_said(self, path: Path) -> None:
        """Once the reader has gone, sweeping completes it."""
        store = Store(f"sqlite:///{path}?timeout=0.05")
        fill(store)
        found = needles(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM lifecycle_records").fetchone()
            remains = store.erase(ADA, **ERASE).remains
            left, swept = held(found, files(path)), store.sweep()
        again = store.sweep()

        assert remains is not None
        assert "another connection is using the store" in remains
        assert (remains, set(found)) == (swept, left)
        assert (None, set()) == (again, held(found, files(path)))
        store.close()

    def test_a_transaction_of_the_same_connection_keeps_the_log_too(self, path: Path) -> None:
        """With an engine from outside that has one connection for all."""
        engine = sa.create_engine(f"sqlite:///{path}", poolclass=StaticPool)
        store = Store(engine)
        fill(store)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("BEGIN")
            connection.exec_driver_sql("SELECT count(*) FROM lifecycle_records").all()

            assert "another connection is using the store" in str(store.sweep())
        engine.dispose()


def test_a_store_in_memory_has_no_files() -> None:
    """There is nothing to sweep."""
    store = Store("sqlite://")
    fill(store)

    assert None is store.erase(ADA, **ERASE).remains
    assert None is store.sweep()


def test_nothing_of_an_erased_lead_is_in_a_dump(postgres_server: Server, postgres_store: str) -> None:
    """Nothing that a query can find; that the server's files keep it until VACUUM is said."""
    store = Store(postgres_store)
    fill(store)
    found = needles(store)
    before = postgres_server.dump(postgres_store).encode()
    done = store.erase(ADA, **ERASE)
    after = postgres_server.dump(postgres_store).encode()
    store.close()

    assert set(found) == held(found, before)
    assert set() == held(found, after)
    assert done.remains is not None
    assert "VACUUM" in done.remains
    assert "cannot be checked from here" in done.remains


@pytest.mark.parametrize(("name", "quoted"), [(None, '"public"'), ('the "store"', '"the ""store"""')])
def test_the_vacuum_of_the_message_is_of_every_table_that_was_emptied(
    postgres_url: str, name: str | None, quoted: str
) -> None:
    """As a statement that can be run as it stands, in whatever schema the tables are."""
    init(postgres_url, name)
    store = Store(postgres_url, schema=name)
    fill(store)
    remains = (store.erase(ADA, **ERASE).remains, store.sweep())
    store.close()
    statement = str(remains[0]).split("`")[1]
    with closing(psycopg.connect(plain(postgres_url), autocommit=True)) as connection:
        connection.execute(statement.encode())  # so each of these tables is there

    assert remains[0] == remains[1]
    names = [f'{quoted}."{table.name}"' for table in schema.PERSONAL]
    assert f"VACUUM {', '.join(names)};" == statement
