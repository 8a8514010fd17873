"""Sealing gives positions: dense, each entry once, whoever writes and seals at the same time."""

from __future__ import annotations

import contextlib
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from lifecycle.errors import NotSealedError, StoreError
from lifecycle.proof import EMPTY, leaf_of, root_of
from lifecycle.store import schema
from lifecycle.store.sealing import seal
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.lives import DEFINITION, NOW, lived
from tests.store.sealing import ENTRIES, add, keep, log_of, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def checkpoints(store: Store) -> list[Any]:
    """Return the checkpoints that are kept, in their order."""
    with store.reading() as reading:
        return list(reading.connection.execute(sa.select(schema.checkpoints).order_by(schema.checkpoints.c.at)).all())


def waiting(store: Store) -> int:
    """Return how many ranges wait to be sealed."""
    with store.reading() as reading:
        return reading.connection.scalar(sa.select(sa.func.count()).select_from(schema.pending)) or 0


class TestSealing:
    """What has been written gets a position, and a checkpoint is over all of it."""

    def test_each_entry_gets_the_next_position(self, store: Store) -> None:
        """Records and refusals alike, from 1, without gap."""
        keep(store, "1", "2")
        store.seal(now=day(101))
        keep(store, "3")
        store.seal(now=day(102))

        positions, entries = zip(*log_of(store), strict=True)

        assert tuple(range(1, 3 * ENTRIES + 1)) == positions
        assert written(store) == sorted(entries)
        assert 0 == waiting(store)

    def test_the_checkpoint_is_over_all_leaves(self, store: Store) -> None:
        """Its root is that of RFC 9162 over the digests in the order of their positions."""
        keep(store, "1")
        store.seal(now=day(101))
        keep(store, "2")

        made = store.seal(now=day(102))

        with store.reading() as reading:
            query = sa.select(schema.leaves.c.digest).order_by(schema.leaves.c.position)
            digests = reading.connection.scalars(query).all()
        assert (2 * ENTRIES, root_of(leaf_of(digest) for digest in digests)) == (made.size, made.root)
        assert (day(102), made) == (made.at, store.checkpoint())

    def test_where_there_is_nothing_new_the_checkpoint_is_later(self, store: Store) -> None:
        """It says that until then there was nothing more."""
        keep(store, "1")
        first = store.seal(now=day(101))
        second = store.seal(now=day(102))

        assert (first.size, first.root, day(102)) == (second.size, second.root, second.at)
        assert first == store.checkpoint(first.size)

    def test_an_empty_store_can_be_sealed(self, store: Store) -> None:
        """Nothing had been written by then."""
        made = store.seal(now=day(101))

        assert (0, EMPTY) == (made.size, made.root)

    def test_a_store_that_was_never_sealed_says_so(self, store: Store) -> None:
        """The error says what to do."""
        with pytest.raises(NotSealedError, match="lifecycle seal"):
            store.checkpoint()
        with pytest.raises(NotSealedError, match="no checkpoint has the size 3"):
            store.checkpoint(3)

    def test_every_checkpoint_is_later_than_the_one_before_it(self, store: Store) -> None:
        """Also when the clock has been set back: what was known at an instant must not change afterwards."""
        keep(store, "1")
        store.seal(now=day(101))
        keep(store, "2")
        second = store.seal(now=day(50))

        assert day(101) < second.at
        assert [ENTRIES, 2 * ENTRIES] == [row.size for row in checkpoints(store)]

    def test_many_are_sealed_in_several_transactions(self, store: Store) -> None:
        """Each leaves a whole log behind, and the order is the same as in one."""
        keep(store, *map(str, range(5)))
        made = seal(store.writing, now=day(101), ranges=3)

        assert 5 * ENTRIES == made.size
        assert list(range(1, made.size + 1)) == [position for position, _ in log_of(store)]
        assert 4 == len(checkpoints(store))
        assert sorted(row.at for row in checkpoints(store)) == [row.at for row in checkpoints(store)]
        assert store.verify().ok

    def test_a_lead_is_sealed_in_its_sequence(self, store: Store) -> None:
        """Whatever else is written in between."""
        store.register(DEFINITION, now=NOW)
        records, _ = lived("1")
        for index, record in enumerate(records):
            with store.writing() as transaction:
                transaction.append("1", [record], expected=index, now=NOW)
            keep(store, f"other {index}")
        store.seal(now=day(101))

        with store.reading() as reading:
            mine = reading.subject_of("1")
        assert [1, 2, 3, 4, 5] == [number for _, (_, subject, number) in log_of(store) if subject == mine]

    def test_more_than_one_statement_can_hold_is_sealed(self, store: Store) -> None:
        """More ranges than are looked up at once, and more leaves than one kept node is above."""
        keep(store, *map(str, range(300)))
        store.seal(now=day(101))

        assert 300 * ENTRIES == store.checkpoint().size
        assert [] == [finding.message for finding in store.verify().findings]


class TestGone:
    """What was to be sealed and has been taken away stops the sealer: it must not bless what is left."""

    def test_a_record_that_was_deleted_before_it_was_sealed(self, url: str) -> None:
        """Nothing is sealed at all, and the message says where to look."""
        store = Store(url)
        keep(store, "1", "2")
        with store.writing() as transaction:
            run = transaction.connection.exec_driver_sql
            run("DROP TRIGGER lifecycle_records_no_delete")
            run("DELETE FROM lifecycle_details WHERE sequence = 5")
            run("DELETE FROM lifecycle_records WHERE sequence = 5")

        with pytest.raises(StoreError, match=r"record 5 of subject [0-9a-f]{32} is to be sealed and is not there"):
            store.seal(now=day(101))

        assert [] == log_of(store)
        assert 4 == waiting(store)
        store.close()


@pytest.fixture(params=["file", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """The address of a store that several connections share."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_store")
    return f"sqlite:///{tmp_path / 'history.db'}"


class TestAtOnce:
    """Several writers, sealers and readers, each with a connection of its own."""

    def test_nobody_is_passed_over(self, shared: str) -> None:
        """A reader who follows by position sees every entry once, while writers write and two sealers seal."""
        with ExitStack() as stack:
            stores = [Store(shared) for _ in range(4)]
            for store in stores:
                stack.callback(store.close)
            stores[0].register(DEFINITION, now=NOW)
            seen, stop = list[int](), threading.Event()
            writers = [threading.Thread(target=_write, args=(stores[who], f"{who}")) for who in range(2)]
            sealers = [threading.Thread(target=_seal_until, args=(stores[2], stop)) for _ in range(2)]
            reader = threading.Thread(target=_follow, args=(stores[3], seen, stop))
            for thread in (*writers, *sealers, reader):
                thread.start()
            for thread in writers:
                thread.join()
            stop.set()
            for thread in (*sealers, reader):
                thread.join()
            stores[0].seal(now=day(103))
            seen += [sealed.position for sealed in stores[0].feed(len(seen))]

            positions, entries = zip(*log_of(stores[0]), strict=True)
            assert tuple(range(1, 20 * ENTRIES + 1)) == positions == tuple(seen)
            assert written(stores[0]) == sorted(entries)
            assert stores[0].verify().ok


def _write(store: Store, who: str) -> None:
    for number in range(10):
        with store.writing() as transaction:
            add(transaction, f"{who}-{number}")


def _seal_until(store: Store, stop: threading.Event) -> None:
    while not stop.is_set():
        store.seal(now=day(101))


def _follow(store: Store, seen: list[int], stop: threading.Event) -> None:
    while not stop.is_set():
        seen += [sealed.position for sealed in store.feed(len(seen))]


@pytest.fixture
def server(postgres_store: str) -> Iterator[Store]:
    """An empty store on PostgreSQL, where writers do not wait for each other."""
    store = Store(postgres_store)
    store.register(DEFINITION, now=NOW)
    yield store
    store.close()


class TestOpenTransactions:
    """A writer that takes its time holds nobody up, loses nothing, and takes nobody's place."""

    def test_what_is_committed_late_gets_a_later_position(self, server: Store) -> None:
        """It was written first and numbered first, and a reader behind the others' positions sees it nevertheless."""
        with server.writing() as slow:
            add(slow, "slow")
            keep(server, "quick")
            server.seal(now=day(101))
            quick = log_of(server)
        server.seal(now=day(102))

        assert ENTRIES == len(quick)
        assert quick == log_of(server)[:ENTRIES]
        with server.reading() as reading:
            subject = reading.subject_of("slow")
        assert [subject] * ENTRIES == [of for _, (_, of, _) in log_of(server)[ENTRIES:]]

    def test_what_is_committed_while_it_is_sealed_is_not_forgotten(self, server: Store) -> None:
        """The rows that are taken away afterwards are those that were taken, and not all up to the last of them."""
        with ExitStack() as slow:
            add(slow.enter_context(server.writing()), "slow")
            keep(server, "quick")

            def commit(_: Any, __: Any, statement: str, *___: Any) -> None:
                if statement.startswith("DELETE FROM lifecycle_pending"):
                    slow.close()

            event.listen(server.engine, "before_cursor_execute", commit)
            server.seal(now=day(101))
            event.remove(server.engine, "before_cursor_execute", commit)

        assert ENTRIES == server.checkpoint().size
        assert 2 * ENTRIES == server.seal(now=day(102)).size

    def test_positions_follow_what_could_be_read(self, server: Store) -> None:
        """A transaction that began first and wrote last: its record of a lead comes after the one that it read.

        By the numbers that the server gives to transactions it would come first.
        """
        records, _ = lived("1")
        with ExitStack() as first, ExitStack() as between:
            early = first.enter_context(server.writing())
            for transaction in (early, between.enter_context(server.writing())):
                transaction.connection.execute(sa.text("SELECT pg_current_xact_id()"))
            with server.writing() as late:
                late.append("1", records[:4], expected=0, now=NOW)
            early.append("1", records[4:], expected=4, now=NOW)
            first.close()
            server.seal(now=day(101))

            assert [1, 2, 3, 4, 5] == [number for _, (_, _, number) in log_of(server)]

    def test_a_transaction_that_is_rolled_back_leaves_no_gap(self, server: Store) -> None:
        """The number of its row in `pending` is gone for ever, and no position is."""
        with contextlib.suppress(ZeroDivisionError), server.writing() as failing:
            add(failing, "failing")
            raise ZeroDivisionError
        keep(server, "1")

        assert ENTRIES == server.seal(now=day(101)).size
        assert list(range(1, ENTRIES + 1)) == [position for position, _ in log_of(server)]
