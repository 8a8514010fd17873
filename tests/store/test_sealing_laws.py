"""Laws of the sealed log: whatever is written, sealed or changed, and in which order."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from lifecycle.proof import check_bundle, verify_consistency
from lifecycle.store import schema
from lifecycle.store.sealing import seal
from lifecycle.store.sql import Store
from tests.conftest import DEEP
from tests.made import day
from tests.store.attacking import owning
from tests.store.sealing import keep, log_of, written

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lifecycle.proof import Checkpoint

FEW: Final = settings(max_examples=200 if DEEP else 15)
"""Each example makes a store."""

steps = st.lists(st.one_of(st.none(), st.integers(1, 3)), max_size=8)
"""What happens to a store: so many leads are kept at once, or it is sealed."""


@contextmanager
def lived(what: list[int | None], ranges: int = 1000) -> Generator[tuple[Store, list[Checkpoint]]]:
    """Have it happen; the store is sealed in the end."""
    store, made, names = Store("sqlite://"), list[Any](), iter(range(1000))
    try:
        for instant, step in enumerate((*what, None)):
            if step is None:
                made.append(seal(store.writing, now=day(200 + instant), ranges=ranges))
            else:
                keep(store, *(str(next(names)) for _ in range(step)))
        yield store, made
    finally:
        store.close()


class TestLaws:
    """What holds for every store."""

    @FEW
    @given(what=steps, ranges=st.integers(1, 5))
    def test_every_entry_has_one_position_and_every_position_one_entry(
        self, what: list[int | None], ranges: int
    ) -> None:
        """However often it is sealed, and however much at once; and each lead is in sequence."""
        with lived(what, ranges) as (store, made):
            log = log_of(store)
            last = dict[tuple[str, str], int]()
            for _, (kind, subject, number) in log:
                assert last.get((kind, subject), 0) + 1 == number
                last[kind, subject] = number

            assert list(range(1, len(log) + 1)) == [position for position, _ in log]
            assert written(store) == sorted(entry for _, entry in log)
            assert len(log) == made[-1].size
            assert store.verify(*made).ok

    @FEW
    @given(what=steps, data=st.data())
    def test_between_any_two_checkpoints_there_is_a_path(self, what: list[int | None], data: st.DataObject) -> None:
        """And any entry that was sealed by one is proved for it, and for every later one."""
        with lived([2, *what]) as (store, made):
            older, newer = sorted(data.draw(st.tuples(*[st.sampled_from(made)] * 2)), key=lambda one: one.at)
            if older.size:
                path = store.consistency(older, newer.size).path
                sizes = {"old": older.size, "new": newer.size}
                assert verify_consistency(**sizes, old_root=older.root, new_root=newer.root, path=path)
                kind, subject, number = data.draw(st.sampled_from(log_of(store)[: older.size]))[1]
                for size in (older.size, newer.size):
                    assert [] == check_bundle(store.prove(subject, number, kind, size=size))
                bundle = store.prove(subject, number, kind, since=older)
                assert [] == check_bundle(bundle, [older, made[-1]])

    @FEW
    @given(what=steps, cuts=st.lists(st.integers(0, 4), max_size=30))
    def test_a_feed_in_pieces_is_the_whole_feed(self, what: list[int | None], cuts: list[int]) -> None:
        """Whoever goes on after the last position has seen everything once."""
        with lived(what) as (store, made):
            seen = list[int]()
            for limit in cuts:
                seen += [sealed.position for sealed in store.feed(len(seen), limit=limit)]
            seen += [sealed.position for sealed in store.feed(len(seen))]

            assert list(range(1, made[-1].size + 1)) == seen


@pytest.fixture(scope="module")
def sealed() -> Iterator[tuple[Store, Checkpoint]]:
    """A store with everything in it, some of which waits."""
    store = Store("sqlite://")
    keep(store, *map(str, range(45)))
    store.hold("1", basis="case_1", actor="legal:1", now=day(101))
    store.erase("2", basis="gdpr_17", actor="legal:1", now=day(102))
    kept = store.seal(now=day(103))
    keep(store, "new")
    yield store, kept
    store.close()


UNPROVED: Final = {
    *("lifecycle_definitions.recorded_at", "lifecycle_definitions.text", "lifecycle_rules.recorded_at"),
    *("lifecycle_subjects.lead", "lifecycle_checkpoints.at", "lifecycle_pending.entry"),
}
"""What nobody can find out from inside; docs/explanation/what-can-be-proved.md says so of each."""

PROVED: Final = [
    (table, column)
    for table in schema.metadata.sorted_tables
    for column in table.columns
    if table not in {schema.versions, schema.properties, schema.commands}
    and f"{table.name}.{column.name}" not in UNPROVED
]


@settings(max_examples=2000 if DEEP else 30)
@given(where=st.sampled_from(PROVED), data=st.data())
def test_whatever_value_is_changed_it_is_found(
    sealed: tuple[Store, Checkpoint], where: tuple[sa.Table, sa.Column[Any]], data: st.DataObject
) -> None:
    """One value in one row of what is proved, to any other of its kind, by the owner of the database."""
    (store, kept), (table, column) = sealed, where
    with owning(store) as owner:
        keys = list(table.primary_key.columns)
        rows = owner.run(sa.select(*keys, column.label("value")).order_by(*keys)).all()
        row = data.draw(st.sampled_from(rows))
        other = data.draw(_other(row.value).filter(lambda value: value != row.value))
        same = [key == value for key, value in zip(keys, row, strict=False)]
        try:
            owner.run(table.update().where(*same).values({column: other}))
        except IntegrityError:
            return  # it would be there twice, which even its owner cannot have

        assert owner.codes() or owner.codes(kept)


def _other(value: Any) -> st.SearchStrategy[Any]:
    if isinstance(value, bytes):
        return st.one_of(
            st.binary(max_size=40), st.integers(0, max(len(value) - 1, 0)).map(lambda at: _flipped(value, at))
        )
    if isinstance(value, str):
        return st.text(max_size=10)
    return st.one_of(st.integers(-5, 100), st.integers(-1000, 1000).map(lambda step: (value or 0) + step))


def _flipped(value: bytes, at: int) -> bytes:
    return value[:at] + bytes([value[at] ^ 1]) + value[at + 1 :] if value else b"\x00"
