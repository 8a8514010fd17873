"""Tests that an erasure and writers of the same lead leave nothing personal behind, whoever is first."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa

from lifecycle import Lead, Lifecycle
from lifecycle.errors import ConcurrentUpdateError, HeldError, UnknownLeadError
from lifecycle.store import erasing, schema
from lifecycle.store.erasing import erasures_of
from lifecycle.store.sql import Store
from tests import racing, stores
from tests.made import day
from tests.store.lives import DEFINITION, NOW, lived

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lifecycle.store.sql import Transaction

ERASE: Final[dict[str, Any]] = {"basis": "gdpr_17", "actor": "dpo:3", "now": NOW}
PATIENCE: Final = 10
"""Seconds until somebody who should be waiting for a lock is said not to."""

PERSONAL: Final = (schema.details, schema.refusal_details, schema.commands)


def left_behind(store: Store) -> Counter[str]:
    """Return how many rows that may be personal belong to no lead, by table."""
    found = Counter[str]()
    with store.reading() as reading:
        for table in PERSONAL:
            known = sa.select(schema.subjects.c.subject)
            query = sa.select(sa.func.count()).select_from(table).where(table.c.subject.not_in(known))
            found[table.name] = reading.connection.execute(query).scalar_one()
    return +found


def append(transaction: Transaction, lead: str = "ada") -> None:
    """Append what a lead lives through after its first two records."""
    transaction.append(lead, lived(lead)[0][2:], expected=2, now=NOW)


def keep(transaction: Transaction, lead: str = "ada") -> None:
    """Keep a refusal."""
    transaction.keep(lead, lived(lead)[1], now=NOW)


def remember(transaction: Transaction, lead: str = "ada") -> None:
    """Note the answer to a command that wrote nothing new."""
    transaction.remember("a key", lead, records=transaction.history(lead)[:1], refusal=None, now=NOW)


WRITE: Final = (append, keep, remember)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Others who do something at the same time."""
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def server(postgres_store: str) -> Iterator[Store]:
    """A store on a server that knows a lead."""
    store = Store(postgres_store)
    fill(store)
    yield store
    store.close()


def fill(store: Store) -> None:
    """Let a store know a lead with two records."""
    store.register(DEFINITION, now=NOW)
    with store.writing() as transaction:
        transaction.append("ada", lived("ada")[0][:2], expected=0, now=NOW)


def wait_for_lock(store: Store) -> None:
    """Wait until somebody in this database waits for somebody else."""
    end = time.monotonic() + PATIENCE
    query = sa.text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    while time.monotonic() < end:
        with store.engine.connect() as connection:
            if connection.scalar(query) is not None:
                return
        time.sleep(0.01)
    pytest.fail("nobody waits")


class TestOnAServer:
    """Where writers work side by side, the tables make them wait for each other, or refuse one."""

    @pytest.mark.parametrize("write", WRITE)
    def test_a_writer_who_was_first_is_waited_for(
        self, server: Store, pool: ThreadPoolExecutor, write: Callable[[Transaction], None]
    ) -> None:
        """What it wrote goes too, and is counted."""
        with server.writing() as transaction:
            write(transaction)
            erased = pool.submit(server.erase, "ada", **ERASE)
            wait_for_lock(server)
        counts = erased.result(PATIENCE).erasure.counts

        assert {"append": (5, 0, 0), "keep": (2, 1, 0), "remember": (2, 0, 1)}[write.__name__] == tuple(counts.values())
        assert Counter() == left_behind(server)

    @pytest.mark.parametrize("write", WRITE)
    def test_a_writer_who_comes_later_is_refused(
        self, server: Store, pool: ThreadPoolExecutor, write: Callable[[Transaction], None]
    ) -> None:
        """It saw the lead, and finds it gone: it has to begin again from what there is now."""

        def write_it() -> None:
            with server.writing() as transaction:
                write(transaction)

        with server.writing() as transaction:
            erasing.erase(transaction, "ada", **ERASE)
            written = pool.submit(write_it)
            wait_for_lock(server)
        with pytest.raises(ConcurrentUpdateError, match="the lead was erased meanwhile"):
            written.result(PATIENCE)

        assert Counter() == left_behind(server)

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    @pytest.mark.parametrize("write", WRITE)
    def test_a_view_of_before_is_no_way_round(
        self, server: Store, level: str, write: Callable[[Transaction], None]
    ) -> None:
        """A transaction of the embedder's that has read the lead writes nothing of it after the erasure."""
        engine = server.engine.execution_options(isolation_level=level)
        with engine.connect() as connection, ExitStack() as stack:
            stack.callback(connection.rollback)
            with server.reading(connection) as reading:
                assert reading.subject_of("ada")
            server.erase("ada", **ERASE)
            with pytest.raises(ConcurrentUpdateError), server.writing(connection) as transaction:
                write(transaction)

        assert Counter() == left_behind(server)

    def test_a_hold_that_is_being_written_is_waited_for(self, server: Store, pool: ThreadPoolExecutor) -> None:
        """An erasure does not pass by it."""
        with server.writing() as transaction:
            erasing.hold(transaction, "ada", **ERASE)
            erased = pool.submit(server.erase, "ada", **ERASE)
            wait_for_lock(server)
        with pytest.raises(HeldError):
            erased.result(PATIENCE)

    def test_two_erasures_are_one(self, server: Store, pool: ThreadPoolExecutor) -> None:
        """The second one finds nobody."""
        with server.writing() as transaction:
            erasing.erase(transaction, "ada", **ERASE)
            again = pool.submit(server.erase, "ada", **ERASE)
            wait_for_lock(server)
        with pytest.raises(UnknownLeadError):
            again.result(PATIENCE)


@pytest.mark.parametrize("kind", ["file", "postgresql"])
def test_writers_and_erasures_at_random(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    """Whatever the order: nothing personal is left of a lead that is gone, and each of its records is accounted for."""
    door = Lifecycle(racing.there_and_back(), stores.address(kind, request, tmp_path), clock=racing.later())
    lead = Lead("1").activity("came", at=day(0))

    def write(who: int) -> int:
        moved = 0
        for number in range(8):
            try:
                reply = door.fire(lead, ("go", "back")[number % 2], actor=f"sales:{who}", key=f"{who}-{number}")
            except ConcurrentUpdateError:
                continue
            moved += len(reply.records)
        return moved

    def erase() -> int:
        gone = 0
        for _ in range(20):
            try:
                gone += door.store.erase("1", **ERASE).erasure.counts["details"]
            except UnknownLeadError:
                time.sleep(0.005)
        return gone

    with door:
        writers = [pool.submit(write, who) for who in range(3)]
        eraser = pool.submit(erase)
        moved, gone = sum(writer.result() for writer in writers), eraser.result()
        left = door.history("1")
        with door.store.reading() as reading:
            records = Counter(record.envelope.subject for record in reading.records() if record.envelope)
            erased = {entry.subject: entry.records for entry in erasures_of(reading)}
            subject = reading.subject_of("1")

        assert Counter() == left_behind(door.store)
        assert moved == gone + len(left)
        assert {name: (1, count) for name, count in records.items() if name != subject} == erased
        assert () == door.store.verify().findings
