"""Those who keep the same histories: the store, programs by hand through the bare driver, and `eventsourcing`."""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy import event

from lifecycle import Lifecycle
from lifecycle.definition import Definition
from lifecycle.store.migrating import init
from lifecycle.store.schema import details, records, subjects
from lifecycle.store.sql import Store
from tests.benchmarks.kept import NOW, TABLES, Batch, Entry, Rows, columns, command, fresh

__all__ = ["ENCODED", "EVENTSOURCING", "OURS", "PLAIN", "RAW", "WRITERS", "Writer", "on_postgresql", "on_sqlite"]

OURS: Final = "lifecycle"
ENCODED: Final = "lifecycle, given the bytes"
RAW: Final = "by hand, same tables"
PLAIN: Final = "by hand, plain tables"
EVENTSOURCING: Final = "eventsourcing"
WRITERS: Final = (OURS, ENCODED, RAW, PLAIN, EVENTSOURCING)

_HEAD: Final = """\
SELECT s.subject, r.sequence, r.at, r.digest FROM {subjects} AS s LEFT JOIN {records} AS r ON r.subject = s.subject
WHERE s.lead = {mark} ORDER BY r.sequence DESC LIMIT 1"""
_SQL_TYPES: Final[Mapping[type, str]] = {sa.Integer: "INTEGER", sa.BigInteger: "BIGINT", sa.LargeBinary: "BYTEA"}
_COPY_TYPES: Final[Mapping[type, str]] = {sa.Integer: "int4", sa.BigInteger: "int8", sa.LargeBinary: "bytea"}
_KEYS: Final = {"subjects": ("subject",), "records": ("subject", "sequence"), "details": ("subject", "sequence")}


class Writer(Protocol):
    """Keeps histories durably. Each call is prepared first, and what it gives is what is timed."""

    def know(self, names: Mapping[str, str]) -> None:
        """Be told of leads: the random name of each."""
        ...

    def append(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """Keep records of leads that are known, each in a transaction of its own."""
        ...

    def add(self, batch: Batch) -> Callable[[], None]:
        """Keep whole histories in one transaction."""
        ...

    def contents(self) -> list[bytes]:
        """Give the content of all records, sorted."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Ours:
    """The library's store."""

    def __init__(self, store: Store, definition: Definition, *, encoded: bool) -> None:
        self._store, self._encoded = store, encoded
        store.register(definition, now=NOW)

    def know(self, names: Mapping[str, str]) -> None:
        """Be told of leads."""
        with self._store.writing() as transaction:
            transaction.insert_many(subjects, [{"subject": name, "lead": lead} for lead, name in names.items()])

    def append(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """Append as the service does, except that nothing is judged."""
        given = [(entry.lead, fresh(entry.record, encoded=self._encoded)) for entry in entries]

        def run() -> None:
            for lead, record in given:
                with self._store.writing() as transaction:
                    transaction.append(lead, [record], expected=record.sequence - 1, now=NOW)

        return run

    def add(self, batch: Batch) -> Callable[[], None]:
        """Add as replay does."""
        given = [
            (one.lead.id, [fresh(record, encoded=self._encoded) for record in one.records], ())
            for one in batch.histories
        ]

        def run() -> None:
            with self._store.writing() as transaction:
                transaction.add(given, now=NOW)

        return run

    def contents(self) -> list[bytes]:
        """Give the content of all records, sorted."""
        with self._store.reading() as reading:
            return sorted(reading.connection.scalars(sa.select(records.c.content)))

    def close(self) -> None:
        """Close the store."""
        self._store.close()


class Judging(Ours):
    """The library's service: each record is decided anew, from the lead's facts and from where it stands."""

    def __init__(self, store: Store, definition: Definition, *, encoded: bool) -> None:
        super().__init__(store, definition, encoded=encoded)
        self._door = Lifecycle(definition, store, clock=lambda: NOW)

    def append(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """Send the commands that made the records."""
        given = [(entry.lead, entry.record.sequence - 1) for entry in entries]

        def run() -> None:
            for lead, number in given:
                command(self._door, lead, number)

        return run


class ByHand:
    """A program that is handed the finished rows of a store, and writes them through the bare driver."""

    mark: str

    def __init__(self, connection: Any, schema: str = "") -> None:
        self._connection, self._schema = connection, schema
        names = {"subjects": self.name(subjects), "records": self.name(records), "mark": self.mark}
        self._head = _HEAD.format(**names)
        self._insert = {table: self._insertion(table) for table in TABLES}

    def name(self, table: sa.Table) -> str:
        """Give a table's name with its schema."""
        return f"{self._schema}{table.name}"

    def make_plain(self) -> None:
        """Make tables of the same columns, which have their keys and no other constraint, index or trigger."""
        for table in TABLES:
            made = [f'"{one.name}" {_SQL_TYPES.get(type(one.type), "TEXT")}' for one in columns(table)]
            key = _KEYS.get(table.name.removeprefix("lifecycle_"))
            made += [f"PRIMARY KEY ({', '.join(key)})"] if key else []
            made += ["UNIQUE (lead)"] if table is subjects else []
            self._connection.execute(f"CREATE TABLE {self.name(table)} ({', '.join(made)})")

    def know(self, names: Mapping[str, str]) -> None:
        """Be told of leads."""
        self.begin()
        self.insert_many({subjects: [(name, lead) for lead, name in names.items()]})
        self.commit()

    def append(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """Read the head, compare, insert the rows and commit."""

        def run() -> None:
            connection = self._connection
            for entry in entries:
                self.begin()
                subject, sequence, _, _ = connection.execute(self._head, (entry.lead,)).fetchone()
                assert entry.subject == subject
                assert entry.record.sequence == (sequence or 0) + 1
                for table, rows in entry.rows.items():
                    connection.execute(self._insert[table], rows[0])
                self.commit()

        return run

    def add(self, batch: Batch) -> Callable[[], None]:
        """Insert the rows in the fastest way of the driver, and commit."""

        def run() -> None:
            self.begin()
            self.insert_many(batch.rows)
            self.commit()

        return run

    def contents(self) -> list[bytes]:
        """Give the content of all records, sorted."""
        return sorted(row[0] for row in self._connection.execute(f"SELECT content FROM {self.name(records)}"))

    def begin(self) -> None:
        """Begin a transaction."""
        raise NotImplementedError

    def commit(self) -> None:
        """Commit it."""
        raise NotImplementedError

    def insert_many(self, rows: Rows) -> None:
        """Insert many rows."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _insertion(self, table: sa.Table) -> str:
        named = [f'"{column.name}"' for column in columns(table)]
        return f"INSERT INTO {self.name(table)} ({', '.join(named)}) VALUES ({', '.join([self.mark] * len(named))})"


class SQLiteByHand(ByHand):
    """Through sqlite3."""

    mark = "?"

    def begin(self) -> None:
        """Take the lock at once, as every writer has to."""
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Commit."""
        self._connection.execute("COMMIT")

    def insert_many(self, rows: Rows) -> None:
        """Insert by `executemany`."""
        for table, some in rows.items():
            self._connection.executemany(self._insert[table], some)


class PostgreSQLByHand(ByHand):
    """Through psycopg, which begins a transaction by itself."""

    mark = "%s"

    def begin(self) -> None:
        """Do nothing."""

    def commit(self) -> None:
        """Commit."""
        self._connection.commit()

    def insert_many(self, rows: Rows) -> None:
        """Insert by COPY in its binary form."""
        for table, some in rows.items():
            named = [f'"{column.name}"' for column in columns(table)]
            statement = f"COPY {self.name(table)} ({', '.join(named)}) FROM STDIN (FORMAT BINARY)"
            with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.set_types([_COPY_TYPES.get(type(column.type), "text") for column in columns(table)])
                for row in some:
                    copy.write_row(row)


class Events:
    """A recorder of `eventsourcing`, which keeps a number, a topic and a state of each event, in one table."""

    MOST: Final = 200
    """Events of one call: with a thousand its PostgreSQL recorder has been seen to hang."""

    def __init__(self, recorder: Any, close: Callable[[], None]) -> None:
        self._recorder, self.close, self._states = recorder, close, list[bytes]()
        recorder.create_table()

    def know(self, names: Mapping[str, str]) -> None:
        """Do nothing: nothing has to be known."""

    def append(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """Insert events one by one; a version that is there already is refused."""
        given = [[self._event(entry.rows[records][0], entry.rows[details][0])] for entry in entries]
        return self._insert(given)

    def add(self, batch: Batch) -> Callable[[], None]:
        """Insert as many at once as it takes."""
        events = [self._event(*rows) for rows in zip(batch.rows[records], batch.rows[details], strict=True)]
        return self._insert([events[begin : begin + self.MOST] for begin in range(0, len(events), self.MOST)])

    def contents(self) -> list[bytes]:
        """Give the content of all records, sorted."""
        found = self._recorder.select_notifications(1, 10_000_000)
        assert sorted(self._states) == sorted(bytes(one.state) for one in found)
        return sorted(bytes(one.state).partition(b"\n")[0] for one in found)

    def _insert(self, given: Sequence[Sequence[Any]]) -> Callable[[], None]:
        self._states += [event.state for some in given for event in some]

        def run() -> None:
            for some in given:
                self._recorder.insert_events(some)

        return run

    @staticmethod
    def _event(record: tuple[Any, ...], detail: tuple[Any, ...]) -> Any:
        from eventsourcing.persistence import StoredEvent

        content = next(value for value in record if isinstance(value, bytes))
        lead = uuid.UUID(bytes=hashlib.md5(record[0].encode(), usedforsecurity=False).digest())
        return StoredEvent(lead, record[1], str(record[5]), content + b"\n" + detail[-1])


def on_sqlite(folder: Path, definition: Definition, *, durable: bool, judging: bool = False) -> dict[str, Writer]:
    """Give writers to SQLite files, which wait for the disk at each commit, or never do.

    Args:
        folder: Where the files are made.
        definition: The rules.
        durable: Whether they wait.
        judging: Whether the library decides what to write by itself.
    """
    from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

    def by_hand(name: str) -> ByHand:
        connection = sqlite3.connect(folder / name, isolation_level=None)
        for setting in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON", f"synchronous={level}"):
            connection.execute(f"PRAGMA {setting}")
        return SQLiteByHand(connection)

    def ours(name: str, *, encoded: bool) -> Ours:
        store = Store(folder / name)
        if not durable:
            event.listen(store.engine, "connect", _never_wait)
            store.engine.dispose()
        return (Judging if judging and not encoded else Ours)(store, definition, encoded=encoded)

    level = "FULL" if durable else "OFF"
    found = {OURS: ours("ours.db", encoded=False), ENCODED: ours("encoded.db", encoded=True)}
    Ours(Store(folder / "raw.db"), definition, encoded=False).close()
    raw, plain = by_hand("raw.db"), by_hand("plain.db")
    plain.make_plain()
    events = SQLiteDatastore(str(folder / "events.db"))
    if not durable:
        events.pool._create_connection = _never_waiting(events.pool._create_connection)  # type: ignore[method-assign]  # pyright: ignore[reportPrivateUsage] - it has no setting
    return {**found, RAW: raw, PLAIN: plain, EVENTSOURCING: Events(SQLiteApplicationRecorder(events), events.close)}


def _never_wait(driver: Any, _: object = None) -> None:
    driver.execute("PRAGMA synchronous=OFF")


def _never_waiting(make: Callable[[], Any]) -> Callable[[], Any]:
    def made() -> Any:
        connection = make()
        _never_wait(connection._sqlite_conn)
        return connection

    return made


def on_postgresql(
    url: str, tag: str, definition: Definition, *, durable: bool, judging: bool = False
) -> dict[str, Writer]:
    """Give writers to one PostgreSQL database, which wait for the disk at each commit, or never do.

    Args:
        url: The address of the database.
        tag: What the names of their schemas begin with.
        definition: The rules.
        durable: Whether they wait.
        judging: Whether the library decides what to write by itself.
    """
    import psycopg
    from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

    def by_hand(name: str) -> ByHand:
        return PostgreSQLByHand(psycopg.connect(bare), f"{tag}_{name}.")

    def ours(name: str, *, encoded: bool) -> Ours:
        init(url, schema=f"{tag}_{name}")
        store = Store(url, schema=f"{tag}_{name}", durability="full" if durable else "normal")
        return (Judging if judging and not encoded else Ours)(store, definition, encoded=encoded)

    at = sa.make_url(url)
    bare = at.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(bare, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {tag}_plain".encode())
        waits = f"ALTER DATABASE {at.database} SET synchronous_commit = {'on' if durable else 'off'}"
        connection.execute(waits.encode())
    found = {OURS: ours("ours", encoded=False), ENCODED: ours("encoded", encoded=True)}
    ours("raw", encoded=False).close()
    raw, plain = by_hand("raw"), by_hand("plain")
    plain.make_plain()
    plain.commit()
    host, port = str(at.query.get("host", at.host)), at.port or 5432
    events = PostgresDatastore(
        str(at.database), host, port, at.username or "", at.password or "", schema=f"{tag}_plain"
    )
    return {**found, RAW: raw, PLAIN: plain, EVENTSOURCING: Events(PostgresApplicationRecorder(events), events.close)}
