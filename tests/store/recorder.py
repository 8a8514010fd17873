"""A store behind the face of a recorder of `eventsourcing`, so that its contract can be run on it.

Each event is a record: the originator is the lead, the version its sequence, topic and state are dimensions. What the
contract calls notifications is the sealed log, and a notification's number is the position; the adapter seals after
each write, because the contract asks for numbers at once. Tracking is for whoever consumes the log to do: it has a
table of its own in the same database, and writes both in one transaction of its own, which it lends us.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import IntegrityError, Notification, ProcessRecorder, StoredEvent, Tracking
from sqlalchemy import event

from lifecycle.decision import Kind
from lifecycle.errors import StoreError
from lifecycle.record import Record
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import arrow, day, made
from tests.store.apps import check_foreign_keys

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from lifecycle.store.feeding import Sealed
    from lifecycle.store.writing import Transaction

__all__ = ["Aggregates", "Recorder"]

DEFINITION: Final = made(arrow("go", "iql", "iql"))
_NOTED: Final = sa.text(
    "INSERT INTO tracking (application, position) VALUES (:application, :position) "
    "ON CONFLICT (application) DO UPDATE SET position = excluded.position WHERE tracking.position < excluded.position"
)


class Recorder(ProcessRecorder):
    """A recorder that is a store."""

    def __init__(self, url: str) -> None:
        lite = url.startswith("sqlite")
        self._others = set(threading.enumerate())
        self.engine = sa.create_engine(url, pool_size=20, connect_args={"timeout": 60} if lite else {})
        if lite:
            event.listen(self.engine, "connect", check_foreign_keys)
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS tracking")
            connection.exec_driver_sql("CREATE TABLE tracking (application TEXT PRIMARY KEY, position INTEGER)")
        self.store = Store(self.engine)
        self.store.register(DEFINITION, now=day(0))

    def close(self) -> None:
        """Give the connections back, once the contract's readers have done so: it does not wait for them."""
        for thread in set(threading.enumerate()) - self._others:
            thread.join(timeout=30)
        self.engine.dispose()

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **_: Any
    ) -> Sequence[int] | None:
        """Append events, all or none, and the position of who consumes others with them."""
        digests = list[str]()
        with as_integrity_errors(), self.engine.begin() as connection:
            with self.store.writing(connection) as transaction:
                for originator, events in groupby(stored_events, lambda one: one.originator_id):
                    digests += self._append(transaction, str(originator), list(events))
            if tracking is not None:
                self._track(connection, tracking)
        self.store.seal(now=day(0))
        asked = sa.select(schema.leaves.c.position).where(schema.leaves.c.digest.in_(digests))
        with self.store.reading() as reading:
            return list(reading.connection.scalars(asked.order_by(schema.leaves.c.position)))

    def _append(self, transaction: Transaction, lead: str, events: list[StoredEvent]) -> list[str]:
        first = next(iter(transaction.history(lead)), None)
        base: int = events[0].originator_version if first is None else first.dimensions["version"]
        records = [record_of(one, one.originator_version - base + 1) for one in events]
        kept = transaction.append(lead, records, expected=records[0].sequence - 1, now=day(0))
        return [record.envelope.digest for record in kept if record.envelope is not None]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Read the history of one originator."""
        with self.store.reading() as reading:
            events = [event_of(record) for record in reading.history(str(originator_id))]
        found = [
            one
            for one in events
            if (gt is None or one.originator_version > gt) and (lte is None or one.originator_version <= lte)
        ]
        return (found[::-1] if desc else found)[:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Read the sealed log from a position on."""
        after = (start or 1) - 1 if inclusive_of_start else start or 0
        sealed = self.store.feed(after, limit=None if topics else limit)
        return list(islice(self._notifications(sealed, stop, topics), limit))

    def _notifications(
        self, entries: Iterator[Sealed], stop: int | None, topics: Sequence[str]
    ) -> Iterator[Notification]:
        for sealed in entries:
            if stop is not None and sealed.position > stop:
                return
            assert isinstance(sealed.entry, Record)
            found = event_of(sealed.entry)
            if not topics or found.topic in topics:
                yield Notification(
                    found.originator_id, found.originator_version, found.topic, found.state, sealed.position
                )

    def max_notification_id(self) -> int | None:
        """Give the last position."""
        with self.store.reading() as reading:
            found: int | None = reading.connection.scalar(sa.select(sa.func.max(schema.leaves.c.position)))
        return found

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Any:
        """Refuse: whoever consumes our log asks for what is new, and is not told."""
        raise NotImplementedError

    def insert_tracking(self, tracking: Tracking) -> None:
        """Keep how far a consumer has come."""
        with as_integrity_errors(), self.engine.begin() as connection:
            self._track(connection, tracking)

    def _track(self, connection: sa.Connection, tracking: Tracking) -> None:
        noted = {"application": tracking.application_name, "position": tracking.notification_id}
        if connection.execute(_NOTED, noted).rowcount != 1:
            raise IntegrityError

    def max_tracking_id(self, application_name: str) -> int | None:
        """Give how far a consumer has come."""
        with self.engine.connect() as connection:
            asked = sa.text("SELECT position FROM tracking WHERE application = :name")
            found: int | None = connection.scalar(asked, {"name": application_name})
        return found


class Aggregates(Recorder):
    """A recorder that does not say which positions there are, as the contract for aggregates has it."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **more: Any) -> None:
        """Append events, all or none."""
        super().insert_events(stored_events, **more)


@contextmanager
def as_integrity_errors() -> Generator[None]:
    """Turn our errors into that of the contract."""
    try:
        yield
    except StoreError as error:
        raise IntegrityError from error


def record_of(event: StoredEvent, sequence: int) -> Record:
    """Return an event as a record."""
    return Record(
        sequence=sequence,
        cycle=1,
        trigger="enter" if sequence == 1 else "go",
        source=None if sequence == 1 else "iql",
        target="iql",
        at=day(0),
        actor="system",
        kind=Kind.AUTOMATIC,
        reason=None,
        atoms={},
        dimensions={"topic": event.topic, "state": event.state.decode(), "version": event.originator_version},
        definition=DEFINITION.name,
        version=DEFINITION.version,
        definition_hash=DEFINITION.hash,
        rules_digest=DEFINITION.rules_digest,
        detail={},
    )


def event_of(record: Record) -> StoredEvent:
    """Return the event that a record is."""
    held = record.dimensions
    return StoredEvent(UUID(record.lead), held["version"], held["topic"], held["state"].encode())
