"""The feed gives what was sealed in the order of its positions, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lifecycle.errors import CallerError, NotSealedError, StoreError
from lifecycle.record import Record
from lifecycle.store import feeding
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.lives import SECRET
from tests.store.sealing import ENTRIES, keep, log_of

if TYPE_CHECKING:
    from lifecycle.store.feeding import Sealed


def places(store: Store, after: int = 0, limit: int | None = None) -> list[int]:
    """Return the positions that the feed gives."""
    return [sealed.position for sealed in store.feed(after, limit=limit)]


class TestFeed:
    """Everything that was sealed, once."""

    def test_it_gives_what_was_sealed_in_order(self, store: Store) -> None:
        """Records and refusals as the history has them, with their lead and envelope."""
        keep(store, "1", "2")
        store.seal(now=day(101))
        fed = list(store.feed())

        assert log_of(store) == [(sealed.position, _leaf(sealed)) for sealed in fed]
        assert ["1"] * ENTRIES + ["2"] * ENTRIES == [getattr(sealed.entry, "lead", None) for sealed in fed]
        with store.reading() as reading:
            history = reading.history("1")
        assert history == tuple(sealed.entry for sealed in fed[:5])
        assert {None} == {getattr(sealed.entry, "detail", 1) for sealed in fed}

    def test_what_is_not_sealed_is_not_there(self, store: Store) -> None:
        """It has no position yet."""
        keep(store, "1")

        assert [] == places(store)

    @pytest.mark.parametrize("page", [1, 2, 5, 6, 1000])
    def test_pages_are_not_seen_from_outside(self, monkeypatch: pytest.MonkeyPatch, store: Store, page: int) -> None:
        """However many are read at once."""
        monkeypatch.setattr(feeding, "PAGE", page)
        keep(store, "1", "2")
        store.seal(now=day(101))

        assert list(range(1, 2 * ENTRIES + 1)) == places(store)
        assert [4, 5, 6] == places(store, after=3, limit=3)
        assert [] == places(store, after=2 * ENTRIES)
        assert [] == places(store, limit=0)

    def test_details_come_when_asked_for(self, store: Store) -> None:
        """They may be personal, so that a consumer says that it wants them."""
        keep(store, "1")
        store.seal(now=day(101))
        fed = [sealed.entry for sealed in store.feed(with_details=True)]

        assert SECRET in str([entry.detail for entry in fed if isinstance(entry, Record)])

    def test_the_consumer_may_write_meanwhile(self, store: Store) -> None:
        """No transaction is open while it works; what is sealed meanwhile comes too."""
        keep(store, "1")
        store.seal(now=day(101))
        seen = list[int]()
        for sealed in store.feed():
            if sealed.position == 2:
                keep(store, "2")
                store.seal(now=day(102))
            seen.append(sealed.position)

        assert list(range(1, 2 * ENTRIES + 1)) == seen

    @pytest.mark.parametrize("after", [ENTRIES + 1, 10**6, 10**20])
    def test_who_is_ahead_of_the_log_is_told(self, store: Store, after: int) -> None:
        """It is another log, and what gets those positions anew would be passed over."""
        keep(store, "1")
        store.seal(now=day(101))

        with pytest.raises(NotSealedError, match=f"no position {after} to go on after: the log ends at {ENTRIES}"):
            places(store, after=after)
        with pytest.raises(NotSealedError):
            places(store, after=after, limit=1)

    def test_an_empty_log_has_one_place_to_begin_at(self, store: Store) -> None:
        """Before its first position."""
        assert [] == places(store, after=0)
        with pytest.raises(NotSealedError, match="the log ends at 0"):
            places(store, after=1)

    def test_a_log_that_is_cut_off_meanwhile_is_noticed(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """At the next page, as the positions behind would be given anew."""
        monkeypatch.setattr(feeding, "PAGE", 3)
        store = Store(url)
        keep(store, "1")
        store.seal(now=day(101))
        fed = store.feed()
        assert [1, 2, 3] == [next(fed).position for _ in range(3)]
        with store.writing() as transaction:
            run = transaction.connection.exec_driver_sql
            run("DROP TRIGGER lifecycle_leaves_no_delete")
            run("DELETE FROM lifecycle_leaves WHERE position > 2")

        with pytest.raises(NotSealedError, match="no position 3 to go on after: the log ends at 2"):
            next(fed)
        store.close()

    @pytest.mark.parametrize(("after", "limit"), [(-1, None), (-5, 3), (0, -1), (0, 10**20)])
    def test_what_no_log_has_is_the_mistake_of_the_caller(self, store: Store, after: int, limit: int | None) -> None:
        """A position below 0, fewer than no entries or more than can be counted; nothing is wrong with the store."""
        keep(store, "1")
        store.seal(now=day(101))

        with pytest.raises(CallerError, match=r"positions count from 1|a limit is a whole number"):
            store.feed(after, limit=limit)

    def test_what_has_gone_is_not_passed_over(self, url: str) -> None:
        """A consumer would never learn that there was something."""
        store = Store(url)
        keep(store, "1")
        store.seal(now=day(101))
        with store.writing() as transaction:
            run = transaction.connection.exec_driver_sql
            for statement in (
                "DROP TRIGGER lifecycle_refusals_no_delete",
                "DELETE FROM lifecycle_refusal_details",
                "DELETE FROM lifecycle_refusals",
            ):
                run(statement)

        with pytest.raises(StoreError, match="what was sealed at position 6 is not there; run `lifecycle verify`"):
            list(store.feed())
        store.close()


def _leaf(sealed: Sealed) -> tuple[str, str, int]:
    entry, envelope = sealed.entry, sealed.entry.envelope
    number = entry.sequence if isinstance(entry, Record) else entry.number
    assert number is not None
    return sealed.kind, getattr(envelope, "subject", ""), number
