"""The store: histories in SQLite through SQLAlchemy Core.

A `Store` opens a database and gives transactions; a `Transaction` reads and appends. All writes go through `append` and
`keep`, and nothing is ever changed. Writers on SQLite take the lock when they begin (`BEGIN IMMEDIATE`): a transaction
that reads first and writes later would fail instead of waiting.

In a connection of the embedder's we work inside a savepoint, and never commit, roll back or close what is not ours.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import attrs
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from lifecycle.canonical import canonical_bytes
from lifecycle.definition import Definition
from lifecycle.errors import ConcurrentUpdateError, NotAStoreError, StoreError, StoreVersionError
from lifecycle.machine import OUTSIDE
from lifecycle.record import Envelope, Record, Refusal, envelope_of
from lifecycle.store import schema
from lifecycle.store.reading import Reading, micros
from lifecycle.store.registering import register

__all__ = ["Connection", "Engine", "Store", "Transaction"]

BUSY_TIMEOUT: Final = timedelta(seconds=10)
"""How long a SQLite writer waits for another one; longer than any transaction of ours takes."""


class Store:
    """One database that keeps histories; safe to share between threads."""

    def __init__(self, where: str | Path | Engine, *, create: bool = True) -> None:
        """Open a store, and make its tables in a database that is missing or empty.

        Args:
            where: A URL (`sqlite:///history.db`, `sqlite://` for memory), the path of a SQLite file, or an Engine,
                whose settings stay as they are.
            create: Whether to make what is missing; otherwise a missing or empty database is an error, and stays so.

        Raises:
            NotAStoreError: the database holds other tables, or the file is no database.
            StoreVersionError: the store was written by a newer version of this library.
            StoreError: the database cannot be reached or written.
        """
        self.engine, self._own = _engine(where)
        self._create_missing = create
        in_memory = isinstance(self.engine.pool, StaticPool)
        self._turn: AbstractContextManager[Any] = threading.RLock() if in_memory else nullcontext()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """Name the database, without its password."""
        return f"<Store {self.engine.url.render_as_string(hide_password=True)}>"

    def close(self) -> None:
        """Give the connections back; an Engine that was passed in stays open."""
        if self._own:
            self.engine.dispose()

    @contextmanager
    def reading(self) -> Generator[Reading]:
        """Give a consistent view of the store.

        Raises:
            StoreError: the database fails.
        """
        with self._turn, _as_store_errors(self), self.engine.begin() as connection:
            yield Reading(connection)

    @contextmanager
    def writing(self, connection: Connection | None = None) -> Generator[Transaction]:
        """Give a transaction that is committed at the end, or rolled back when the block raises.

        Args:
            connection: The embedder's own connection: then we work inside a savepoint of its transaction.

        Raises:
            ConcurrentUpdateError: another writer was first.
            StoreError: the database fails.
        """
        if connection is not None:
            with _as_store_errors(self), _savepoint(connection):
                yield Transaction(connection)
            return
        with self._turn, _as_store_errors(self), self.engine.connect() as own:
            own = own.execution_options(lifecycle_writes=True)  # noqa: PLW2901 - the same one, told that it writes
            with own.begin():
                yield Transaction(own)

    def register(self, definition: Definition, *, now: datetime) -> None:
        """Keep a definition with its rules and edges, unless they are kept already.

        Raises:
            DefinitionConflictError: another text is kept under this name and version.
            StrandedLeadsError: leads stand in stages that this version does not have.
        """
        with self.writing() as transaction:
            register(transaction.connection, definition, now=now)

    def _prepare(self) -> None:
        file = self.engine.url.database
        if not self._create_missing and file not in _MEMORY and not Path(str(file)).exists():
            raise StoreError(f"{self!r} does not exist")  # only to connect would make the file
        with self._turn, _as_store_errors(self):
            with self.engine.connect() as connection:
                tables = set(sa.inspect(connection).get_table_names())
            if not tables and not self._create_missing:
                raise StoreError(f"{self!r} is empty: nothing has been kept in it yet")
            if not tables:
                self._create()
            elif schema.properties.name not in tables:
                message = (
                    f"{self!r} holds other tables ({', '.join(sorted(tables)[:3])}, ...) and none of ours; give another"
                )
                raise NotAStoreError(message)
            self._check_version()

    def _create(self) -> None:
        with self.engine.connect() as connection:
            connection = connection.execution_options(lifecycle_writes=True)  # noqa: PLW2901
            with connection.begin():
                schema.metadata.create_all(connection, checkfirst=True)
                if connection.scalar(sa.select(sa.func.count()).select_from(schema.properties)):
                    return  # somebody else made it while we waited
                rows = {"application": schema.APPLICATION, "schema": str(schema.VERSION)}
                connection.execute(schema.properties.insert(), [{"name": k, "value": v} for k, v in rows.items()])

    def _check_version(self) -> None:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(schema.properties.c.name, schema.properties.c.value))
            found = {row.name: row.value for row in rows}
        if found.get("application") != schema.APPLICATION:
            message = f"{self!r} was not made by {schema.APPLICATION}"
            raise NotAStoreError(message)
        version = int(found.get("schema", "0"))
        if version > schema.VERSION:
            message = (
                f"{self!r} was written by a newer version of this library (tables {version}, known {schema.VERSION}); "
                "upgrade lead-lifecycle"
            )
            raise StoreVersionError(message, found=version, known=schema.VERSION)


class Transaction(Reading):
    """A unit of work that appends: all of it is kept, or nothing."""

    def append(self, lead: str, records: Sequence[Record], *, expected: int, now: datetime) -> tuple[Record, ...]:
        """Append records to a history, and give them with their envelopes.

        Args:
            lead: Your id of the lead.
            records: The records in sequence.
            expected: The number of the last record as the decisions saw it.
            now: The instant of writing.

        Raises:
            ConcurrentUpdateError: the history has grown since.
        """
        found = self.last_sequence(lead)
        if found != expected:
            message = f"the history has {found} records and the decisions saw {expected}; run the command again"
            raise ConcurrentUpdateError(message, lead=lead, expected=expected)
        chain = _chained(records, self.subject(lead), self.last_digest(lead), now)
        self._insert(chain)
        return tuple(link.enclosed for link in chain)

    def keep(self, lead: str, refusals: Sequence[Refusal], *, now: datetime) -> int:
        """Keep refusals, each once, and give how many were new."""
        if not refusals:
            return 0
        subject = self.subject(lead)
        known = self._refusal_keys(subject)
        new = {refusal.key: refusal for refusal in refusals if refusal.key not in known}
        self._insert_refusals(((subject, refusal) for refusal in new.values()), now=now)
        return len(new)

    def add(self, histories: Iterable[tuple[str, Sequence[Record], Sequence[Refusal]]], *, now: datetime) -> None:
        """Write the whole histories of leads that the store has not met, many at once."""
        names: list[dict[str, str]] = []
        chain: list[_Link] = []
        kept: list[tuple[str, Refusal]] = []
        for lead, records, refusals in histories:
            subject = secrets.token_hex(16)
            names.append({"subject": subject, "lead": lead})
            chain.extend(_chained(records, subject, "", now))
            kept.extend((subject, refusal) for refusal in {refusal.key: refusal for refusal in refusals}.values())
        if names:
            self.connection.execute(schema.subjects.insert(), names)
        self._insert(chain)
        self._insert_refusals(kept, now=now)

    def subject(self, lead: str) -> str:
        """Give the random name under which the store knows a lead; a new one for a lead it has not met."""
        found = self.subject_of(lead)
        if found is None:
            found = secrets.token_hex(16)
            self.connection.execute(schema.subjects.insert(), {"subject": found, "lead": lead})
        return found

    def _refusal_keys(self, subject: str) -> set[str]:
        found = self.connection.scalars(sa.select(schema.refusals.c.key).where(schema.refusals.c.subject == subject))
        return set(found)

    def _insert(self, chain: Sequence[_Link]) -> None:
        if chain:
            self.connection.execute(schema.records.insert(), [link.row() for link in chain])
            self.connection.execute(schema.details.insert(), [link.detail_row() for link in chain])

    def _insert_refusals(self, refusals: Iterable[tuple[str, Refusal]], *, now: datetime) -> None:
        rows = [(_refusal_row(refusal, subject, now), refusal) for subject, refusal in refusals]
        if rows:
            self.connection.execute(schema.refusals.insert(), [row for row, _ in rows])
            bodies = [
                {"subject": row["subject"], "key": row["key"], "body": canonical_bytes(refusal.detail)}
                for row, refusal in rows
            ]
            self.connection.execute(schema.refusal_details.insert(), bodies)


@attrs.frozen
class _Link:
    """A record on its way into a history."""

    record: Record
    enclosed: Record
    envelope: Envelope
    salt: bytes

    def row(self) -> dict[str, Any]:
        return {
            "subject": self.envelope.subject,
            "sequence": self.record.sequence,
            "previous_sequence": self.record.sequence - 1 or None,
            "definition_hash": self.record.definition_hash,
            "trigger": self.record.trigger,
            "source": self.record.source or OUTSIDE,
            "target": self.record.target,
            "cycle": self.record.cycle,
            "at": micros(self.record.at),
            "rules_digest": self.record.rules_digest,
            "content": self.record.content,
            "recorded_at": micros(self.envelope.recorded_at),
            "format": self.envelope.format,
            "commitment": self.envelope.commitment,
            "previous": self.envelope.previous,
            "digest": self.envelope.digest,
        }

    def detail_row(self) -> dict[str, Any]:
        body = canonical_bytes(self.record.detail)
        return {"subject": self.envelope.subject, "sequence": self.record.sequence, "salt": self.salt, "body": body}


def _chained(records: Sequence[Record], subject: str, previous: str, now: datetime) -> list[_Link]:
    """Enclose records one after the other, each chained to the one before it."""
    chain: list[_Link] = []
    for record in records:
        salt = secrets.token_bytes(32)
        envelope = envelope_of(record, subject=subject, recorded_at=now, salt=salt, previous=previous)
        chain.append(_Link(record, attrs.evolve(record, envelope=envelope), envelope, salt))
        previous = envelope.digest
    return chain


def _refusal_row(refusal: Refusal, subject: str, now: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "key": refusal.key,
        "position": refusal.sequence,
        "at": micros(refusal.at),
        "trigger": refusal.trigger,
        "stage": refusal.stage,
        "result": refusal.result.value,
        "rules_digest": refusal.rules_digest,
        "content": refusal.content,
        "recorded_at": micros(now),
    }


_MEMORY: Final = (None, "", ":memory:")
"""How a URL says that a SQLite database lives in memory."""


# --- Opening ---------------------------------------------------------------------------------------------------------


def _engine(where: str | Path | Engine) -> tuple[Engine, bool]:
    engine: Engine
    if isinstance(where, Engine):
        engine, own = where.execution_options(), False
    else:
        url = _url(where)
        memory = url.database in _MEMORY and url.get_backend_name() == "sqlite"
        options: Mapping[str, Any] = (
            {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if memory else {}
        )
        engine, own = sa.create_engine(url, **options), True
    if engine.dialect.name != "sqlite":
        message = f"stores are kept in SQLite, not in {engine.dialect.name}"
        raise StoreError(message)
    event.listen(engine, "begin", _begin)
    return engine, own


def _url(where: str | Path) -> sa.URL:
    text = str(where)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    try:
        return sa.make_url(text)
    except SQLAlchemyError as error:
        message = f"{text!r} is not the URL of a store, such as sqlite:///history.db"
        raise StoreError(message) from error


def _begin(connection: Connection) -> None:
    """Open a SQLite transaction ourselves: the driver would open it too late, after the first read."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_TIMEOUT // timedelta(milliseconds=1)}")
    connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    writes = connection.get_execution_options().get("lifecycle_writes", False)
    if writes:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _savepoint(connection: Connection) -> AbstractContextManager[Any]:
    """Open a savepoint inside the embedder's transaction, which Python's driver may not have begun yet.

    It begins one before the first change; a savepoint before that is the transaction itself, and its release a commit.
    """
    driver: Any = connection.connection.driver_connection
    if not driver.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    return connection.begin_nested()


@contextmanager
def _as_store_errors(store: Store) -> Generator[None]:
    """Turn the driver's errors into ours, chained: those we recognise, each with what to do."""
    try:
        yield
    except IntegrityError as error:
        if any(name in str(error.orig) for name in _CONTINUITY):
            message = "another writer appended to this history first; run the command again"
            raise ConcurrentUpdateError(message) from error
        raise
    except OperationalError as error:
        message = f"{store!r} cannot be used: {error.orig}"
        raise StoreError(message) from error
    except DatabaseError as error:
        message = f"{store!r} is not a database: {error.orig}"
        raise NotAStoreError(message) from error


_CONTINUITY: Final = ("lifecycle_records.subject, lifecycle_records.sequence", "lifecycle_subjects.lead")
