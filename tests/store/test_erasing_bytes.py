"""Tests that nothing of an erased lead is left in the bytes of a SQLite store, nor in a dump of PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from lifecycle import borrow
from lifecycle.decision import Request
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import day
from tests.postgres import plain
from tests.store.lives import DEFINITION, NOW, SECRET, lived
from tests.stores import init

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection, Engine

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


def careless(path: Path, mode: str = "WAL", secure: str = "OFF") -> Engine:
    """Return an engine from outside that would leave deleted rows in the file."""
    engine = sa.create_engine(f"sqlite:///{path}")

    def connect(driver: Any, _: object) -> None:
        settle(driver, mode, secure)

    event.listen(engine, "connect", connect)
    return engine


def settle(driver: Any, mode: str = "WAL", secure: str = "OFF") -> Any:
    """Return a connection that would leave deleted rows in the file, and old pages in its journal."""
    for setting in (f"secure_delete={secure}", f"journal_mode={mode}", "foreign_keys=ON", "synchronous=OFF"):
        driver.execute(f"PRAGMA {setting}")
    return driver


@contextmanager
def lent(how: int, engine: Engine, raw: sqlite3.Connection) -> Generator[Connection | None]:
    """Lend nothing, a connection of an engine, or a driver's, and commit in the end."""
    if how == 0:
        yield None
    elif how == 1:
        with engine.begin() as connection:
            yield connection
    else:
        with borrow(raw) as connection:
            yield connection
        raw.commit()


def many(path: Path, mode: str) -> tuple[list[str], list[bytes]]:
    """Have 1,500 leads written in every careless way in turn, and return their ids, and all salts of 150 of them."""
    ids = random.Random(1)
    names = [f"lead-{ids.randbytes(12).hex()}@acme.example" for _ in range(1500)]
    records, _ = lived("1")
    engine, raw = careless(path, mode), settle(sqlite3.connect(path), mode)
    store = Store(engine)
    store.register(DEFINITION, now=NOW)
    for turn in range(30):
        with lent(turn % 3, engine, raw) as connection, store.writing(connection) as transaction:
            for name in names[turn * 50 : turn * 50 + 50]:
                transaction.append(name, records[:1], expected=0, now=NOW)
    with store.reading() as reading:
        mine = sa.select(schema.subjects.c.subject).where(schema.subjects.c.lead.in_(names[::10]))
        rows = reading.connection.execute(sa.select(schema.details).where(schema.details.c.subject.in_(mine)))
        salts = [row.salt for row in rows]
    store.close()
    engine.dispose()
    raw.close()
    return names, salts


def subjects(store: Store, leads: list[str]) -> list[str]:
    """Return the subjects of some leads."""
    with store.reading() as reading:
        return [str(reading.subject_of(lead)) for lead in leads]


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

    @pytest.mark.parametrize("secure", ["OFF", "ON", "FAST"])
    def test_connections_from_outside_keep_their_settings(self, path: Path, secure: str) -> None:
        """Only while we write they are more careful; so are those that are lent."""
        engine = careless(path, secure=secure)
        store = Store(engine)
        asked = "PRAGMA secure_delete"
        fill(store)
        store.erase(ADA, **ERASE)
        with engine.connect() as connection:
            found = [connection.exec_driver_sql(asked).scalar_one()]
            with store.writing(connection) as transaction:
                found.append(transaction.connection.exec_driver_sql(asked).scalar_one())
            found.append(connection.exec_driver_sql(asked).scalar_one())
        engine.dispose()

        number = ["OFF", "ON", "FAST"].index(secure)
        assert [number, 1, number] == found

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


class TestCarelessWriters:
    """Connections that do not overwrite: rows that made room for others lie in the file twice."""

    @pytest.mark.parametrize("mode", ["WAL", "PERSIST"])
    def test_what_was_written_through_us_goes_all_the_same(self, path: Path, mode: str) -> None:
        """Through an engine, a connection that is lent, and one that is borrowed; with either kind of journal."""
        names, salts = many(path, mode)
        gone = names[::10]
        before = [needle in files(path) for needle in (*map(str.encode, gone), *salts)]
        engine = careless(path, mode)
        store = Store(engine)
        remains = store.erase_subjects(subjects(store, gone), **ERASE).remains
        engine.dispose()

        data = files(path)
        assert (None, 150 + 150, True) == (remains, len(before), all(before))
        assert ([], []) == ([name for name in gone if name.encode() in data], [salt for salt in salts if salt in data])
        assert all(name.encode() in data for name in set(names) - set(gone))

    def test_what_others_wrote_goes_when_the_file_is_written_anew(self, path: Path) -> None:
        """Of rows that a program has moved without us nobody knows where they were."""
        store = Store(path)
        ids = random.Random(1)
        names = [f"lead-{ids.randbytes(12).hex()}@acme.example" for _ in range(1500)]
        with closing(settle(sqlite3.connect(path))) as other:
            rows = [(f"{ids.getrandbits(128):032x}", name) for name in names]
            other.executemany("INSERT INTO lifecycle_subjects (subject, lead) VALUES (?, ?)", rows)
            other.commit()
        store.erase_subjects(subjects(store, names[::10]), **ERASE)
        left = [name for name in names[::10] if name.encode() in files(path)]
        size, swept = path.stat().st_size, store.sweep(vacuum=True)

        assert left != []
        assert None is swept
        assert [] == [name for name in names[::10] if name.encode() in files(path)]
        assert path.stat().st_size < size
        assert 0 == len(store.verify().findings)
        store.close()

    def test_somebody_who_is_writing_keeps_the_file_as_it_is(self, path: Path) -> None:
        """That is said; a reader only keeps the log."""
        store = Store(f"sqlite:///{path}?timeout=0.05")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            while_written = store.sweep(vacuum=True)
            other.execute("ROLLBACK")
            other.execute("BEGIN")
            other.execute("SELECT count(*) FROM lifecycle_records").fetchone()
            while_read = store.sweep(vacuum=True)
        store.close()

        assert "was not written anew" in str(while_written)
        assert "its write-ahead log" in str(while_read)

    @pytest.mark.parametrize(("mode", "use"), [("WAL", "PRAGMA user_version"), ("PERSIST", "BEGIN IMMEDIATE")])
    def test_a_journal_that_was_left_goes(self, path: Path, mode: str, use: str) -> None:
        """Once nobody else is writing, or has a store with a write-ahead log open; until then that is said."""
        store, journal = Store(f"sqlite:///{path}?timeout=0.05"), path.with_name("history.db-journal")
        with closing(settle(sqlite3.connect(path, isolation_level=None), mode)) as other:
            store.engine.dispose()
            other.execute("PRAGMA user_version=1")
            journal.write_bytes(bytes(512) + ADA.encode())  # what begins with zeros is over, and nothing more is done
            other.execute(use)
            in_use = store.sweep()
        left, swept = ADA.encode() in files(path), store.sweep()
        store.close()

        assert "a rollback journal (the file that ends in -journal)" in str(in_use)
        assert (True, None, False) == (left, swept, journal.exists())
        with closing(sqlite3.connect(path)) as again:
            assert ("wal" if mode == "WAL" else "delete",) == again.execute("PRAGMA journal_mode").fetchone()


def test_a_store_in_memory_has_no_files() -> None:
    """There is nothing to sweep."""
    store = Store("sqlite://")
    fill(store)

    assert None is store.erase(ADA, **ERASE).remains
    assert (None, None) == (store.sweep(), store.sweep(vacuum=True))


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
