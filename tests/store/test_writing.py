"""Writing to a store: histories and refusals are appended, and nothing is ever changed."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import RFC_4122, UUID

import attrs
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.decision import Kind, Request
from lifecycle.errors import ConcurrentUpdateError
from lifecycle.store import schema
from lifecycle.store.sql import Store
from tests.made import day
from tests.store.lives import ACCEPT, DEFINITION, NOW, SECRET, lived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lifecycle.record import Record, Refusal

RECORDS, REFUSALS = lived("1")


@pytest.fixture
def store(store: Store) -> Store:
    """A store that knows the definition and no lead."""
    store.register(DEFINITION, now=NOW)
    return store


def append(store: Store, records: Sequence[Record], *, expected: int, lead: str = "1") -> tuple[Record, ...]:
    """Append in a transaction of its own."""
    with store.writing() as transaction:
        return transaction.append(lead, records, expected=expected, now=NOW)


def keep(store: Store, *refusals: Refusal, lead: str = "1") -> int:
    """Keep refusals in a transaction of its own, and return how many were new."""
    with store.writing() as transaction:
        return len(transaction.keep(lead, refusals, now=NOW))


def read(store: Store, lead: str = "1") -> tuple[tuple[Record, ...], tuple[Refusal, ...]]:
    """Return records and refusals of a lead, with their details."""
    with store.reading() as reading:
        return reading.history(lead, with_details=True), tuple(reading.refusals(lead, with_details=True))


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    with store.reading() as reading:
        return {
            name: [tuple(row) for row in reading.connection.execute(sa.select(table))]
            for name, table in schema.metadata.tables.items()
        }


class TestAppending:
    """A history grows at its end."""

    @pytest.mark.parametrize("cut", range(len(RECORDS) + 1))
    def test_it_makes_no_difference_in_how_many_parts_a_history_is_written(self, store: Store, cut: int) -> None:
        """Records, chain and stage are the same."""
        append(store, RECORDS[:cut], expected=0)
        append(store, RECORDS[cut:], expected=cut)
        history, _ = read(store)

        assert RECORDS == history
        assert "" == envelope(history[0]).previous
        assert all(envelope(one).digest == envelope(other).previous for one, other in pairwise(history))

    @settings(max_examples=20)
    @given(
        parts=st.lists(
            st.tuples(st.sampled_from("123"), st.integers(1, 3), st.sampled_from(["append", "keep"])), max_size=12
        )
    )
    def test_histories_that_grow_side_by_side_are_whole(self, parts: list[tuple[str, int, str]]) -> None:
        """Law: however leads take turns, each has a beginning of its life, chained, and its refusals once."""
        store, written, kept = Store("sqlite://"), Counter[str](), set[str]()
        store.register(DEFINITION, now=NOW)
        for lead, number, what in parts:
            if what == "keep":
                keep(store, *REFUSALS, lead=lead)
                kept.add(lead)
            else:
                some = RECORDS[written[lead] : written[lead] + number]
                append(store, some, expected=written[lead], lead=lead)
                written[lead] += len(some)

        for lead in "123":
            history, refusals = read(store, lead)
            assert RECORDS[: written[lead]] == history
            assert (REFUSALS if lead in kept else ()) == refusals
            assert all(envelope(one).digest == envelope(other).previous for one, other in pairwise(history))
        store.close()

    def test_what_is_given_back_is_what_is_kept(self, store: Store) -> None:
        """With its envelopes."""
        given = append(store, RECORDS, expected=0)
        history, _ = read(store)

        assert [record.envelope for record in given] == [record.envelope for record in history]
        assert given == history
        assert {"1"} == {record.lead for record in given}

    @pytest.mark.parametrize("expected", [0, 1, 3, 9])
    def test_a_history_that_has_grown_since_is_a_conflict(self, store: Store, expected: int) -> None:
        """The decisions saw another journey: the command is run again on the fresh one."""
        append(store, RECORDS[:2], expected=0)

        with pytest.raises(ConcurrentUpdateError, match="run the command again") as caught:
            append(store, RECORDS[2:], expected=expected)
        assert ("1", expected) == (caught.value.lead, caught.value.expected)
        assert RECORDS[:2] == read(store)[0]

    def test_leads_are_named_by_random_subjects(self, store: Store) -> None:
        """Two stores name the same lead differently, and one store two leads."""
        append(store, RECORDS, expected=0)
        append(store, lived("2")[0], expected=0, lead="2")
        one, other = (envelope(read(store, lead)[0][0]).subject for lead in ("1", "2"))

        assert one != other
        assert 32 == len(one) == len(other)
        assert {one} == {envelope(record).subject for record in read(store)[0]}

    def test_subjects_are_uuids_that_begin_with_the_time(self, store: Store) -> None:
        """Version 7: those of one hour stand side by side in an index, and the rest of each is random."""
        before = time.time_ns() // 1_000_000
        append(store, RECORDS, expected=0)
        subject = UUID(envelope(read(store)[0][0]).subject)

        assert (7, RFC_4122) == (subject.version, subject.variant)
        assert before <= subject.int >> 80 <= time.time_ns() // 1_000_000

    def test_the_commitment_matches_detail_and_salt(self, store: Store) -> None:
        """Both stand in one row, which can be erased; checked with the tools of everybody."""
        append(store, RECORDS, expected=0)
        commitments = [envelope(record).commitment for record in read(store)[0]]
        rows = everything(store)["lifecycle_details"]

        assert commitments == [
            f"hmac-sha256:{hmac.new(salt, body, hashlib.sha256).hexdigest()}" for _, _, salt, body in rows
        ]
        assert len(rows) == len({salt for _, _, salt, _ in rows})

    def test_nothing_that_fails_halfway_is_kept(self, store: Store) -> None:
        """All of a transaction, or nothing: neither records nor the name of the lead."""
        before = everything(store)

        def work() -> None:
            with store.writing() as transaction:
                transaction.append("1", RECORDS, expected=0, now=NOW)
                transaction.keep("1", REFUSALS, now=NOW)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            work()
        assert before == everything(store)


class TestPersonalData:
    """Personal data stands in three tables only."""

    def test_an_address_in_every_fact_is_found_nowhere_else(self, store: Store) -> None:
        """Every other table can be kept when a person is erased."""
        records, refusals = lived(SECRET)
        with store.writing() as transaction:
            transaction.append(SECRET, records, expected=0, now=NOW)
            transaction.keep(SECRET, refusals, now=NOW)
            transaction.remember(SECRET, SECRET, records=records, refusal=refusals[0], now=NOW)
        personal = {"lifecycle_subjects", "lifecycle_details", "lifecycle_refusal_details"}
        found = {
            name
            for name, rows in everything(store).items()
            if any(SECRET in as_text(value) for row in rows for value in row)
        }

        assert personal == found

    def test_after_erasure_histories_and_counts_stand(self, store: Store) -> None:
        """The lead is nobody, the chain is whole."""
        append(store, RECORDS, expected=0)
        keep(store, *REFUSALS)
        with store.writing() as transaction:
            for table in (schema.details, schema.refusal_details, schema.subjects):
                transaction.connection.execute(table.delete())

        with store.reading() as reading:
            history = list(reading.records(with_details=True))
            refusals = list(reading.refusals(with_details=True))
            assert [(None, "mql", day(5))] == [(one.lead, one.stage, one.since) for one in reading.leads()]
            assert () == reading.history("1")
        assert list(RECORDS) == history
        assert list(REFUSALS) == refusals
        assert [(None, None)] * 5 == [(record.lead, record.detail) for record in history]
        assert [(None, None)] == [(refusal.lead, refusal.detail) for refusal in refusals]
        assert all(envelope(one).digest == envelope(other).previous for one, other in pairwise(history))


class TestKeeping:
    """Refusals are kept too, each once."""

    def test_the_same_refusal_is_kept_once(self, store: Store) -> None:
        """In one call, and in several."""
        assert 1 == keep(store, *REFUSALS, *REFUSALS)
        assert 0 == keep(store, *REFUSALS)
        assert REFUSALS == read(store)[1]

    def test_of_the_same_the_first_is_kept(self, store: Store) -> None:
        """An automatic attempt that fails again and again is told from the first time on."""
        first = attrs.evolve(REFUSALS[0], kind=Kind.AUTOMATIC)
        later = attrs.evolve(first, at=day(50))

        assert first.key == later.key
        assert 1 == keep(store, first, later)
        assert 0 == keep(store, later)
        assert (first,) == read(store)[1]

    def test_refusals_of_one_instant_keep_the_order_in_which_they_were_asked(self, store: Store) -> None:
        """Within a call and from call to call."""
        _, asked = lived("1", [(day(2), Request(trigger="accept", actor=f"sales:{who}")) for who in "dacb"])
        keep(store, *asked[:1])
        keep(store, *asked[1:])

        assert ["sales:d", "sales:a", "sales:c", "sales:b"] == [refusal.actor for refusal in read(store)[1]]

    def test_they_come_back_with_detail_subject_and_instant_of_writing(self, store: Store) -> None:
        """As they were given."""
        keep(store, *REFUSALS)
        (refusal,) = read(store)[1]

        assert json.loads(json.dumps(REFUSALS[0].detail)) == refusal.detail
        assert SECRET == (refusal.detail or {})["note"]
        assert NOW == envelope(refusal).recorded_at
        assert "1" == refusal.lead
        assert 1 == refusal.number

    def test_nothing_to_keep_names_no_lead(self, store: Store) -> None:
        """A lead of whom nothing is known stays unknown."""
        assert 0 == keep(store)
        assert [] == everything(store)["lifecycle_subjects"]

    def test_many_refusals_are_kept_at_once(self, store: Store) -> None:
        """More than one statement can ask for."""
        _, asked = lived("1", [(ACCEPT[0], Request(trigger="accept", actor=f"sales:{who}")) for who in range(1100)])

        assert 1100 == keep(store, *asked)
        assert 0 == keep(store, *asked)

    def test_records_and_refusals_share_the_name_of_the_lead(self, store: Store) -> None:
        """A lead that was refused first enters later under the same subject."""
        keep(store, *REFUSALS)
        append(store, RECORDS, expected=0)
        history, refusals = read(store)

        assert envelope(history[0]).subject == envelope(refusals[0]).subject


class TestAdding:
    """Whole histories of leads that the store has not met are written many at once."""

    def test_it_is_the_same_as_one_by_one(self, store: Store) -> None:
        """Records and refusals, each once."""
        with store.writing() as transaction:
            transaction.add([(name, lived(name)[0], lived(name)[1] * 2) for name in ("1", "2")], now=NOW)

        for name in ("1", "2"):
            history, refusals = read(store, name)
            assert RECORDS == history
            assert REFUSALS == refusals
            assert all(envelope(one).digest == envelope(other).previous for one, other in pairwise(history))

    def test_nobody_is_added_as_nobody(self, store: Store) -> None:
        """An empty batch writes nothing."""
        before = everything(store)
        with store.writing() as transaction:
            transaction.add([], now=NOW)

        assert before == everything(store)

    def test_a_lead_that_is_known_already_is_a_conflict(self, store: Store) -> None:
        """Somebody else has written it in the meantime, and nothing of the batch is kept."""
        append(store, RECORDS[:1], expected=0)

        with pytest.raises(ConcurrentUpdateError), store.writing() as transaction:
            transaction.add([("0", *lived("0")), ("1", *lived("1"))], now=NOW)
        assert RECORDS[:1] == read(store)[0]
        assert () == read(store, "0")[0]


def envelope(record: Record | Refusal) -> Any:
    """Return the envelope of a record or refusal that has been stored."""
    assert record.envelope is not None
    return record.envelope


def as_text(value: object) -> str:
    """Return a value of a row as text, whatever it is."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
