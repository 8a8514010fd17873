"""The store: histories in SQLite or PostgreSQL through SQLAlchemy Core.

A `Store` opens a database and gives views of it (`Reading`) and transactions (`Transaction`). In a connection of the
embedder's we work inside a savepoint, and never commit, roll back or close what is not ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import attrs
from sqlalchemy.engine import Connection, Engine

from lifecycle.definition import Definition
from lifecycle.erasure import Erasure
from lifecycle.errors import CallerError, StoreError
from lifecycle.proof import Checkpoint, Consistency, ProofBundle
from lifecycle.store import erasing, feeding, log, opening, reapplying, sealing, verify
from lifecycle.store.borrowing import savepoint
from lifecycle.store.erasing import Done, Held
from lifecycle.store.failures import as_store_errors
from lifecycle.store.feeding import Sealed
from lifecycle.store.locating import locate
from lifecycle.store.reading import Reading
from lifecycle.store.reapplying import Again
from lifecycle.store.registering import register
from lifecycle.store.verify import Report
from lifecycle.store.writing import Transaction
from lifecycle.times import as_utc

__all__ = ["Connection", "Engine", "Store", "Transaction"]

_T = TypeVar("_T")


class Store:
    """One database that keeps histories; safe to share between threads."""

    def __init__(
        self,
        where: str | Path | Engine,
        *,
        create: bool = True,
        schema: str | None = None,
        durability: str = "full",
    ) -> None:
        """Open a store, and make its tables in a SQLite database that is missing or empty.

        Args:
            where: A URL (`sqlite:///history.db`, `sqlite://` for memory, `postgresql://...`), the path of a SQLite
                file, or an Engine, whose settings stay as they are. In the database of an Engine, and on a server, our
                tables may stand beside others.
            create: Whether to make what is missing; otherwise a missing or empty database is an error, and stays so.
                On a server nothing is ever made by opening: that is for `init`.
            schema: The schema that holds the tables on PostgreSQL, the usual one if left out; a URL may end with
                `?schema=NAME` instead.
            durability: What a commit survives: `full`, the loss of power; `normal`, a crash of the program, where the
                loss of power may take the last commits back.

        Raises:
            NotAStoreError: the database holds other tables, or the file is no database.
            StoreVersionError: the store was written by a newer version of this library, or by an older one.
            StoreBusyError: another writer holds the database.
            StoreError: the database cannot be reached or written.
            ValueError: there is no such durability.
        """
        self._location = locate(where, schema=schema, durability=durability)
        self.engine = self._location.engine
        self._closed = False
        # In memory there is one connection, so threads take turns.
        self._turn: AbstractContextManager[Any] = threading.RLock() if self._location.in_memory else nullcontext()
        try:
            with self._use():
                self._settings = opening.prepare(self._location, make=create)
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        """Name the database, without its password."""
        return f"<{self._location}>"

    def close(self) -> None:
        """Give the connections back; an Engine that was passed in stays open."""
        self._closed = True
        if self._location.own:
            self.engine.dispose()

    @contextmanager
    def reading(self, connection: Connection | None = None) -> Generator[Reading]:
        """Give a consistent view of the store.

        Args:
            connection: The embedder's own connection: then the view is that of its transaction.

        Raises:
            CallerError: the embedder's connection is none of SQLAlchemy's, or leads to another store.
            StoreBusyError: another writer holds the store.
            StoreError: the database fails, or the store is closed.
        """
        if connection is not None:
            with self._failing(), self._lent(connection):
                opening.check_same(self._location, self._settings, connection)
                yield Reading(connection, self._location, self._settings)
            return
        with self._use(), self._own_transaction(writes=False) as own:
            yield Reading(own, self._location, self._settings)

    @contextmanager
    def writing(self, connection: Connection | None = None) -> Generator[Transaction]:
        """Give a transaction that is committed at the end, or rolled back when the block raises.

        Args:
            connection: The embedder's own connection: then we work inside a savepoint of its transaction.

        Raises:
            CallerError: the embedder's connection is none of SQLAlchemy's, leads to another store, commits every
                statement by itself, or does not check foreign keys.
            ConcurrentUpdateError: another writer was first.
            StoreBusyError: another writer holds the store.
            StoreLostError: the connection was lost.
            StoreError: the database fails, or the store is closed.
        """
        if connection is not None:
            with self._failing(), self._lent(connection), savepoint(connection, self._location.database):
                opening.check_same(self._location, self._settings, connection)
                yield Transaction(connection, self._location, self._settings)
            return
        with self._use(), self._own_transaction(writes=True) as own:
            yield Transaction(own, self._location, self._settings)

    def register(self, definition: Definition, *, now: datetime) -> None:
        """Keep a definition with its rules and edges, unless they are kept already.

        Raises:
            DefinitionConflictError: another text is kept under this name and version.
            StrandedLeadsError: leads stand in stages that this version does not have.
            NaiveInstantError: `now` has no time zone.
            StoreError: the database fails, or the store is closed.
        """
        when = as_utc(now)
        with self.writing() as transaction:
            # Of many that start at once with a new version, one keeps it, and the others find it kept.
            self._location.database.lock(transaction.connection, f"register {self._settings.origin}")
            register(transaction.connection, definition, now=when)

    def seal(self, *, now: datetime) -> Checkpoint:
        """Give positions to what has been written, and give the checkpoint over all that is sealed.

        Args:
            now: The instant of sealing.

        Raises:
            NaiveInstantError: `now` has no time zone.
            StoreError: the database fails, or something that is to be sealed has gone.
        """
        return sealing.seal(self.writing, now=as_utc(now))

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """Give the last checkpoint, or the first of a size.

        Raises:
            NotSealedError: nothing has been sealed, or never at this size.
            StoreError: the database fails.
        """
        with self.reading() as reading:
            return log.checkpoint_at(reading, size)

    def prove(
        self,
        name: str | None,
        number: int,
        kind: str = "record",
        *,
        size: int | None = None,
        since: Checkpoint | None = None,
    ) -> ProofBundle:
        """Give the proof that an entry was sealed.

        Args:
            name: Your id of the lead, or the subject; None for an erasure.
            number: The sequence of a record, or the number of a refusal or erasure.
            kind: `record`, `refusal` or `erasure`.
            size: The size of the checkpoint to prove it for; the last one if left out.
            since: An older checkpoint, kept elsewhere, that the proof is to start from.

        Raises:
            CallerError: there is no such kind, or it does not go with the name.
            NotSealedError: the entry was not sealed, or not by then.
            StoreError: there is no such entry, what is stored does not agree with the log, or the database fails.
        """
        with self.reading() as reading:
            return log.prove(reading, name, number, kind, size=size, since=since)

    def consistency(self, old: Checkpoint, new: int | None = None) -> Consistency:
        """Give what shows that the tree of an older checkpoint is the beginning of a later one.

        Args:
            old: The older one, kept elsewhere perhaps.
            new: The size of the later one; the last one if left out.

        Raises:
            NotSealedError: nothing has been sealed, or never at this size.
            StoreError: the older one is empty, or larger than the later one; or the database fails.
        """
        with self.reading() as reading:
            return log.consistency(reading, old, log.checkpoint_at(reading, new).size)

    def feed(self, after: int = 0, *, limit: int | None = None, with_details: bool = False) -> Iterator[Sealed]:
        """Walk what has been sealed, in the order of its positions.

        Args:
            after: The position of the last entry that is known already.
            limit: So many at most.
            with_details: Also verdicts, scores and notes.

        Raises:
            CallerError: `after` is negative, or the limit is none.
            NotSealedError: the log ends before `after`: it is not the one that was followed.
            StoreError: the database fails, or something that was sealed has gone.
        """
        return feeding.feed(self.reading, after, limit=limit, with_details=with_details)

    def verify(self, *outside: Checkpoint) -> Report:
        """Check everything that the store keeps: its structure, rules, histories and the sealed log.

        Args:
            outside: Checkpoints that were kept elsewhere since the day they speak of.

        Raises:
            StoreError: the database fails.
        """
        with self.reading() as reading:
            return verify.verify(reading, outside)

    def erase(self, lead: str, *, basis: str, actor: str, now: datetime) -> Done:
        """Delete your id of a lead, and everything personal of it. Its records and refusals stay, and name nobody.

        Args:
            lead: Your id of the lead.
            basis: The code of why, such as `gdpr_17`; it is kept for good, and so is the actor.
            actor: `role:id` of who does it.
            now: The instant of writing.

        Raises:
            UnknownLeadError: the store does not know the lead, perhaps because it has been erased.
            HeldError: the lead is held.
            NaiveInstantError: `now` has no time zone.
            ValueError: the basis is no code, or the actor is not `role:id`.
            StoreError: the database fails.
        """
        when = as_utc(now)
        return self._deleting(lambda some: erasing.erase(some, lead, basis=basis, actor=actor, now=when))

    def erase_subjects(self, lines: Iterable[str], *, basis: str | None, actor: str, now: datetime) -> Again:
        """Do again, after a restore, what the copy does not know of; what it knows is passed over.

        Args:
            lines: Each the name of a subject that was erased, or a line of `lifecycle export --what erasures`: then
                also what was held, released and redacted, in this order.
            basis: Why, where a line names a subject only.
            actor: `role:id` of who does it now.
            now: The instant of writing.

        Raises:
            CallerError: a line is neither, or a basis is needed; then nothing is done.
            NaiveInstantError: `now` has no time zone.
            ValueError: a basis is no code, or the actor is not `role:id`.
            StoreError: the database fails.
        """
        when = as_utc(now)
        wanted = reapplying.read_wanted(lines, basis=basis)
        with self._outside_transaction() as own:
            found = reapplying.again(lambda act: self._transact(own, act), wanted, actor=actor, now=when)
            return attrs.evolve(found, remains=self._location.database.sweep(own, vacuum=False))

    def redact(self, before: datetime, *, basis: str, actor: str, now: datetime) -> Done:
        """Delete the details of what was decided before an instant, of all leads that are not held.

        Raises:
            NaiveInstantError: one of the instants has no time zone.
            ValueError: `before` lies in the future, the basis is no code, or the actor is not `role:id`.
            StoreError: the database fails.
        """
        old, when = as_utc(before), as_utc(now)
        return self._deleting(lambda some: erasing.redact(some, old, basis=basis, actor=actor, now=when))

    def hold(self, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
        """Have everything that is kept of a lead stay, until the hold of this basis is released.

        Raises:
            UnknownLeadError: the store does not know the lead.
            HeldError: it is held on this basis already.
            NaiveInstantError: `now` has no time zone.
            ValueError: the basis is no code, or the actor is not `role:id`.
            StoreError: the database fails.
        """
        when = as_utc(now)
        with self.writing() as transaction:
            return erasing.hold(transaction, lead, basis=basis, actor=actor, now=when)

    def release(self, lead: str, *, basis: str, actor: str, now: datetime) -> Erasure:
        """End the hold of this basis; holds of other bases go on.

        Raises:
            UnknownLeadError: the store does not know the lead.
            NotHeldError: it is not held on this basis.
            NaiveInstantError: `now` has no time zone.
            ValueError: the actor is not `role:id`.
            StoreError: the database fails.
        """
        when = as_utc(now)
        with self.writing() as transaction:
            return erasing.release(transaction, lead, basis=basis, actor=actor, now=when)

    def holds(self) -> tuple[Held, ...]:
        """Give the holds that have not been released, the oldest first.

        Raises:
            StoreError: the database fails.
        """
        with self.reading() as reading:
            return erasing.holds(reading)

    def sweep(self, *, vacuum: bool = False) -> str | None:
        """Rid the files of what has been deleted, as far as that is possible now; deleting does so by itself.

        Args:
            vacuum: Whether to write a file of SQLite anew before, with all tables in it. That rids it also of what was
                left by other programs that write to it: what we write ourselves needs no such thing. While somebody
                else uses the file it is not possible, and it takes as much space again. On a server it is for others
                to do, and changes nothing here.

        Returns:
            Where it may still be, and until when; None where this library has left it nowhere.

        Raises:
            StoreError: the database fails.
        """
        with self._outside_transaction() as own:
            return self._location.database.sweep(own, vacuum=vacuum)

    def _deleting(self, act: Callable[[Transaction], Erasure]) -> Done:
        with self._outside_transaction() as own:
            entry = self._transact(own, act)
            return Done(erasure=entry, remains=self._location.database.sweep(own, vacuum=False))

    @contextmanager
    def _outside_transaction(self) -> Generator[Connection]:
        with self._use(), self.engine.connect() as own, self._location.on(own):
            yield own

    def _transact(self, own: Connection, act: Callable[[Transaction], _T]) -> _T:
        with self._location.database.transaction(own, writes=True):
            return act(Transaction(own, self._location, self._settings))

    @contextmanager
    def _use(self) -> Generator[None]:
        self._check_open()
        with self._turn, self._failing():
            yield

    def _lent(self, connection: object) -> AbstractContextManager[None]:
        self._check_open()
        if not isinstance(connection, Connection):
            found = f"{type(connection).__module__}.{type(connection).__qualname__}"
            raise CallerError(
                f"connection= takes a Connection of SQLAlchemy, not {found}; lend a driver's own with borrow(...), and "
                "of an engine what its connect() or begin() gives"
            )
        return self._location.on(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self._location} has been closed")

    @contextmanager
    def _own_transaction(self, *, writes: bool) -> Generator[Connection]:
        database = self._location.database
        with self.engine.connect() as own, self._location.on(own), database.transaction(own, writes=writes):
            yield own

    def _failing(self) -> AbstractContextManager[None]:
        return as_store_errors(self._location, self._location.database)
